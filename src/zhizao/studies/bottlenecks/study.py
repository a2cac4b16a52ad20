"""Which resource limits the plant, by what evidence, and what one more of it would bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite, nan
from pathlib import Path

from zhizao.engine import LogLevel, Progress
from zhizao.experiments.cancel import interrupted
from zhizao.experiments.experiment import Experiment, Replications
from zhizao.experiments.facts import REPLICATIONS, RunPlan, version
from zhizao.experiments.scenario import Scenario, inputs_of
from zhizao.kpi import elements, values
from zhizao.kpi.analysis import Difference, Interval, replicated_difference, replication_interval
from zhizao.kpi.loads import loads
from zhizao.kpi.verdicts import RELEVANCE, check_relevance, family
from zhizao.plant import Plant, as_plant
from zhizao.plant.query import needed_by, transporters
from zhizao.quantities import InputError
from zhizao.records import Records, with_events
from zhizao.studies.bottlenecks.active import Active, active_periods
from zhizao.studies.bottlenecks.findings import Gain, Resource
from zhizao.studies.bottlenecks.result import BottleneckResult
from zhizao.studies.bottlenecks.waits import Wait, waits

TRIED = 6  # resources that are tried with one more


def bottlenecks(  # noqa: PLR0913  each is an option of the command
    plant: Plant | str | Path,
    *,
    days: float | None = None,
    replications: int | None = None,
    seed: int = 1,
    tried: int = TRIED,
    relevance: float = RELEVANCE,
    progress: Progress | None = None,
) -> BottleneckResult:
    """Find what limits a plant.

    Evidence from the plant as it is: load, share as momentary bottleneck (active periods, see `active`)
    and waiting before it. The proof is an experiment: the plant with one unit, or one person, more, using
    common random numbers.

    Parameters
    ----------
    plant
        A plant, or the path of a plant file.
    days
        Length of the window after the warm-up, which is detected (default as in `simulate`).
    replications
        Pairs of runs (default: 20), at least 2.
    tried
        So many resources are tried with one more: those before which lots wait longest and that are the
        momentary bottleneck most often, then the busiest.
    relevance
        Relative change from which a gain counts, as a share (default: 0.005).
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        An argument is wrong.
    KeyboardInterrupt
        Cancelled before the plant as it is was run; after that the result holds the experiments done by then.
    """
    plant = as_plant(plant)
    plan = RunPlan(days, REPLICATIONS if replications is None else replications, seed)
    if tried < 0:
        raise InputError(f"tried: found {tried}; right is 0 or more")
    check_relevance(relevance)
    work = _Work(plant, plan.replications, Experiment(plan.seed, progress))
    work.experiment.find_window([work.now], days, 0.15)
    work.measure()
    interrupted = work.try_more(tried)
    return _result(work, relevance, interrupted)


@dataclass(frozen=True, slots=True)
class _Trial:
    """The plant with one more of something, against the plant as it is."""

    lead_time: Difference
    throughput: Difference


@dataclass(frozen=True, slots=True)
class _Evidence:
    """One replication of the plant as it is: KPIs, load, active periods and waits by resource."""

    kpis: dict[str, float]
    kinds: dict[str, tuple[str, int]]
    loads: dict[str, float]
    active: dict[str, Active]
    waits: dict[str, Wait]


def _evidence(records: Records, plant: Plant) -> _Evidence:
    records = with_events(records)
    table = loads(records, plant).select("resource", "kind", "count", "load")
    return _Evidence(
        values(elements(records, plant)),
        {name: (kind, n) for name, kind, n, _ in table.iter_rows()},
        {name: nan if load is None else load for name, _, _, load in table.iter_rows()},
        active_periods(records, plant),
        waits(records),
    )


@dataclass
class _Work:
    """The plant as it is, measured, and the trials as they come in."""

    plant: Plant
    wanted: int
    experiment: Experiment
    trials: dict[str, _Trial] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = Scenario("as it is", self.plant)
        self.runs = Replications(self.experiment, [self.now], _evidence)

    @property
    def rows(self) -> list[_Evidence]:
        return self.runs.rows[0]

    @property
    def kinds(self) -> dict[str, tuple[str, int]]:
        return self.rows[0].kinds

    def measure(self) -> None:
        """Run the plant as it is and gather the evidence."""
        self.runs.run(self.wanted, 0.25, at_least=self.wanted)

    def suspects(self) -> list[str]:
        """Resources: that of the longest wait, the momentary bottleneck, then by mean load."""
        means = {
            name: replication_interval([row.loads[name] for row in self.rows]).mean for name in self.kinds
        }
        found = sorted(means, key=lambda name: -means[name] if isfinite(means[name]) else 0.0)
        lost = {name: self.lost(name).mean for name in found}
        moment = {name: self.moment(name).mean for name in found}
        for evidence in (moment, lost):
            known = [name for name in found if evidence[name] > 0]
            if known:
                first = max(known, key=lambda name: evidence[name])
                found = [first, *(name for name in found if name != first)]
        return found

    def load(self, name: str) -> Interval:
        """Share of its available time that a resource works."""
        return replication_interval([row.loads[name] for row in self.rows])

    def lost(self, name: str) -> Interval:
        """Hours that a lot waits before a resource."""
        seen = [row.waits.get(name) for row in self.rows]
        return replication_interval([nan if wait is None else wait.per_lot_h for wait in seen])

    def wait(self, name: str) -> Interval:
        """Hours that a lot waits before a resource each time that it comes there."""
        seen = [row.waits.get(name) for row in self.rows]
        return replication_interval([nan if wait is None else wait.per_visit_h for wait in seen])

    def active(self, name: str) -> list[Active]:
        """Its active periods, of the replications that have some."""
        return [row.active[name] for row in self.rows if name in row.active]

    def moment(self, name: str) -> Interval:
        """Share of the time as momentary bottleneck."""
        return replication_interval([one.moment_share for one in self.active(name)])

    def try_more(self, tried: int) -> bool:
        """Try one more of each of the first suspects; whether that was interrupted."""
        trials = one_more_each(self.plant, self.suspects()[:tried])
        self.experiment.log = LogLevel.LOTS

        def each() -> None:
            for name, after in trials.items():
                self.trials[name] = self._trial(Scenario(name, after), 0.6 / len(trials))

        return interrupted(each)

    def _trial(self, after: Scenario, share: float) -> _Trial:
        done = self.experiment.records(after, 0, self.wanted, share)
        rows = [values(elements(records, after.plant)) for records in done]
        return _Trial(self._difference("lead_time_mean", rows), self._difference("throughput", rows))

    def _difference(self, kpi: str, after: list[dict[str, float]]) -> Difference:
        return replicated_difference([row.kpis[kpi] for row in self.rows], [row[kpi] for row in after])


def one_more_each(plant: Plant, names: Sequence[str]) -> dict[str, Plant]:
    """The plant with one more of each resource; where a center and its people are both named, of both too.

    A machine more brings nothing, or harm, where the people whom it shares with others are short.
    """
    crews = {crew.id: {f"personnel.{crew.id}.count": crew.count + 1} for crew in plant.personnel}
    centers = {c.id: {f"work_centers.{c.id}.units": len(c.units) + 1} for c in plant.work_centers}
    centers |= {each.id: each.one_more for each in transporters(plant) if each.one_more}
    tools = {tool.id: {f"tools.{tool.id}.count": tool.count + 1} for tool in plant.tools}
    utilities = {
        u.id: {f"utilities.{u.id}.limit": u.limit + max(c.uses.get(u.id, 0.0) for c in plant.work_centers)}
        for u in plant.utilities
    }
    both = {
        f"{center} + {crew}": centers[center] | crews[crew]
        for center in names
        if center in centers
        for crew in (group.id for group in needed_by(plant, center))
        if crew in names
    }
    resources = utilities | tools | crews | centers
    single = {name: resources[name] for name in names if name in resources}
    return {name: plant.replace(changes) for name, changes in (single | both).items()}


# ---------------------------------------------------------------- result
def _result(work: _Work, relevance: float, interrupted: bool) -> BottleneckResult:
    gains = _gains(work.trials, relevance)
    both = [name for name in gains if name not in work.kinds]
    found = [
        *(_resource(work, name, gains.get(name)) for name in work.suspects()),
        *(_together(name, gains[name]) for name in both),
    ]
    limits = max(found, key=lambda r: r.more, default=None)
    delays = _delays(work.plant, found)
    first = None if limits is None or not limits.more else limits.name
    return BottleneckResult(
        plant=work.plant,
        resources=tuple(sorted(found, key=lambda r: _rank(r, first, delays))),
        window=work.experiment.window,
        replications=work.wanted,
        seed=work.experiment.seed,
        keeps_up=work.runs.keeps_up(),
        interrupted=interrupted,
        version=version(),
        limits=first,
        delays=delays,
        standstills=work.runs.standstills(),
        inputs=inputs_of([work.now]),
    )


def _gains(trials: dict[str, _Trial], relevance: float) -> dict[str, Gain]:
    """Trials with their evidence: all lead times are one family of tests, all throughputs another."""
    lead = family([trial.lead_time for trial in trials.values()], relevance)
    made = family([trial.throughput for trial in trials.values()], relevance)
    return {
        name: Gain(trial.lead_time, trial.throughput, *evidence)
        for (name, trial), *evidence in zip(trials.items(), lead, made, strict=True)
    }


def _delays(plant: Plant, found: Sequence[Resource]) -> str | None:
    """What comes first for the lead time: where lots wait longest and one more is proved to help.

    Of a work center and the people whom it needs, the one that helps more.
    """
    by_name = {resource.name: resource for resource in found}
    waiting = [r for r in found if isfinite(r.lost_h.mean)]
    for center in sorted(waiting, key=lambda r: -r.lost_h.mean):
        crews = [group.id for group in needed_by(plant, center.name)]
        names = (center.name, *crews, *(f"{center.name} + {crew}" for crew in crews))
        best = max((by_name[n] for n in names if n in by_name), key=lambda r: r.shorter)
        if best.shorter:
            return best.name
    best = max(found, key=lambda r: r.shorter)
    return best.name if best.shorter else None


def _rank(resource: Resource, limits: str | None, delays: str | None) -> tuple[float, ...]:
    """What limits throughput, what comes first for the lead time, then by what one more brings."""
    load = resource.load.mean if isfinite(resource.load.mean) else 0.0
    first = (resource.name != limits, resource.name != delays)
    return (*first, -resource.more, -resource.shorter, -load)


def _resource(work: _Work, name: str, gain: Gain | None) -> Resource:
    kind, count = work.kinds[name]
    return Resource(
        name,
        kind,
        count,
        load=work.load(name).within(0.0, 1.0),
        moment_share=work.moment(name),
        active_h=replication_interval([one.period_h for one in work.active(name)]),
        wait_h=work.wait(name),
        lost_h=work.lost(name),
        gain=gain,
    )


def _together(name: str, gain: Gain) -> Resource:
    """A center and its people, each with one more; only the experiment speaks for the two together."""
    nothing = replication_interval([])
    return Resource(name, "together", 2, nothing, nothing, nothing, nothing, nothing, gain)
