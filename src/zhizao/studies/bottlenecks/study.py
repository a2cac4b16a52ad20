"""Which resource limits the plant, by what evidence, and what one more of it would bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite, nan

from zhizao.engine import Bench, LogLevel, Progress, part
from zhizao.kpi import elements, values
from zhizao.kpi.analysis import Difference, mean_interval, paired_difference
from zhizao.kpi.facts import RunPlan, standstills_of, version
from zhizao.kpi.horizon import Horizon, horizon, wip_growth
from zhizao.kpi.loads import loads
from zhizao.plant import Plant
from zhizao.quantities import InputError
from zhizao.records import Records, lots_alone, with_events
from zhizao.studies.bottlenecks.active import Active, active_periods
from zhizao.studies.bottlenecks.found import Gain, Resource
from zhizao.studies.bottlenecks.result import BottleneckResult
from zhizao.studies.bottlenecks.waits import waits

REPLICATIONS = 10
TRIED = 6  # resources that are tried with one more, the busiest first
_BATCH = 8  # replications whose event logs are in memory at once


def bottlenecks(
    plant: Plant,
    *,
    days: float | None = None,
    replications: int | None = None,
    seed: int = 1,
    tried: int = TRIED,
    progress: Progress | None = None,
) -> BottleneckResult:
    """Find what limits a plant.

    Evidence from the plant as it is: load, share as bottleneck of the moment (active periods, see `active`)
    and waiting before it. The proof is an experiment: the plant with one unit, or one person, more on the
    same luck.

    Parameters
    ----------
    days
        Length of the window after the warm-up, which is detected (default as in `simulate`).
    replications
        Pairs of runs (default: 10), at least 2.
    tried
        So many of the busiest resources are tried with one more.
    progress
        Is told the share done, in 0..1.

    Raises
    ------
    InputError
        An argument is wrong.
    KeyboardInterrupt
        Cancelled before the plant as it is was run; after that the result holds the experiments done by then.
    """
    plan = RunPlan(days, REPLICATIONS if replications is None else replications, seed)
    if tried < 0:
        raise InputError(f"tried: found {tried}; right is 0 or more")
    work = _Work(plant, plan.seed, plan.replications, progress)
    work.window = horizon(plant, work.pilot, days)
    work.measure()
    interrupted = work.experiment(tried)
    return _result(work, interrupted)


@dataclass
class _Work:
    """The plant as it is, measured, and the experiments as they come in."""

    plant: Plant
    seed: int
    wanted: int
    progress: Progress | None
    window: Horizon = field(default_factory=lambda: Horizon(1.0, 0.0, ""))
    rows: list[dict[str, float]] = field(default_factory=list)
    loads: list[dict[str, float]] = field(default_factory=list)
    kinds: dict[str, tuple[str, int]] = field(default_factory=dict)
    active: list[dict[str, Active]] = field(default_factory=list)
    waits: list[dict[str, float]] = field(default_factory=list)
    lots: list[Records] = field(default_factory=list)
    gains: dict[str, Gain] = field(default_factory=dict)

    def pilot(self, days: float) -> Sequence[Records]:
        return Bench(self.plant, self.seed).pilot(self.plant, days, part(self.progress, 0.0, 0.15))

    def bench(self, log: LogLevel) -> Bench:
        return Bench(self.plant, self.seed, self.window.days, self.window.warm_up_days, log)

    def measure(self) -> None:
        """Run the plant as it is and gather the evidence."""
        for first in range(0, self.wanted, _BATCH):
            n = min(_BATCH, self.wanted - first)
            said = part(self.progress, 0.15 + 0.25 * first / self.wanted, 0.25 * n / self.wanted)
            for records in self.bench(LogLevel.EVENTS).records(self.plant, first, n, said):
                self._measured(with_events(records))

    def _measured(self, records: Records) -> None:
        self.rows.append(values(elements(records, self.plant)))
        table = loads(records, self.plant)
        self.kinds = {
            name: (kind, n) for name, kind, n in table.select("resource", "kind", "count").iter_rows()
        }
        self.loads.append(
            {
                name: nan if load is None else load
                for name, load in table.select("resource", "load").iter_rows()
            }
        )
        self.active.append(active_periods(records, self.plant))
        self.waits.append(waits(records))
        self.lots.append(lots_alone(records))

    def busiest(self) -> list[str]:
        """Resources by their mean load, the busiest first."""
        means = {name: mean_interval([row[name] for row in self.loads]).mean for name in self.kinds}
        return sorted(means, key=lambda name: -means[name] if isfinite(means[name]) else 0.0)

    def experiment(self, tried: int) -> bool:
        """Try one more of each of the busiest resources; tells whether that was interrupted."""
        trials = one_more_each(self.plant, self.busiest()[:tried])
        for number, (name, after) in enumerate(trials.items()):
            said = part(self.progress, 0.4 + 0.6 * number / len(trials), 0.6 / len(trials))
            try:
                self.gains[name] = self._gain(after, said)
            except KeyboardInterrupt:
                return True
        return False

    def _gain(self, after: Plant, progress: Progress | None) -> Gain:
        done = self.bench(LogLevel.LOTS).records(after, 0, self.wanted, progress)
        rows = [values(elements(records, after)) for records in done]
        return Gain(self._difference("lead_time_mean", rows), self._difference("throughput", rows))

    def _difference(self, kpi: str, after: list[dict[str, float]]) -> Difference:
        return paired_difference([row[kpi] for row in self.rows], [row[kpi] for row in after])


def one_more_each(plant: Plant, names: Sequence[str]) -> dict[str, Plant]:
    """The plant with one more of each resource; where a center and its people are both named, of both too.

    A machine more brings nothing, or harm, where the people whom it shares with others are short.
    """
    crews = {crew.id: {f"personnel.{crew.id}.count": crew.count + 1} for crew in plant.personnel}
    centers = {c.id: {f"work_centers.{c.id}.units": len(c.units) + 1} for c in plant.work_centers}
    centers |= {f.id: {f"transport.fleets.{f.id}.vehicles": f.vehicles + 1} for f in plant.transport.fleets}
    tools = {tool.id: {f"tools.{tool.id}.count": tool.count + 1} for tool in plant.tools}
    utilities = {
        u.id: {f"utilities.{u.id}.limit": u.limit + max(c.uses.get(u.id, 0.0) for c in plant.work_centers)}
        for u in plant.utilities
    }
    both = {
        f"{center} + {crew}": centers[center] | crews[crew]
        for center in names
        if center in centers
        for crew in _people_of(plant, center)
        if crew in names
    }
    resources = utilities | tools | crews | centers
    single = {name: resources[name] for name in names if name in resources}
    return {name: plant.replace(changes) for name, changes in (single | both).items()}


def _people_of(plant: Plant, center: str) -> list[str]:
    """Groups of people whom the operations on a center need."""
    wanted = {
        need
        for operations in plant.routes.values()
        for operation in operations
        if any(alternative.work_center == center for alternative in operation.on)
        for need in operation.needs
    }
    return [crew.id for crew in plant.personnel if wanted & {crew.id, *crew.skills}]


# ---------------------------------------------------------------- result
def _result(work: _Work, interrupted: bool) -> BottleneckResult:
    keeps_up = work.window.ends or not wip_growth(work.lots).steady
    both = [name for name in work.gains if name not in work.kinds]
    found = [*(_resource(work, name) for name in work.busiest()), *(_together(work, name) for name in both)]
    return BottleneckResult(
        plant=work.plant,
        resources=tuple(sorted(found, key=lambda resource: resource.rank(keeps_up))),
        window=work.window,
        replications=work.wanted,
        seed=work.seed,
        keeps_up=keeps_up,
        interrupted=interrupted,
        version=version(),
        standstills=standstills_of(work.lots),
    )


def _resource(work: _Work, name: str) -> Resource:
    kind, count = work.kinds[name]
    active = [row[name] for row in work.active if name in row]
    return Resource(
        name,
        kind,
        count,
        load=mean_interval([row[name] for row in work.loads]),
        moment_share=mean_interval([a.moment_share for a in active]),
        active_h=mean_interval([a.period_h for a in active]),
        wait_h=mean_interval([row.get(name, nan) for row in work.waits]),
        gain=work.gains.get(name),
    )


def _together(work: _Work, name: str) -> Resource:
    """A center and its people, each with one more; only the experiment speaks for the two together."""
    nothing = mean_interval([])
    return Resource(name, "together", 2, nothing, nothing, nothing, nothing, work.gains[name])
