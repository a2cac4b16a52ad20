"""When a difference counts: p-values, Holm's correction, relevance."""

from __future__ import annotations

from math import isnan, nan

import numpy as np
import pytest
from scipy import stats

from zhizao.kpi.analysis import Interval, mean_interval, paired_difference
from zhizao.kpi.verdicts import check_relevance, family, holm, p_value
from zhizao.quantities import InputError


def test_a_p_value_is_that_of_the_paired_t_test_of_scipy() -> None:
    rng = np.random.default_rng(3)
    before = rng.normal(10, 2, 12)
    after = before + rng.normal(0.5, 1, 12)
    change = paired_difference(before, after).absolute
    assert p_value(change) == pytest.approx(stats.ttest_rel(after, before).pvalue)


@pytest.mark.parametrize(("values", "p"), [([1.0, 1.0, 1.0], 0.0), ([0.0, 0.0], 1.0), ([-1.0, 1.0], 1.0)])
def test_values_that_do_not_vary_are_certain(values: list[float], p: float) -> None:
    assert p_value(mean_interval(values)) == p


def test_one_value_is_no_test() -> None:
    assert isnan(p_value(mean_interval([1.0])))
    assert isnan(p_value(Interval(nan, nan, nan, 0)))


def test_an_interval_excludes_zero_where_its_p_value_is_below_one_in_twenty() -> None:
    lopsided = Interval(1.0, 0.1, 4.0, 10)
    assert p_value(lopsided) < 0.05
    assert p_value(Interval(1.0, -0.1, 1.5, 10)) > 0.05
    assert p_value(Interval(1.0, 0.0, 4.0, 10)) == pytest.approx(0.05)


def test_holm_gives_the_textbook_answer() -> None:
    """p = 0.01, 0.04, 0.03, 0.005 at 5 %: 0.005 and 0.01 stand (Holm 1979), 0.03 > 0.05/2 does not."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == [True, False, False, True]
    assert holm([nan, 0.04]) == [False, True]
    assert holm([]) == []


@pytest.mark.slow
def test_thirty_five_kpis_that_do_not_differ_are_called_different_in_one_family_of_twenty_at_most() -> None:
    rng = np.random.default_rng(7)
    trials, false, naive = 800, 0, 0
    for _ in range(trials):
        pairs = [paired_difference(np.full(10, 100.0), 100 + rng.normal(0, 5, 10)) for _ in range(35)]
        false += any(evidence.shown for evidence in family(pairs, 0.0))
        naive += any(pair.absolute.excludes(0.0) for pair in pairs)
    assert false / trials < 0.05 + 2 * 0.0077
    assert naive / trials > 0.5


def test_a_difference_that_is_certain_but_tiny_does_not_matter() -> None:
    before = np.full(5, 100.0)
    tiny, large = (paired_difference(before, before + step) for step in (0.4, 0.6))
    assert [(e.significant, e.relevant) for e in family([tiny, large])] == [(True, False), (True, True)]
    assert family([tiny], 0.001)[0].shown


def test_what_never_differs_is_no_test_of_the_family() -> None:
    clear, same = paired_difference([1.0, 1.0, 1.0], [1.4, 1.6, 1.8]), paired_difference([1.0] * 3, [1.0] * 3)
    p = family([clear])[0].p_value
    assert 0.05 / 5 < p < 0.05
    assert [e.significant for e in family([same, clear, same, same, same])] == [
        False,
        True,
        False,
        False,
        False,
    ]


def test_any_change_from_nothing_matters() -> None:
    assert family([paired_difference([0.0] * 4, [1e-6] * 4)])[0].shown


def test_a_relevance_that_is_no_share_is_refused() -> None:
    with pytest.raises(InputError, match="relevance"):
        check_relevance(-0.1)
