"""Rates and the area under the ROC curve, against numbers by hand and from tables."""

from __future__ import annotations

import numpy as np
import pytest

from zhizao.studies.inspect.rates import auroc, rate_of


def test_the_interval_is_that_of_clopper_and_pearson() -> None:
    found = rate_of([True] * 2 + [False] * 18, [str(number) for number in range(20)])
    assert found is not None
    assert (found.value, found.parts, found.pictures) == (0.1, 20, 20)
    assert (found.low, found.high) == pytest.approx((0.0123, 0.3170), abs=5e-5)  # tables, n = 20, x = 2


def test_none_and_all_have_an_end_of_their_own() -> None:
    parts = [str(number) for number in range(10)]
    none, every = rate_of([False] * 10, parts), rate_of([True] * 10, parts)
    assert none is not None
    assert every is not None
    assert (none.low, every.high) == (0.0, 1.0)
    assert none.high == pytest.approx(1 - 0.025 ** (1 / 10))
    assert every.low == pytest.approx(0.025 ** (1 / 10))


def test_pictures_of_a_part_count_as_one() -> None:
    found = rate_of([True, False, False, False, True], ["a", "a", "a", "a", "b"])
    assert found is not None
    assert (found.value, found.parts, found.pictures) == ((1 / 4 + 1) / 2, 2, 5)


def test_no_picture_has_no_rate() -> None:
    assert rate_of([], []) is None


def test_the_area_is_the_share_of_pairs_in_order() -> None:
    good, bad = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0])
    pairs = [(b > g) + (b == g) / 2 for b in bad for g in good]
    assert auroc(good, bad) == pytest.approx(np.mean(pairs))
