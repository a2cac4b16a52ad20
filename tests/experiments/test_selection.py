"""The promise of a correct selection, on numbers that cost nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from zhizao.experiments.selection import Effort, Selection, kn, ocba
from zhizao.kpi.analysis import Floats
from zhizao.quantities import InputError

Procedure = Callable[..., Selection]


def _slippage(seed: int, means: list[float], correlation: float = 0.0) -> Callable[[int, int, int], Floats]:
    """Normal values with sd 2; `correlation` is what common random numbers give."""
    rng = np.random.default_rng(seed)
    common, own = rng.normal(size=500), rng.normal(size=(len(means), 500))

    def sample(i: int, first: int, n: int) -> Floats:
        part = slice(first, first + n)
        noise = np.sqrt(correlation) * common[part] + np.sqrt(1 - correlation) * own[i, part]
        return np.asarray(means[i] + 2 * noise, dtype=np.float64)

    return sample


@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_kn_keeps_its_promise_where_all_others_are_just_the_indifference_worse(correlation: float) -> None:
    means, tries = [0.0, 0.0, 0.0, 0.0, 1.0], 300  # the slippage configuration, the hardest there is
    effort = Effort(1.0, 0.9, at_most=500)
    found = [kn(_slippage(seed, means, correlation), 5, effort) for seed in range(tries)]
    assert all(selection.decided and selection.probability == 0.9 for selection in found)
    assert sum(selection.best == 4 for selection in found) / tries >= 0.9


def test_ocba_estimates_the_probability_of_what_it_chose_without_boasting() -> None:
    means, tries = [0.0, 0.0, 0.0, 0.0, 1.0], 200
    found = [ocba(_slippage(seed, means), 5, Effort(0.5, at_most=40)) for seed in range(tries)]
    right = sum(selection.best == 4 for selection in found) / tries
    assert right >= 0.95
    assert right >= np.mean([selection.probability for selection in found])


def test_common_random_numbers_save_replications() -> None:
    means = [0.0, 0.3, 1.0]
    spent = [
        sum(len(v) for seed in range(30) for v in kn(_slippage(seed, means, c), 3, Effort(0.5)).values)
        for c in (0.0, 0.8)
    ]
    assert spent[1] < spent[0] / 2


@pytest.mark.parametrize("procedure", [kn, ocba])
def test_what_is_clearly_worse_gets_few_replications(procedure: Procedure) -> None:
    found = procedure(_slippage(2, [0.0, 9.5, 10.0]), 3, Effort(0.4, 0.99))
    assert found.best == 2
    assert len(found.values[0]) < len(found.values[1])


@pytest.mark.parametrize("procedure", [kn, ocba])
def test_a_budget_that_is_too_small_leaves_it_undecided(procedure: Procedure) -> None:
    found = procedure(_slippage(2, [0.0, 0.05]), 2, Effort(0.01, 0.99, at_most=20))
    assert not found.decided
    assert found.probability < 0.99
    assert sum(len(values) for values in found.values) == 40


@pytest.mark.parametrize("procedure", [kn, ocba])
def test_a_cancel_keeps_whole_rounds(procedure: Procedure) -> None:
    sample, calls = _slippage(3, [0.0, 0.1, 0.2]), 0

    def cancelled(i: int, first: int, n: int) -> Floats:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise KeyboardInterrupt
        return sample(i, first, n)

    found = procedure(cancelled, 3, Effort(0.01, 0.99))
    assert found.interrupted
    assert not found.decided
    assert [len(values) for values in found.values] == [10, 10, 10]


def test_systems_that_are_the_same_to_the_digit_are_a_tie_that_ends() -> None:
    found = kn(lambda _, first, n: np.arange(first, first + n), 3, Effort(0.1))
    assert found.decided
    assert sum(len(values) for values in found.values) == 30


def test_the_boundary_of_two_systems_is_that_of_the_paper() -> None:
    # k = 2, n = 10, confidence 0.95: eta = ((2 x 0.05)^(-2/9) - 1) / 2 = 0.33405. Differences 0, 2, 0 ...
    # have the variance 10/9, so W = 0.5 / 2 x (2 x 0.33405 x 9 x (10/9) / 0.25 - 10) = 4.18 < 10, their sum.
    two = np.array([[0.0] * 10, [0.0, 2.0] * 5])
    assert kn(lambda i, first, n: two[i, first : first + n], 2, Effort(0.5, at_most=10)).decided
    # At indifference 0.2 it is 0.1 x (6.6810 / 0.04 - 10) = 15.70: not yet.
    assert not kn(lambda i, first, n: two[i, first : first + n], 2, Effort(0.2, at_most=10)).decided


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"indifference": 0.0}, "indifference"),
        ({"indifference": 1.0, "confidence": 1.0}, "confidence"),
        ({"indifference": 1.0, "at_most": 5}, "at_most"),
    ],
)
def test_an_effort_that_makes_no_sense_is_refused(settings: dict[str, float], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Effort(**settings)  # type: ignore[arg-type]
