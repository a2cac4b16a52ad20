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


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EnergyResult(Forecast, Result):
    """Expected consumption, its accuracy, and a saving."""

    study: ClassVar[str] = "energy_baseline"

    @property
    def answer(self) -> str:
        """The saving, if one was asked for, and how good the forecast is."""
        found = self.accuracy
        said = (
            f"Day-ahead forecasts explain {found.r2:.1%} of the variance of {self.target}; "
            f"mean absolute error {number(found.mae)}, "
            f"that of last week's values {number(found.mae_last_week)}."
        )
        return said if self.saving is None else f"{_saved(self.saving)} {said}"

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
        found, said = self.accuracy, []
        if self.saving is not None and self.saving.low is None:
            said.append(
                f"Only {self.saving.periods} periods of {self.saving.days} days lie before the change; "
                f"{FEWEST_PERIODS} are needed to know the error of the baseline."
            )
        if found.r2 <= 0:
            said.append("The forecasts are no better than the mean: do not use them as a baseline.")
        elif found.mae >= found.mae_last_week:
            said.append("Last week's values are no worse: what is forecast changed, or has no pattern.")
        if not found.coverage.low <= LEVEL <= found.coverage.high:
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


def _saved(one: Saving) -> str:
    if one.low is None or one.high is None or not one.shown:
        between = "" if one.low is None or one.high is None else f" ({number(one.low)} to {number(one.high)})"
        return f"A saving is not shown: {number(one.saved)}{between} in {one.days} days."
    word = "Saved" if one.saved > 0 else "Used more"
    return f"{word}: {number(abs(one.saved))} ({_range(one)}) in {one.days} days, 90 % interval."


def _range(one: Saving) -> str:
    assert one.low is not None
    assert one.high is not None
    low, high = sorted((abs(one.low), abs(one.high)))
    return f"{number(low)} to {number(high)}"
