"""How long things take in a plant, as its twin expects it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import Plant
from zhizao.workflows.shadow.spells import Key, Spells

REFERENCE_DAYS = 168.0
"""One long run: of several short ones the long times, cut off by their ends, would be missing."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What the twin expects: sorted ratios of each key, and how many of them there are in a day."""

    ratios: dict[Key, NDArray[np.float64]]
    per_day: dict[Key, float]

    @classmethod
    def of(cls, plant: Plant, seed: int = 1, days: float = REFERENCE_DAYS) -> Reference:
        """Run the twin, and measure it as the plant is measured."""
        settings = RunSettings(days, seed, log=LogLevel.EVENTS)
        found: dict[Key, list[float]] = {}
        for records in run(plant, settings).records:
            assert records.events is not None
            for spell in Spells(plant).take(records.events.iter_rows(named=True), records.end):
                found.setdefault(spell.key, []).append(spell.ratio)
        ratios = {key: np.sort(np.array(values)) for key, values in found.items()}
        return cls(ratios, {key: len(v) / days for key, v in found.items()})

    def left(self, key: Key, ratio: float, draw: np.random.Generator) -> float:
        """Draw how much longer something takes that has taken `ratio`: given that it takes at least that."""
        known = self.ratios.get(key)
        if known is None or not len(known):
            return max(0.0, 1.0 - ratio)
        first = int(np.searchsorted(known, ratio, side="right"))
        if first < len(known):
            return float(known[draw.integers(first, len(known))] - ratio)
        return float(draw.exponential(max(float(known.std()), 0.01 * float(known.mean()))))
