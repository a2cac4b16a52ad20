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


MINE = """
from zhizao.solvers.phases import Model, Parameter, TimeUnit, Variable


def filled(t, x, p, u):
    return (p[0] * u[0],)


def tank():
    inflow = (Variable("inflow", "kg/min", 0.0),)
    share = (Parameter("share", "1", 1.0),)
    return Model("tank", filled, (Variable("mass", "kg"),), share, inflow, TimeUnit.MINUTE)


def cooled(t, x, p, u):
    return (-p[0] * (x[0] - p[1]),)


def store():
    numbers = (Parameter("rate", "1/h", 0.5, lower=0.0), Parameter("outside", "C", 5.0))
    return Model("store", cooled, (Variable("heat", "C"),), numbers, time=TimeUnit.HOUR)


def asks(one):
    return one
"""


def own(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Path:
    (folder / "tanks_of_mine.py").write_text(MINE, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    return written(folder, f"phase: mine\nmodel: tanks_of_mine:{text}")


TANK = (
    "tank\nstart: {mass: 0}\nuntil: 30 min\nends: {state: mass, level: 10}\naccept: {mass: {at_least: 10}}\n"
)


@pytest.mark.parametrize(
    ("inputs", "minutes"),
    [
        ("inflow: [[0, 1], [10, 0]]", 10),  # full when the feed stops
        ("inflow: [[0, 1], [4, 0], [8, 2]]", 11),
        ("inflow: [[0, 1], [10, 2]]", 10),
        ("inflow: 0.3333333333333333", 30),  # full at the last moment
    ],
)
def test_a_goal_that_is_just_reached_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inputs: str, minutes: float
) -> None:
    found = zhizao.phase(own(tmp_path, monkeypatch, f"{TANK}inputs: {{{inputs}}}\n"), draws=1)
    assert found.missed == 0
    assert found.lots["takes_h"][0] == pytest.approx(minutes / 60, rel=1e-5)
    assert found.lots["mass"][0] == 10
    assert found.lots["accepted"][0]


def test_a_goal_that_is_not_reached_by_a_little_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = zhizao.phase(own(tmp_path, monkeypatch, f"{TANK}inputs: {{inflow: 0.33333}}\n"), draws=1)
    assert found.missed == 1


def test_a_parameter_of_an_own_model_may_be_negative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After 40 h at 0.5/h the store has the temperature outside, whose draws are on both sides of 0."""
    text = "store\nstart: {heat: 20}\nuntil: 40 h\nparameters: {outside: {mean: 2, sd: 5}}\n"
    found = zhizao.phase(own(tmp_path, monkeypatch, text), draws=1000)
    heat = found.lots["heat"].to_numpy()
    assert heat.mean() == pytest.approx(2, abs=4 * 5 / np.sqrt(1000))
    assert heat.std() == pytest.approx(5, rel=0.1)
    assert not found.remarks


def test_what_is_cut_off_a_normal_distribution_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a normal distribution cut at its mean, the mean is sqrt(2 / pi) standard deviations higher."""
    text = "store\nstart: {heat: 20}\nuntil: 1 h\nparameters: {rate: {mean: 0, sd: 1}}\n"
    found = zhizao.phase(own(tmp_path, monkeypatch, text), draws=2)
    said = "rate: 50 % of the normal distribution lies outside 0 to inf and is drawn anew; the mean is"
    assert f"{said} then 0.7979, not 0." in found.notes


def test_an_input_after_the_end_is_said_to_be_unused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{TANK}inputs: {{inflow: [[0, 1], [600, 0]]}}\n"  # seconds, in a model of minutes
    found = zhizao.phase(own(tmp_path, monkeypatch, text), draws=1)
    assert "inflow: values from the end of the latest lots on, 30 min, are never used." in found.notes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{TANK}inputs: {{inflow: -1}}", "inputs.inflow: found -1; 0 to inf kg/min"),
        (f"{TANK}inputs: {{inflow: [[0, 1], [5, -1]]}}", "inputs.inflow: found -1; 0 to inf kg/min"),
        (
            "store\nstart: {heat: 1}\nuntil: 1 h\nparameters: {rate: -1}",
            "parameters.rate: found -1; 0 to inf 1/h",
        ),
        ("store\nstart: {heat: 1}\nuntil: 0 h", "until: found 0 s; a time above 0"),
        ("store\nstart: {heat: 1}\nuntil: 1 h\naccept: {heat: {}}", "accept.heat: found no bound"),
        (
            "store\nstart: {heat: 1}\nuntil: 1 h\naccept: {heat: {at_least: 3, at_most: 2}}",
            "found at_least 3 above at_most 2",
        ),
        ("asks\nuntil: 1 h", "(TypeError: asks() missing 1 required positional argument: 'one')"),
        ("absent\nuntil: 1 h", "found 'tanks_of_mine:absent'"),
    ],
)
def test_numbers_without_a_meaning_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    with pytest.raises(InputError) as error:
        zhizao.phase(own(tmp_path, monkeypatch, text), draws=1)
    assert said in str(error.value)
    assert "phase.yaml:" in str(error.value)


def test_energy_is_counted_from_the_start_of_a_lot(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"start\.energy: found another number; 0: the energy of a lot"):
        zhizao.phase(written(tmp_path, PLAIN.replace("energy: 0}", "energy: 100}")), draws=1)
