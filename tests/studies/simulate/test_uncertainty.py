"""What a user of `simulate(..., uncertainty=n)` relies on."""

from __future__ import annotations

import json
from math import isfinite
from pathlib import Path

import pytest

from tests.studies.conftest import CancelInRun
from tests.studies.plants import LINE, line
from zhizao.kpi import HEADLINE
from zhizao.plant import Plant, parse_plant
from zhizao.plant.uncertainty import Group
from zhizao.quantities import InputError
from zhizao.studies.simulate import SimulateResult, simulate

KNOWN = """
uncertainty:
  - {what: orders.every, error: 0.03, observations: 1000}
  - {what: operations.two.takes, error: 0.05, observations: 400}
  - {what: operations.two.defects.share, error: 0.2, observations: 500}
"""


def known_line() -> Plant:
    """The line, whose slowest machine is known to 5 %, its demand to 3 %."""
    return parse_plant(LINE + KNOWN)


@pytest.fixture(scope="module")
def result() -> SimulateResult:
    return simulate(known_line(), days=10, replications=3, uncertainty=12)


def test_intervals_are_wider_than_by_noise_alone(result: SimulateResult) -> None:
    alone = simulate(line(), days=10, replications=3)
    for name in ("lead_time_mean", "defect_rate"):
        assert result.kpis[name].half_width > alone.kpis[name].half_width
        assert result.kpis[name].low < result.kpis[name].mean < result.kpis[name].high


def test_how_well_numbers_are_known_changes_no_run() -> None:
    plain, known = (simulate(p, days=5, replications=2) for p in (line(), known_line()))
    assert {n: i for n, i in known.kpis.items() if i.n} == {n: i for n, i in plain.kpis.items() if i.n}


def test_each_kpi_is_split_into_noise_and_groups_that_add_up(result: SimulateResult) -> None:
    assert result.uncertainty
    known = [s for s in result.uncertainty.spreads.values() if isfinite(s.parameters) and s.parameters > 0]
    assert len(known) > 10
    for spread in known:
        assert spread.noise + sum(spread.groups.values()) + spread.unexplained == pytest.approx(1)
    defects = result.uncertainty.spreads["defect_rate"]
    assert defects.groups[Group.SHARES] == max(defects.groups.values())
    throughput = result.uncertainty.spreads["throughput"]  # what is ordered is made
    assert throughput.groups[Group.ARRIVALS] == max(throughput.groups.values())


def test_it_says_in_words_what_to_measure_better(result: SimulateResult) -> None:
    said = " ".join(result.notes)
    assert "resampled 12 times" in said
    assert "is parameter uncertainty" in said
    assert "Measure operations.two.defects.share better" in said
    assert "known from 500 observations; 1500 more would halve its part" in said


def test_the_json_the_table_and_the_page_show_the_split(result: SimulateResult, tmp_path: Path) -> None:
    found = json.loads(result.to_json())["uncertainty"]
    assert found["plants"] == 12
    split = found["kpis"]["defect_rate"]
    assert split["parameter_uncertainty"] + split["simulation_noise"] == pytest.approx(1)
    assert split["groups"]["shares"] > 0.5
    assert result.uncertainty
    assert set(HEADLINE) & set(result.uncertainty.table()["kpi"])
    text = result.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Where the intervals come from" in text


def test_the_same_seed_gives_the_same_split(result: SimulateResult) -> None:
    again = simulate(known_line(), days=10, replications=3, uncertainty=12)
    assert json.loads(again.to_json())["uncertainty"] == json.loads(result.to_json())["uncertainty"]


def test_groups_are_drawn_alone_where_there_are_too_few_draws_to_tell_numbers_apart() -> None:
    found = simulate(known_line(), days=5, replications=2, uncertainty=5)
    assert found.uncertainty
    assert found.uncertainty.spreads["defect_rate"].groups[Group.SHARES] > 0.5


def test_drawn_plants_that_cannot_keep_up_are_counted() -> None:
    flooded = known_line().replace({"orders.p.every": "exponential(6 min)"})
    found = simulate(flooded, days=20, replications=5, uncertainty=2)
    assert found.uncertainty
    assert found.uncertainty.growing == 2
    assert any("2 of the 2 drawn plants cannot keep up" in note for note in found.notes)


def test_a_plant_of_which_nothing_is_said_to_be_known_is_refused_with_the_remedy() -> None:
    with pytest.raises(InputError, match=r"learn it from a log.*by hand"):
        simulate(line(), uncertainty=20)


def test_one_draw_one_replication_and_precision_are_refused() -> None:
    for draws, runs in ((1, 10), (20, 1)):
        with pytest.raises(InputError, match="at least 2 of both"):
            simulate(known_line(), uncertainty=draws, replications=runs)
    with pytest.raises(InputError, match="found uncertainty too"):
        simulate(known_line(), uncertainty=20, precision=0.1)


def test_a_cancel_keeps_the_plants_drawn_by_then(cancel_in_run: CancelInRun) -> None:
    cancel_in_run(7)  # the pilot, the plant as it is, four drawn plants, and then the cancel
    found = simulate(known_line(), days=5, replications=2, uncertainty=20)
    assert found.interrupted
    assert found.uncertainty
    assert found.uncertainty.plants == 4
    assert "only the 4 drawn plants" in found.notes[0]


def test_a_cancel_before_two_plants_were_drawn_keeps_the_noise(cancel_in_run: CancelInRun) -> None:
    cancel_in_run(4)
    found = simulate(known_line(), days=5, replications=3, uncertainty=20)
    assert (found.interrupted, found.uncertainty) == (True, None)
    assert found.kpis["throughput"].n == 3


def test_progress_rises_to_one() -> None:
    reported: list[float] = []
    simulate(known_line(), days=5, replications=2, uncertainty=3, progress=reported.append)
    assert reported == sorted(reported)
    assert reported[-1] == pytest.approx(1)
