"""What `failure_rules` gives back: rules in words, and what no rule explains."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import polars as pl

from zhizao.report import Prose, Report, Result, Table
from zhizao.report.text import number
from zhizao.studies.maintain.facts import Facts, Interval


@dataclass(frozen=True, slots=True)
class FailureRule:
    """A rule: rows that meet it and failures among them; precision and recall on rows held out.

    Intervals are exact, at 95 %; `precision` is None where no row held out meets it.
    """

    words: str
    rows: int
    failures: int
    precision: Interval | None
    recall: Interval

    def confirmed(self, base: float) -> bool:
        """Whether its precision on rows held out is above the share of failures of all rows, at 95 %."""
        return self.precision is not None and (self.precision.low or 0.0) > base


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class RulesResult(Facts, Result):
    """Rules of failure: table, JSON, page.

    `uncovered`: failures that no rule covers. `precision` and `recall`: of all rules together, searched and
    judged on different rows. `auc`: area under the curve of trees on rows held out, with its interval;
    `auc_uncovered`: the same, of failures that no rule covers against rows without failure. `after`: columns
    that may be written after the failure. `unconfirmed`: rules that rows held out do not confirm, which are
    left out. `repeated`: rows that equal another one.
    """

    study: ClassVar[str] = "failure_rules"

    target: str
    rows: int
    failures: int
    rules: tuple[FailureRule, ...]
    uncovered: int
    precision: Interval | None
    recall: Interval
    auc: tuple[float, float, float]
    auc_uncovered: tuple[float, float, float] | None
    left_out: tuple[str, ...]
    after: tuple[str, ...]
    unconfirmed: int
    repeated: int

    def table(self) -> pl.DataFrame:
        """One row per rule: words, rows, failures, precision and recall on rows held out, with intervals."""
        rows = [
            (one.words, one.rows, one.failures, *_three(one.precision), *_three(one.recall))
            for one in self.rules
        ]
        names = ("precision", "precision_low", "precision_high", "recall", "recall_low", "recall_high")
        schema = {"fails_when": pl.String, "rows": pl.Int64, "failures": pl.Int64}
        return pl.DataFrame(rows, schema=schema | dict.fromkeys(names, pl.Float64), orient="row")

    @property
    def answer(self) -> str:
        """How many failures the rules cover; or that no rule is shown."""
        if not self.rules:
            return "Not shown: no rule explains failures precisely enough."
        check = f"Check whether {', '.join(self.after)} is known before the failure. " if self.after else ""
        covered = self.failures - self.uncovered
        return (
            f"{check}{len(self.rules)} rules cover {covered} of {self.failures} failures; "
            f"{self.uncovered} are covered by no rule."
        )

    @property
    def how(self) -> str:
        """What was searched."""
        return (
            f"Searched {self.rows} rows with {self.failures} failures: thresholds on columns and on "
            "pairs of them."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        return (self.answer, self.how, *self._judged(), *self._beyond(), *self._limits())

    def _judged(self) -> tuple[str, ...]:
        value, low, high = self.auc
        curve = f"Area under the ROC curve, on rows held out: {value:.4f} ({low:.4f} to {high:.4f})."
        if self.precision is None:
            return (curve,)
        precision, recall = 100 * self.precision.value, 100 * self.recall.value
        return (
            f"On rows held out, all rules together have a precision of {number(precision)} % and a recall of "
            f"{number(recall)} %.",
            curve,
        )

    def _beyond(self) -> tuple[str, ...]:
        if self.auc_uncovered is None:
            return ()
        value, low, high = self.auc_uncovered
        of = f"{self.uncovered} failures that no rule covers"
        if low <= 0.5:
            return (
                f"The {of} are random as far as these columns show: they cannot be predicted "
                f"(area {value:.3f}, {low:.3f} to {high:.3f}).",
            )
        return (
            f"The {of} cannot be predicted one by one; some rows only carry a higher risk "
            f"(area {value:.3f}, {low:.3f} to {high:.3f}).",
        )

    def _limits(self) -> tuple[str, ...]:
        found = []
        if self.after:
            found.append(
                f"Failures are separated by one column alone: {', '.join(self.after)}; if written "
                "afterwards, leave it out (--without): the rules and the area are then worth nothing."
            )
        if self.unconfirmed:
            found.append(f"Rules that rows held out do not confirm were left out: {self.unconfirmed}.")
        if self.repeated:
            found.append(f"Rows that repeat another in every column count once: {self.repeated} left out.")
        if self.left_out:
            found.append(f"Columns that are constant or names were left out: {', '.join(self.left_out)}.")
        found.append("Rules say when failures happened, not what causes them.")
        return tuple(found)

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(self.how, self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data."""
        ends = ("value", "low", "high")
        beyond = self.auc_uncovered
        return {
            "answer": self.answer,
            "notes": list(self.notes),
            "target": self.target,
            "rows": self.rows,
            "failures": self.failures,
            "uncovered": self.uncovered,
            "rules": [asdict(one) for one in self.rules],
            "precision": None if self.precision is None else self.precision.as_json(),
            "recall": self.recall.as_json(),
            "auc": dict(zip(ends, self.auc, strict=True)),
            "auc_uncovered": None if beyond is None else dict(zip(ends, beyond, strict=True)),
            "left_out": list(self.left_out),
            "after": list(self.after),
            "unconfirmed": self.unconfirmed,
            "repeated": self.repeated,
        }

    def page(self) -> Report:
        """The result as a report."""
        return Report(
            title=self.title,
            subtitle="When failures happen, in rules",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                Table("Rules, judged on rows held out", self.table()),
            ),
            facts=self.on_page(),
        )


def _three(of: Interval | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if of is None else (of.value, of.low, of.high)
