"""Plan the orders of a plant."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import polars as pl

from zhizao.engine.settings import Progress
from zhizao.experiments.facts import version
from zhizao.plant import Plant, PlantState, as_plant, not_taken, starting_at
from zhizao.plant.certain import left_out, without_randomness
from zhizao.quantities import InputError
from zhizao.quantities.units import TIME, parse_quantity
from zhizao.solvers.shop import Objective
from zhizao.solvers.shop.search.context import Incumbent
from zhizao.studies.schedule.holds import holds_of
from zhizao.studies.schedule.judge import PlanSelection
from zhizao.studies.schedule.plan import OrderPlan, Outcome, orders_of
from zhizao.studies.schedule.previous import PER_MOVE_H, Previous, pin, previous_plan
from zhizao.studies.schedule.reasons.late import Followed, Late, why_late
from zhizao.studies.schedule.reasons.trials import Trials
from zhizao.studies.schedule.reschedule import Rescheduling
from zhizao.studies.schedule.result import Plan
from zhizao.studies.schedule.robust import Robustness, evaluate
from zhizao.studies.schedule.robust.following import Replanning
from zhizao.studies.schedule.search.decisions import decisions_of
from zhizao.studies.schedule.search.plan_search import PlanSearch
from zhizao.studies.schedule.work import Lot, lots_to_plan

_EXPLAINED = 0.1  # of the time that is kept to look for the causes of late orders
_EXPLAINED_AT_LEAST = 0.03  # where the search took longer than it should
_MOST_TRIALS = 500  # runs of the twin for them,
_MOST_ROWS = 500_000  # and rows of plans in these: about as many take ten seconds
_LEAST_TRIALS = 20
_REPLAN_CPU_S = 0.1  # for each plan that is made anew while a plan is followed
_AHEAD = 0.25  # of the time limit, as computing time for due dates before the first replication


def schedule(  # noqa: PLR0913  each is an option of a plan
    plant: Plant | str | Path,
    *,
    state: PlantState | None = None,
    previous: pl.DataFrame | None = None,
    freeze: str | float = 0.0,
    per_move: float = PER_MOVE_H,
    pinned: Collection[tuple[str, str]] = (),
    objective: Objective | str | None = None,
    replications: int | None = None,
    replan: str | float = "1 h",
    seconds: float | None = 20.0,
    seed: int = 1,
    work: int | None = None,
    on_improvement: Callable[[Incumbent], None] | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Plan the orders of a plant: who does what on which unit, with whom, and when.

    The plan is a run of the twin without randomness (see `plant.certain`): the best of one that follows what
    a search found, of one by the plant's own rules, and of one by each dispatch rule. Followed in the twin it
    repeats itself; its value is the twin's own.

    Parameters
    ----------
    plant
        A plant, or the path of a plant file, with orders (not only streams), and perhaps lots that are in it
        already (`wip`).
    state
        Where the plan begins, instead of at the start of the plant: with the lots, set-ups, repairs and stock
        of that moment. Its readable part counts (see `starting_at`).
    previous
        An earlier plan (an event log) that is moved on; the plan then changes little of it, see
        `previous.moved`.
    freeze
        From the start of the plan on, for so long (s, or a text such as `4 h`), operations of the earlier
        plan keep their unit and their order.
    per_move
        Price of an operation that is moved to another unit, or by more than an hour, in hours of the
        objective: a gain must exceed it. Infinite: fewest moves.
    pinned
        Operations of the earlier plan, as (lot, operation), that keep unit and order wherever they lie, with
        all before them on their unit (see `moves.with_moves`).
    objective
        What the plan minimises: `makespan`, `tardiness` or `flow-time` (default: weighted tardiness where an
        order has a due date, else the makespan).
    replications
        Judge the plan on so many replications with the plant's failures and spread, beside the best dispatch
        rule (see `robust`); that time comes on top.
    replan
        Simulated time after which a plan is made anew in them: a time, or s.
    seconds
        Wall time for the search and for following what it finds, in s; None, with `work`, is no limit.
    seed, work
        With `work` (moves to try, by one thread instead of two) equal seeds give equal plans. Without it, a
        rule that is proved to be best ends the study before its time.
    on_improvement
        Called with each better schedule of the search, which knows less of the plant than the twin.
    progress
        Called now and then with the share of the time that is over, from 0 to 1.

    Raises
    ------
    InputError
        An argument is wrong, the state does not fit or cannot be started with, there is nothing to plan, or
        the plant asks for something that no plan can do.
    KeyboardInterrupt
        Cancelled before one run was done; after that the result holds the best plan by then.
    """
    wanted, limit_s = None if objective is None else Objective(objective), _limit(seconds, work)
    plant = as_plant(plant)
    taken = () if state is None else not_taken(plant, state)
    if state is not None:
        state = state if state.exact is None else state.readable()
        plant = starting_at(plant, state)
    certain = without_randomness(plant)
    lots = lots_to_plan(certain, state)
    goal = wanted or _objective_of(lots)
    before = _before(certain, lots, previous, state, (freeze, per_move, pinned))
    selection = _selection(certain, lots, goal, state, before)
    search = PlanSearch(selection, seed, work, on_improvement)
    began, interrupted = _searched(search, limit_s, work, progress)
    best = selection.best
    if best is None:
        raise KeyboardInterrupt
    orders = orders_of(lots, best.outcome)
    until = 0.0 if interrupted else _until(began, limit_s) if work is None else float("inf")
    how = replications, replan, _AHEAD * limit_s, work
    robustness = _robustness(selection, plant, how, seed, progress)
    cut = replications is not None and (robustness is None or robustness.replications < replications)
    return Plan(
        plant=plant,
        lots=lots,
        objective=goal,
        judged=best,
        bound_s=selection.bound_s,
        proved=selection.proved,
        left_out=left_out(plant),
        state=state,
        not_taken=taken,
        problem=search.problem,
        interrupted=interrupted or bool(replications and cut),
        seconds=time.perf_counter() - began,
        orders=orders,
        previous=before,
        late=_late(selection, best.outcome, orders, until),
        seed=seed,
        version=version(),
        robustness=robustness,
        holds=holds_of(certain, lots),
        better_rule=selection.better_rule,
    )


