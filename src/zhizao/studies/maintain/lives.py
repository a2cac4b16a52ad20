"""What `remaining_life` gives back: lives with intervals, how far they can be trusted, what alarms do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from zhizao.plant import Measure, Plant
from zhizao.quantities import InputError
from zhizao.report import Prose, Report, Result, Table
from zhizao.report.text import number
from zhizao.studies.maintain.alarms import EARLY, Alarms, measure_of
from zhizao.studies.maintain.conformal import HeldOut
from zhizao.studies.maintain.facts import Facts, Interval, run_of


@dataclass(frozen=True, slots=True)
class UnitLife:
    """A unit in service: its last time and its remaining life; None is not shown."""

    unit: str
    time: float
    remaining: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Errors on units held out, of capped lives; intervals hold with 95 % confidence, by bootstrap of units.

    `rmse`: root mean squared error; `by_age`: that of the age alone; `gain`: the latter less the former;
    `coverage`: share inside the intervals over repeated splits of the units (None: units are too few).
    """

    rmse: Interval
    by_age: float
    gain: Interval
    coverage: float | None

    @property
    def shown(self) -> bool:
        """Whether the sensors say more than the age."""
        return self.gain.low is not None and self.gain.low > 0


@dataclass(frozen=True, slots=True)
class Score:
    """Predictions against actual remaining lives, both capped: RMSE, share inside the intervals, units."""

    rmse: float
    covered: float | None
    units: int


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class LifeResult(Facts, Result):
    """Remaining lives: table, JSON, page."""

    study: ClassVar[str] = "remaining_life"

    cap: float
    level: float
    units: tuple[UnitLife, ...]
    accuracy: Accuracy
    alarms: Alarms
    trained: int
    left_out: tuple[str, ...]
    constant: tuple[str, ...]
    follows: tuple[str, ...]
    outside: tuple[str, ...]
    together: int
    longest: float
    held_out: HeldOut

    def table(self) -> pl.DataFrame:
        """One row per unit in service, the shortest life first; without such units, that of `errors`.

        Columns: unit, time, remaining, low, high, at_cap (the upper end is the cap or more); null: not shown.
        """
        if not self.units:
            return self.errors()
        rows = [
            (*(one.unit, one.time, one.remaining, one.low, one.high), _at(one.high, self.cap))
            for one in self.units
        ]
        names = ("time", "remaining", "low", "high")
        schema = {"unit": pl.String, **dict.fromkeys(names, pl.Float64), "at_cap": pl.Boolean}
        return pl.DataFrame(rows, schema=schema, orient="row").sort("remaining", nulls_last=True)

    def errors(self) -> pl.DataFrame:
        """Errors on units held out, by predicted life: low and high end of the band, cuts, RMSE, bias."""
        edges = np.linspace(0, self.cap, 6)
        band = np.clip(np.digitize(self.held_out.predicted, edges) - 1, 0, 4)
        error = self.held_out.predicted - self.held_out.actual
        rows = [
            (edges[i], edges[i + 1], int(of.sum()), float(np.sqrt((error[of] ** 2).mean())), error[of].mean())
            for i in range(5)
            if (of := band == i).any()
        ]
        return pl.DataFrame(
            rows, schema=["predicted_from", "predicted_to", "cuts", "rmse", "bias"], orient="row"
        )

    def score(self, actual: Mapping[str, float]) -> Score:
        """Compare with the actual remaining lives of units in service, capped as the predictions are.

        Raises
        ------
        InputError
            None of the units that were predicted is in `actual`.
        """
        known = [one for one in self.units if one.remaining is not None and one.unit in actual]
        if not known:
            raise InputError("score: found none of the predicted units; give lives by the ids of units")
        truth = np.minimum([actual[one.unit] for one in known], self.cap)
        error = np.array([one.remaining for one in known]) - truth
        inside = [
            one.low <= true <= one.high
            for one, true in zip(known, truth, strict=True)
            if one.low is not None and one.high is not None
        ]
        covered = float(np.mean(inside)) if inside else None
        return Score(float(np.sqrt((error**2).mean())), covered, len(known))

    @property
    def answer(self) -> str:
        """Which unit is next, or how well lives are predicted; or that nothing is shown."""
        if not self.accuracy.shown:
            return "Not shown: the sensors predict the remaining life no better than the age does."
        if self.follows:
            return f"Check whether {', '.join(self.follows)} is known before the failure. {self._first()}"
        return self._first()

    def _first(self) -> str:
        first = min((one for one in self.units if one.remaining is not None), key=_remaining, default=None)
        if first is None:
            return (
                f"Remaining life is predicted with an RMSE of {number(self.accuracy.rmse.value)}; "
                f"by age alone it is {number(self.accuracy.by_age)}."
            )
        if first.low is None:
            return f"Next is unit {first.unit}: {number(first.remaining)} left."
        return (
            f"Next is unit {first.unit}: {number(first.remaining)} left "
            f"({number(first.low)} to {number(first.high)})."
        )

    @property
    def how(self) -> str:
        """What was learned from."""
        return (
            f"Learned from {self.trained} units run to failure; remaining life is capped at "
            f"{number(self.cap)}."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        return (self.answer, self.how, *self._trust(), *self._alarms(), *self._limits())

    def _trust(self) -> tuple[str, ...]:
        rmse, by_age = self.accuracy.rmse, self.accuracy.by_age
        error = (
            f"On units held out, the RMSE is {number(rmse.value)} "
            f"({number(rmse.low)} to {number(rmse.high)}); by age alone it is {number(by_age)}."
        )
        level = number(100 * self.level)
        if self.accuracy.coverage is None:
            return (error, f"Coverage of {level} % intervals is not shown: the units are too few.")
        covered = number(100 * self.accuracy.coverage)
        return (error, f"Intervals of {level} % covered {covered} % over repeated splits of the units.")

    def _alarms(self) -> tuple[str, ...]:
        found = self.alarms
        seen = (
            f"An alarm at {number(found.threshold)} would have detected "
            f"{number(100 * found.detection.value)} % ({number(100 * (found.detection.low or 0))} to "
            f"{number(100 * (found.detection.high or 0))} %) of the failures on units held out."
        )
        false = (
            f"False alarms per failure: {number(found.false_alarms.value)} "
            f"({number(found.false_alarms.low)} to {number(found.false_alarms.high)}); "
            f"one is counted as false if it begins more than {number(EARLY * found.threshold)} before the "
            "failure (assumed)."
        )
        if found.lead_time is None:
            return (seen, false)
        lead = f"The median lead time is {number(found.lead_time.value)}."
        if found.lead_time.low is not None:
            ends = f"{number(found.lead_time.low)} to {number(found.lead_time.high)}"
            lead = f"The median lead time is {number(found.lead_time.value)} ({ends})."
        return (seen, lead, false)

    def _limits(self) -> tuple[str, ...]:
        found = []
        if self.cap > self.longest:
            found.append(
                f"The cap is above the median life of {number(self.longest)}: it limits next to nothing."
            )
        if self.cap < self.longest / 10:
            found.append(
                f"The cap is below a tenth of the median life of {number(self.longest)}: set --cap to the "
                "longest life that matters."
            )
        if self.constant:
            found.append(f"Constant columns were left out: {', '.join(self.constant)}.")
        if self.left_out:
            found.append(f"Units with too few rows to learn from: {len(self.left_out)}.")
        if self.follows:
            found.append(
                f"Columns that run with the remaining life and end alike in every unit: "
                f"{', '.join(self.follows)}; if made of it, leave them out: "
                "the errors are then worth nothing."
            )
        if self.outside:
            found.append(
                "Not shown, outside of the range of the units that ran to failure (with the sensor): "
                f"{', '.join(self.outside)}."
            )
        found.append("The last row of each unit is taken for its failure (assumed).")
        if self.together:
            found.append(
                f"Units that end together at the last time of the table: {self.together}; if they are "
                "still in service, give them with --current instead."
            )
        if short := sum(one.remaining is None for one in self.units) - len(self.outside):
            found.append(f"Units in service with too few rows, of which nothing is shown: {short}.")
        return tuple(found)

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(self.how, self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data."""
        return {
            "answer": self.answer,
            "notes": list(self.notes),
            "cap": self.cap,
            "level": self.level,
            "accuracy": {**asdict(self.accuracy), "shown": self.accuracy.shown},
            "errors": self.errors().to_dicts(),
            "alarms": self.alarms.as_json(),
            "units": [asdict(one) for one in self.units],
            "left_out": list(self.left_out),
            "constant": list(self.constant),
            "follows": list(self.follows),
            "outside": list(self.outside),
            "together": self.together,
        }

    def page(self) -> Report:
        """The result as a report."""
        units = (Table("Remaining life of units in service", self.table()),) if self.units else ()
        return Report(
            title=self.title,
            subtitle="Remaining life, learned from units run to failure",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                *units,
                Table("Errors on units held out, by predicted life", self.errors()),
            ),
            facts=self.on_page(),
        )


def _remaining(one: UnitLife) -> float:
    return float("inf") if one.remaining is None else one.remaining


def _at(high: float | None, cap: float) -> bool | None:
    return None if high is None else high >= cap


def as_measure(result: LifeResult, plant: Plant, work_center: str, *, time_s: float) -> Measure:
    """Predictive maintenance at a work center, with the alarms on units held out as evidence.

    Recall, false alarms and lead time are measured; the share of the repair time that a planned stop takes
    is that of the library: assumed. `time_s`: seconds in one unit of the table's time.

    Raises
    ------
    InputError
        Sensors say no more than the age, no failure was detected, or the work center is not there or has no
        failures at intervals that vary.
    """
    if not result.accuracy.shown:
        raise InputError(f"as_measure: {result.answer}")
    return measure_of(result.alarms, plant, work_center, time_s=time_s, run=run_of(result.inputs))
