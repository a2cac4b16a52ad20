"""Run a plant's twin and measure it: warm-up found, replications with intervals, more of them on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path

import numpy as np
import polars as pl

from zhizao.engine import Progress
from zhizao.experiments.experiment import Experiment, Replications
from zhizao.experiments.facts import REPLICATIONS, check_days, version
from zhizao.experiments.precision import Target
from zhizao.experiments.scenario import Planned, Scenario, inputs_of, plan_rows
from zhizao.experiments.uncertainty import check_uncertainty
from zhizao.experiments.window import wip_growth
from zhizao.kpi import elements, range_of, values
from zhizao.kpi.analysis import Interval, replication_interval
from zhizao.kpi.day import HOURS, energy_by_hour
from zhizao.kpi.loads import loads
from zhizao.kpi.steady import steady_lead_time
from zhizao.plant import Plant, PlantState, as_plant
from zhizao.quantities import InputError
from zhizao.records import Records, with_events
from zhizao.studies.simulate.drawn import with_uncertainty
from zhizao.studies.simulate.findings import CenterLoad, HourOfDay
from zhizao.studies.simulate.result import SimulateResult

AT_MOST = 200  # replications of a sequential run
_BASE = 0.1  # share of the work before plants are drawn
_FIRST = 0.5  # share of the work that is left, for the next replications of a sequential run


def simulate(  # noqa: PLR0913  each is an option of the command
    plant: Plant | str | Path,
    *,
    days: float | None = None,
    replications: int | None = None,
    seed: int = 1,
    precision: float | Target | None = None,
    uncertainty: int | None = None,
    plan: pl.DataFrame | Planned | None = None,
    state: PlantState | None = None,
    progress: Progress | None = None,
) -> SimulateResult:
    """Simulate a plant.

    Parameters
    ----------
    plant
        A plant, or the path of a plant file.
    days
        Length of the window in days, after a warm-up that is detected. Default: 13 weeks, or, where all
        orders stand in a table, until they are done.
    replications
        Independent runs (default: 20). With `precision` the fewest that are run.
    precision
        Go on until the 95 % interval of each headline KPI has a half-width of at most this share of its mean
        (sequential procedure, Law 2015, section 9.4.1), or 200 replications have run. A `Target` names other
        KPIs, or an absolute half-width.
    uncertainty
        Plants to draw from the `uncertainty` of the plant's numbers, each with as many replications
        and common random numbers: intervals then include parameter uncertainty as well as simulation noise,
        and the result says what each is made of.
        20 give a fair interval. Not beside `precision`, for uncertainty stays however much is run.
    plan
        What lots of the order table are to do when and where: the result of `schedule`, or a table with the
        columns of an event log (see `engine.plan`). The twin follows it, and repairs it where the run
        differs. All drawn plants follow the same plan.
    state
        Where all replications start (see `Twin`); `days` count from its moment and must be given, and nothing
        is cut off.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        The plant or an argument is wrong.
    KeyboardInterrupt
        Cancelled before one replication was done; after that the result holds what was done by then.
    """
    plant = as_plant(plant)
    wanted = REPLICATIONS if replications is None else replications
    _check(days, wanted)
    target = Target(relative=precision) if isinstance(precision, int | float) else precision
    if state is not None and uncertainty is not None:
        raise InputError("state: found uncertainty too, which draws other plants; give one")
    if uncertainty is not None:
        check_uncertainty((Scenario(plant.name, plant),), uncertainty, wanted)
        if target is not None:
            raise InputError("precision: found uncertainty too, which no number of runs makes less; give one")
    base = 1.0 if uncertainty is None else _BASE
    experiment = Experiment(seed, progress)
    scenario = Scenario(plant.name, plant, plan_rows(plan), state=state)
    experiment.find_window([scenario], days, 0.3 * base)
    keep = _Keep()
    runs = Replications(experiment, [scenario], keep)
    _run(runs, wanted, target, 0.7 * base)
    found = _result(runs, keep.events, target)
    if uncertainty is None or runs.interrupted:
        return found
    return with_uncertainty(found, experiment, scenario, uncertainty, 1 - base)


def _check(days: float | None, replications: int) -> None:
    if replications < 1:
        raise InputError(f"replications: found {replications}; right is 1 or more")
    check_days(days)


# ---------------------------------------------------------------- runs
@dataclass(frozen=True, slots=True)
class _Measured:
    """One replication: its KPIs, the load of each resource, its records without the event log."""

    kpis: dict[str, float]
    loads: pl.DataFrame
    records: Records
    energy: pl.DataFrame | None


@dataclass(slots=True)
class _Keep:
    """Measures replications, and keeps the event log of the first."""

    events: pl.DataFrame | None = None

    def __call__(self, records: Records, plant: Plant) -> _Measured:
        """Measure one replication."""
        records = with_events(records)
        self.events = records.events if self.events is None else self.events
        kpis = values(elements(records, plant))
        energy = energy_by_hour(records, plant)
        return _Measured(kpis, loads(records, plant), replace(records, events=None), energy)


def _run(runs: Replications[_Measured], wanted: int, target: Target | None, share: float) -> None:
    """Run what is wanted, then more until the target is reached; what is left of the share is a guess."""
    first = share if target is None else _FIRST * share
    runs.run(wanted, first)
    left = share - first
    while target is not None and not runs.interrupted and runs.done < AT_MOST:
        more = target.more([one.kpis for one in runs.rows[0]], AT_MOST)
        if not more:
            return
        runs.run(more, _FIRST * left)
        left -= _FIRST * left


# ---------------------------------------------------------------- result
def _result(
    runs: Replications[_Measured], events: pl.DataFrame | None, target: Target | None
) -> SimulateResult:
    rows, window = runs.rows[0], runs.experiment.window
    records = tuple(one.records for one in rows)
    kpis = {
        name: replication_interval([one.kpis[name] for one in rows]).within(*range_of(name))
        for name in rows[0].kpis
    }
    steady = None if runs.done > 1 or window.ends else steady_lead_time(records[0])
    if steady is not None and isfinite(steady.interval.low):
        kpis["lead_time_mean"] = replace(steady.interval, mean=kpis["lead_time_mean"].mean)
    return SimulateResult(
        plant=runs.scenarios[0].plant,
        window=window,
        replications=runs.done,
        seed=runs.experiment.seed,
        keeps_up=runs.keeps_up(),
        standstills=runs.standstills(),
        inputs=inputs_of(runs.scenarios),
        interrupted=runs.interrupted,
        version=version(),
        kpis=kpis,
        loads=_loads([one.loads for one in rows]),
        growth=wip_growth(records),
        records=records,
        events=events,
        target=target,
        steady=steady,
        uncertainty=None,
        power=_power([one.energy for one in rows if one.energy is not None], runs.scenarios[0].plant),
    )


def _power(tables: Sequence[pl.DataFrame], plant: Plant) -> tuple[HourOfDay, ...]:
    """Mean power by hour of the day over the replications, for the hours that lie in the window."""
    if not tables:
        return ()
    priced = plant.tariff.default or any(period.price for period in plant.tariff.periods)
    return tuple(
        HourOfDay(
            hour,
            replication_interval([table["kwh"][hour] / table["hours"][hour] for table in tables]),
            tables[0]["price"][hour] if priced else None,
        )
        for hour in range(HOURS)
        if tables[0]["hours"][hour] > 0
    )


def _loads(tables: Sequence[pl.DataFrame]) -> tuple[CenterLoad, ...]:
    """Load of every resource over the replications, the busiest first."""
    found = [
        CenterLoad(name, kind, count, _interval([table["load"][row] for table in tables]))
        for row, (name, kind, count) in enumerate(tables[0].select("resource", "kind", "count").iter_rows())
    ]
    return tuple(sorted(found, key=lambda item: -np.nan_to_num(item.load.mean)))


def _interval(found: Sequence[float | None]) -> Interval:
    shares = replication_interval([np.nan if value is None else value for value in found])
    return shares.within(0.0, 1.0)
