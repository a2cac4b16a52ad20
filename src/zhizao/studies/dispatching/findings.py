"""Findings of the search for a rule, as data and a table; `result` shows them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from zhizao.experiments.facts import RunFacts
from zhizao.kpi import FORMULAS, Better, unit_of
from zhizao.kpi.analysis import Difference, Interval
from zhizao.report.text import quantity, signed_percent

FOUND = "found rule"
AS_IT_IS = "as it is"
OPEN_TOO = frozenset(
    ("tardiness_mean", "on_time_share", "lead_time_mean", "lead_time_p50", "lead_time_p90", "lead_time_p95")
)
"""Goals that count lots still open at the end of the window, as if they were done then."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A rule on fresh random numbers; `found_less_it`: the found rule less this one, paired."""

    name: str
    kpi: Interval
    found_less_it: Difference


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Findings(RunFacts):
    """The rule that was found and every known rule, with fresh common random numbers; best first.

    `formula` is for people, `source` the text of a Python file with the rule `next_lot`; `known_as` names the
    known rule that it is, where it is one. `runs` counts those of the search, `tried` its rules.
    """

    goal: str
    at: tuple[str, ...]
    formula: str
    source: str
    known_as: str | None
    rules: tuple[Evaluated, ...]
    runs: int
    tried: int

    @property
    def unit(self) -> str:
        """Unit of the goal."""
        return unit_of(FORMULAS[self.goal], self.plant)

    @property
    def best_known(self) -> Evaluated:
        """The best of the known rules, the plant's own among them."""
        return next(rule for rule in self.rules if rule.name != FOUND)

    @property
    def better(self) -> bool:
        """Whether the interval shows that the found rule is better than the best known one."""
        return self._beats(self.best_known)

    def _beats(self, rule: Evaluated) -> bool:
        gain = rule.found_less_it.absolute
        return gain.low > 0.0 if FORMULAS[self.goal].better is Better.HIGHER else gain.high < 0.0

    @property
    def answer(self) -> str:
        """Whether a better rule was found, in a plain sentence."""
        best = self.best_known
        name = FORMULAS[self.goal].name.lower()
        if self.known_as is not None:
            than = "better than" if self.better else "not shown to be better than"
            return (
                "No new rule is better than the known ones. The best of these in the search is "
                f"{self.known_as}, {than} the best built-in or present rule ({best.name!r}): "
                f"{self._change(best)} {name}."
            )
        if not self.better:
            return (
                f"No rule found is shown to be better than the best known one ({best.name!r}): "
                f"{self._change(best)} {name}."
            )
        return (
            f"The found rule is better than the best known one ({best.name!r}): {self._change(best)} {name}."
        )

    def _change(self, rule: Evaluated) -> str:
        gain, relative = rule.found_less_it.absolute, rule.found_less_it.relative
        by, unit = quantity(gain.mean, self.unit)
        bounds = " to ".join(quantity(bound, self.unit)[0] for bound in (gain.low, gain.high))
        return f"{by} {unit} ({bounds}; {signed_percent(relative.mean)} %)"

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        present = next(rule for rule in self.rules if rule.name == AS_IT_IS)
        beats = "" if self._beats(present) else ", which is no difference shown to be better"
        found = [
            self.answer,
            f"The lot with the lowest number goes first: {self.formula}",
            f"Against the plant as it is: {self._change(present)}{beats}.",
        ]
        if self.interrupted:
            found.insert(0, "Interrupted: this is the best of what was tried by then.")
        if not self.keeps_up:
            found.append(
                "The plant as it is cannot keep up with its orders: the KPI depends on the length of the run."
            )
        if self.goal in OPEN_TOO and not self.window.ends:
            found.append(
                "Lots still open at the end of the window count as if done then: no rule gains by leaving "
                "lots."
            )
        found.append(
            f"The search tried {self.tried} rules in {self.runs} runs. The comparison has "
            f"{self.replications} replications of each rule, with fresh and common random numbers "
            f"({self.window.warm_up}, {self.window.days:g} days each). Intervals have 95 % confidence each."
        )
        return tuple(found)

    def table(self) -> pl.DataFrame:
        """One row per rule, the best first.

        Columns: rule, mean, low, high, unit, found_less_it, difference_low, difference_high, relative.
        """
        rows = [
            (
                rule.name,
                *(rule.kpi.mean, rule.kpi.low, rule.kpi.high),
                self.unit,
                *(rule.found_less_it.absolute.mean, rule.found_less_it.absolute.low),
                *(rule.found_less_it.absolute.high, rule.found_less_it.relative.mean),
            )
            for rule in self.rules
        ]
        return pl.DataFrame(rows, schema=_COLUMNS, orient="row").with_columns(
            pl.col(pl.Float64).fill_nan(None)
        )


_COLUMNS = {
    "rule": pl.String,
    **dict.fromkeys(("mean", "low", "high"), pl.Float64),
    "unit": pl.String,
    **dict.fromkeys(("found_less_it", "difference_low", "difference_high", "relative"), pl.Float64),
}
