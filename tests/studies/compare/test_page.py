"""What the page of a comparison shows beside its numbers."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pytest

from tests.studies.plants import line
from zhizao.kpi import FORMULAS
from zhizao.report import Histogram, Section, StackedBars, Table
from zhizao.studies.compare import CompareResult, compare_measures

S = TypeVar("S", bound=Section)


@pytest.fixture(scope="module")
def result() -> CompareResult:
    return compare_measures(line(), ["second-slow-machine", "less-scrap"], days=20, replications=3)


def sections(result: CompareResult, kind: type[S]) -> list[S]:
    return [one for one in result.page().sections if isinstance(one, kind)]


def test_it_lists_what_differs_and_that_it_is_assumed(result: CompareResult) -> None:
    tables = {one.title: one.frame for one in sections(result, Table)}
    assert tables["What differs: second-slow-machine"].rows() == [
        ("work_centers.slow.units", "1", "2", "assumed (second-slow-machine)")
    ]
    together = tables["What differs: all together"]
    assert set(together["where"]) == {"work_centers.slow.units", "routes.r.two.defects.share"}
    assert result.details()["changes"][0]["differs"] == [
        {"path": "work_centers.slow.units", "before": "1", "after": "2"}
    ]


def test_the_distributions_have_the_mean_that_the_kpi_has(result: CompareResult) -> None:
    (chart,) = sections(result, Histogram)
    change = result.scenarios[-1].changes["lead_time_mean"].difference
    assert FORMULAS["lead_time_mean"].unit == "h"
    assert np.mean(chart.samples["before"]) == pytest.approx(change.before.mean, rel=0.02)
    assert np.mean(chart.samples["after"]) == pytest.approx(change.after.mean, rel=0.02)


def test_the_slow_machine_changes_its_time_most(result: CompareResult) -> None:
    (chart,) = sections(result, StackedBars)
    assert list(chart.categories[:2]) == ["slow, before", "slow, after"]
    for bar in range(len(chart.categories)):
        assert sum(shares[bar] for shares in chart.shares.values()) == pytest.approx(1.0)
    before, after = chart.shares["busy"][:2]
    assert after == pytest.approx(before / 2, rel=0.1), "two machines share the work of one"
