"""Lots of a phase as numbers, and what they say in sentences; `result` shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from zhizao.kpi.analysis import binomial_interval
from zhizao.quantities import Input
from zhizao.records import write_frame
from zhizao.report.text import number
from zhizao.solvers.phases import TimeUnit
from zhizao.studies.phase.process import SHOWN, Named, Trace

_TAIL = 0.05


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PhaseLots:
    """Lots of a phase: `lots` has a row for each with its time in h, whether it is accepted, and its states.

    `model` and `source` say what was run, `states` what is known of a lot, with units. `kwh` is one unit of
    the `energy` state in kWh. `drawn` lots were asked for; `missed` did not reach the goal; `failure` says
    which one failed and how (empty: none); `remarks` say where lots are not as the file states. `first` is
    the course of the first lot, its times in `time`. Outcomes have the time and the share of defects that the
    phase file states beside the model.
    """

    name: str
    model: str
    source: str
    states: tuple[Named, ...]
    time: TimeUnit
    energy: str | None
    other_time_s: float
    other_defects: float
    kwh: float
    lots: pl.DataFrame
    drawn: int
    first: Trace
    missed: int
    failure: str
    remarks: tuple[str, ...]
    seed: int
    inputs: tuple[Input, ...]
    version: str
    interrupted: bool

    @property
    def title(self) -> str:
        """Name of the phase."""
        return self.name

    @property
    def assumed(self) -> tuple[str, ...]:
        """Parameters of which nothing was measured on this process."""
        return self.first.assumed

    @property
    def answer(self) -> str:
        """How long it takes, and how many lots are accepted."""
        takes = self.lots["takes_h"]
        low, high = (float(takes.quantile(q) or 0.0) for q in (_TAIL, 1 - _TAIL))
        n, good = self.lots.height, int(self.lots["accepted"].sum())
        least, most = binomial_interval(good, n)
        said = f"It takes {number(float(takes.mean() or 0.0))} h on average; 90 % of lots take "  # type: ignore[arg-type]
        said += f"{number(low)} to {number(high)} h. "
        share, ends = number(100 * good / n), f"{number(100 * least)} to {number(100 * most)}"
        return f"{said}Of {n} drawn lots, {share} % are accepted (95 % interval {ends})."

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        found = [self.answer]
        if self.failure:
            found.insert(0, f"Ended early: {self.failure}.")
            before = f"All numbers are of the {self.lots.height} lots before it, of {self.drawn} asked for"
            found.insert(1, f"{before}; lots that fail are missing from them.")
        found += self._counted()
        found += self.remarks
        if self.energy is not None:
            mean = float(self.lots[self.energy].mean() or 0.0) * self.kwh  # type: ignore[arg-type]
            found.append(f"It takes {number(mean)} kWh on average.")
        if self.lots["accepted"].all():
            most = 1 - binomial_interval(self.lots.height, self.lots.height)[0]
            found.append(f"No drawn lot is rejected; up to {number(100 * most)} % are not excluded.")
        if self.other_time_s or self.other_defects:
            time, share = number(self.other_time_s / 3600.0), number(100 * self.other_defects)
            found.append(f"Outcomes have {time} h and {share} % of defects more, as stated in the file.")
        if self.assumed:
            some, rest = self.assumed[:SHOWN], len(self.assumed) - SHOWN
            more = f" and {rest} more" if rest > 0 else ""
            found.append(f"Assumed, and not measured on this process: {', '.join(some)}{more}.")
        if self.first.plain:
            found.append(f"The model runs as plain Python: {self.first.plain}.")
        units = ", ".join(f"{one.name} ({one.unit or 'no unit declared'})" for one in self.states)
        if units:
            found.append(f"At the end of a lot: {units}.")
        found.append(f"Equations: {self.source}.")
        return tuple(found)

    def _counted(self) -> Iterator[str]:
        """What the times of lots do not show by themselves."""
        n, at_once = self.lots.height, int((self.lots["takes_h"] == 0).sum())
        if self.missed:
            until = "the time at which they are given up is in the mean"
            yield f"{self.missed} of {n} lots do not reach the goal; {until}."
        if at_once:
            yield f"{at_once} of {n} lots are at the goal from the start, and take no time."
        if n > 1 and self.lots.n_unique() == 1:
            yield "Nothing differs from lot to lot: all drawn lots are alike, and the intervals say nothing."

    def table(self) -> pl.DataFrame:
        """One row per lot."""
        return self.lots

    def outcomes(self) -> pl.DataFrame:
        """`takes`, `defects` and `energy` of each lot, as `outcomes` in a plant file has them."""
        takes = self.lots["takes_h"] * 3600.0 + self.other_time_s
        wrong = [self.other_defects if accepted else 1.0 for accepted in self.lots["accepted"]]
        energy = None if self.energy is None else self.lots[self.energy] * self.kwh
        return pl.DataFrame(
            {
                "takes": [f"{seconds:.6f} s" for seconds in takes],
                "defects": wrong,
                "energy": [None] * len(takes) if energy is None else [f"{kwh:.9g} kWh" for kwh in energy],
            },
            schema_overrides={"energy": pl.String},
        )

    def save_outcomes(self, path: str | Path) -> Path:
        """Write the outcomes as CSV; a plant names it `outcomes: FILE.csv`."""
        write_frame(self.outcomes(), Path(path))
        return Path(path)