def _late(
    selection: PlanSelection, outcome: Outcome, orders: tuple[OrderPlan, ...], until: float
) -> tuple[Late, ...]:
    """Why orders are late in a plan, as far as the time allows."""
    followed = Followed(selection.plant, selection.lots, outcome, orders, selection.hours)
    return why_late(followed, Trials(selection.lots, selection.state, until, _trials(outcome.rows.height)))


def _selection(
    certain: Plant,
    lots: tuple[Lot, ...],
    goal: Objective,
    state: PlantState | None,
    before: Previous | None,
) -> PlanSelection:
    if before is None:
        return PlanSelection(certain, lots, goal, state)
    return Rescheduling(certain, lots, goal, state, previous=before)


def _robustness(
    selection: PlanSelection,
    plant: Plant,
    terms: tuple[int | None, str | float, float, int | None],
    seed: int,
    progress: Progress | None,
) -> Robustness | None:
    """What the plan comes to under randomness; None: nobody asked."""
    replications, every, ahead_s, work = terms
    if not replications:
        return None
    if selection.state is not None:
        raise InputError("replications: a plan from a state cannot be judged under randomness yet")
    every_s = parse_quantity(every, TIME) if isinstance(every, str) else every
    if not every_s > 0:
        raise InputError(f"replan: found {every}; right is more than 0, for example 1 h")
    best = selection.best
    assert best is not None  # the caller has a plan
    try:
        how = Replanning(every_s, _REPLAN_CPU_S, ahead_s=ahead_s, ahead_decodes=work)
        return _evaluated(selection, plant, best.outcome, (replications, how, seed), progress)
    except KeyboardInterrupt:
        return None  # the plan itself is kept


def _evaluated(
    selection: PlanSelection,
    plant: Plant,
    outcome: Outcome,
    terms: tuple[int, Replanning, int],
    progress: Progress | None,
) -> Robustness:
    replications, how, seed = terms
    return evaluate(
        plant,
        selection.plant,
        selection.lots,
        selection.objective,
        lambda follower: decisions_of(
            outcome.rows, follower.layout, selection.lots, selection.plant.start, follower.units
        ),
        replications=replications,
        terms=how,
        seed=seed,
        on_done=lambda done: None if progress is None else progress(done / replications),
    )


def _searched(
    search: PlanSearch, limit_s: float, work: int | None, progress: Progress | None
) -> tuple[float, bool]:
    """Try the rules and search; gives the time at which that began, and whether it was interrupted."""
    selection, began = search.selection, time.perf_counter()
    if progress is not None:
        selection.tick = lambda: progress(min(1.0, (time.perf_counter() - began) / limit_s))
    try:
        search.prepare()
        began = time.perf_counter()
        selection.until = began + (1.0 - _EXPLAINED) * limit_s
        selection.rules()
        if work is not None or not selection.settled:
            search.run(selection.until - time.perf_counter() if work is None else limit_s, limit_s)
    except KeyboardInterrupt:
        return began, True
    return began, search.interrupted


def _objective_of(lots: Sequence[Lot]) -> Objective:
    """Tardiness where there are due dates."""
    has_due = any(lot.due_s is not None for lot in lots)
    return Objective.TARDINESS if has_due else Objective.MAKESPAN


def _until(began: float, limit_s: float) -> float:
    """When to stop looking for causes."""
    return max(began + limit_s, time.perf_counter() + _EXPLAINED_AT_LEAST * limit_s)


def _trials(rows: int) -> int:
    """How many runs of the twin look for causes in a plan with so many rows."""
    return min(_MOST_TRIALS, max(_LEAST_TRIALS, _MOST_ROWS // max(1, rows)))


def _limit(seconds: float | None, work: int | None) -> float:
    """The wall time in s; infinite where there is none."""
    if seconds is None and work is None:
        raise InputError("found no limit for the search; give seconds, work, or both")
    if seconds is not None and not seconds > 0:
        raise InputError(f"seconds: found {seconds:g}; right is more than 0")
    if work is not None and work < 1:
        raise InputError(f"work: found {work}; right is 1 move or more")
    return float("inf") if seconds is None else seconds


def _before(
    plant: Plant,
    lots: tuple[Lot, ...],
    previous: pl.DataFrame | None,
    state: PlantState | None,
    terms: tuple[str | float, float, Collection[tuple[str, str]]],
) -> Previous | None:
    """What is still ahead of an earlier plan; None: there is none."""
    freeze, per_move, pinned = terms
    freeze_s = parse_quantity(freeze, TIME) if isinstance(freeze, str) else freeze
    if previous is None:
        if freeze_s:
            raise InputError("freeze: found no previous plan; give one")
        if pinned:
            raise InputError("pinned: found no previous plan; give one")
        return None
    found = previous_plan(plant, lots, previous, state, freeze_s=freeze_s, per_move_h=per_move)
    return pin(found, pinned) if pinned else found
