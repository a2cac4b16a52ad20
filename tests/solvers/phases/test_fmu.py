"""Functional mock-up units: built here, stepped, compared with the same equations in Python."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from zhizao.solvers.phases import Model, Parameter, Phase, PhaseError, Signal, Variable, run_phase
from zhizao.solvers.phases.fmu import Fmu, FmuKind, run_fmu

pytest.importorskip("fmpy", reason="needs the extra `fmu`")
pythonfmu = pytest.importorskip("pythonfmu", reason="builds the FMUs of these tests")
pytestmark = pytest.mark.filterwarnings("ignore")

SLAVE = '''
from pythonfmu import Fmi2Causality, Fmi2Slave, Fmi2Variability, Real

class Tank(Fmi2Slave):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.level, self.inflow, self.lag, self.fails_at = 1.0, 0.0, 2.0, 1e9
        parameter = {"causality": Fmi2Causality.parameter, "variability": Fmi2Variability.tunable}
        self.register_variable(Real("level", causality=Fmi2Causality.output))
        self.register_variable(Real("inflow", causality=Fmi2Causality.input))
        self.register_variable(Real("lag", **parameter))
        self.register_variable(Real("fails_at", **parameter))

    def do_step(self, current_time, step_size):
        h = step_size / 20
        for _ in range(20):
            if current_time >= self.fails_at:
                raise ValueError("the pump is dry")
            k1 = self.inflow - self.level / self.lag
            k2 = self.inflow - (self.level + h / 2 * k1) / self.lag
            self.level += h * k2
        return True
'''

BALL = Path(__file__).with_name("ball.c.txt")


@pytest.fixture(scope="module")
def tank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fmu")
    script = folder / "tank.py"
    script.write_text(SLAVE, encoding="utf-8")
    return Path(pythonfmu.FmuBuilder.build_FMU(script, dest=folder))


def the_same_in_python(inflow: Signal) -> Phase:
    model = Model(
        "tank",
        lambda t, x, p, u: (u[0] - x[0] / p[0],),
        (Variable("level", "m"),),
        (Parameter("lag", "s", 2.0),),
        (Variable("inflow", "m/s"),),
    )
    return Phase(model, {"level": 1.0}, 6.0, inputs={"inflow": inflow})


def test_a_unit_gives_what_its_equations_give(tank: Path) -> None:
    inflow = Signal((0.0, 2.0, 3.5), (0.0, 1.0, 0.25))
    times = np.linspace(0, 6, 13)
    with Fmu(tank, {"inflow": 0.0}) as unit:
        assert unit.kind is FmuKind.CO_SIMULATION
        found = run_fmu(unit, times, ["level"], {"inflow": inflow}, step=0.05)
    expected = run_phase(the_same_in_python(inflow), times).state("level")
    assert np.abs(found.values[:, 0] - expected).max() < 1e-6
    assert found.table().columns == ["time", "level"]


def test_a_unit_is_stepped_between_events(tank: Path) -> None:
    with Fmu(tank, {"lag": 1.0}) as unit:
        unit.advance(1.0, step=0.01)
        assert unit.get(["level"])[0] == pytest.approx(np.exp(-1.0), abs=1e-7)
        unit.set({"inflow": 1.0})
        unit.advance(2.0, step=0.01)
        assert unit.get(["level"])[0] == pytest.approx(1 + (np.exp(-1.0) - 1) * np.exp(-1.0), abs=1e-7)


def test_a_unit_that_fails_half_way_says_when(tank: Path) -> None:
    unit = Fmu(tank, {"fails_at": 2.45})
    with pytest.raises(PhaseError, match=r"'Tank\.fmu' failed at 2\.5.*DoStep"):
        run_fmu(unit, [0.0, 5.0], ["level"], step=0.1)
    with pytest.raises(PhaseError, match="failed before"):
        unit.advance(3.0)
    unit.close()


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda unit: unit.get(["levle"]), "did you mean 'level'"),
        (lambda unit: unit.set({"inflow": np.nan}), "expected a finite number"),
        (lambda unit: unit.advance(-1.0), "to advance to"),
        (lambda unit: run_fmu(unit, [2.0, 1.0], ["level"]), "do not rise"),
    ],
)
def test_a_wrong_call_names_the_remedy(tank: Path, act, says: str) -> None:
    with Fmu(tank) as unit, pytest.raises(PhaseError, match=says):
        act(unit)


def test_what_is_no_unit_is_refused(tmp_path: Path, tank: Path) -> None:
    with pytest.raises(PhaseError, match="there is no file"):
        Fmu(tmp_path / "none.fmu")
    broken = tmp_path / "broken.fmu"
    broken.write_bytes(b"no zip")
    with pytest.raises(PhaseError, match="no FMU that can be read"):
        Fmu(broken)
    with pytest.raises(PhaseError, match="offers co-simulation; found model exchange"):
        Fmu(tank, kind=FmuKind.MODEL_EXCHANGE)
