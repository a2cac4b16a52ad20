"""When enough replications have run."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from tests.kpi.test_analysis import LAW
from zhizao.experiments.precision import Target
from zhizao.kpi import HEADLINE
from zhizao.kpi.analysis import mean_interval
from zhizao.quantities import InputError


def test_replications_that_were_forecast_are_enough() -> None:
    n = Target(relative=0.05).replications(LAW, confidence=0.9)
    sd = float(np.std(LAW, ddof=1))
    assert 1.6 * sd / sqrt(n) <= 0.05 / 1.05 * 1.343
    assert n > 100
    assert Target(relative=0.5).replications(LAW) == 10


def test_an_absolute_half_width_does_not_look_at_the_mean() -> None:
    target = Target(absolute=0.1)
    n = target.replications(np.array(LAW) + 1000, confidence=0.9)
    assert n == target.replications(LAW, confidence=0.9)
    sd = float(np.std(LAW, ddof=1))
    assert 1.6 * sd / sqrt(n) <= 0.1 < 1.8 * sd / sqrt(n - 2)


def test_a_forecast_takes_two_pilots() -> None:
    with pytest.raises(ValueError, match="2 pilot"):
        Target(relative=0.1).replications([1.0])


def _rows(values: list[float], name: str = "throughput") -> list[dict[str, float]]:
    return [{name: value} for value in values]


def test_more_replications_are_asked_for_until_the_mean_is_known_well_enough() -> None:
    target = Target(relative=0.05, of=("throughput",))
    draws = np.random.default_rng(4).normal(10, 2, 500).tolist()
    n = 5
    while more := target.more(_rows(draws[:n]), 500):
        n += more
    assert 5 < n < 200
    assert target.reached(mean_interval(draws[:n]))


def test_no_more_are_asked_for_than_the_limit_allows() -> None:
    assert Target(relative=0.001, of=("throughput",)).more(_rows([0.0, 1.0, 0.0, 1.0]), 6) == 2


def test_a_constant_or_a_mean_of_zero_needs_no_more() -> None:
    target = Target(relative=0.01, of=("throughput",))
    assert target.more(_rows([3.0] * 4), 200) == 0
    assert target.more(_rows([-1.0, 1.0]), 200) == 0


def test_sequential_intervals_cover_about_as_often_as_they_say() -> None:
    rng, target = np.random.default_rng(5), Target(relative=0.03, of=("throughput",))
    covered = 0
    for _ in range(200):
        draws = rng.normal(10, 2, 400).tolist()
        n = 10
        while more := target.more(_rows(draws[:n]), 400):
            n += more
        covered += not mean_interval(draws[:n]).excludes(10.0)
    assert covered / 200 >= 0.9


def test_a_kpi_may_be_named_shortly_and_the_default_is_the_headline() -> None:
    assert Target(absolute=1, of=("lead_time", "wip", "wip")).of == ("lead_time_mean", "wip")
    assert Target(relative=0.1).of == HEADLINE


@pytest.mark.parametrize(
    ("relative", "absolute", "of", "said"),
    [
        (None, None, ("wip",), "either"),
        (0.1, 0.1, ("wip",), "either"),
        (1.5, None, ("wip",), "share"),
        (None, -1.0, ("wip",), "half-width"),
        (0.1, None, ("troughput",), "did you mean 'throughput'"),
        (0.1, None, (), "name at least one"),
    ],
)
def test_a_target_that_makes_no_sense_is_refused(
    relative: float | None, absolute: float | None, of: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        Target(relative, absolute, of)
