"""What `energy_baseline` gives back, to be shown: table, JSON, page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isnan
from typing import Any, ClassVar

import polars as pl

from zhizao.report import Lines, Prose, Report, Result, Section, Table
from zhizao.report.text import number
from zhizao.studies.monitor.energy.findings import Forecast
from zhizao.studies.monitor.energy.saving import FEWEST_PERIODS, LEVEL, Saving
from zhizao.studies.monitor.energy.shifting import Shift


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EnergyResult(Forecast, Result):
    """Expected consumption, its accuracy, and a saving."""

    study: ClassVar[str] = "energy_baseline"

    @property
    def answer(self) -> str:
        """The saving, if one was asked for, and how good the forecast is."""
        found = self.accuracy
        said = f"Not shown: {self.target} does not vary on the days that are forecast."
        if not isnan(found.r2):
            said = self._accuracy()
        asked = (
            "" if self.saving is None else _saved(self.saving),
            "" if self.shift is None else _moved(self.shift),
        )
        return " ".join(one for one in (*asked, said) if one)

    def _accuracy(self) -> str:
        found = self.accuracy
        known = (
            f"Day-ahead forecasts explain {found.r2:.1%} of the variance of {self.target}; "
            f"mean absolute error {number(found.mae)}, "
            f"that of last week's values {number(found.mae_last_week)}."
        )
        if found.better and found.r2 > 0:
            return known
        return (
            "That the forecasts are better than the mean, last week's values and the day's last value before "
            f"(mean absolute error {number(found.mae_last_value)}) is not shown. {known}"
        )

    @property
    def how(self) -> str:
        """How it was found."""
        return (
            f"{self.trained_days} days to choose a half-life of {self.settings.half_life:g} days "
            f"and a penalty of {self.settings.ridge:g}; "
            f"{len(self.dates)} days forecast, each from the days before it."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        return tuple(note for note in (self.answer, *self._cautions(), self.how) if note)

    def _cautions(self) -> list[str]:
        found, said = self.accuracy, list(self.remarks)
        if self.saving is not None and self.saving.low is None:
            said.append(
                f"Only {self.saving.periods} periods of {self.saving.days} days lie before the change; "
                f"{FEWEST_PERIODS} are needed to know the error of the baseline."
            )
        if self.shift is not None:
            said += _minded(self.shift, self.target)
        if found.r2 <= 0:
            said.append("The forecasts are no better than the mean: do not use them as a baseline.")
        elif found.mae >= found.mae_last_week and not isnan(found.r2):
            said.append("Last week's values are no worse: what is forecast changed, or has no pattern.")
        if not isnan(found.r2) and not found.coverage.low <= LEVEL <= found.coverage.high:
            said.append(f"Intervals aim at {LEVEL:.0%} and cover {found.coverage}: errors changed with time.")
        if self.holidays is None:
            said.append(
                "No public holidays are counted: name the country if its holidays change consumption."
            )
        if self.drivers:
            said.append(f"Taken as known a day ahead: {', '.join(self.drivers)}.")
        said.append(f"Intervals that aim at {LEVEL:.0%} cover {found.coverage} of the metered values.")
        return said

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(self.how, self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data; what is unknown is null."""
        accuracy = asdict(self.accuracy)
        accuracy["r2"] = None if isnan(self.accuracy.r2) else self.accuracy.r2
        return {
            "title": self.title,
            "answer": self.answer,
            "notes": list(self.notes),
            "target": self.target,
            "drivers": list(self.drivers),
            "holidays": self.holidays,
            "settings": asdict(self.settings),
            "trained_days": self.trained_days,
            "first": self.first.isoformat(),
            "accuracy": accuracy,
            "saving": None if self.saving is None else asdict(self.saving) | {"shown": self.saving.shown},
            "shift": None if self.shift is None else asdict(self.shift) | {"shown": self.shift.shown},
            "days": [{**row, "date": row["date"].isoformat()} for row in self.table().to_dicts()],
        }

    def page(self) -> Report:
        """The result as a report."""
        frame = self.table()
        series = {name: frame[name].to_list() for name in ("metered", "expected", "low", "high")}
        chart = Lines(
            "Metered and expected consumption by day",
            list(range(1, frame.height + 1)),
            series,
            "day",
            self.target,
            note="low, high: 90 % interval of the day's total, from the errors of the days before.",
        )
        return Report(
            title=self.title,
            subtitle="Energy baseline",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                *self._saving(),
                *self._shift(),
                chart,
                Table("Expected consumption by day", frame.with_columns(pl.col("date").cast(pl.String))),
            ),
            facts={**{one.kind: one.name for one in self.inputs}, "seed": self.seed, "zhizao": self.version},
        )

    def _saving(self) -> tuple[Section, ...]:
        if self.saving is None:
            return ()
        one = self.saving
        rows = {"days": one.days, "baseline": one.baseline, "metered": one.metered, "saved": one.saved}
        frame = pl.DataFrame([{**rows, "low": one.low, "high": one.high, "periods": one.periods}])
        note = "IPMVP option C: baseline less metered. low, high: 90 % prediction interval."
        return (Table("Saving since the change", frame, note=note),)

    def _shift(self) -> tuple[Section, ...]:
        if self.shift is None:
            return ()
        one = self.shift
        rows = {"days": one.days, "cost": one.cost, "saved": one.saved, "low": one.low, "high": one.high}
        powers = {"highest kW before": one.highest_before, "highest kW after": one.highest_after}
        frame = pl.DataFrame([{**rows, "perfect forecast": one.perfect, "moved kWh": one.moved, **powers}])
        note = f"Means by day, in {one.currency}. low, high: 90 % interval of the mean, by days."
        return (Table("Load moved under the tariff", frame, note=note),)


