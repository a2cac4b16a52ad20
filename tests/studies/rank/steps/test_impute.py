"""Imputation: by hand, and never from nothing."""

from __future__ import annotations

import numpy as np
import pytest

from zhizao.studies.rank.spec import Imputation
from zhizao.studies.rank.steps.impute import imputed

UNKNOWN = float("nan")
VALUES = np.array([[1.0, 10.0], [2.0, UNKNOWN], [6.0, 30.0], [UNKNOWN, 50.0]])
GROUPS = ("a", "a", "b", "b")


@pytest.mark.parametrize(
    ("how", "first", "second"),
    [
        (Imputation.NONE, UNKNOWN, UNKNOWN),
        (Imputation.MEAN, 3.0, 30.0),
        (Imputation.MEDIAN, 2.0, 30.0),
        (Imputation.GROUP_MEAN, 6.0, 10.0),
        (Imputation.GROUP_MEDIAN, 6.0, 10.0),
    ],
)
def test_gaps(how: Imputation, first: float, second: float) -> None:
    found = imputed(VALUES, how, GROUPS)
    assert [found[3, 0], found[1, 1]] == pytest.approx([first, second], nan_ok=True)


@pytest.mark.parametrize("how", list(Imputation))
def test_known_values_stay_and_a_column_of_gaps_stays_one(how: Imputation) -> None:
    values = np.column_stack([VALUES, np.full(4, UNKNOWN)])
    found = imputed(values, how, GROUPS)
    known = ~np.isnan(values)
    assert (found[known] == values[known]).all()
    assert np.isnan(found[:, 2]).all()


def test_a_group_without_a_value_gives_none() -> None:
    found = imputed(VALUES, Imputation.GROUP_MEAN, ("a", "c", "b", "b"))
    assert np.isnan(found[1, 1])


def test_regression_finds_the_line() -> None:
    x = np.arange(8.0)
    values = np.column_stack([x, 3 * x + 1, np.array([5, 1, 4, 2, 3, 9, 7, 7.0])])
    values[6, 1] = UNKNOWN
    assert imputed(values, Imputation.REGRESSION)[6, 1] == pytest.approx(19)
