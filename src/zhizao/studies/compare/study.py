"""Run the plant before and after a change on the same luck, and measure the difference pair by pair."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from os import cpu_count
from pathlib import Path

import polars as pl

from zhizao.engine import LogLevel, Progress
from zhizao.experiments.experiment import Bench
from zhizao.experiments.facts import REPLICATIONS, RunPlan, standstills_of, version
from zhizao.experiments.progress import Parts, part
from zhizao.experiments.uncertainty import check_ignorance
from zhizao.experiments.window import Horizon, horizon, longest, wip_growth
from zhizao.kpi import range_of
from zhizao.kpi.analysis import Difference, replicated_difference
from zhizao.kpi.verdicts import RELEVANCE, check_relevance
from zhizao.plant import Plant, as_plant
from zhizao.quantities import InputError
from zhizao.records import Records, lots_alone
from zhizao.studies.compare.drawn import NOISE, with_ignorance
from zhizao.studies.compare.found import Scenario, judged
from zhizao.studies.compare.payback import Appraisal, Measured, measured, money
from zhizao.studies.compare.result import CompareResult

TOGETHER = "all together"
ASSUMED = Appraisal()
_BASE = 0.1  # share of the work before plants are drawn


@dataclass(frozen=True, slots=True)
class _Plan:
    """One plant to compare with: its name, the measures taken, what they cost, the plan it follows."""

    name: str
    plant: Plant
    measures: tuple[str, ...] = ()
    cost: float = 0.0
    yearly_cost: float = 0.0
    follow: pl.DataFrame | None = None


def compare(  # noqa: PLR0913  each is an option of the command
    before: Plant | str | Path,
    after: Plant | str | Path | None = None,
    *,
    plan: pl.DataFrame | None = None,
    days: float | None = None,
    replications: int | None = None,
    seed: int = 1,
    ignorance: int | None = None,
    relevance: float = RELEVANCE,
    appraisal: Appraisal = ASSUMED,
    progress: Progress | None = None,
) -> CompareResult:
    """Compare two plants on the same luck, or a plant by its rules with itself by a plan.

    Parameters
    ----------
    before, after
        Plants, or paths of plant files. Default of `after`: the same plant, which then needs a plan to
        differ.
    plan
        What lots of the order table are to do when and where, in the columns of an event log (see
        `engine.plan`); the plant after follows it.
    days
        Length of the window after the warm-up, which is detected (default as in `simulate`).
    replications
        Pairs of runs (default: 20), at least 2.
    ignorance
        Plants to draw from the `uncertainty` of the numbers of either plant, each with as many pairs of runs;
        before and after meet the same draw, and the same luck. Intervals then cover luck and ignorance, and
        each change says what its interval is made of. 20 give a fair interval.
    relevance
        Relative change from which a difference is called better or worse, as a share (default: 0.005).
    appraisal
        Interest and years of use for the net present value of a measure.
    progress
        Is told the share done, in 0..1.

    Raises
    ------
    InputError
        An argument is wrong, or the plants count money in different currencies.
    KeyboardInterrupt
        Cancelled before two pairs were done; after that the result holds the pairs done by then.
    """
    if after is None and plan is None:
        raise InputError("compare: found neither a plant after nor a plan; give one of them, or both")
    before = as_plant(before)
    after = before if after is None else as_plant(after)
    if before.currency != after.currency:
        raise InputError(
            f"found money in {before.currency} before and {after.currency} after; use one currency"
        )
    by_plan = "by plan" if after is before else "after"
    name = after.name if after.name != before.name else by_plan
    return _compared(
        before,
        (_Plan(name, after, follow=plan),),
        days,
        _Wanted(replications, ignorance, seed, relevance, appraisal),
        progress,
    )


def compare_measures(  # noqa: PLR0913  each is an option of the command
    plant: Plant | str | Path,
    ids: Iterable[str],
    *,
    days: float | None = None,
    replications: int | None = None,
    seed: int = 1,
    ignorance: int | None = None,
    relevance: float = RELEVANCE,
    appraisal: Appraisal = ASSUMED,
    progress: Progress | None = None,
) -> CompareResult:
    """Compare a plant with itself after its measures: each alone and, of several, all together.

    Arguments are those of `compare`; `plant` is a plant or the path of its file, and `ids` names measures of
    it.

    Raises
    ------
    PlantError
        A measure is unknown, or what it sets does not fit.
    """
    plant = as_plant(plant)
    wanted = tuple(dict.fromkeys(ids))
    if not wanted:
        known = ", ".join(measure.id for measure in plant.measures) or "none"
        raise InputError(f"found no measure to compare; the plant's measures are: {known}")
    plans = tuple(_plan(plant, (name,), name) for name in wanted)
    if len(wanted) > 1:
        plans = (*plans, _plan(plant, wanted, TOGETHER))
    return _compared(
        plant, plans, days, _Wanted(replications, ignorance, seed, relevance, appraisal), progress
    )


def _plan(plant: Plant, ids: tuple[str, ...], name: str) -> _Plan:
    after = plant.with_measures(ids)
    taken = [measure for measure in plant.measures if measure.id in ids]
    once, yearly = (sum(m.cost for m in taken), sum(m.yearly_cost for m in taken))
    return _Plan(name, after, ids, once, yearly)


# ---------------------------------------------------------------- runs
@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was asked for."""

    replications: int | None
    ignorance: int | None
    seed: int
    relevance: float
    appraisal: Appraisal

    def __post_init__(self) -> None:
        check_relevance(self.relevance)


