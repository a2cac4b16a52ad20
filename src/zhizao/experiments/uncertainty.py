"""Parameter uncertainty in a result: what each interval is made of, and what to measure better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import polars as pl

from zhizao.experiments.scenario import Scenario
from zhizao.kpi.formulas import FORMULAS
from zhizao.kpi.spread import Spread
from zhizao.plant.uncertainty import Group
from zhizao.quantities.errors import InputError

FEWEST = 2  # plants, and replications of each, that it takes
TITLE = "Where the intervals come from"
NOTE = (
    "Shares of each interval's variance: parameter uncertainty, by group, and simulation noise. "
    "Unexplained: effects of several parameters at once, and what too few draws cannot tell. Measure: the "
    "parameter whose uncertainty matters most, where one stands out."
)
APART = 4  # replications of plants in which one group alone is drawn: common random numbers need few


def check_uncertainty(scenarios: Iterable[Scenario], count: int, replications: int) -> None:
    """Refuse to resample plants of which nothing is stated to be uncertain, or too few times.

    Raises
    ------
    InputError
        With the remedy.
    """
    if count < FEWEST or replications < FEWEST:
        raise InputError(
            f"uncertainty: found {count} drawn plants with {replications} replications each; "
            f"right is at least {FEWEST} of both, and 20 plants for an interval that holds"
        )
    if not any(uncertain(one) for one in scenarios):
        raise InputError(
            "uncertainty: the plant does not say how well its numbers are known; learn it from a log "
            "(`zhizao learn` writes `uncertainty`), or write `uncertainty:` into the plant file by hand, "
            "for example `uncertainty: [{what: orders.every, error: 0.05, observations: 400}]`, "
            "or give measures a range (`uncertain`)"
        )


def uncertain(scenario: Scenario) -> bool:
    """Whether anything is stated to be uncertain: numbers of the plant, or effects of its measures."""
    return bool(scenario.plant.uncertainty or any(measure.uncertain for measure in scenario.measures))


@dataclass(frozen=True, slots=True)
class ParameterUncertainty:
    """The spread of each KPI over `plants` that were drawn, of which `growing` could not keep up."""

    plants: int
    growing: int
    spreads: Mapping[str, Spread]
    observations: Mapping[str, int]

    @property
    def complete(self) -> bool:
        """Whether a KPI has an interval over the plants drawn."""
        return any(isfinite(spread.parameters) for spread in self.spreads.values())

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before the numbers, in whole sentences."""
        found = [
            "Intervals include parameter uncertainty as well as simulation noise: the plant's parameters "
            f"were resampled {self.plants} times, with common random numbers."
        ]
        if self.growing:
            found.append(
                f"{self.growing} of the {self.plants} drawn plants cannot keep up with their orders; their "
                "lead times grow with the length of the run."
            )
        return tuple(found)

    def advice(self, kpi: str) -> str:
        """What to measure better for this KPI, in a sentence; nothing where noise alone matters."""
        spread = self.spreads[kpi]
        if not spread.parameters > 0:
            return ""
        name = spread.largest
        if name is not None and name in self.observations:
            n = self.observations[name]
            return (
                f"Measure {name} better: it is {spread.numbers[name]:.0%} of the spread and known from {n} "
                f"observations; {3 * n} more would halve its part."
            )
        group = max(spread.groups, key=lambda g: spread.groups[g], default=None)
        if group is None:
            return ""
        share = spread.groups[group]
        return f"Measure {group.value} better ({share:.0%} of the spread); no single one stands out."

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain data; what is unknown is null."""
        return {
            "plants": self.plants,
            "cannot_keep_up": self.growing,
            "kpis": {
                name: _spread_json(spread) for name, spread in self.spreads.items() if spread.interval.n
            },
        }

    def table(self) -> pl.DataFrame:
        """Shares of each interval's variance by KPI: parameter uncertainty, by group, and simulation noise.

        Columns: kpi, name, parameter uncertainty, one per group, unexplained, simulation noise, measure (the
        parameter that matters most).
        """
        there = {
            name: s for name, s in self.spreads.items() if isfinite(s.parameters) and s.parameters + s.noise
        }
        groups = [g for g in Group if any(g in spread.groups for spread in there.values())]
        rows = [
            {
                "kpi": name,
                "name": FORMULAS[name].name,
                "parameter uncertainty": spread.parameters,
                **{g.value: spread.groups.get(g, 0.0) for g in groups},
                "unexplained": spread.unexplained,
                "simulation noise": spread.noise,
                "measure": spread.largest,
            }
            for name, spread in there.items()
        ]
        numbers = ("parameter uncertainty", *(g.value for g in groups), "unexplained", "simulation noise")
        kinds = {
            "kpi": pl.String,
            "name": pl.String,
            **dict.fromkeys(numbers, pl.Float64),
            "measure": pl.String,
        }
        return pl.DataFrame(rows, schema=kinds)

    def shown(self, only: Iterable[str] = FORMULAS) -> pl.DataFrame:
        """The table of these KPIs as people read it: shares in whole per cent."""
        frame = self.table().filter(pl.col("kpi").is_in(list(only))).drop("kpi")
        per_cent = [
            pl.format("{} %", (pl.col(name) * 100).round(0).cast(pl.Int64)).alias(name)
            for name, kind in frame.schema.items()
            if kind == pl.Float64
        ]
        return frame.with_columns(per_cent).rename({"name": "KPI"}).fill_null("")


def in_words(spread: Spread) -> str:
    """What the interval is made of, in words that follow it."""
    if not spread.parameters > 0:
        return "all of this spread is simulation noise"
    parts = [(group.value, share) for group, share in spread.groups.items()]
    parts = [*sorted(parts, key=lambda part: -part[1]), ("unexplained", spread.unexplained)]
    said = ", ".join(f"{name} {share:.0%}" for name, share in parts if share >= 0.005)
    return (
        f"{spread.parameters:.0%} of this spread is parameter uncertainty ({said}), the rest simulation noise"
    )


def _spread_json(spread: Spread) -> dict[str, Any]:
    return {
        "low": _finite(spread.interval.low),
        "high": _finite(spread.interval.high),
        "parameter_uncertainty": _finite(spread.parameters),
        "simulation_noise": _finite(spread.noise),
        "groups": {group.value: share for group, share in spread.groups.items()},
        "numbers": dict(spread.numbers),
        "unexplained": _finite(spread.unexplained),
    }


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
