"""What `failure_models` gives back: lives by component, covariates, and the forecast against the records."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import gamma
from typing import Any, ClassVar

import polars as pl

from zhizao.report import Prose, Report, Result, Table
from zhizao.report.text import number
from zhizao.studies.maintain.facts import Facts, Interval
from zhizao.studies.maintain.replacement import Replacement, Stops


@dataclass(frozen=True, slots=True)
class Forecast:
    """Failures in the last part of the records: mean, interval, actual, and those by a constant rate.

    `by`: columns of machines that the risk of failure depends on, as machines held out confirm.
    """

    mean: float
    low: float
    high: float
    actual: int
    by_rate: float
    by: tuple[str, ...] = ()

    @property
    def covered(self) -> bool:
        """Whether what happened lies in the interval."""
        return self.low <= self.actual <= self.high


@dataclass(frozen=True, slots=True)
class Component:
    """A component: failures, spells that ended otherwise, and its life; None is not shown.

    `shape` is that of the Weibull fit, `scale` that of the model chosen, in days, over all machines.
    `exponential`: the shape improves the fit too little (AIC), the life is memoryless. `fits`: failures
    by age do not contradict the model chosen.
    """

    name: str
    failures: int
    censored: int
    shape: Interval | None = None
    scale: Interval | None = None
    exponential: bool = False
    fits: bool = True
    forecast: Forecast | None = None

    @property
    def mean_days(self) -> float | None:
        """Mean time between failures without preventive replacement, in days."""
        if self.scale is None or self.shape is None:
            return None
        return self.scale.value * (1.0 if self.exponential else gamma(1 + 1 / self.shape.value))

    @property
    def between(self) -> str | None:
        """The time between failures as a plant file has it."""
        if self.scale is None or self.shape is None:
            return None
        if self.exponential:
            return f"exponential({self.scale.value:.4g} d)"
        return f"weibull(shape {self.shape.value:.4g}, scale {self.scale.value:.4g} d)"


@dataclass(frozen=True, slots=True)
class Effect:
    """A covariate: the factor on the life, for one more (numbers) or for this value (words)."""

    component: str
    covariate: str
    factor: Interval | None


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class FailureResult(Facts, Result):
    """Failure models: table, JSON, page, text for a plant file.

    `drift`: standard deviation of the rate of failures between windows as long as the forecast, as a share
    of the rate, with a 95 % interval; None without forecasts.
    """

    study: ClassVar[str] = "failure_models"

    level: float
    days: float
    fitted_days: float
    drift: Interval | None
    machines: int
    preventive: bool
    fleet: bool
    close: int
    components: tuple[Component, ...]
    effects: tuple[Effect, ...]
    stops: Stops | None = None
    replacements: tuple[Replacement, ...] = ()

    def table(self) -> pl.DataFrame:
        """One row per component: failures, censored, shape, scale, mean, the text, and whether it fits."""
        rows = [
            (
                *(one.name, one.failures, one.censored),
                *_three(one.shape),
                *_three(one.scale),
                *(one.mean_days, one.between, None if one.scale is None else one.fits),
            )
            for one in self.components
        ]
        numbers = (
            *("shape", "shape_low", "shape_high", "scale_days", "scale_low", "scale_high", "mean_days"),
        )
        schema: dict[str, Any] = {"component": pl.String, "failures": pl.Int64, "censored": pl.Int64}
        schema |= {**dict.fromkeys(numbers, pl.Float64), "between": pl.String, "fits": pl.Boolean}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def forecasts(self) -> pl.DataFrame:
        """One row per component with a forecast: mean, interval, actual, covered, by a constant rate."""
        rows = [
            (one.name, on.mean, on.low, on.high, on.actual, on.covered, on.by_rate, ", ".join(on.by))
            for one in self.components
            if (on := one.forecast) is not None
        ]
        schema: dict[str, Any] = {"component": pl.String}
        schema |= dict.fromkeys(("mean", "low", "high"), pl.Float64)
        schema |= {"actual": pl.Int64, "covered": pl.Boolean, "by_rate": pl.Float64, "by": pl.String}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def covariates(self) -> pl.DataFrame:
        """One row per component and covariate: the factor on the life, with its interval."""
        rows = [(one.component, one.covariate, *_three(one.factor)) for one in self.effects]
        schema: dict[str, Any] = {"component": pl.String, "covariate": pl.String}
        schema |= dict.fromkeys(("life_factor", "low", "high"), pl.Float64)
        return pl.DataFrame(rows, schema=schema, orient="row")

    def age_replacements(self) -> pl.DataFrame:
        """One row per component: best age, downtime with it and without, saving, or why it is not shown."""
        rows = [
            (one.component, one.age, one.downtime, one.to_failure, *_three(one.saving), one.why or None)
            for one in self.replacements
        ]
        schema: dict[str, Any] = {"component": pl.String}
        numbers = ("age_days", "downtime", "to_failure", "saving", "saving_low", "saving_high")
        schema |= {**dict.fromkeys(numbers, pl.Float64), "not_shown": pl.String}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def plant_text(self, repair: str) -> str:
        """Failures of a work center as a plant file has them; `repair` is not in the records: assumed."""
        lines = [
            f"  - {{clock: calendar, between: '{one.between}', repair: '{repair}'}}  # {one.name}; "
            "repair assumed"
            for one in self.components
            if one.between is not None
        ]
        return "\n".join(["failures:", *lines]) + "\n" if lines else ""

    @property
    def answer(self) -> str:
        """Which component fails most and how the forecast did; or that nothing is shown."""
        shown = [one for one in self.components if one.scale is not None]
        if not shown:
            return "Not shown: no component has failures enough for a model."
        worst = min(shown, key=lambda one: one.mean_days or 0.0)
        judged = [one.forecast for one in shown if one.forecast is not None]
        if not judged:
            return (
                f"{worst.name} fails most: a mean of {number(worst.mean_days)} days between failures; "
                "no forecast is shown."
            )
        inside = sum(one.covered for one in judged)
        return (
            f"{worst.name} fails most: a mean of {number(worst.mean_days)} days between failures; forecast "
            f"intervals cover {inside} of {len(judged)} components."
        )

    @property
    def how(self) -> str:
        """What was fitted, and how it was judged."""
        return (
            f"Fitted to {sum(one.failures for one in self.components)} failures of {self.machines} machines "
            f"in {number(self.days)} days; forecasts are fitted on the first {number(self.fitted_days)}."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        found = [self.answer, self.how]
        if few := [one.name for one in self.components if one.scale is None]:
            found.append(f"Not shown, too few failures: {', '.join(few)}.")
        memoryless = [one.name for one in self.components if one.exponential]
        if memoryless:
            found.append(
                f"No wear is shown of {', '.join(memoryless)}: a gain from replacement by age is not either."
            )
        if misfits := [one.name for one in self.components if not one.fits]:
            found.append(
                f"The form of the life does not fit {', '.join(misfits)}: use its mean, not its shape; "
                "forecasts assume no form."
            )
        if used := [one for one in self.components if one.forecast is not None and one.forecast.by]:
            by = "; ".join(f"{one.name} by {', '.join(one.forecast.by)}" for one in used if one.forecast)
            found.append(f"Forecasts use covariates that improve those of machines held out: {by}.")
        if self.drift is not None:
            low, high = _per_cent(self.drift.low), _per_cent(self.drift.high)
            found.append(
                "Forecast intervals allow for a rate of failures that varies by "
                f"{_per_cent(self.drift.value)} ({low} to {high}) between windows of their length."
            )
        if self.replacements:
            found.append(self._replacing())
        if self.close:
            found.append(
                f"Failures within 1 h of another of the same machine and component: {self.close}; if they "
                "are one failure recorded twice, keep one row."
            )
        if not self.fleet:
            found.append(
                "Machines that never failed are not in the records: without a table of machines the life is "
                "too short if there are such."
            )
        if not self.preventive:
            found.append("Without a table of replacements, every renewal is taken for a failure (assumed).")
        found.append("Each renewal is taken as good as new (assumed); repair times are not in the records.")
        return tuple(found)

    def _replacing(self) -> str:
        """Which replacements by age are worth it, against running to failure."""
        shown = [one for one in self.replacements if one.age is not None and one.saving is not None]
        if not shown:
            return "Not shown: a gain from replacement by age, of any component."
        each = "; ".join(
            f"{one.component} at {number(one.age)} days of age saves {_per_cent(one.saving.value)} "
            f"of the time ({_per_cent(one.saving.low)} to {_per_cent(one.saving.high)})"
            for one in shown
            if one.saving is not None
        )
        assumed = "with stops of the lengths given (assumed)"
        return f"Replacement by age, against running to failure, {assumed}: {each}."

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(self.how, self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data."""
        return {
            "answer": self.answer,
            "notes": list(self.notes),
            "level": self.level,
            "days": self.days,
            "fitted_days": self.fitted_days,
            "drift": None if self.drift is None else asdict(self.drift),
            "components": self.table().to_dicts(),
            "forecasts": self.forecasts().to_dicts(),
            "covariates": [asdict(one) for one in self.effects],
            "age_replacement": self.age_replacements().to_dicts(),
        }

    def page(self) -> Report:
        """The result as a report."""
        effects = (Table("Covariates of the life", self.covariates()),) if self.effects else ()
        replaced = (Table("Age replacement", self.age_replacements()),) if self.replacements else ()
        return Report(
            title=self.title,
            subtitle="Time between failures, by component",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                Table("Time between failures", self.table().drop("between", "fits")),
                Table("In a plant file", self.table().select("component", "between", "fits")),
                Table("Forecast against the records", self.forecasts()),
                *effects,
                *replaced,
            ),
            facts=self.on_page(),
        )


def _three(of: Interval | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if of is None else (of.value, of.low, of.high)


def _per_cent(share: float | None) -> str:
    return f"{number(100 * (share or 0.0))} %"