@dataclass
class _Work:
    """Pairs as they come in: rows of KPIs by plant, the plant before first."""

    before: Plant
    plans: tuple[_Plan, ...]
    seed: int
    parts: Parts
    rows: list[list[Measured]] = field(default_factory=list)
    growing: list[list[Records]] = field(default_factory=list)
    interrupted: bool = False

    @property
    def plants(self) -> tuple[Plant, ...]:
        return tuple(plan.plant for plan in self.all)

    @property
    def all(self) -> tuple[_Plan, ...]:
        """The plant before, and those to compare with."""
        return (_Plan("before", self.before), *self.plans)

    def window(self, days: float | None) -> Horizon:
        """The window that suits all plants, from a pilot of each."""
        found = []
        for one in self.all:
            said = self.parts.next(0.3 / len(self.all))

            def pilot(length: float, one: _Plan = one, said: Progress | None = said) -> Sequence[Records]:
                return Bench(self.seed, plan=one.follow).pilot(one.plant, length, said)

            found.append(horizon(one.plant, pilot, days))
        return longest(found)

    def pairs(self, window: Horizon, wanted: int) -> None:
        """Run pairs, a few at a time so that a cancel keeps whole pairs."""
        size = cpu_count() or 1
        for first in range(0, wanted, size):
            n = min(size, wanted - first)
            try:
                chunk = [self._records(one, window, first, n, wanted) for one in self.all]
            except KeyboardInterrupt:
                if first < 2:
                    raise
                self.interrupted = True
                return
            for rows, kept, (found, records) in zip(self.rows, self.growing, chunk, strict=True):
                rows += found
                kept += records

    def _records(
        self, one: _Plan, window: Horizon, first: int, n: int, wanted: int
    ) -> tuple[list[Measured], list[Records]]:
        plant, days = one.plant, window.days
        bench = Bench(self.seed, days, window.warm_up_days, LogLevel.EVENTS, one.follow)
        done = bench.records(plant, first, n, self.parts.next(0.7 * n / wanted / len(self.all)))
        return [measured(r, plant) for r in done], [lots_alone(r) for r in done]


def _compared(
    before: Plant, plans: tuple[_Plan, ...], days: float | None, wanted: _Wanted, progress: Progress | None
) -> CompareResult:
    pairs = RunPlan(days, REPLICATIONS if wanted.replications is None else wanted.replications).replications
    if wanted.ignorance is not None:
        if any(plan.follow is not None for plan in plans):
            raise InputError("ignorance: found a plan too, which is made for one plant; give one of them")
        check_ignorance((before, *(plan.plant for plan in plans)), wanted.ignorance, pairs)
    share = 1.0 if wanted.ignorance is None else _BASE
    work = _Work(before, plans, wanted.seed, Parts(part(progress, 0.0, share)))
    work.rows = [[] for _ in work.plants]
    work.growing = [[] for _ in work.plants]
    window = work.window(days)
    work.pairs(window, pairs)
    found = _result(work, window, wanted)
    if wanted.ignorance is None or work.interrupted:
        return found
    return with_ignorance(found, work.plants, wanted.ignorance, part(progress, share, 1 - share))


# ---------------------------------------------------------------- result
def _result(work: _Work, window: Horizon, wanted: _Wanted) -> CompareResult:
    before, *after = work.rows
    steady = [not window.ends and wip_growth(records).steady for records in work.growing]
    return CompareResult(
        plant=work.before,
        scenarios=tuple(
            _scenario(plan, before, rows, wanted, grows)
            for plan, rows, grows in zip(work.plans, after, steady[1:], strict=True)
        ),
        window=window,
        replications=len(before),
        seed=work.seed,
        keeps_up=not steady[0],
        interrupted=work.interrupted,
        version=version(),
        relevance=wanted.relevance,
        appraisal=wanted.appraisal,
        standstills=tuple(
            found
            for plan, records in zip(work.all, work.growing, strict=True)
            for found in standstills_of(
                records, "before" if plan.name == "before" else f"after {plan.name!r}"
            )
        ),
    )


def _difference(name: str, before: list[Measured], after: list[Measured]) -> Difference:
    """Paired difference; what differs in the last digits only (the order of a sum) does not differ."""
    pairs = [(b.kpis[name], a.kpis[name]) for b, a in zip(before, after, strict=True)]
    same = [b if abs(a - b) <= NOISE * abs(b) else a for b, a in pairs]
    found = replicated_difference([b for b, _ in pairs], same)
    bounds = range_of(name)
    return replace(found, before=found.before.within(*bounds), after=found.after.within(*bounds))


def _scenario(
    plan: _Plan, before: list[Measured], after: list[Measured], wanted: _Wanted, grows: bool
) -> Scenario:
    differences = {name: _difference(name, before, after) for name in before[0].kpis}
    return Scenario(
        plan.name,
        plan.measures,
        judged(differences, wanted.relevance),
        money((plan.cost, plan.yearly_cost), wanted.appraisal, before, after),
        not grows,
        ignorance=None,
    )
