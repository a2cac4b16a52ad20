"""The comparison over plants drawn from what is known of them: before and after meet the same draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan

import numpy as np

from zhizao.engine import LogLevel
from zhizao.experiments.draws import Drawn, DrawPlan, run_drawn
from zhizao.experiments.experiment import Experiment
from zhizao.experiments.scenario import Scenario
from zhizao.experiments.uncertainty import APART, FEWEST, ParameterUncertainty
from zhizao.experiments.window import wip_growth
from zhizao.kpi import range_of
from zhizao.kpi.analysis import Difference, Floats, Interval
from zhizao.kpi.money import Measured, gain_before_escapes, gain_per_day
from zhizao.kpi.spread import (
    Draws,
    Spread,
    difference_spread,
    draws_of,
    kpi_spread,
    relative_spread,
    relative_values,
)
from zhizao.plant import Plant
from zhizao.plant.measures.effects import effect_numbers
from zhizao.plant.uncertainty import Group, alike, moved, observations
from zhizao.records import Records
from zhizao.studies.compare.findings import Outcome, judged
from zhizao.studies.compare.result import CompareResult

NOISE = 1e-12  # what differs less differs by the order of a sum


@dataclass(frozen=True, slots=True)
class _Row:
    """The replications of one drawn plant, and whether it cannot keep up."""

    measured: list[Measured]
    grows: bool


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Before and after by draw and replication: all numbers drawn, and one group alone."""

    draws: Draws
    together: tuple[list[_Row], list[_Row]]
    alone: Mapping[Group, tuple[list[_Row], list[_Row]]]


def with_uncertainty(
    found: CompareResult,
    experiment: Experiment,
    scenarios: Sequence[Scenario],
    count: int,
    measure: Callable[[Records, Plant], Measured],
) -> CompareResult:
    """The result with intervals over drawn plants; as it is where it was cancelled before two were run."""
    plants, window = alike([one.plant for one in scenarios]), found.window
    alike_plants = [replace(one, plant=plant) for one, plant in zip(scenarios, plants, strict=True)]
    numbers = moved(plants) | effect_numbers(m for one in scenarios for m in one.measures)
    draws = draws_of(numbers, found.seed, count)
    apart = draws.apart if experiment.log is LogLevel.EVENTS else ()  # the quick way does without
    plan = DrawPlan(count, found.replications, apart, min(found.replications, APART))

    def rows(records: Sequence[Records], plant: Plant) -> _Row:
        return _Row([measure(r, plant) for r in records], wip_growth(records).steady)

    drawn = run_drawn(experiment, alike_plants, plan, rows, 1 - experiment.parts.begun)
    if len(drawn.together) < FEWEST:
        return replace(found, interrupted=True)
    draws = draws.first(len(drawn.together))
    seen = observations(plants)
    outcomes = tuple(
        _outcome(one, _pairs(drawn, draws, place), seen, found.relevance, ends=window.ends)
        for place, one in enumerate(found.scenarios, 1)
    )
    return replace(found, scenarios=outcomes, interrupted=drawn.interrupted)


def _pairs(drawn: Drawn[_Row], draws: Draws, place: int) -> _Pairs:
    def both(rows: list[tuple[_Row, ...]]) -> tuple[list[_Row], list[_Row]]:
        return [row[0] for row in rows], [row[place] for row in rows]

    return _Pairs(draws, both(drawn.together), {group: both(rows) for group, rows in drawn.alone.items()})


def _outcome(
    outcome: Outcome, pairs: _Pairs, seen: Mapping[str, int], relevance: float, *, ends: bool
) -> Outcome:
    both = {name: _difference(name, pairs) for name in outcome.changes}
    growing = 0 if ends else sum(row.grows for row in pairs.together[1])
    spreads = {name: spread for name, (_, spread) in both.items()}
    gain = _gain(gain_per_day, pairs)
    changes = judged({name: change for name, (change, _) in both.items()}, relevance, by_ratio=True)
    return replace(
        outcome,
        changes=changes,
        money=replace(
            outcome.money,
            gain_per_day=gain.interval,
            before_escapes=_gain(gain_before_escapes, pairs).interval,
            escapes_avoided=_gain(lambda b, a: b.uncosted_escapes - a.uncosted_escapes, pairs).interval,
            spread=gain,
        ),
        uncertainty=ParameterUncertainty(len(pairs.together[0]), growing, spreads, seen),
    )


def _gain(of: Callable[[Measured, Measured], float], pairs: _Pairs) -> Spread:
    """What a pair gains over drawn plants; unknown as soon as one pair does not know it."""
    grid = _gains(of, *pairs.together)
    if not np.isfinite(grid).all():
        return Spread(Interval(nan, nan, nan, 0), nan, nan, {}, {})
    alone = {group: _gains(of, *rows) for group, rows in pairs.alone.items()}
    return difference_spread(grid, pairs.draws, alone)


def _gains(of: Callable[[Measured, Measured], float], before: list[_Row], after: list[_Row]) -> Floats:
    return np.array(
        [
            [of(b, a) for b, a in zip(x.measured, y.measured, strict=True)]
            for x, y in zip(before, after, strict=True)
        ]
    )


def _difference(name: str, pairs: _Pairs) -> tuple[Difference, Spread]:
    """The change of a KPI, and the spread of its relative size, of its absolute size where it has none."""
    before, after = _grids(name, *pairs.together)
    alone = {group: _grids(name, *rows) for group, rows in pairs.alone.items()}
    absolute = difference_spread(after - before, pairs.draws, {g: a - b for g, (b, a) in alone.items()})
    relative = relative_spread(
        relative_values(before, after),
        pairs.draws,
        {g: relative_values(b, a) for g, (b, a) in alone.items()},
    )
    difference = Difference(
        kpi_spread(before, pairs.draws, {}).interval.within(*range_of(name)),
        kpi_spread(after, pairs.draws, {}).interval.within(*range_of(name)),
        absolute.interval,
        relative.interval,
    )
    return difference, relative if isfinite(relative.parameters) else absolute


def _grids(name: str, before: list[_Row], after: list[_Row]) -> tuple[Floats, Floats]:
    """KPI before and after; what differs in the last digits only does not differ."""
    x, y = (np.array([[m.kpis[name] for m in row.measured] for row in rows]) for rows in (before, after))
    return x, np.where(np.abs(y - x) <= NOISE * np.abs(x), x, y)
