"""A tank as an FMU and as a model in plain Python."""

from __future__ import annotations

import zipfile
from pathlib import Path

SLAVE = """
from pythonfmu import Fmi2Causality, Fmi2Initial, Fmi2Slave, Fmi2Variability, Real, String

class Tank(Fmi2Slave):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.level, self.heat, self.inflow, self.lag, self.fails_above = 1.0, 0.0, 0.0, 600.0, 1e9
        self.label = "tank"
        parameter = {"causality": Fmi2Causality.parameter, "variability": Fmi2Variability.tunable}
        output = {"causality": Fmi2Causality.output, "initial": Fmi2Initial.exact}
        self.register_variable(Real("level", **output))
        self.register_variable(Real("heat", **output))
        self.register_variable(Real("inflow", causality=Fmi2Causality.input))
        self.register_variable(Real("lag", **parameter))
        self.register_variable(Real("fails_above", **parameter))
        self.register_variable(String("label", **{**parameter, "variability": Fmi2Variability.fixed}))

    def rates(self, level):
        if level > self.fails_above:
            raise ValueError("the tank is full")
        return self.inflow - level / self.lag, 0.01 * level

    def do_step(self, current_time, step_size):
        h, x = step_size, self.level
        a, p = self.rates(x)
        b, q = self.rates(x + h / 2 * a)
        c, r = self.rates(x + h / 2 * b)
        d, s = self.rates(x + h * c)
        self.level = x + h / 6 * (a + 2 * b + 2 * c + d)
        self.heat += h / 6 * (p + 2 * q + 2 * r + s)
        return True
"""

PLAIN = """
from zhizao.solvers.phases import Model, Parameter, Variable

def rates(t, x, p, u):
    return u[0] - x[0] / p[0], 0.01 * x[0]

def tank():
    return Model("tank", rates, (Variable("level", "m"), Variable("heat", "kWh")),
                 (Parameter("lag", "s", 600.0),), (Variable("inflow", "m/s"),), source="mass balance")
"""

SPEC = """
phase: filling
model: {model}
start: {{level: {{low: 0.8, high: 1.1}}, heat: 0}}
parameters: {{lag: {{mean: 600, sd: 40}}}}
inputs: {{inflow: [[0, 0.002], [125, 0.0035]]}}
until: 40 min
ends: {{state: level, level: 1.5, direction: rising}}
accept: {{heat: {{at_most: 5.6}}}}
energy: heat
"""
OF_FMU = "step: 10 s\nenergy_unit: kWh\n"


def built(folder: Path) -> Path:
    """Build the unit."""
    import pythonfmu

    script = folder / "filled_tank.py"  # pythonfmu finds modules by this name, for all units together
    script.write_text(SLAVE, encoding="utf-8")
    return Path(pythonfmu.FmuBuilder.build_FMU(script, dest=folder))


def declared(fmu: Path, to: Path, changes: dict[str, str]) -> Path:
    """A copy of a unit with parts of its description replaced."""
    with zipfile.ZipFile(fmu) as old, zipfile.ZipFile(to, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "modelDescription.xml":
                text = content.decode()
                for found, right in changes.items():
                    assert found in text, text
                    text = text.replace(found, right)
                content = text.encode()
            new.writestr(item, content)
    return to
