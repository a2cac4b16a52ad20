"""What alarms are worth: the measure as a user sees it; then the laws, and the corners."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.studies.monitor.processes import process, written
from zhizao import InputError, MonitorOptions, monitor
from zhizao.plant import Plant, parse_plant
from zhizao.studies.monitor import MonitorResult, Stated, as_measure, worth_of
from zhizao.studies.monitor.process.worth import FEWEST_DELAYS

ONSET = 161
PLANT = """
zhizao: 1
plant: mill
work_centers: [{id: press, maintenance: [{every: 100 h, for: 1 h}]}, {id: spare}]
routes:
  r:
    - {id: a, on: [press, spare], takes: 6 min, defects: {share: 0.1, found: 1}}
    - {id: b, on: spare, takes: 1 min}
  s: [{id: "a", on: press, takes: 6 min, defects: {share: 0.02, found: 1}}]
products: {p: {route: r, price: 10}, q: {route: s, price: 10}}
orders: [{product: p, every: 20 min}, {product: q, every: 60 min}]
"""
STATED = Stated("a", noticed_after_s=8 * 3600, by_faults=0.4)


@pytest.fixture(scope="module")
def plant() -> Plant:
    return parse_plant(PLANT)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> MonitorResult:
    """Three faults that are seen, and one that is not there."""
    folder = tmp_path_factory.mktemp("worth")
    normal = written(folder / "normal.csv", process(4000, seed=1))
    faults = [
        written(folder / f"fault{k}.csv", process(400, seed=2 + k, fault=(ONSET, by)))
        for k, by in enumerate((3.0, 3.0, 2.0, 0.0))
    ]
    return monitor(normal, faults, options=MonitorOptions(onset=ONSET))


# ---------------------------------------------------------------- what a user sees
def test_the_measure_lowers_defects_and_plans_a_stop_for_each_false_alarm(
    found: MonitorResult, plant: Plant
) -> None:
    measure, worth = as_measure(found, plant, STATED), worth_of(found, STATED)
    after = plant.model_copy(update={"measures": (measure,)}).with_measures([measure.id])
    for route, before in (("r", 0.1), ("s", 0.02)):
        defects = after.routes[route][0].defects
        assert defects is not None
        assert defects.share == pytest.approx(before * (1 - worth.reduction), rel=1e-4)
    press, spare = after.work_centers
    assert len(press.maintenance) == 2  # its own stays
    assert len(spare.maintenance) == 1
    assert after.work_centers[1].maintenance[0].when == "now"
    assert measure.kind is not None
    assert measure.kind.value == "process-control"
    assert "stated: noticed today after 8 h, 40.0% of the defective pieces" in str(measure.evidence)
    assert "measured: 3 of 4 faults detected, taken as 70.0%" in str(measure.evidence)


def test_the_reduction_by_hand(found: MonitorResult) -> None:
    worth = worth_of(found, STATED)
    delays = [one.delay_rows for one in found.watched if one.delay_rows is not None]
    gains = [1 - 180 * (rows + 2) / (8 * 3600) for rows in delays]  # seen to last two rows later
    assert len(delays) == worth.detected == 3
    assert worth.reduction == pytest.approx(0.4 * (3.5 / 5) * np.mean(gains))
    alarms, known = found.check_index > 1, ~np.isnan(found.check_index)
    letters = "".join("x" if one else " " for one in alarms).split()
    lasting = sum(len(word) >= 3 for word in letters)
    assert worth.every_s == pytest.approx(known.sum() * 180 / (lasting + 0.5))


# ---------------------------------------------------------------- laws
def test_full_detection_is_never_carried_over(found: MonitorResult) -> None:
    seen = replace(found, watched=found.watched[:1])
    worth = worth_of(seen, Stated("a", 1e9, 1.0))
    assert worth.detected == worth.faults == 1
    assert worth.reduction == pytest.approx(0.75, abs=1e-4)
    assert worth.low == 0


def test_the_range_begins_above_zero_only_with_enough_delays(found: MonitorResult) -> None:
    few, many = (replace(found, watched=found.watched[:1] * n) for n in (FEWEST_DELAYS - 1, FEWEST_DELAYS))
    assert worth_of(few, STATED).low == 0
    assert 0 < worth_of(many, STATED).low < worth_of(many, STATED).reduction < worth_of(many, STATED).high


def test_more_is_gained_the_later_faults_are_noticed_today_and_the_more_they_cause(
    found: MonitorResult,
) -> None:
    values = [worth_of(found, replace(STATED, noticed_after_s=3600.0 * h)).reduction for h in (1, 4, 24, 1e4)]
    assert values == sorted(values)
    assert worth_of(found, replace(STATED, by_faults=0.2)).reduction == pytest.approx(
        worth_of(found, STATED).reduction / 2
    )


def test_no_false_alarm_in_the_normal_rows_is_not_never(found: MonitorResult) -> None:
    worth = worth_of(replace(found, lasting_alarms=0), STATED)
    assert worth.every_s < np.inf
    assert found.per_year is not None
    assert worth.shortest_s == pytest.approx(found.per_year.days * 86400 / 3.6889, rel=1e-3)  # -ln 0.025


def test_a_stated_step_is_as_good_as_times(tmp_path: Path, found: MonitorResult) -> None:
    normal = written(tmp_path / "normal.csv", process(4000, seed=1), minutes=None)
    fault = written(tmp_path / "fault.csv", process(400, seed=2, fault=(ONSET, 3.0)), minutes=None)
    options = MonitorOptions(onset=ONSET, step_s=180)
    timed = replace(found, watched=found.watched[:1])
    assert worth_of(monitor(normal, fault, options=options), STATED) == worth_of(timed, STATED)
    with pytest.raises(InputError, match="give --step"):
        worth_of(monitor(normal, fault, options=MonitorOptions(onset=ONSET)), STATED)


# ---------------------------------------------------------------- corners
def test_without_a_detected_fault_there_is_nothing_to_carry_over(found: MonitorResult, plant: Plant) -> None:
    with pytest.raises(InputError, match="0 of 1 faults are detected"):
        as_measure(replace(found, watched=found.watched[3:]), plant, STATED)
    with pytest.raises(InputError, match="none sooner than after 1 s"):
        as_measure(found, plant, replace(STATED, noticed_after_s=1.0))
    with pytest.raises(InputError, match="row of the onset"):
        as_measure(replace(found, onset=None), plant, STATED)


@pytest.mark.parametrize(
    ("name", "said"), [("aa", "did you mean 'a'"), ("b", "operation 'b' has no share of defects")]
)
def test_an_operation_that_does_not_fit(found: MonitorResult, plant: Plant, name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        as_measure(found, plant, replace(STATED, operation=name))


def test_false_alarms_that_take_more_time_than_there_is_are_refused(
    found: MonitorResult, plant: Plant
) -> None:
    often = replace(found, lasting_alarms=1000)
    with pytest.raises(InputError, match="it has no time for that"):
        as_measure(often, plant, replace(STATED, check_s=12 * 3600))


@pytest.mark.parametrize(
    "wrong", [{"noticed_after_s": 0}, {"by_faults": 0}, {"by_faults": 1.2}, {"check_s": -1}]
)
def test_what_is_stated_is_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        replace(STATED, **wrong)  # type: ignore[arg-type]
