"""What `rank` gives back: ranks with their intervals, as JSON and as a page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isnan
from typing import Any, ClassVar

import polars as pl

from zhizao.report import Prose, Report, Result, Section, Table
from zhizao.report.text import number
from zhizao.studies.rank.findings import OPPOSED, REDUNDANT, Ranked

FEW = 5
"""Strengths, weaknesses and gains that are named in words."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RankResult(Ranked, Result):
    """An index to be shown: table, JSON, page."""

    study: ClassVar[str] = "rank"

    @property
    def answer(self) -> str:
        """Who is first, and how sure that is."""
        ranked = self.table().filter(pl.col("rank").is_not_null())
        if not ranked.height:
            return "No unit has a score: too many of their values are unknown."
        first = ranked.row(0, named=True)
        said = f"{first['unit']} is first of {ranked.height} with a score of {number(first['score'])}"
        if first["low"] is None:
            return f"{said}."
        return f"{said}; over all choices its rank is {_between(first['low'], first['high'])} (90 % of runs)."

    @property
    def how(self) -> str:
        """How the index was made."""
        steps, model = self.model.file.steps, self.model
        runs = "" if self.intervals is None else f"; {self.intervals.runs:,} runs over the choices"
        return (
            f"{len(model.units)} units, {len(model.indicators)} indicators, {len(model.nodes)} groups; "
            f"{steps.normalise}, {steps.weights} weights, {model.nodes[-1].aggregation} at the top{runs}."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        return tuple(note for note in (self.answer, *self._cautions(), self.how) if note)

    def _cautions(self) -> tuple[str, ...]:
        unknown = self.table().filter(pl.col("rank").is_null())["unit"].to_list()
        found = [f"Without a score, because values are unknown: {_names(unknown)}."] if unknown else []
        if self.left_out:
            found.append(f"Left out, because too few of their values are known: {_names(self.left_out)}.")
        if self.intervals is not None and not (self.intervals.scored == 1).all():
            found.append(
                "In some runs a unit had no score: its values are unknown, or negative in a geometric mean."
            )
        if self.zeros():
            found.append(
                f"A geometric or harmonic mean meets a 0 in {_names(self.zeros())}, and is then 0 "
                "whatever the rest; range: [1, 100] avoids that."
            )
        stubborn = [self.model.indicators[one.column] for one in self.built.treatments if not one.cured]
        if stubborn:
            found.append(f"Outliers remain after treatment in {_names(stubborn)}.")
        found += self._pairs()
        if self.interrupted:
            found.append("Interrupted: what was not reached is missing.")
        return tuple(found)

    def _pairs(self) -> list[str]:
        checks = self.checks()
        twice = checks.filter(pl.col("largest_correlation") > REDUNDANT)["group"].to_list()
        against = checks.filter(pl.col("least_correlation") < OPPOSED)["group"].to_list()
        said = (
            [f"Parts that nearly say the same (correlation above {REDUNDANT}): in {_names(twice)}."]
            if twice
            else []
        )
        if against:
            said.append(f"Parts that offset each other (correlation below {OPPOSED}): in {_names(against)}.")
        return said

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(self.how, self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data; what is unknown is null."""
        alpha = self.alpha
        return {
            "index": self.title,
            "answer": self.answer,
            "notes": list(self.notes),
            "units": self.table().to_dicts(),
            "runs": None if self.intervals is None else self.intervals.runs,
            "influences": [_plain(asdict(one)) for one in self.influences],
            "weights": self.weights().to_dicts(),
            "alpha": None if isnan(alpha) else alpha,
            "groups": self.checks().to_dicts(),
            "indicators": self.hangs_on().to_dicts(),
            "treatments": [
                {**asdict(one), "column": self.model.indicators[one.column]} for one in self.built.treatments
            ],
            "unit": None if self.profile is None else self._unit(),
        }

    def _unit(self) -> dict[str, Any]:
        assert self.profile is not None
        return {
            "unit": self.profile.unit,
            "rank": None if isnan(self.profile.rank) else int(self.profile.rank),
            "places": self.profile.places,
            "standings": self.standings().to_dicts(),
            "gains": self.gains().to_dicts(),
        }

    def page(self) -> Report:
        """The result as a report."""
        ranked = Table("Ranks", _heads(self.table()), note="low, high: 90 % of the runs over all choices.")
        return Report(
            title=self.title,
            subtitle="Ranks, and how sure they are",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                ranked,
                *self._choices(),
                *self._one_unit(),
                Table(
                    "What the ranks hang on", _heads(self.hangs_on()), note="Each indicator left out in turn."
                ),
                Table(
                    "Reliability", _heads(self.checks()), note="alpha: Cronbach's alpha of a group's parts."
                ),
                Table("Weights", _heads(self.weights())),
            ),
            facts={**{one.kind: one.name for one in self.inputs}, "seed": self.seed, "zhizao": self.version},
        )

    def _choices(self) -> tuple[Section, ...]:
        if not self.influences:
            return ()
        rows = [_plain(asdict(one)) for one in self.influences]
        note = (
            "Sobol indices of the mean absolute change of rank: share of its variance by this choice alone "
            "(first) and with its interactions (total), each with a 90 % interval."
        )
        return (Table("Which choice moves the ranks", _heads(pl.DataFrame(rows)), note=note),)

    def _one_unit(self) -> tuple[Section, ...]:
        if self.profile is None:
            return ()
        unit, places = self.profile.unit, self.profile.places
        note = "Smallest change of one indicator, within the range of all units; the others stay as they are."
        return (
            Table(f"{unit}: strengths first, weaknesses last", _heads(self.standings())),
            Table(f"{unit}: what it takes to gain {places} places", _heads(self.gains()), note=note),
        )


def _between(low: int, high: int) -> str:
    return f"{low} to {high}" if low != high else f"{low}"


def _names(names: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {key: None if isinstance(value, float) and isnan(value) else value for key, value in row.items()}


def _heads(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.rename({name: name.replace("_", " ") for name in frame.columns})
