"""Waiting by work center, log beside twin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.studies.validate.plants import log_of, roomy
from zhizao.report import Bars
from zhizao.studies.validate import Terms, choose_window, cohort, validate
from zhizao.studies.validate.cohort import Cohort
from zhizao.studies.validate.waits import waits_by_center, waits_h


def by_hand() -> Cohort:
    """Two lots at saw and paint: 3 h and 1 h between them; one lot has two rows at the paint at once."""
    window = choose_window(log_of(roomy(), days=15), follow_up_days=5)
    lot, start, end = [0, 0, 0, 1, 1], [0.0, 5, 5.5, 0, 3], [2.0, 6, 7, 2, 4]
    return replace(
        cohort(log_of(roomy(), days=15), window),
        lot=np.array(lot),
        start_s=np.array(start) * 3600,
        end_s=np.array(end) * 3600,
        operation=("cut", "coat", "coat", "cut", "coat"),
        work_center=("saw", "paint", "paint", "saw", "paint"),
        names=("a", "b"),
    )


def test_a_wait_is_from_the_end_of_the_work_before_to_the_start() -> None:
    assert waits_h(by_hand()) == pytest.approx({"paint": 2.0})


def test_what_one_side_does_not_have_is_not_known_there() -> None:
    other = replace(by_hand(), work_center=("saw", "oven", "oven", "saw", "oven"))
    rows = {row[0]: row[1:] for row in waits_by_center(by_hand(), [other, other]).iter_rows()}
    assert rows["paint"] == (2.0, None, None, None)
    assert rows["oven"] == (None, 2.0, 2.0, 2.0)


def test_a_twin_of_its_own_log_waits_as_long_and_the_page_shows_it() -> None:
    found = validate(roomy(), log_of(roomy()), replications=5, terms=Terms(follow_up_days=8))
    paint = found.waits.row(0, named=True)
    assert paint["work_center"] == "paint"
    assert paint["twin_h"] == pytest.approx(20, rel=0.1), "the delay of the operation"
    assert paint["log_h"] == pytest.approx(20, rel=0.35), "a month's lots"
    assert paint["twin_low"] <= paint["twin_h"] <= paint["twin_high"]
    chart = next(one for one in found.page().sections if isinstance(one, Bars))
    assert chart.values["log"][0].value == paint["log_h"]
    assert found.details()["waits"][0] == paint
