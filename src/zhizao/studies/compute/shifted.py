"""What `shift_load` found: energy, cost, CO2, waiting and deadlines by method, as JSON and as a page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from math import isnan
from typing import Any, ClassVar

import polars as pl

from zhizao.kpi.analysis import mean_interval
from zhizao.quantities import Input
from zhizao.report import Prose, Report, Result, Table
from zhizao.studies.compute.findings import known
from zhizao.studies.compute.trials import few


class Method(StrEnum):
    """How jobs are given their slots."""

    AT_ONCE = "at once"
    ONCE = "planned once"
    AGAIN = "re-planned"
    HINDSIGHT = "hindsight"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one plan really takes; cost and CO2 are nan where a site in use has no such series."""

    energy_kwh: float
    cost: float
    co2_kg: float
    wait_h: float
    late: int
    site_kwh: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Shifted:
    """Ways to time and place jobs with deadlines."""

    name: str
    sites: tuple[str, ...]
    objective: str
    forecast_error: float
    at_once: Outcome | None
    hindsight: Outcome | None
    drawn: tuple[dict[Method, Outcome], ...]
    gap: float
    jobs: int
    late: tuple[str, ...]
    limited: bool
    inputs: tuple[Input, ...]
    seed: int
    version: str
    interrupted: bool

    @property
    def title(self) -> str:
        """Name of the site file."""
        return self.name

    def outcomes(self, method: Method) -> list[Outcome]:
        """Outcomes of a method: one per draw of the forecast errors, or one where none are needed."""
        fixed = {Method.AT_ONCE: self.at_once, Method.HINDSIGHT: self.hindsight}
        if method in fixed:
            one = fixed[method]
            return [] if one is None else [one]
        return [one[method] for one in self.drawn if method in one]

    def table(self) -> pl.DataFrame:
        """One row per method: means, and the saving against starting at once with its 95 % interval."""
        rows = []
        base = self._value(self.at_once) if self.at_once else float("nan")
        for method in Method:
            found = self.outcomes(method)
            if not found:
                continue
            saving = mean_interval([1 - self._value(one) / base if base else float("nan") for one in found])
            means = (
                mean_interval([getattr(one, name) for one in found]).mean
                for name in ("energy_kwh", "cost", "co2_kg", "wait_h", "late")
            )
            numbers = (*means, saving.mean, saving.low, saving.high)
            rows.append((str(method), *map(known, numbers)))
        heads = ("energy_kwh", "cost", "co2_kg", "wait_h", "late", "saving", "saving_low", "saving_high")
        schema = {"method": pl.String, **dict.fromkeys(heads, pl.Float64)}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def _value(self, one: Outcome) -> float:
        return one.co2_kg if self.objective == "carbon" else one.cost

    def by_site(self) -> pl.DataFrame:
        """One row per method and site: mean energy, kWh."""
        rows = [
            (str(method), site, float(sum(one.site_kwh[at] for one in found) / len(found)))
            for method in Method
            if (found := self.outcomes(method))
            for at, site in enumerate(self.sites)
        ]
        schema = {"method": pl.String, "site": pl.String, "energy_kwh": pl.Float64}
        return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ShiftResult(Shifted, Result):
    """Ways to time and place jobs with deadlines, to be shown: table, JSON, page."""

    study: ClassVar[str] = "shift_load"

    @property
    def answer(self) -> str:
        """What waiting saves, of what could be saved."""
        rows = {row["method"]: row for row in self.table().to_dicts()}
        best = rows.get(Method.AGAIN) or rows.get(Method.ONCE)
        if best is None or best["saving"] is None:
            return "No draw of the forecast errors was finished."
        what = "CO2" if self.objective == "carbon" else "cost"
        ends = ""
        if best["saving_low"] is not None:
            ends = f" (95 %: {100 * best['saving_low']:.2f} to {100 * best['saving_high']:.2f})"
        most = rows[Method.HINDSIGHT]["saving"]
        return (
            f"{best['method'].capitalize()}, the jobs save {100 * best['saving']:.2f} % of {what}{ends} "
            f"against starting at once; with hindsight it would be {100 * most:.2f} %."
        )

    @property
    def how(self) -> str:
        """How it was found."""
        return (
            f"{self.jobs:,} jobs on {len(self.sites)} sites; forecasts have errors of "
            f"{100 * self.forecast_error:g} % of the mean of their series, drawn {len(self.drawn)} times "
            "and the same for every method."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers."""
        said = [self.answer]
        if self.late:
            named = few(self.late)
            said.append(f"Too few GPUs before the deadline of: {named}; these run late, or not at all.")
        if self.limited:
            said.append(
                "GPUs are limited: all jobs are planned together and in advance, and none is re-planned; the "
                f"plan with hindsight is at most {100 * self.gap:.2f} % above a lower bound."
            )
        if self.interrupted:
            said.append("Interrupted: the draws that were finished are shown.")
        return (*said, self.how)

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(self.how, self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data; what is unknown is null."""
        return {
            "sites": list(self.sites),
            "answer": self.answer,
            "notes": list(self.notes),
            "objective": self.objective,
            "replications": len(self.drawn),
            "methods": self.table().to_dicts(),
            "energy_by_site": self.by_site().to_dicts(),
            "jobs": self.jobs,
            "jobs_without_room": list(self.late),
            "gap": self.gap if not self.late else None,
            "draws": [{str(method): _plain(one) for method, one in draw.items()} for draw in self.drawn],
        }

    def page(self) -> Report:
        """The result as a report."""
        frame = self.table().with_columns(pl.col("^saving.*$") * 100)
        note = "Saving: against starting at once, with its 95 % interval; late: jobs, in the mean."
        return Report(
            title=self.title,
            subtitle="What waiting for clean or cheap energy saves",
            sections=(
                Prose("\n\n".join(self.notes), title="In short"),
                Table("Energy, cost and CO2", frame.rename(_HEADS), note=note),
                Table(
                    "Energy by site",
                    self.by_site().rename({"energy_kwh": _HEADS["energy_kwh"]}),
                    note="Means.",
                ),
            ),
            facts={**{one.kind: one.name for one in self.inputs}, "seed": self.seed, "zhizao": self.version},
        )


_HEADS = {
    "energy_kwh": "energy (kWh)",
    "co2_kg": "CO2 (kg)",
    "wait_h": "wait (h)",
    "saving": "saving (%)",
    "saving_low": "from",
    "saving_high": "to",
}


def _plain(one: Outcome) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and isnan(value) else value
        for name, value in asdict(one).items()
    }
