"""The search beside brute force, and at its edges."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.solvers.subsets.test_problem import problems
from zhizao.quantities import InputError
from zhizao.solvers.subsets import Effort, Problem, Progress, best_subset, members


class Plant:
    """Values of subsets with common random numbers; counts what is drawn."""

    def __init__(self, truth, noise=0.01, seed=0):
        self.truth, self.noise, self.seed = truth, noise, seed
        self.asked: list[int] = []

    def __call__(self, subsets, first, n):
        self.asked += list(subsets)
        found = np.empty((len(subsets), n))
        for column in range(n):
            rng = np.random.default_rng([self.seed, first + column])
            common = rng.standard_normal()
            for row, subset in enumerate(subsets):
                own = np.random.default_rng([self.seed, first + column, subset]).standard_normal()
                found[row, column] = self.truth(subset) + self.noise * (common + own)
        return found


def bottleneck(seed, k):
    """Least capacity of three stations, less costs."""
    rng = np.random.default_rng(seed)
    base = rng.uniform(1, 1.4, 3)
    lift, cost = rng.uniform(0, 0.3, (k, 3)) * (rng.random((k, 3)) < 0.5), rng.uniform(0, 0.06, k)
    taken = np.arange(1 << k)[:, None] >> np.arange(k) & 1
    values = (base * np.exp(taken @ lift)).min(axis=1) - taken @ cost
    return lambda subset: float(values[subset])


@pytest.mark.parametrize("seed", range(6))
def test_it_finds_what_brute_force_finds(seed):
    k, rng = 7, np.random.default_rng(seed)
    problem = Problem(tuple(rng.uniform(1, 5, k)), 14.0, 5, ((0, 1),), ((2, 3),))
    truth = bottleneck(seed, k)
    found = best_subset(problem, Plant(truth), Effort(500), seed=seed)
    best = max(truth(s) for s in range(1 << k) if problem.allows(s))
    assert truth(found.chosen) >= best - 0.01 * abs(best)
    assert found.good is not None
    assert found.drawn == sum(len(one.values) for one in found.evaluated.values()) <= 500
    assert set(found.means) == set(found.evaluated)


@given(problems(), st.integers(1, 60))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_nothing_that_is_not_allowed_is_drawn_or_chosen_and_the_effort_is_kept(problem, most):
    plant = Plant(bottleneck(1, problem.size))
    found = best_subset(problem, plant, Effort(most))
    assert found.drawn <= most
    assert all(problem.allows(subset) for subset in [*plant.asked, found.chosen])
    assert found.chosen in found.evaluated


def test_equal_seeds_give_equal_results():
    problem, truth = Problem((0.0,) * 8), bottleneck(4, 8)
    one, two = (best_subset(problem, Plant(truth, 0.05), Effort(300), seed=5) for _ in range(2))
    assert one == two
    assert one.evaluated != best_subset(problem, Plant(truth, 0.05), Effort(300), seed=6).evaluated


def test_when_every_measure_does_harm_nothing_is_taken():
    found = best_subset(Problem((0.0,) * 8), Plant(lambda s: 1 - 0.05 * s.bit_count()), Effort(400))
    assert found.chosen == 0
    assert found.ended == "sure"


@pytest.mark.parametrize(("gain", "chosen"), [(0.1, 1), (-0.1, 0)])
def test_one_measure(gain, chosen):
    found = best_subset(Problem((1.0,)), Plant(lambda s: 1 + gain * s), Effort(200))
    assert found.chosen == chosen


def test_a_budget_below_the_cheapest_takes_nothing_and_is_sure():
    found = best_subset(Problem((5.0, 6.0), budget=1.0), Plant(lambda s: 1.0 + s), Effort(100))
    assert (found.chosen, found.good, found.ended) == (0, 1.0, "sure")


def test_identical_measures_are_ties_and_end_early():
    found = best_subset(
        Problem((1.0,) * 8, at_most=1), Plant(lambda s: 1 + 0.1 * bool(s), 0.002), Effort(2000)
    )
    assert len(members(found.chosen)) == 1
    assert found.drawn < 400


def test_without_noise_and_without_differences_it_still_ends():
    truth = bottleneck(2, 7)
    found = best_subset(Problem((0.0,) * 7), Plant(truth, 0.0), Effort(300))
    best = max(truth(s) for s in range(128))
    assert truth(found.chosen) >= 0.99 * best
    flat = best_subset(Problem((0.0,) * 7), Plant(lambda _: 1.0, 0.0), Effort(300))
    assert flat.ended == "sure"


def test_measures_that_pay_only_together_are_found():
    def truth(subset):
        return 1 - 0.01 * subset.bit_count() + 0.15 * (subset & 0b111 == 0b111) + 0.03 * (subset >> 5 & 1)

    found = best_subset(Problem((0.0,) * 9), Plant(truth, 0.005), Effort(600))
    assert members(found.chosen) == (0, 1, 2, 5)


def test_a_deadline_ends_it_with_the_best_so_far():
    calls = iter(range(100))
    found = best_subset(
        Problem((0.0,) * 8), Plant(bottleneck(1, 8)), Effort(5000), stop=lambda: next(calls) > 3
    )
    assert found.ended == "stopped"
    assert found.chosen in found.evaluated
    none = best_subset(Problem((0.0,) * 8), Plant(bottleneck(1, 8)), Effort(5000), stop=lambda: True)
    assert (none.ended, none.chosen, none.good, none.drawn) == ("stopped", 0, None, 0)


@pytest.mark.parametrize("at", [1, 2, 4])
def test_a_cancel_keeps_the_best_so_far(at):
    plant, calls = Plant(bottleneck(1, 8), 0.05), iter(range(1, 100))

    def sample(subsets, first, n):
        if next(calls) == at:
            raise KeyboardInterrupt
        return plant(subsets, first, n)

    found = best_subset(Problem((0.0,) * 8), sample, Effort(5000))
    assert found.cancelled
    assert (found.drawn > 0) == (at > 1)
    assert at == 1 or found.chosen in found.evaluated


def test_of_more_measures_than_can_be_enumerated_the_promising_are_kept():
    gains = np.where(np.arange(24) % 6 == 0, 0.05, -0.02)

    def truth(subset):
        return 1 + sum(gains[i] for i in members(subset))

    problem = Problem((1.0,) * 24, at_most=5, needs=((6, 20),))
    reports: list[Progress] = []
    found = best_subset(problem, Plant(truth, 0.004), Effort(700, step=32), progress=reports.append)
    assert members(found.chosen) in {(0, 6, 12, 18, 20), (0, 12, 18)}
    assert truth(found.chosen) >= 0.99 * 1.18
    assert problem.allows(found.chosen)
    assert len(found.kept) <= 16
    assert reports[-1].chosen == found.chosen
    assert [one.drawn for one in reports] == sorted(one.drawn for one in reports)


@pytest.mark.slow
def test_stated_probability_is_no_higher_than_what_is_observed():
    good, stated = [], []
    for seed in range(24):
        truth = bottleneck(100 + seed, 6)
        found = best_subset(Problem((0.0,) * 6), Plant(truth, 0.03, seed), Effort(90), seed=seed)
        best = max(truth(s) for s in range(64))
        good.append(truth(found.chosen) >= best - 0.01 * abs(best))
        stated.append(found.good or 0.0)
    error = np.sqrt(np.mean(stated) * (1 - np.mean(stated)) / len(good))
    assert np.mean(good) >= np.mean(stated) - 2 * error


@pytest.mark.slow
def test_stated_probability_holds_over_many_plants():
    good, stated = [], []
    for seed in range(150):
        truth = bottleneck(500 + seed, 9)
        found = best_subset(
            Problem((0.0,) * 9), Plant(truth, (0.005, 0.02)[seed % 2], seed), Effort(1500), seed=seed
        )
        best = max(truth(s) for s in range(512))
        good.append(truth(found.chosen) >= best - 0.01 * abs(best))
        stated.append(found.good or 0.0)
    error = np.sqrt(np.mean(stated) * (1 - np.mean(stated)) / len(good))
    assert np.mean(good) >= np.mean(stated) - 2 * error


def test_the_neighbours_of_the_choice_are_measured_before_it_is_sure():
    found = best_subset(Problem((0.0,) * 8), Plant(bottleneck(4, 8), 0.005), Effort(2000))
    assert found.ended == "sure"
    near = [s for s in range(256) if (s ^ found.chosen).bit_count() <= 2]
    assert set(near) <= set(found.evaluated)


def test_bad_effort_and_bad_values_are_named():
    with pytest.raises(InputError, match="replications_at_most"):
        Effort(0)
    with pytest.raises(InputError, match="relevance"):
        Effort(10, relevance=1.0)
    with pytest.raises(InputError, match="finite"):
        best_subset(Problem((0.0,)), lambda s, _, n: np.full((len(s), n), np.nan), Effort(10))
