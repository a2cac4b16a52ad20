"""What a user of `select` relies on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.studies.conftest import CancelInRun
from tests.studies.plants import flooded, line
from zhizao.experiments.selection import Effort
from zhizao.plant import Plant, parse_plant
from zhizao.quantities import InputError
from zhizao.studies.select import AS_IT_IS, Goal, Method, SelectResult, candidates, select


def _machine(minutes: float, kind: str = "exponential({})") -> Plant:
    """One machine, a lot every 10 min: M/M/1 with a mean lead time of 1 / (1 / minutes - 1 / 10) min."""
    return parse_plant(
        f"""
zhizao: 1
plant: one machine
work_centers: [{{id: m}}]
routes: {{r: [{{id: o, on: m, takes: "{kind.format(f"{minutes} min")}"}}]}}
products: {{p: {{route: r}}}}
orders: [{{product: p, every: exponential(10 min)}}]
"""
    )


SAME = "gamma({}, cv 1)"  # the same distribution, drawn in another way


@pytest.fixture(scope="module")
def machines() -> SelectResult:
    plants = {f"{minutes} min": _machine(minutes) for minutes in (7, 6, 5, 5.5)}
    return select(plants, Goal("lead_time", Effort(0.02)), days=20)


def test_the_fastest_of_four_machines_is_the_best(machines: SelectResult) -> None:
    assert [c.name for c in machines.candidates] == ["5 min", "5.5 min", "6 min", "7 min"]
    assert machines.decided
    assert machines.answer.startswith("'5 min' is best with 95 %: −1")
    assert "over '5.5 min'." in machines.answer


@pytest.mark.parametrize("minutes", [5, 5.5, 6, 7])
def test_each_machine_has_the_lead_time_of_the_formula(machines: SelectResult, minutes: float) -> None:
    found = next(c for c in machines.candidates if c.name == f"{minutes} min")
    assert found.kpi.mean == pytest.approx(1 / (1 / minutes - 1 / 10) / 60, rel=0.05)


def test_what_is_clearly_worse_is_left_out_early(machines: SelectResult) -> None:
    runs = {c.name: c.replications for c in machines.candidates}
    assert runs["7 min"] == 10
    assert machines.total == sum(runs.values())
    assert [c.in_play for c in machines.candidates] == [True, False, False, False]


def test_the_table_the_json_and_the_page_say_the_same(machines: SelectResult, tmp_path: Path) -> None:
    found = json.loads(machines.to_json())
    assert (found["study"], found["best"], found["of"]) == ("select", "5 min", "lead_time_mean")
    assert found["candidates"] == machines.table().to_dicts()
    text = machines.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Candidates, best first" in text
    assert "is best with" in machines._repr_html_()


def test_the_plant_as_it_is_its_measures_and_changes_are_candidates() -> None:
    found = candidates(line(), ["less-scrap"], {"two": {"work_centers.slow.units": 2}})
    assert list(found) == [AS_IT_IS, "less-scrap", "two"]
    assert len(found["two"].work_centers[1].units) == 2
    with pytest.raises(InputError, match="two candidates called 'less-scrap'"):
        candidates(line(), ["less-scrap"], {"less-scrap": {"work_centers.slow.units": 2}})


def test_a_kpi_that_is_better_when_higher_is_chosen_so_by_ocba_too() -> None:
    plants = candidates(line(), ["less-scrap", "second-slow-machine"])
    found = select(plants, Goal("throughput", Effort(5, at_most=20), Method.OCBA), days=10)
    assert found.best == "less-scrap"
    assert found.probability > 0.95
    assert "estimated" in found.notes[1]


def test_a_cost_is_read_from_the_event_log() -> None:
    found = select(candidates(line(), ["less-scrap"]), Goal("unit_cost", Effort(0.01, at_most=10)), days=5)
    assert found.best == "less-scrap"


def test_what_cannot_be_reported_apart_is_left_undecided_and_said_so() -> None:
    plants = {"a": _machine(5), "b": _machine(5, SAME)}
    found = select(plants, Goal("lead_time", Effort(1e-4, 0.99, at_most=12)), days=5)
    assert not found.decided
    assert found.answer.startswith("Not decided yet: ")


def test_a_cancel_keeps_what_was_done(cancel_in_run: CancelInRun) -> None:
    cancel_in_run(6)  # two pilots, two first rounds, half of the second round
    goal = Goal("lead_time", Effort(1e-4, 0.99))
    found = select({"a": _machine(5), "b": _machine(5, SAME)}, goal, days=5)
    assert found.interrupted
    assert (found.total, found.decided) == (20, False)


def test_candidates_that_cannot_keep_up_are_reported() -> None:
    plants = candidates(flooded(), ["less-scrap"])
    found = select(plants, Goal("throughput", Effort(1, at_most=10)), days=20)
    assert any("cannot keep up" in note for note in found.notes)


def test_a_choice_that_makes_no_sense_is_refused() -> None:
    goal = Goal("lead_time", Effort(1))
    with pytest.raises(InputError, match="two or more"):
        select({"a": line()}, goal)
    with pytest.raises(InputError, match="days"):
        select(candidates(line(), ["less-scrap"]), goal, days=0)
    with pytest.raises(InputError, match="no good direction"):
        select(candidates(line(), ["less-scrap"]), Goal("energy", Effort(1)))
    with pytest.raises(InputError, match="on_time_share is not known"):
        select(candidates(line(), ["less-scrap"]), Goal("on_time_share", Effort(1)), days=2)