def _moved(one: Shift) -> str:
    amount = f"{number(one.saved)} {one.currency} a day"
    if one.low is None or one.high is None:
        return f"That moving load saves money is not shown: {amount}, too few days for an interval."
    if not one.shown:
        between = f"({number(one.low)} to {number(one.high)})"
        return f"That moving load saves money is not shown: {amount} {between}, 90 % interval."
    word, amount = ("saves", amount) if one.saved > 0 else ("costs", amount.removeprefix("-"))
    return f"Moving load {word} {amount} {_ends(one.low, one.high)}, 90 % interval."


def _ends(first: float, second: float) -> str:
    low, high = sorted((abs(first), abs(second)))
    return f"({number(low)} to {number(high)})"


def _minded(one: Shift, target: str) -> list[str]:
    """What to mind of moved load: what is stated, the bound of any forecast, and powers."""
    said = [
        f"Stated, not measured: {one.movable:.1%} of each interval can move by up to "
        f"{one.within_s / 3600:g} h within its day; {target} is in kWh.",
        f"A perfect forecast, which keeps to the limit of power every day, would have saved "
        f"{number(one.perfect)} {one.currency} of {number(one.cost)} a day.",
        f"Highest power over {one.days} days: {number(one.highest_before)} kW before, "
        f"{number(one.highest_after)} kW after; it rose on {one.raised} of them. "
        "No price of power is counted.",
    ]
    if one.peak_kw is not None and one.highest_after > one.peak_kw:
        said.append(f"The limit of {number(one.peak_kw)} kW is not kept on every day.")
    return said


def _saved(one: Saving) -> str:
    if one.low is None or one.high is None or not one.shown:
        between = "" if one.low is None or one.high is None else f" ({number(one.low)} to {number(one.high)})"
        return f"A saving is not shown: {number(one.saved)}{between} in {one.days} days."
    word = "Saved" if one.saved > 0 else "Used more"
    return f"{word}: {number(abs(one.saved))} {_ends(one.low, one.high)} in {one.days} days, 90 % interval."
