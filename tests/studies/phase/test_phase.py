"""Lots of a phase: what they take, which are accepted, and how they get into a plant."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zhizao
from zhizao.plant import read_plant
from zhizao.quantities import InputError
from zhizao.solvers.phases import Crossing, Direction, Phase, run_phase
from zhizao.solvers.phases.library import furnace

FORGE = Path(__file__).resolve().parents[3] / "examples" / "phases" / "forge-furnace.yaml"
PLAIN = """
phase: heating
model: furnace
start: {temperature: 25, energy: 0}
inputs: {furnace: 1250}
until: 2 h
ends: {state: temperature, level: 1180, direction: rising}
energy: energy
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "phase.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_lots_that_do_not_differ_are_all_the_course_of_the_model(tmp_path: Path) -> None:
    found = zhizao.phase(written(tmp_path, PLAIN), draws=3)
    goal = (Crossing("temperature", 1180, Direction.RISING, ends=True),)
    course = run_phase(Phase(furnace(), {"temperature": 25, "energy": 0}, 7200, {}, {"furnace": 1250}, goal))
    assert found.lots["takes_h"].to_list() == pytest.approx([course.duration_s / 3600] * 3, rel=1e-5)
    assert found.lots["energy"].to_list() == pytest.approx([course.at_end("energy")] * 3, rel=1e-5)
    assert found.lots["accepted"].all()
    assert "heat_capacity" in found.assumed


def test_what_the_model_does_not_hold_is_stated_and_goes_into_the_outcomes(tmp_path: Path) -> None:
    more = "accept: {temperature: {at_most: 1000}}\n"  # none is accepted
    plain = zhizao.phase(written(tmp_path, PLAIN), draws=2)
    stated = zhizao.phase(
        written(tmp_path, PLAIN + "other_time: 30 min\nother_defects: 0.04\n"), draws=2
    ).outcomes()
    seconds = [float(one.split()[0]) for one in plain.outcomes()["takes"]]
    assert [float(one.split()[0]) for one in stated["takes"]] == pytest.approx([s + 1800 for s in seconds])
    assert stated["defects"].to_list() == pytest.approx([0.04, 0.04])
    rejected = zhizao.phase(written(tmp_path, PLAIN + more + "other_defects: 0.04\n"), draws=2)
    assert rejected.outcomes()["defects"].to_list() == [1.0, 1.0]
    assert "Outcomes have 0 h and 4.00 % of defects more, as stated in the file." in rejected.notes


def test_draws_follow_their_distributions(tmp_path: Path) -> None:
    """Twice the mass takes twice the time: the equation has mass in one place only."""
    wide = PLAIN + "parameters: {mass: {low: 100, high: 200}}\n"
    found = zhizao.phase(written(tmp_path, wide), draws=400, seed=2)
    one = zhizao.phase(written(tmp_path, PLAIN + "parameters: {mass: 100}\n"), draws=1).lots["takes_h"][0]
    masses = 100 * found.lots["takes_h"].to_numpy() / one
    assert masses.min() >= 100 - 1e-3
    assert masses.max() <= 200 + 1e-2
    assert masses.mean() == pytest.approx(150, abs=3 * 100 / np.sqrt(12 * 400))
    again = zhizao.phase(written(tmp_path, wide), draws=400, seed=2)
    assert again.lots.equals(found.lots)


def test_a_lot_that_misses_the_goal_is_given_up_at_the_end(tmp_path: Path) -> None:
    cold = PLAIN.replace("furnace: 1250", "furnace: 1100").replace("2 h", "30 min")
    found = zhizao.phase(written(tmp_path, cold), draws=2)
    assert not found.lots["accepted"].any()
    assert found.lots["takes_h"].to_list() == pytest.approx([0.5, 0.5])
    assert found.outcomes()["defects"].to_list() == [1.0, 1.0]
    assert "0.00 % are accepted" in found.answer or " 0 % are accepted" in found.answer


def test_accepted_are_those_within_the_bounds(tmp_path: Path) -> None:
    timed = PLAIN.replace("ends: {state: temperature, level: 1180, direction: rising}\n", "")
    timed = timed.replace("until: 2 h", "until: 6 min") + "parameters: {mass: {low: 60, high: 140}}\n"
    found = zhizao.phase(written(tmp_path, timed + "accept: {temperature: {at_least: 1000}}\n"), draws=60)
    hot = found.lots["temperature"].to_numpy() >= 1000
    assert 0 < hot.sum() < 60
    assert (found.lots["accepted"].to_numpy() == hot).all()


def test_the_twin_makes_of_lots_what_the_phase_makes_of_them(tmp_path: Path) -> None:
    found = zhizao.phase(FORGE, draws=50, seed=4)
    found.save_outcomes(tmp_path / "heat.csv")
    (tmp_path / "plant.yaml").write_text(
        "zhizao: 1\nplant: forge\nwork_centers: [{id: furnace, units: 3}]\n"
        "routes: {r: [{id: heat, on: furnace, outcomes: heat.csv, defects: {}}]}\n"
        "products: {bar: {route: r}}\norders: [{product: bar, every: 10 min}]\n"
    )
    plant = read_plant(tmp_path / "plant.yaml")
    run = zhizao.simulate(plant, days=20, replications=2, seed=1)
    takes, energy = (float(found.lots[name].mean() or 0.0) for name in ("takes_h", "energy"))  # type: ignore[arg-type]
    assert run.kpis["lead_time_mean"].mean == pytest.approx(takes, rel=0.01)
    assert run.kpis["unit_energy"].mean == pytest.approx(energy, rel=0.01)


