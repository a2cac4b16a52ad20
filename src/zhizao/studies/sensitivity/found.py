"""What the study found, as data and tables; `result` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan

import polars as pl

from zhizao.experiments.facts import RunFacts, in_words
from zhizao.kpi import FORMULAS, unit_of
from zhizao.kpi.analysis import Difference
from zhizao.report.text import number, signed_percent
from zhizao.studies.sensitivity.nudges import Nudges, Skipped

__all__ = ["Effect", "Nudges", "Sensitive", "Skipped"]


@dataclass(frozen=True, slots=True)
class Effect:
    """What one step of a field does to the KPI.

    `difference` is that of one step up: half of up less down where both were run. `down` and `up` are the
    relative changes on each side (nan: not run). `shown`: the effect stands, among those of all fields, after
    Holm's correction.
    """

    nudges: Nudges
    difference: Difference
    down: float
    up: float
    shown: bool = False

    @property
    def moves(self) -> bool:
        """Whether the KPI moved at all in any pair of runs."""
        absolute = self.difference.absolute
        return not (absolute.mean == 0 and absolute.half_width == 0)

    @property
    def elasticity(self) -> float:
        """Relative change of the KPI per relative change of the field; nan for a field of 0."""
        field = self.nudges.field
        step = 1 / field.value if field.whole and field.value else nan if field.whole else self.nudges.step
        return self.difference.relative.mean / step

    @property
    def sentence(self) -> str:
        """The effect in words."""
        field = self.nudges.field
        return f"{field.path} (now {field.text}): {self.nudges.label} gives {change(self)}"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sensitive(RunFacts):
    """Effects of a plant's numbers on one KPI, the largest that is shown first."""

    of: str
    effects: tuple[Effect, ...]
    skipped: tuple[Skipped, ...]

    @property
    def unit(self) -> str:
        """Unit of the KPI."""
        return unit_of(FORMULAS[self.of], self.plant)

    @property
    def answer(self) -> str:
        """Which field moves the KPI most, in a plain sentence."""
        name = FORMULAS[self.of].name
        shown = [effect for effect in self.effects if effect.shown]
        if not shown:
            return f"{name}: no field that was tried has a significant effect."
        return f"{name} is moved most by {shown[0].sentence}."

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        found = [self.answer]
        if self.interrupted:
            found.append("Interrupted: fields that were not reached are missing.")
        if not self.keeps_up:
            found.append(
                "The plant cannot keep up with its orders: its KPIs depend on the length of the run."
            )
        still = sum(not effect.moves for effect in self.effects)
        if still:
            found.append(f"{_fields(still)} of {len(self.effects)} did not move it at all.")
        if self.skipped:
            few = "; ".join(f"{item.path}: {item.why}" for item in self.skipped[:3])
            more = " …" if len(self.skipped) > 3 else ""
            found.append(f"{_fields(len(self.skipped))} could not be changed ({few}{more}).")
        return (*found, in_words(self))

    def table(self) -> pl.DataFrame:
        """One row per field, the largest shown effect first.

        Columns: field, now, step, change, low, high (of the KPI by one step up, in its unit), unit, relative,
        relative_low, relative_high, down, up (relative changes by a step down and up), elasticity, shown.
        """
        rows = [_row(effect, self.unit) for effect in self.effects]
        frame = pl.DataFrame(rows, schema=_COLUMNS, orient="row")
        numbers = [name for name, kind in _COLUMNS.items() if kind == pl.Float64]
        return frame.with_columns(
            pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in numbers
        )


def change(effect: Effect) -> str:
    """The change of the KPI by one step up, with its interval; ~ where it is not significant."""
    relative, absolute = effect.difference.relative, effect.difference.absolute
    sign = "" if effect.shown else "~ "
    if isfinite(relative.low) and isfinite(relative.high):
        low, high = (signed_percent(bound) for bound in (relative.low, relative.high))
        return f"{sign}{signed_percent(relative.mean)} % ({low} to {high})"
    return f"{sign}{number(absolute.mean)} ({number(absolute.low)} to {number(absolute.high)})"


def _fields(count: int) -> str:
    return f"{count} field{'s' if count != 1 else ''}"


def _row(effect: Effect, unit: str) -> tuple[object, ...]:
    field, absolute, relative = effect.nudges.field, effect.difference.absolute, effect.difference.relative
    return (
        field.path, field.text, effect.nudges.label,
        absolute.mean, absolute.low, absolute.high, unit,
        relative.mean, relative.low, relative.high,
        effect.down, effect.up, effect.elasticity, effect.shown,
    )  # fmt: skip


_COLUMNS = {
    **dict.fromkeys(("field", "now", "step"), pl.String),
    **dict.fromkeys(("change", "low", "high"), pl.Float64),
    "unit": pl.String,
    **dict.fromkeys(("relative", "relative_low", "relative_high", "down", "up", "elasticity"), pl.Float64),
    "shown": pl.Boolean,
}
