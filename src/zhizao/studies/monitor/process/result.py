"""What `monitor` gives back, to be shown: table, JSON, page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from zhizao.report import Bars, Estimate, Lines, Prose, Report, Result, Section, Table
from zhizao.studies.monitor.process.findings import Monitored, Watched
from zhizao.studies.monitor.samples import Floats

NAMED = 6
"""Names of a list in a sentence."""
CHARTS = 6
"""Watched tables with a chart of their own on the page."""
EVIDENCE = (
    "False alarms are those on normal rows that set no limit. Monitoring does not measure how many defective "
    "pieces an alarm avoids: that depends on what is done about it."
)
_BARS = 10


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MonitorResult(Monitored, Result):
    """A detector, its false-alarm rate, and what it saw."""

    study: ClassVar[str] = "monitor"

    @property
    def answer(self) -> str:
        """What was seen, and at which rate of false alarms."""
        stated = f"the limit is set for {self.stated:.1%}."
        rate = f"False-alarm rate on further normal rows: {self.checked}; {stated}"
        found = [one for one in self.watched if one.first is not None]
        if not self.watched:
            return rate
        seen = f"{len(found)} of {len(self.watched)} tables give a lasting alarm."
        mean = self.mean_detection()
        if self.onset is not None and mean is not None:
            seen += f" Mean detection rate from the onset on: {mean:.1%} of rows."
        return f"{seen} {rate}"

    @property
    def how(self) -> str:
        """How it was found."""
        fit, limits, check = self.rows
        return (
            f"{self.method}, {self.lags} lags, {len(self.sensors)} sensors; "
            f"{fit} normal rows to fit, {limits} to set the limit, {check} to measure false alarms."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        return tuple(note for note in (self.answer, *self._cautions(), self.how) if note)

    def _cautions(self) -> tuple[str, ...]:
        said = list(self.remarks)
        if self.checked.low > self.stated:
            said.append(
                f"The normal data are not stationary: false alarms on the last rows are {self.checked}, "
                f"above the {self.stated:.1%} that the limit is set for. "
                "Train on data that cover normal operation."
            )
        if self.drifting:
            said.append(
                "Means moved by more than 1 standard deviation within the normal data: "
                f"{_names(self.drifting)}."
            )
        if self.checked.high > 2 * self.stated and self.checked.low <= self.stated:
            said.append(
                f"Few independent normal rows ({self.checked.effective:.0f} of {self.checked.rows}): "
                f"a false-alarm rate of up to {self.checked.high:.1%} is not excluded."
            )
        for reason in dict.fromkeys(self.left_out.values()):
            names = [name for name, why in self.left_out.items() if why == reason]
            said.append(f"Left out ({reason}): {_names(names)}.")
        unknown = sum(one.unknown for one in self.watched)
        if unknown:
            said.append(
                f"{unknown} watched rows have no decision: a value, or one of the rows before, is unknown."
            )
        return tuple(said)

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(self.how, self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data; what is unknown is null."""
        return {
            "title": self.title,
            "answer": self.answer,
            "notes": list(self.notes),
            "method": self.method,
            "lags": self.lags,
            "statistics": list(self.statistics),
            "sensors": list(self.sensors),
            "left_out": self.left_out,
            "rows": dict(zip(("fit", "limits", "check"), self.rows, strict=True)),
            "stated_false_alarms": self.stated,
            "false_alarms": asdict(self.checked),
            "false_alarms_per_year": None if self.per_year is None else asdict(self.per_year),
            "lasting_false_alarms": self.lasting_alarms,
            "drifting": list(self.drifting),
            "evidence": self.evidence().to_dicts(),
            "onset": self.onset,
            "mean_detection": self.mean_detection(),
            "tables": [_plain(one) for one in self.watched],
        }

    def page(self) -> Report:
        """The result as a report."""
        note = "detection: share of rows with an alarm, from the onset on; low, high: 95 % interval."
        return Report(
            title=self.title,
            subtitle="Process monitoring",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                Table("Watched tables", _heads(self.table()), note=note),
                *self._charts(),
                *self._explained(),
                Table("Evidence for a measure", self.evidence(), note=EVIDENCE),
            ),
            facts={**{one.kind: one.name for one in self.inputs}, "seed": self.seed, "zhizao": self.version},
        )

    def _charts(self) -> tuple[Section, ...]:
        shown = [(one.name, one.index) for one in self.watched[:CHARTS]] or [
            ("further normal rows", self.check_index)
        ]
        return tuple(
            Lines(
                f"Monitoring index: {name}",
                list(range(1, len(index) + 1)),
                {"index": _gaps(index), "limit": [1.0] * len(index)},
                "row",
                "index",
                mark=None if self.onset is None else float(self.onset),
            )
            for name, index in shown
        )

    def _explained(self) -> tuple[Section, ...]:
        return tuple(
            Bars(
                f"Contributions: {one.name}",
                [name for name, _ in one.contributions[:_BARS]],
                {"share": [Estimate(share) for _, share in one.contributions[:_BARS]]},
                "share of the statistic that led to the alarm",
            )
            for one in self.watched[:CHARTS]
            if one.contributions
        )


def _plain(one: Watched) -> dict[str, Any]:
    return {
        "table": one.name,
        "unknown": one.unknown,
        "false_alarms": None if one.false_alarms is None else asdict(one.false_alarms),
        "detection": None if one.detection is None else asdict(one.detection),
        "first": one.first,
        "time": None if one.time is None else one.time.isoformat(),
        "delay_rows": one.delay_rows,
        "delay_s": one.delay_s,
        "certain_s": one.certain_s,
        "contributions": [{"sensor": name, "share": share} for name, share in one.contributions],
        "index": _gaps(one.index),
    }


def _gaps(index: Floats) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 4) for value in index]


def _names(names: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _heads(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.rename({name: name.replace("_", " ") for name in frame.columns})
