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

SLAVE = """
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
"""

BALL = """
#include <math.h>
#include <stdlib.h>
#include "fmi2Functions.h"
typedef struct { double t, h, v, e, fails; } Ball;
#define B ((Ball *) c)
fmi2Component fmi2Instantiate(fmi2String n, fmi2Type k, fmi2String g, fmi2String r,
    const fmi2CallbackFunctions *f, fmi2Boolean v, fmi2Boolean l) {
  Ball *b = calloc(1, sizeof(Ball)); b->h = 1; b->e = 0.7; b->fails = 1e9; return b; }
void fmi2FreeInstance(fmi2Component c) { free(c); }
fmi2Status fmi2SetupExperiment(fmi2Component c, fmi2Boolean a, fmi2Real b, fmi2Real t, fmi2Boolean d,
    fmi2Real e)
  { B->t = t; return fmi2OK; }
static double *at(fmi2Component c, int i) { double *p[] = {&B->h, &B->v, &B->e, &B->fails}; return p[i]; }
fmi2Status fmi2GetReal(fmi2Component c, const fmi2ValueReference r[], size_t n, fmi2Real x[])
  { for (size_t i = 0; i < n; i++) x[i] = *at(c, r[i]); return fmi2OK; }
fmi2Status fmi2SetReal(fmi2Component c, const fmi2ValueReference r[], size_t n, const fmi2Real x[])
  { for (size_t i = 0; i < n; i++) *at(c, r[i]) = x[i]; return fmi2OK; }
fmi2Status fmi2NewDiscreteStates(fmi2Component c, fmi2EventInfo *e) {
  fmi2EventInfo none = {0}; *e = none;
  if (B->h <= 0 && B->v < 0) { B->h = 1e-12; B->v *= -B->e; e->valuesOfContinuousStatesChanged = 1; }
  return fmi2OK; }
fmi2Status fmi2SetTime(fmi2Component c, fmi2Real t) { B->t = t; return fmi2OK; }
fmi2Status fmi2SetContinuousStates(fmi2Component c, const fmi2Real x[], size_t n)
  { B->h = x[0]; B->v = x[1]; return fmi2OK; }
fmi2Status fmi2GetContinuousStates(fmi2Component c, fmi2Real x[], size_t n)
  { x[0] = B->h; x[1] = B->v; return fmi2OK; }
fmi2Status fmi2GetNominalsOfContinuousStates(fmi2Component c, fmi2Real x[], size_t n)
  { x[0] = x[1] = 1; return fmi2OK; }
fmi2Status fmi2GetDerivatives(fmi2Component c, fmi2Real d[], size_t n)
  { if (B->t > B->fails) return fmi2Error; d[0] = B->v; d[1] = -9.81; return fmi2OK; }
fmi2Status fmi2GetEventIndicators(fmi2Component c, fmi2Real z[], size_t n) { z[0] = B->h; return fmi2OK; }
fmi2Status fmi2CompletedIntegratorStep(fmi2Component c, fmi2Boolean a, fmi2Boolean *e, fmi2Boolean *t)
  { *e = *t = 0; return fmi2OK; }
#define PLAIN(name) fmi2Status name(fmi2Component c) { return fmi2OK; }
PLAIN(fmi2EnterInitializationMode) PLAIN(fmi2ExitInitializationMode) PLAIN(fmi2Terminate)
PLAIN(fmi2EnterEventMode) PLAIN(fmi2EnterContinuousTimeMode)
"""
REST = (
    "Reset SetDebugLogging GetTypesPlatform GetVersion GetInteger GetBoolean GetString SetInteger SetBoolean "
    "SetString GetFMUstate SetFMUstate FreeFMUstate SerializedFMUstateSize SerializeFMUstate "
    "DeSerializeFMUstate GetDirectionalDerivative"
)
"""Functions that every unit must have and nobody calls here; they answer that they cannot."""
XML = """<?xml version="1.0" encoding="UTF-8"?>
<fmiModelDescription fmiVersion="2.0" modelName="Ball" guid="ball" numberOfEventIndicators="1">
<ModelExchange modelIdentifier="Ball"/>
<ModelVariables>
<ScalarVariable name="h" valueReference="0" causality="output" variability="continuous" initial="exact">
<Real start="1"/></ScalarVariable>
<ScalarVariable name="v" valueReference="1" causality="local" variability="continuous" initial="exact">
<Real start="0"/></ScalarVariable>
<ScalarVariable name="e" valueReference="2" causality="parameter" variability="tunable" initial="exact">
<Real start="0.7"/></ScalarVariable>
<ScalarVariable name="fails" valueReference="3" causality="parameter" variability="tunable" initial="exact">
<Real start="1e9"/></ScalarVariable>
<ScalarVariable name="der(h)" valueReference="1" causality="local" variability="continuous">
<Real derivative="1"/></ScalarVariable>
<ScalarVariable name="der(v)" valueReference="1" causality="local" variability="continuous">
<Real derivative="2"/></ScalarVariable>
</ModelVariables>
<ModelStructure><Outputs><Unknown index="1"/></Outputs>
<Derivatives><Unknown index="5"/><Unknown index="6"/></Derivatives></ModelStructure>
</fmiModelDescription>
"""


@pytest.fixture(scope="module")
def tank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fmu")
    script = folder / "tank.py"
    script.write_text(SLAVE, encoding="utf-8")
    return Path(pythonfmu.FmuBuilder.build_FMU(script, dest=folder))


@pytest.fixture(scope="module")
def ball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import fmpy

    compiler = shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("builds its FMU with gcc on Linux")
    folder = tmp_path_factory.mktemp("ball")
    source, library = folder / "ball.c", folder / "Ball.so"
    source.write_text(BALL, encoding="utf-8")
    rest = folder / "rest.c"
    rest.write_text(
        "\n".join(f"int fmi2{name}(void) {{ return 3; }}" for name in REST.split()), encoding="utf-8"
    )
    headers = Path(fmpy.__file__).parent / "c-code"
    given = [str(source), str(rest), "-o", str(library)]
    subprocess.run([compiler, "-shared", "-fPIC", "-w", f"-I{headers}", *given], check=True)
    path = folder / "Ball.fmu"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("modelDescription.xml", XML)
        file.write(library, f"binaries/{fmpy.platform}/Ball.so")
    return path


def test_a_model_exchange_unit_bounces_when_it_should(ball: Path) -> None:
    with Fmu(ball) as unit:
        assert unit.kind is FmuKind.MODEL_EXCHANGE
        first = np.sqrt(2 / 9.81)
        speed = 9.81 * first * 0.7
        found = run_fmu(unit, [0.0, 0.4, first + 0.1, first + 0.3], ["h"]).values[:, 0]
        after = np.array([0.1, 0.3])
        expected = [1.0, 1 - 9.81 / 2 * 0.16, *(speed * after - 9.81 / 2 * after**2)]
        assert np.abs(found - expected).max() < 1e-5
        unit.set({"v": 3.0})
        top = unit.get(["h"])[0]
        unit.advance(unit.time + 0.1)
        assert unit.get(["h"])[0] == pytest.approx(top + 0.3 - 9.81 / 2 * 0.01, abs=1e-6)


def test_a_failure_inside_the_integrator_is_not_lost(ball: Path) -> None:
    failed = pytest.raises(PhaseError, match=r"'Ball\.fmu' failed at .*GetDerivatives")
    with Fmu(ball, {"fails": 0.2}) as unit, failed:
        unit.advance(1.0)


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
