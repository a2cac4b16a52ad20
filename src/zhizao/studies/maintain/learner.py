"""The learner of remaining life: gradient-boosted trees and kernel ridge regression, averaged."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zhizao.quantities import InputError
from zhizao.studies.maintain.facts import MISSING, Floats

Predictor = Callable[[Floats], Floats]

ROUNDS = 300
TREES = {
    "objective": "l2",
    "learning_rate": 0.03,
    "num_leaves": 31,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.2,
    "bagging_fraction": 0.5,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "num_threads": 1,
    "deterministic": True,
    "verbose": -1,
}
"""Settings of LightGBM, chosen by cross-validation by unit on the training engines of C-MAPSS FD001."""
SMALLEST_LEAF = 5
"""Rows of a leaf in a small table, where 100 would leave nothing to split."""
CENTRES, LENGTH, RIDGE = 4_000, 0.7, 0.03
"""Rows that the kernel ridge regression keeps, length of its Gaussian kernel in root mean squared deviations,
and its ridge; chosen as the trees were."""


def fitted(features: Floats, target: Floats, seed: int) -> Predictor:
    """Fit both learners, and predict by their mean.

    Parameters
    ----------
    features, target
        By row and feature, and by row.
    seed
        Seed of the trees' bagging and of the rows that are kept as centres.

    Raises
    ------
    InputError
        LightGBM is not installed.
    """
    trees, kernel = _trees(features, target, seed), _kernel(features, target, seed)
    return lambda rows: np.asarray((trees(rows) + kernel(rows)) / 2)


def boosted(features: Floats, target: Floats, settings: dict[str, object], rounds: int) -> Predictor:
    """Gradient-boosted trees (Ke et al. 2017, LightGBM).

    Raises
    ------
    InputError
        LightGBM is not installed.
    """
    try:
        import lightgbm
    except (ImportError, OSError) as error:
        raise InputError(f"{MISSING} ({error})") from None
    data = lightgbm.Dataset(features, target)
    booster = lightgbm.train(dict(settings), data, rounds)
    return lambda rows: np.asarray(booster.predict(rows, num_threads=1), dtype=float)


def _trees(features: Floats, target: Floats, seed: int) -> Predictor:
    leaf = max(SMALLEST_LEAF, min(int(TREES["min_data_in_leaf"]), len(features) // 50))  # type: ignore[call-overload]
    return boosted(features, target, {**TREES, "min_data_in_leaf": leaf, "seed": seed}, ROUNDS)


def _kernel(features: Floats, target: Floats, seed: int) -> Predictor:
    """Kernel ridge regression with a Gaussian kernel on standardised features (Saunders et al. 1998)."""
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    used = deviation > 1e-9
    mean, scale = mean[used], deviation[used] * np.sqrt(used.sum())
    keep = np.random.default_rng(seed).permutation(len(features))[:CENTRES]
    centres = (features[keep][:, used] - mean) / scale
    level = float(target.mean())

    def kernel(rows: Floats) -> Floats:
        apart = (rows**2).sum(1)[:, None] + (centres**2).sum(1)[None] - 2 * rows @ centres.T
        return np.asarray(np.exp(-np.maximum(apart, 0) / (2 * LENGTH**2)))

    weights = np.linalg.solve(kernel(centres) + RIDGE * np.eye(len(keep)), target[keep] - level)
    return lambda rows: np.asarray(kernel((rows[:, used] - mean) / scale) @ weights + level)
