"""What `rank` found, as data and tables; `result` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import numpy as np
import polars as pl

from zhizao.quantities import Input
from zhizao.studies.rank.build import Built
from zhizao.studies.rank.model import IndexModel
from zhizao.studies.rank.profile import Profile
from zhizao.studies.rank.sobol import Influence
from zhizao.studies.rank.spec import Aggregation
from zhizao.studies.rank.steps.arrays import Floats
from zhizao.studies.rank.steps.reliability import correlations, cronbach_alpha
from zhizao.studies.rank.uncertainty import RankIntervals

AHEAD = 5
"""Indicators that a terminal shows at each end."""
REDUNDANT, OPPOSED = 0.92, -0.3
"""Correlations of parts of one group beyond these are reported (COINr's flags)."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ranked:
    """An index, the ranks of its units, how sure they are, and what they hang on."""

    model: IndexModel
    built: Built
    intervals: RankIntervals | None
    influences: tuple[Influence, ...]
    without: Floats
    profile: Profile | None
    inputs: tuple[Input, ...]
    seed: int
    version: str
    left_out: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def title(self) -> str:
        """Name of the index."""
        return self.model.file.index

    def table(self) -> pl.DataFrame:
        """One row per unit, the first rank first; units without a score come last.

        Columns: unit, rank, low, median, high (of the rank over the runs), score, and one per group below the
        index; an unknown value is null.
        """
        found, runs = self.built, self.intervals
        nothing = np.full(len(self.model.units), np.nan)
        columns: dict[str, Floats] = {
            "rank": found.ranks,
            "low": nothing if runs is None else runs.low,
            "median": nothing if runs is None else runs.median,
            "high": nothing if runs is None else runs.high,
            "score": found.index,
        }
        frame = pl.DataFrame({"unit": self.model.units, **columns}).fill_nan(None)
        whole = [pl.col(name).cast(pl.Int64) for name in ("rank", "low", "median", "high")]
        groups = pl.DataFrame({node.name: found.scores[node.name] for node in self.model.nodes[:-1]})
        named = groups.rename({name: f"{name} (group)" for name in groups.columns if name in frame.columns})
        joined = pl.concat([frame.with_columns(whole), named.fill_nan(None)], how="horizontal")
        return joined.sort("rank", "unit", nulls_last=True)

    def zeros(self) -> list[str]:
        """Groups whose mean is drawn to 0 by a single part that is 0."""
        drawn = {Aggregation.GEOMETRIC, Aggregation.HARMONIC}
        return [
            node.name
            for node in self.model.nodes
            if node.aggregation in drawn and any((self.built.scores[part] == 0).any() for part in node.parts)
        ]

    def checks(self) -> pl.DataFrame:
        """One row per group: parts, Cronbach's alpha, and the least and largest correlation of two parts."""
        rows = []
        for node in self.model.nodes:
            parts = np.column_stack([self.built.scores[part] for part in node.parts])
            pairs = correlations(parts)[np.triu_indices(len(node.parts), 1)]
            known = pairs[~np.isnan(pairs)]
            ends = (float(known.min()), float(known.max())) if known.size else (None, None)
            alpha = cronbach_alpha(parts)
            rows.append((node.name, len(node.parts), None if isnan(alpha) else alpha, *ends))
        schema = {"group": pl.String, "parts": pl.Int64}
        numbers = dict.fromkeys(("alpha", "least_correlation", "largest_correlation"), pl.Float64)
        return pl.DataFrame(rows, schema={**schema, **numbers}, orient="row")

    @property
    def alpha(self) -> float:
        """Cronbach's alpha of all normalised indicators."""
        return cronbach_alpha(self.built.normalised)

    def weights(self) -> pl.DataFrame:
        """One row per part of a group, with its weight in the group and in the index."""
        shares = {self.model.top: 1.0}
        rows = []
        for node in reversed(self.model.nodes):
            for part, weight in zip(node.parts, self.built.weights[node.name], strict=True):
                shares[part] = shares[node.name] * float(weight)
                rows.append((part, node.name, float(weight), shares[part]))
        return pl.DataFrame(rows, schema=["part", "group", "weight", "in_index"], orient="row")

    def hangs_on(self) -> pl.DataFrame:
        """One row per indicator: what its removal does to the ranks, the largest mean change first."""
        moved = np.abs(self.without - self.built.ranks)
        rows: list[tuple[str, float | None, int | None, str | None]] = []
        for name, row in zip(self.model.indicators, moved, strict=True):
            if np.isnan(row).all():
                rows.append((name, None, None, None))
                continue
            most = int(np.nanargmax(row))
            rows.append((name, float(np.nanmean(row)), int(row[most]), self.model.units[most]))
        schema = ["indicator", "mean_change", "largest_change", "unit"]
        return pl.DataFrame(rows, schema=schema, orient="row").sort(
            "mean_change", descending=True, nulls_last=True
        )

    def gains(self) -> pl.DataFrame:
        """One row per indicator of the profiled unit: the smallest change that gains the places."""
        rows = [] if self.profile is None else [
            (one.indicator, one.value, one.needed, one.share, one.rank, one.why) for one in self.profile.gains
        ]  # fmt: skip
        numbers = dict.fromkeys(("value", "needed", "share_of_range", "rank"), pl.Float64)
        schema = {"indicator": pl.String, **numbers, "why_not": pl.String}
        return _with_ranks(pl.DataFrame(rows, schema=schema, orient="row"), "rank")

    def standings(self) -> pl.DataFrame:
        """One row per indicator of the profiled unit, its best rank first."""
        rows = [] if self.profile is None else [
            (one.indicator, one.value, one.rank, one.without) for one in self.profile.standings
        ]  # fmt: skip
        numbers = dict.fromkeys(("value", "rank", "rank_without"), pl.Float64)
        frame = pl.DataFrame(rows, schema={"indicator": pl.String, **numbers}, orient="row")
        return _with_ranks(frame, "rank", "rank_without").sort("rank", nulls_last=True)


def _with_ranks(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """A frame with null for unknown, and ranks as whole numbers."""
    return frame.fill_nan(None).with_columns(pl.col(columns).cast(pl.Int64))
