"""Classes of defects: a linear probe on the summary of a picture, with calibrated probabilities.

Multinomial logistic regression with a ridge penalty; its probabilities are tempered on pictures of parts that
it has not seen. Source: C. Guo, G. Pleiss, Y. Sun, K. Weinberger (2017), On calibration of modern neural
networks (temperature scaling).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.studies.inspect.features import Floats

Doubles = NDArray[np.float64]

RIDGE = 1e-2
"""Penalty of a squared weight, beside the mean loss of a picture; numbers have a deviation of 1."""
STEPS = 200
"""Steps of the optimizer at most: the penalty, not the last digit of the optimum, decides."""
FOLDS = 10
"""Folds by part in which the accuracy and the temperature are measured."""
HOTTEST = 20.0
"""Range of the temperature: 1 / HOTTEST to HOTTEST."""


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """A linear probe."""

    names: tuple[str, ...]
    weights: Floats
    """Of the numbers of a summary, and last the offset (classes, numbers + 1); the temperature is in them."""

    def probabilities(self, summary: Floats) -> Doubles:
        """Probability of each class."""
        found: Doubles = _softmax(summary[None] @ self.weights[:, :-1].T + self.weights[:, -1])[0]
        return found

    def best(self, summary: Floats) -> tuple[str, float]:
        """The most probable class and its probability."""
        found = self.probabilities(summary)
        return self.names[int(found.argmax())], float(found.max())


@dataclass(frozen=True, slots=True, eq=False)
class ClassesFitted:
    """A probe, and what was measured on parts that it had not seen."""

    classes: Classes
    unseen: Doubles
    """Tempered probabilities of each picture by a probe that has not seen its part (pictures, classes)."""


def fit_classes(
    summaries: Floats, labels: Sequence[str], parts: Sequence[str], rng: np.random.Generator
) -> ClassesFitted:
    """Fit a probe to pictures of defects; the parts of a class are spread over the folds.

    Parameters
    ----------
    summaries
        One for each picture (pictures, numbers).
    labels
        Class of each picture.
    parts
        Part of each picture.
    """
    from scipy.optimize import minimize_scalar

    names = tuple(sorted(set(labels)))
    truth = np.array([names.index(label) for label in labels])
    folds = _folds(labels, parts, rng)
    logits = np.zeros((len(truth), len(names)))
    for fold in range(FOLDS):
        out = folds == fold
        weights = _probe(summaries[~out], truth[~out], len(names))
        logits[out] = summaries[out] @ weights[:, :-1].T + weights[:, -1]

    def loss(log_temperature: float) -> float:
        chances = _softmax(logits / np.exp(log_temperature))
        return float(-np.log(np.maximum(chances[np.arange(len(truth)), truth], 1e-12)).mean())

    bounds = (-np.log(HOTTEST), np.log(HOTTEST))
    temperature = float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))
    tempered = (_probe(summaries, truth, len(names)) / temperature).astype(np.float32)
    return ClassesFitted(Classes(names, tempered), _softmax(logits / temperature))


def _folds(labels: Sequence[str], parts: Sequence[str], rng: np.random.Generator) -> NDArray[np.int64]:
    """Fold of each picture: those of a part share one, and each class has parts in all that it can."""
    fold_of: dict[str, int] = {}
    for label in sorted(set(labels)):
        mine = sorted({part for part, name in zip(parts, labels, strict=True) if name == label})
        start = int(rng.integers(FOLDS))
        for place, name in enumerate(rng.permutation(mine).tolist()):
            fold_of.setdefault(name, (start + place) % FOLDS)
    return np.array([fold_of[part] for part in parts])


def _probe(rows: Floats, truth: NDArray[np.int64], classes: int) -> Doubles:
    """Weights and offsets for rows as they are (classes, numbers + 1)."""
    from scipy.optimize import minimize

    mean, scale = rows.mean(axis=0, dtype=np.float64), rows.std(axis=0, dtype=np.float64) + 1e-6
    given = np.concatenate([(rows - mean) / scale, np.ones((len(rows), 1))], axis=1)
    wanted = np.eye(classes)[truth]

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        weights = flat.reshape(classes, -1)
        chances = _softmax(given @ weights.T)
        penalized = weights.copy()
        penalized[:, -1] = 0
        value = -np.log(np.maximum((chances * wanted).sum(axis=1), 1e-300)).mean()
        slope = (chances - wanted).T @ given / len(given) + 2 * RIDGE * penalized
        return float(value + RIDGE * (penalized**2).sum()), slope.ravel()

    start = np.zeros(classes * given.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    weights = found.x.reshape(classes, -1)
    inside = weights[:, :-1] / scale
    return np.concatenate([inside, (weights[:, -1] - inside @ mean)[:, None]], axis=1)


def _softmax(logits: Doubles | Floats) -> Doubles:
    lifted = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    found: Doubles = lifted / lifted.sum(axis=1, keepdims=True)
    return found