OWN = """
from zhizao.solvers.phases import Model, Parameter, TimeUnit, Variable

def rates(t, x, p, u):
    return (-p[0] * x[0],)

def cooling():
    return Model("cooling", rates, (Variable("heat", "kJ", 0.0),), (Parameter("k", "1/h", 0.5),),
                 time=TimeUnit.HOUR, source="Newton")

def broken():
    return Model("broken", lambda t, x, p, u: (1.0 / (x[0] - x[0]),), (Variable("heat", "kJ"),))
"""


def test_a_model_of_your_own_is_found_beside_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_phase_models.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    text = "phase: cool\nmodel: my_phase_models:cooling\nstart: {heat: 8}\nuntil: 10 h\n"
    found = zhizao.phase(written(tmp_path, text + "ends: {state: heat, level: 1}\n"), draws=1)
    assert found.lots["takes_h"][0] == pytest.approx(np.log(8) / 0.5, rel=1e-5)
    broken = text.replace("cooling", "broken")
    with pytest.raises(InputError, match="cool: lot 1 with heat 8"):
        zhizao.phase(written(tmp_path, broken), draws=1)
    sys.modules.pop("my_phase_models", None)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("model: furnace", "model: furnance", r"phase\.yaml:3.*'furnance'.*did you mean 'furnace'"),
        ("temperature: 25", "temprature: 25", r"phase\.yaml:4.*'temprature'"),
        ("{temperature: 25, energy: 0}", "{temperature: 25}", "found no energy"),
        ("{furnace: 1250}", "{}", "found no furnace"),
        ("energy: energy", "energy: temperature", "which is in C"),
        ("until: 2 h", "until: soon", r"phase\.yaml:6"),
        ("state: temperature", "state: heat", "found 'heat'"),
        ("model: furnace", "model: nowhere_at_all:model", "a module that can be imported"),
        ("temperature: 25", "temperature: {mean: 25}", "give mean and sd"),
        ("temperature: 25", "temperature: -400", "temperature"),
    ],
)
def test_faults_of_the_file_are_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in PLAIN
    with pytest.raises(InputError, match=said):
        zhizao.phase(written(tmp_path, PLAIN.replace(old, new)), draws=1)


def test_draws_below_one_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="draws: found 0"):
        zhizao.phase(FORGE, draws=0)
    with pytest.raises(InputError, match=r"none\.yaml"):
        zhizao.phase(tmp_path / "none.yaml")


def test_none_rejected_is_not_said_to_be_perfect(tmp_path: Path) -> None:
    found: Any = zhizao.phase(written(tmp_path, PLAIN), draws=20)
    assert "No drawn lot is rejected" in " ".join(found.notes)


def test_lots_before_one_that_cannot_be_drawn_are_kept(tmp_path: Path) -> None:
    """The temperature is hardly ever above absolute zero, and for some lot never in a thousand draws."""
    text = PLAIN.replace("temperature: 25,", "temperature: {mean: -1500, sd: 400},")
    found = zhizao.phase(written(tmp_path, text), draws=2000, seed=1)
    assert 0 < found.lots.height < 2000
    assert f"lot {found.lots.height + 1}: temperature" in found.failure


@pytest.mark.parametrize(
    ("direction", "level", "at_once"),
    [("rising", 1180, True), ("falling", 1250, True), ("either", 1180, False)],
)
def test_a_lot_that_is_at_its_goal_from_the_start_takes_no_time(
    tmp_path: Path, direction: str, level: float, at_once: bool
) -> None:
    text = PLAIN.replace("temperature: 25", "temperature: 1200").replace("rising", direction)
    found = zhizao.phase(written(tmp_path, text.replace("1180", str(level))), draws=2)
    assert found.lots["accepted"].to_list() == [at_once, at_once]
    assert found.lots["takes_h"].to_list() == ([0.0, 0.0] if at_once else pytest.approx([2.0, 2.0]))
    said = "2 of 2 lots are at the goal" if at_once else "2 of 2 lots do not reach the goal"
    assert any(note.startswith(said) for note in found.notes)
    assert any(note.startswith("Nothing differs from lot to lot") for note in found.notes)


@pytest.mark.parametrize("times", ["[[60, 1250]]", "[[0, 1250], [9, 1], [9, 2]]", "[]"])
def test_an_input_over_time_has_a_value_from_the_start_on(tmp_path: Path, times: str) -> None:
    with pytest.raises(InputError, match=r"phase.yaml:5: inputs.*rising times, the first of which is 0"):
        zhizao.phase(written(tmp_path, PLAIN.replace("furnace: 1250", f"furnace: {times}")), draws=1)
