"""`zhizao phase` runs FMUs as the same equations in Python, and says what goes wrong."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import zhizao
from tests.studies.phase.units import OF_FMU, PLAIN, SPEC, built, declared
from zhizao.cli.app import app
from zhizao.plant import read_plant
from zhizao.quantities import InputError
from zhizao.solvers.phases import Crossing, PhaseError, Signal
from zhizao.solvers.phases.fmu_file import FmuFile
from zhizao.solvers.phases.fmu_phase import FmuPhase, follow_fmu

pytest.importorskip("fmpy", reason="needs the extra `fmu`")
pytest.importorskip("pythonfmu", reason="builds the FMUs of these tests")
pytestmark = pytest.mark.filterwarnings("ignore")

UNIT = SPEC.format(model="Tank.fmu") + OF_FMU


@pytest.fixture(scope="module")
def tank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("fmu"))


def written(tank: Path, folder: Path, text: str = UNIT) -> Path:
    (folder / "Tank.fmu").write_bytes(tank.read_bytes())
    file = folder / "phase.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def outcomes(spec: Path, draws: int = 30) -> pl.DataFrame:
    """Outcomes of the whole command as numbers: s, share, kWh."""
    to = spec.with_suffix(".csv")
    ran = CliRunner().invoke(app, ["phase", str(spec), "--draws", str(draws), "-o", str(to)])
    assert ran.exit_code == 0, ran.output
    numbers = [
        pl.col(name).cast(pl.String).str.extract(r"^(\S+)").cast(pl.Float64) for name in ("takes", "energy")
    ]
    return pl.read_csv(to).select(*numbers, "defects")


def test_a_unit_gives_the_outcomes_of_its_equations_and_the_twin_those_of_the_unit(
    tank: Path, tmp_path: Path
) -> None:
    unit = outcomes(written(tank, tmp_path))
    (tmp_path / "tank_in_python.py").write_text(PLAIN)
    plain = tmp_path / "plain.yaml"
    plain.write_text(SPEC.format(model="tank_in_python:tank"))
    equations = outcomes(plain)
    sys.modules.pop("tank_in_python", None)
    assert unit["takes"].n_unique() == 30
    for name in ("takes", "energy"):
        assert np.abs(unit[name].to_numpy() / equations[name].to_numpy() - 1).max() < 1e-6
    assert unit["defects"].equals(equations["defects"])
    assert 0 < unit["defects"].sum() < 30
    (tmp_path / "plant.yaml").write_text(
        "zhizao: 1\nplant: tanks\nwork_centers: [{id: tank, units: 3}]\n"
        "routes: {r: [{id: fill, on: tank, outcomes: phase.csv, defects: {}}]}\n"
        "products: {batch: {route: r}}\norders: [{product: batch, every: 10 min}]\n"
    )
    run = zhizao.simulate(read_plant(tmp_path / "plant.yaml"), days=20, replications=2, seed=1)
    good = unit.filter(pl.col("defects") == 0)  # only good lots have a lead time, and they bear all energy
    takes, energy = float(good["takes"].to_numpy().mean()), float(unit["energy"].sum()) / good.height
    assert run.kpis["lead_time_mean"].mean == pytest.approx(takes / 3600, rel=0.01)
    assert run.kpis["unit_energy"].mean == pytest.approx(energy, rel=0.05)


def test_a_unit_and_its_equations_agree_to_a_millionth(tank: Path, tmp_path: Path) -> None:
    """Against the closed form, at the end and where the goal comes up."""
    signal = Signal((0.0, 125.0), (0.002, 0.0035))

    def level(t: float) -> float:
        before = 1.2 + (1.0 - 1.2) * np.exp(-min(t, 125.0) / 600)
        return float(before if t <= 125 else 2.1 + (before - 2.1) * np.exp(-(t - 125.0) / 600))

    with FmuFile(written(tank, tmp_path).parent / "Tank.fmu") as file:
        timed = follow_fmu(FmuPhase(file, 305.0, 10.0, ("level",), {}, {"inflow": signal}))
        goal = Crossing("level", 1.5, ends=True)
        ended = follow_fmu(FmuPhase(file, 2400.0, 10.0, ("level",), {}, {"inflow": signal}, goal))
    assert (timed.times[-1], timed.missed, ended.missed) == (305.0, False, False)
    assert timed.values[:, 0] == pytest.approx([level(t) for t in timed.times], rel=1e-9)
    start = level(125.0)
    assert ended.times[-1] == pytest.approx(125 + 600 * np.log((2.1 - start) / 0.6), rel=1e-7)
    assert ended.values[-1, 0] == pytest.approx(1.5, abs=1e-12)


def test_a_lot_that_fails_ends_the_study_and_those_before_are_kept(tank: Path, tmp_path: Path) -> None:
    """The start decides which lot fails: the first above the limit of the tank."""
    text = UNIT.replace("parameters: {", "parameters: {fails_above: 1.05, ")
    spec = written(tank, tmp_path, text.replace("40 min", "2 min").replace("level: 1.5", "level: 3"))
    every = zhizao.phase(written(tank, tmp_path, spec.read_text().replace("1.05", "9")), draws=30)
    spec = written(tank, tmp_path, text.replace("40 min", "2 min").replace("level: 1.5", "level: 3"))
    to = tmp_path / "kept.csv"
    ran = CliRunner().invoke(app, ["phase", str(spec), "--draws", "30", "-o", str(to), "--json"])
    found = zhizao.phase(spec, draws=30)
    kept = found.lots.height
    assert ran.exit_code == 2
    assert 0 < kept < 30
    assert found.lots.equals(every.lots.head(kept))
    assert pl.read_csv(to).height == kept
    assert f"lot {kept + 1} with level 1.0" in found.failure
    assert "lag " in found.failure
    assert "failed at " in found.failure
    assert "DoStep" in found.failure
    assert json.loads(ran.stdout)["failure"] == found.failure
    assert f"of the {kept} lots before it, of 30 asked for" in found.notes[1]
    with pytest.raises(InputError, match="lot 1 with level"):
        zhizao.phase(written(tank, tmp_path, text.replace("1.05", "0.5")), draws=2)


def test_a_cancel_keeps_the_lots_that_are_done(tank: Path, tmp_path: Path) -> None:
    spec = written(tank, tmp_path)
    whole = zhizao.phase(spec, draws=5)

    def cancel(share: float) -> None:
        if share >= 0.6:
            raise KeyboardInterrupt

    found = zhizao.phase(spec, draws=5, progress=cancel)
    assert found.interrupted
    assert found.lots.equals(whole.lots.head(3))


def test_units_and_bounds_are_those_that_the_unit_declares(tank: Path, tmp_path: Path) -> None:
    joule = {
        'name="heat" valueReference="1" causality="output" initial="exact">\n\t\t\t<Real ': (
            'name="heat" valueReference="1" causality="output" initial="exact">\n\t\t\t<Real unit="J" '
        ),
        "\t<LogCategories>": (
            '\t<UnitDefinitions><Unit name="J"/><Unit name="s"/></UnitDefinitions>\n\t<LogCategories>'
        ),
        '<Real start="600"/>': '<Real start="600" unit="s" min="1" max="900"/>',
    }
    text = UNIT.replace("energy_unit: kWh\n", "")
    spec = written(declared(tank, tmp_path / "made.fmu", joule), tmp_path, text)
    found = zhizao.phase(spec, draws=2)
    assert "heat (J)" in " ".join(found.notes)
    energy = [float(one.split()[0]) for one in found.outcomes()["energy"]]
    assert energy == pytest.approx((found.lots["heat"] / 3.6e6).to_list(), rel=1e-5)
    spec.write_text(text.replace("mean: 600", "mean: 1200") + "energy_unit: kWh\n")
    with pytest.raises(InputError, match="found 1200") as error:
        zhizao.phase(spec, draws=1)
    assert "1 to 900 s" in str(error.value)
    assert "the FMU declares J" in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("model: Tank.fmu", "model: Tonk.fmu", r"phase\.yaml:3.*there is no file"),
        ("lag:", "lagg:", r"phase\.yaml:5.*'lagg'.*did you mean 'lag'"),
        ("{lag:", "{level: 1, lag:", r"'level', which is a calculated variable \(output\)"),
        ("heat: 0", "lag: 600", "'lag', which is a parameter of the FMU"),
        ("{lag:", "{label: 1, lag:", "'label', which is no number"),
        ("inputs: {inflow:", "inputs: {lag: 1, inflow:", "'lag', which is a parameter of the FMU"),
        ("inputs:", "inputs: {}\n#", "found no inflow"),
        ("state: level", "state: inflow", "'inflow', which is an input"),
        ("energy: heat", "energy: heet", r"phase\.yaml:10.*did you mean 'heat'"),
        ("energy_unit: kWh\n", "", "no declared unit.*energy_unit: J"),
        ("step: 10 s", "", "found no step.*such as 10 s"),
        ("step: 10 s", "step: 1e-6 s", "1,000,000 of them at most"),
    ],
)
def test_faults_of_the_file_are_named(tank: Path, tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in UNIT
    with pytest.raises(InputError, match=said):
        zhizao.phase(written(tank, tmp_path, UNIT.replace(old, new)), draws=1)


def test_what_is_for_units_alone_is_refused_for_equations(tmp_path: Path) -> None:
    spec = tmp_path / "phase.yaml"
    spec.write_text(
        "phase: heating\nmodel: furnace\nstart: {temperature: 25, energy: 0}\n"
        "inputs: {furnace: 1250}\nuntil: 2 h\nstep: 10 s\ntime: h\n"
    )
    with pytest.raises(InputError, match="found step") as error:
        zhizao.phase(spec, draws=1)
    assert "found time" in str(error.value)


def test_without_the_extra_the_remedy_is_named(
    tank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = written(tank, tmp_path)
    monkeypatch.setitem(sys.modules, "fmpy", None)
    with pytest.raises(InputError, match=r"pip install 'zhizao\[fmu\]'"):
        zhizao.phase(spec, draws=1)


def test_a_unit_of_fixed_steps_is_not_stepped_otherwise(tank: Path, tmp_path: Path) -> None:
    fixed = {
        'canHandleVariableCommunicationStepSize="true"': 'canHandleVariableCommunicationStepSize="false"'
    }
    spec = written(declared(tank, tmp_path / "made.fmu", fixed), tmp_path)
    with pytest.raises(InputError, match="steps of one length alone"):
        zhizao.phase(spec, draws=1)
    spec.write_text(UNIT.replace("[125,", "[120,"))
    assert zhizao.phase(spec, draws=1).lots.height == 1


def test_the_time_of_a_unit_may_be_in_hours(tank: Path, tmp_path: Path) -> None:
    """The same numbers, read as hours, take 3600 times as long."""
    seconds = zhizao.phase(written(tank, tmp_path), draws=3).lots
    text = UNIT.replace("40 min", "2400 h").replace("10 s", "10 h") + "time: h\n"
    hours = zhizao.phase(written(tank, tmp_path, text), draws=3).lots
    assert hours["takes_h"].to_list() == pytest.approx((3600 * seconds["takes_h"]).to_list(), rel=1e-12)


@pytest.mark.parametrize(
    ("until", "step", "inputs", "says"),
    [
        (0.0, 1.0, {}, "above 0"),
        (1e9, 1.0, {}, "a longer step"),
        (10.0, 1.0, {"inflow": Signal((0.0, 5.0), (0.0, 1.0), ramps=True)}, "expected values that are held"),
    ],
)
def test_a_wrong_phase_of_a_unit_is_refused(
    tank: Path, until: float, step: float, inputs: dict, says: str
) -> None:
    with FmuFile(tank) as file, pytest.raises(PhaseError, match=says):
        FmuPhase(file, until, step, ("level",), {}, inputs)
