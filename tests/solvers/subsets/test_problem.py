"""Which subsets are allowed: one by one and all at once give the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhizao.quantities import InputError
from zhizao.solvers.subsets import Problem, members, subset_of


@st.composite
def problems(draw):
    k = draw(st.integers(1, 6))
    pair = st.tuples(st.integers(0, k - 1), st.integers(0, k - 1)).filter(lambda p: p[0] != p[1])
    pairs = st.lists(pair, max_size=3).map(tuple) if k > 1 else st.just(())
    return Problem(
        tuple(draw(st.lists(st.integers(0, 9).map(float), min_size=k, max_size=k))),
        draw(st.none() | st.integers(0, 30).map(float)),
        draw(st.none() | st.integers(0, k)),
        draw(pairs),
        draw(pairs),
    )


@given(problems())
def test_the_mask_of_all_subsets_agrees_with_each_asked_alone(problem):
    mask = problem.allowed()
    assert mask[0]
    assert mask.tolist() == [problem.allows(subset) for subset in range(1 << problem.size)]


def test_a_budget_below_the_cheapest_measure_leaves_the_empty_subset():
    assert np.nonzero(Problem((5.0, 7.0), budget=4.0).allowed())[0].tolist() == [0]


def test_costs_that_sum_to_the_budget_are_within_it():
    assert Problem((0.1, 0.2), budget=0.3).allows(3)
    assert Problem((0.1, 0.2), budget=0.3).allowed()[3]


def test_needs_are_followed_through_others():
    problem = Problem((0.0,) * 4, needs=((0, 1), (1, 3)))
    assert members(problem.with_needs(subset_of([0]))) == (0, 1, 3)


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: Problem(()), "no measures"),
        (lambda: Problem((-1.0,)), "cost of measure 0"),
        (lambda: Problem((float("nan"),)), "cost of measure 0"),
        (lambda: Problem((1.0,), budget=-1), "budget"),
        (lambda: Problem((1.0,), at_most=-1), "at most"),
        (lambda: Problem((1.0,), needs=((0, 1),)), "numbered 0 to 0"),
        (lambda: Problem((1.0, 1.0), excludes=((1, 1),)), "itself"),
    ],
)
def test_bad_input_is_named(build, says):
    with pytest.raises(InputError, match=says):
        build()
