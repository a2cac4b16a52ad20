"""The simulation with resampled parameters, with common random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite

from zhizao.experiments.draws import DrawPlan, run_drawn
from zhizao.experiments.experiment import Experiment
from zhizao.experiments.scenario import Scenario
from zhizao.experiments.uncertainty import APART, FEWEST, ParameterUncertainty
from zhizao.experiments.window import wip_growth
from zhizao.kpi import elements, range_of, values
from zhizao.kpi.spread import draws_of, kpi_spread
from zhizao.plant import Plant
from zhizao.plant.uncertainty import moved, observations
from zhizao.records import Records, with_events
from zhizao.studies.simulate.result import SimulateResult


@dataclass(frozen=True, slots=True)
class _Row:
    """The replications of one drawn plant: their KPIs, and whether it cannot keep up."""

    kpis: list[dict[str, float]]
    grows: bool


def with_uncertainty(
    found: SimulateResult, experiment: Experiment, scenario: Scenario, count: int, share: float
) -> SimulateResult:
    """The result with intervals over drawn plants; as it is where it was cancelled before two were run."""
    plants, window = (found.plant,), found.window
    draws = draws_of(moved(plants), found.seed, count)
    plan = DrawPlan(count, found.replications, draws.apart, min(found.replications, APART))
    drawn = run_drawn(experiment, [scenario], plan, _measured, share)
    rows = [row for (row,) in drawn.together]
    if len(rows) < FEWEST:
        return replace(found, interrupted=True)
    alone = {group: [row for (row,) in part] for group, part in drawn.alone.items()}
    done = draws.first(len(rows))
    spreads = {
        name: kpi_spread(_grid(rows, name), done, {group: _grid(part, name) for group, part in alone.items()})
        for name in found.kpis
    }
    growing = 0 if window.ends else sum(row.grows for row in rows)
    intervals = {
        name: s.interval.within(*range_of(name)) for name, s in spreads.items() if isfinite(s.parameters)
    }
    return replace(
        found,
        kpis={**found.kpis, **intervals},
        uncertainty=ParameterUncertainty(len(rows), growing, spreads, observations(plants)),
        interrupted=drawn.interrupted,
    )


def _measured(records: Sequence[Records], plant: Plant) -> _Row:
    kpis = [values(elements(with_events(one), plant)) for one in records]
    return _Row(kpis, wip_growth(records).steady)


def _grid(rows: Sequence[_Row], name: str) -> list[list[float]]:
    return [[kpis[name] for kpis in row.kpis] for row in rows]
