"""Run a plant's twin and measure it: warm-up found, replications with intervals, more of them on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path

import numpy as np
import polars as pl

from zhizao.engine import LogLevel, Progress, Run, RunSettings, run
from zhizao.experiments.experiment import Bench
from zhizao.experiments.facts import REPLICATIONS, check_days, standstills_of, version
from zhizao.experiments.precision import Target
from zhizao.experiments.progress import part
from zhizao.experiments.uncertainty import check_ignorance
from zhizao.experiments.window import Horizon, horizon, wip_growth
from zhizao.kpi import elements, range_of, values
from zhizao.kpi.analysis import Interval, replication_interval
from zhizao.kpi.loads import loads
from zhizao.kpi.steady import steady_lead_time
from zhizao.plant import Plant, as_plant
from zhizao.quantities import InputError
from zhizao.records import Records, with_events
from zhizao.studies.simulate.drawn import with_ignorance
from zhizao.studies.simulate.found import CenterLoad
from zhizao.studies.simulate.result import SimulateResult

AT_MOST = 200  # replications of a sequential run
_BATCH = 8  # replications whose event logs are in memory at once
_BASE = 0.1  # share of the work before plants are drawn


def simulate(  # noqa: PLR0913  each is an option of the command
    plant: Plant | str | Path,
    *,
    days: float | None = None,
    replications: int | None = None,
    seed: int = 1,
    precision: float | Target | None = None,
    ignorance: int | None = None,
    plan: pl.DataFrame | None = None,
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
        Independent runs, each with its own luck (default: 20). With `precision` the fewest that are run.
    precision
        Go on until the 95 % interval of each headline KPI has a half-width of at most this share of its mean
        (sequential procedure, Law 2015, section 9.4.1), or 200 replications have run. A `Target` names other
        KPIs, or an absolute half-width.
    ignorance
        Plants to draw from the `uncertainty` of the plant's numbers, each with as many replications
        and the same luck: intervals then cover luck and ignorance, and the result says what each is made of.
        20 give a fair interval. Not beside `precision`, for ignorance stays however much is run.
    plan
        What lots of the order table are to do when and where, in the columns of an event log (see
        `engine.plan`); the twin follows it and mends it. All drawn plants follow the same plan.
    progress
        Is told the share done, in 0..1.

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
    if ignorance is not None:
        check_ignorance((plant,), ignorance, wanted)
        if target is not None:
            raise InputError("precision: found ignorance too, which no number of runs makes less; give one")
    base = progress if ignorance is None else part(progress, 0.0, _BASE)
    work = _Work(plant, seed, base, plan)
    work.window = horizon(plant, work.pilot, days)
    work.run(wanted)
    while target is not None and not work.interrupted and work.done < AT_MOST:
        more = target.more(work.rows, AT_MOST)
        if not more:
            break
        work.run(more)
    found = _result(work, target)
    if ignorance is None or work.interrupted:
        return found
    return with_ignorance(found, ignorance, plan, part(progress, _BASE, 1 - _BASE))


def _check(days: float | None, replications: int) -> None:
    if replications < 1:
        raise InputError(f"replications: found {replications}; right is 1 or more")
    check_days(days)


@dataclass
class _Work:
    """Replications as they come in; event logs are dropped once they are measured, but the first one."""

    plant: Plant
    seed: int
    progress: Progress | None
    plan: pl.DataFrame | None = None
    window: Horizon = field(default_factory=lambda: Horizon(1.0, 0.0, ""))
    rows: list[dict[str, float]] = field(default_factory=list)
    records: list[Records] = field(default_factory=list)
    events: pl.DataFrame | None = None
    interrupted: bool = False

    @property
    def done(self) -> int:
        return len(self.rows)

    def pilot(self, days: float) -> Sequence[Records]:
        return Bench(self.seed, plan=self.plan).pilot(self.plant, days, part(self.progress, 0.0, 0.3))

    def run(self, more: int) -> None:
        """Run and measure more replications, in batches; a cancel keeps those that were done."""
        until = self.done + more
        while self.done < until and not self.interrupted:
            said = part(
                self.progress, 0.3 + 0.7 * self.done / until, 0.7 * min(_BATCH, until - self.done) / until
            )
            try:
                batch = self._batch(min(_BATCH, until - self.done), said)
                for records in batch.records:
                    self._measure(records)
                self.interrupted = batch.interrupted
            except KeyboardInterrupt:
                if not self.done:
                    raise
                self.interrupted = True

    def _batch(self, size: int, progress: Progress | None) -> Run:
        settings = RunSettings(
            self.window.warm_up_days + self.window.days,
            seed=self.seed,
            replications=size,
            log=LogLevel.EVENTS,
            warm_up_days=self.window.warm_up_days,
            first_replication=self.done,
        )
        return run(self.plant, settings, plan=self.plan, progress=progress)

    def _measure(self, records: Records) -> None:
        records = with_events(records)
        row = values(elements(records, self.plant))
        self.events = records.events if self.events is None else self.events
        self.records.append(replace(records, events=None))
        self.rows.append(row)


# ---------------------------------------------------------------- result
def _result(work: _Work, target: Target | None) -> SimulateResult:
    kpis = {
        name: replication_interval([row[name] for row in work.rows]).within(*range_of(name))
        for name in work.rows[0]
    }
    steady = None if work.done > 1 or work.window.ends else steady_lead_time(work.records[0])
    if steady is not None and isfinite(steady.interval.low):
        kpis["lead_time_mean"] = replace(steady.interval, mean=kpis["lead_time_mean"].mean)
    growth = wip_growth(work.records)
    return SimulateResult(
        plant=work.plant,
        window=work.window,
        replications=work.done,
        seed=work.seed,
        keeps_up=work.window.ends or not growth.steady,
        standstills=standstills_of(work.records),
        interrupted=work.interrupted,
        version=version(),
        kpis=kpis,
        loads=_loads(work),
        growth=growth,
        records=tuple(work.records),
        events=work.events,
        target=target,
        steady=steady,
        ignorance=None,
    )


def _loads(work: _Work) -> tuple[CenterLoad, ...]:
    """Load of every resource over the replications, the busiest first."""
    tables = [loads(records, work.plant) for records in work.records]
    found = [
        CenterLoad(name, kind, count, _interval([table["load"][row] for table in tables]))
        for row, (name, kind, count) in enumerate(tables[0].select("resource", "kind", "count").iter_rows())
    ]
    return tuple(sorted(found, key=lambda item: -np.nan_to_num(item.load.mean)))


def _interval(found: Sequence[float | None]) -> Interval:
    shares = replication_interval([np.nan if value is None else value for value in found])
    return shares.within(0.0, 1.0)
