"""Charts of the scores of good and bad pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zhizao.report import Histogram, Lines

Doubles = NDArray[np.float64]


def score_distribution(good: Doubles, bad: Doubles, threshold: float) -> Histogram:
    """How the scores of good and bad pictures are distributed."""
    return Histogram(
        "Scores",
        {"good": good.tolist(), "bad": bad.tolist()},
        unit="",
        x_label="score",
        note=f"A picture is called defective above {threshold:.4g}.",
    )


def roc_curve(good: Doubles, bad: Doubles, false_alarms: float) -> Lines:
    """The share of bad pictures above a threshold against that of good ones, over all thresholds."""
    levels = np.unique(np.concatenate([good, bad]))[::-1]
    ordered = [np.sort(side) for side in (good, bad)]
    shares = [1 - np.searchsorted(side, levels, side="left") / len(side) for side in ordered]
    x, y = (np.concatenate([[0.0], share]) for share in shares)
    return Lines(
        "ROC curve",
        x.tolist(),
        {"detection": y.tolist(), "by chance": x.tolist()},
        x_label="share of good pictures called defective",
        y_label="share of bad pictures called defective",
        note=f"By pictures, over all thresholds; the dashed line is the promised rate, {false_alarms:.3g}.",
        mark=false_alarms,
    )
