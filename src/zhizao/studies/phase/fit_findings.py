"""Parameters of a phase across batches, and what they say in sentences; `fit_result` shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import polars as pl

from zhizao.kpi.analysis import binomial_interval
from zhizao.quantities import Input
from zhizao.report.text import number
from zhizao.solvers.phases import TimeUnit
from zhizao.solvers.phases.batches import Batches
from zhizao.solvers.phases.held_out import GOAL, LeftOut
from zhizao.solvers.phases.spread import Spread as Across
from zhizao.studies.phase.batch_table import BatchTable
from zhizao.studies.phase.fitted_file import fitted_text
from zhizao.studies.phase.process import SHOWN
from zhizao.studies.phase.spec import Spread

FOLLOWING = 0.5
"""Mean lag-1 autocorrelation of residuals from which on equations are said to miss something."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PhaseFit:
    """Parameters fitted to batches.

    `batches` is what was fitted to each, `table_of` what was read, `held_out` each batch predicted by the
    others. `averaged` are parameters that the file gives as spread and that stood at their mean, `assumed`
    those at a default that nothing was measured for; `given` is
    what the file says of parameters and `text` the file.
    """

    name: str
    model: str
    source: str
    batches: Batches
    table_of: BatchTable
    units: Mapping[str, str]
    time: TimeUnit
    held_out: tuple[LeftOut, ...]
    averaged: tuple[str, ...]
    assumed: tuple[str, ...]
    given: Mapping[str, float | Spread]
    text: str
    seed: int
    inputs: tuple[Input, ...]
    version: str
    interrupted: bool

    @property
    def title(self) -> str:
        """Name of the phase."""
        return self.name

    @property
    def spreads(self) -> dict[str, Across]:
        """Mean and standard deviation of each parameter across batches."""
        return {name: self.batches.spread(name) for name in self.batches.parameters}

    @property
    def answer(self) -> str:
        """How many parameters differ between batches, and how well batches are predicted."""
        spreads, count = self.spreads, len(self.batches.names)
        shown = sum(one.shown for one in spreads.values())
        said = f"{count} batches; a spread between them is shown for {shown} of {len(spreads)} fitted."
        if not self.held_out:
            return f"{said} No batch was predicted by the others: that takes three or more."
        inside, values = sum(one.inside for one in self.held_out), len(self.held_out)
        return f"{said} Of {values} end values of left-out batches, {inside} lie in the 90 % interval."

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        return (self.answer, *self._of_batches(), *self._of_spreads(), *self._of_table())

    def _of_batches(self) -> list[str]:
        found = []
        for name, misfit in zip(self.batches.names, self.batches.misfit, strict=True):
            if name in self.batches.odd:
                found.append(
                    f"Batch {name} does not fit: its residuals are {number(float(misfit))} times the "
                    "noise. It counts in no mean and no spread."
                )
        for parameter, names in self.batches.loose.items():
            if names:
                some = ", ".join(names[:SHOWN])
                found.append(f"Not determined: {parameter} in {len(names)} batches ({some}).")
        following = sum(fit.correlation for fit in self.batches.fits) / len(self.batches.fits)
        if following >= FOLLOWING:
            found.append(
                f"Residuals follow one another (lag-1 autocorrelation {number(following)}): "
                "the equations miss something."
            )
        return found

    def _of_spreads(self) -> list[str]:
        spreads = self.spreads
        if len(self.batches.names) == 1:
            return ["One batch shows no spread; the file keeps the spread that it has."]
        hidden = [name for name, one in spreads.items() if not one.shown]
        found = []
        if hidden:
            found.append(
                f"No spread is shown: {', '.join(hidden)}. The column sd_high has what is not excluded."
            )
        found.append(
            "Drawn lots have independent parameters, and not the uncertainty of mean and sd: "
            "from few batches, fewer than 90 % of end values lie in the interval."
        )
        return found

    def _of_table(self) -> list[str]:
        table, found = self.table_of, []
        found.append(f"Measured states: {', '.join(table.observed)}.")
        found.append(f"Times: column {table.time}, in {table.unit}.")
        if table.unused:
            some, rest = table.unused[:SHOWN], len(table.unused) - SHOWN
            more = f" and {rest} more" if rest > 0 else ""
            found.append(f"Columns that are not used: {', '.join(some)}{more}.")
        if table.starts:
            found.append(f"Batches start from their first row, taken as exact: {', '.join(table.starts)}.")
        if table.supposed:
            found.append(f"Assumed at the mean of the file at the start: {', '.join(table.supposed)}.")
        if self.averaged:
            found.append(f"Assumed at the mean of the file in all batches: {', '.join(self.averaged)}.")
        if self.assumed:
            some, rest = self.assumed[:SHOWN], len(self.assumed) - SHOWN
            more = f" and {rest} more" if rest > 0 else ""
            found.append(f"Assumed, and not measured on this process: {', '.join(some)}{more}.")
        found.append(f"Equations: {self.source}.")
        return found

    def table(self) -> pl.DataFrame:
        """One row per parameter: mean and standard deviation across batches with 95 % intervals."""
        return pl.DataFrame(
            [
                {
                    "parameter": name,
                    "mean": one.mean,
                    "mean_low": one.mean_low,
                    "mean_high": one.mean_high,
                    "sd": known(one.sd),
                    "sd_low": known(one.sd_low),
                    "sd_high": known(one.sd_high),
                    "batches": one.batches,
                    "in": self.units[name],
                }
                for name, one in self.spreads.items()
            ],
            schema_overrides={"sd": pl.Float64, "sd_low": pl.Float64, "sd_high": pl.Float64},
        )

    def by_batch(self) -> pl.DataFrame:
        """One row per batch: estimates, standard errors, and residuals in multiples of the noise."""
        columns: dict[str, Any] = {"batch": list(self.batches.names)}
        for name in self.batches.parameters:
            values, errors = self.batches.estimates(name)
            columns |= {name: values, f"{name}_error": errors}
        return pl.DataFrame(columns | {"residuals": self.batches.misfit})

    def coverage(self) -> pl.DataFrame:
        """Batches predicted by the others: how often the 90 % interval contains what was measured."""
        rows = []
        for what in dict.fromkeys(one.what for one in self.held_out):
            inside = [one.inside for one in self.held_out if one.what == what]
            low, high = binomial_interval(sum(inside), len(inside))
            unit = self.time.value if what == GOAL else self.units[what]
            rows.append(
                {
                    "at the end": what,
                    "batches": len(inside),
                    "inside": sum(inside),
                    "share": sum(inside) / len(inside),
                    "share_low": low,
                    "share_high": high,
                    "in": unit,
                }
            )
        return pl.DataFrame(rows)

    def save_phase(self, path: str | Path) -> Path:
        """Write the phase file with the fitted parameters as `mean` and `sd`; the rest stays as it is.

        A parameter for which one batch alone counts keeps the relative spread that the file gives it.
        """
        Path(path).write_text(fitted_text(self.text, self.spreads, self.given), encoding="utf-8")
        return Path(path)


def known(value: float) -> float | None:
    """A number for JSON; None where it is not known or has no bound."""
    return None if not isfinite(value) else value
