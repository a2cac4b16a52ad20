"""A shop as a model of CP-SAT (OR-tools, extra `[schedule]`), which proves bounds beside the own search.

The model begins from the incumbent, as a hint and as an upper bound, and tells every bound and every better
schedule at once. All works without OR-tools: then `fits` says no.
"""

from __future__ import annotations

import threading
from importlib.util import find_spec
from typing import Any

import numpy as np

from zhizao.solvers.shop.check import value
from zhizao.solvers.shop.problem import LATEST, Objective, Problem, Schedule
from zhizao.solvers.shop.search.context import SearchContext
from zhizao.solvers.shop.sound import horizon

# above, a second thread of the own search finds better schedules (benchmarks/results/schedule.md)
MOST_OPERATIONS = 200
MOST_ARCS = 20_000  # of the circuits of set-ups
_LONGEST = 2**40  # horizon: sums in the model stay far from 2^63
_WAIT_S = 0.05  # between looks at whether the portfolio is over


def is_there() -> bool:
    """Whether OR-tools is installed."""
    return find_spec("ortools") is not None


def fits(problem: Problem) -> bool:
    """Whether the model holds all that the shop has, and the shop is of a size at which it helps."""
    p = problem
    foreign = p.breaks is not None or p.transport is not None or p.same_order
    foreign |= p.blocking is not None and bool(p.blocking.any())
    if p.setups is not None:  # the circuit has no place for what takes no time beside another operation
        foreign |= p.setups.with_job or _arcs(p) > MOST_ARCS or bool((p.mode_time == 0).any())
    small = 0 < p.operations <= MOST_OPERATIONS and horizon(p) * float(max(1, p.weight.sum())) < _LONGEST
    return bool(not foreign and small and is_there())


def load() -> None:
    """Import OR-tools, which takes a second: not within the time of a search."""
    from ortools.sat.python import cp_model  # noqa: F401


def _arcs(p: Problem) -> int:
    counts = np.bincount(p.mode_unit, minlength=p.units)
    return int((counts * counts).sum())


def search(context: SearchContext, seed: int) -> int:
    """Solve the model until the search is over; returns the number of its branches."""
    from ortools.sat.python import cp_model

    model = Model(context.problem, context.best.schedule, context.best.value, context.best.bound)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.catch_sigint_signal = False  # it would leave Ctrl-C to kill the process
    # bounds first: schedules come from the own search; in 12 s ft10 is bounded by 894 instead of 808
    solver.parameters.use_objective_lb_search = True
    solver.parameters.random_seed = seed % 2**30
    solver.parameters.max_time_in_seconds = max(0.01, min(1e9, context.left_s()))
    solver.best_bound_callback = lambda bound: context.prove(_whole(bound))
    done = threading.Event()
    watch = threading.Thread(target=_watch, args=(context, solver, done), daemon=True)
    watch.start()
    try:
        status = solver.solve(model.model, _callback(cp_model, context, model))
    finally:
        done.set()
        watch.join()
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        schedule = model.schedule(solver.value)
        context.offer(schedule, value(context.problem, schedule), by="cp-sat")
        context.prove(_whole(solver.best_objective_bound))
    elif status == cp_model.INFEASIBLE and model.below is not None:
        context.prove(model.below)  # nothing is better than the incumbent that the model began from
    return int(solver.num_branches)


def _whole(bound: float) -> int:
    return int(np.ceil(bound - 1e-6))


def _watch(context: SearchContext, solver: Any, done: threading.Event) -> None:
    while not done.wait(_WAIT_S):
        if context.is_over():
            solver.stop_search()


def _callback(cp_model: Any, context: SearchContext, model: Model) -> Any:
    class Tell(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]
        def on_solution_callback(self) -> None:
            schedule = model.schedule(self.value)
            context.offer(schedule, value(context.problem, schedule), by="cp-sat")

    return Tell()


class Model:
    """Variables and constraints of a shop; `below` is the value that a solution must beat."""

    def __init__(self, p: Problem, hint: Schedule | None, below: int | None, bound: int) -> None:
        from ortools.sat.python import cp_model

        self.model: Any = cp_model.CpModel()
        self.below = below
        self._p = p
        self._horizon = horizon(p)
        self._operations(hint)
        self._precedence()
        self._resources()
        if p.setups is not None:
            self._set_ups()
        if p.pools is not None:
            self._pools()
        self._objective(bound)

    def _operations(self, hint: Schedule | None) -> None:
        p, model, last = self._p, self.model, self._horizon
        self._start = [model.new_int_var(int(p.release[j]), last, "") for j in p.job]
        self._end = [model.new_int_var(int(p.release[j]), last, "") for j in p.job]
        self._chosen: list[Any] = []
        self._interval: list[Any] = []
        for o in range(p.operations):
            modes = range(int(p.mode_first[o]), int(p.mode_first[o + 1]))
            chosen = [model.new_bool_var("") if len(modes) > 1 else model.new_constant(1) for _ in modes]
            model.add_exactly_one(chosen)
            for m, literal in zip(modes, chosen, strict=True):
                size = int(p.mode_time[m])
                args = (self._start[o], size, self._end[o], literal, "")
                self._interval.append(model.new_optional_interval_var(*args))
                self._chosen.append(literal)
                if hint is not None and len(modes) > 1:
                    model.add_hint(literal, int(hint.mode[o] == m))
            if hint is not None:
                model.add_hint(self._start[o], int(hint.start[o]))

    def _precedence(self) -> None:
        p = self._p
        after = np.repeat(np.arange(p.operations), np.diff(p.before_first))
        for a, b in zip(after.tolist(), p.before.tolist(), strict=True):
            if p.no_wait is not None and p.no_wait[a]:
                self.model.add(self._start[a] == self._end[b])
            else:
                self.model.add(self._start[a] >= self._end[b])

    def _resources(self) -> None:
        p = self._p
        rows = [np.flatnonzero(p.mode_unit == u) for u in range(p.units)]
        if p.mode_worker is not None:
            rows += [np.flatnonzero(p.mode_worker == w) for w in range(p.workers)]
        for modes in rows:
            if len(modes) > 1:
                self.model.add_no_overlap([self._interval[m] for m in modes])

    def _set_ups(self) -> None:
        """On each unit a circuit through the operations that it does, with the set-up on each arc."""
        p, s = self._p, self._p.setups
        assert s is not None
        of = np.repeat(np.arange(p.operations), np.diff(p.mode_first))
        for u in range(p.units):
            table = s.time[u if len(s.time) > 1 else 0]
            modes = np.flatnonzero(p.mode_unit == u).tolist()
            arcs = [(0, 0, empty := self.model.new_bool_var(""))]
            for k, m in enumerate(modes, 1):
                self.model.add_implication(empty, ~self._chosen[m])
                first = self.model.new_bool_var("")
                arcs += [(0, k, first), (k, 0, self.model.new_bool_var("")), (k, k, ~self._chosen[m])]
                if s.start[u] >= 0:
                    takes = int(table[s.start[u], s.family[of[m]]])
                    self.model.add(self._start[of[m]] >= takes).only_enforce_if(first)
                for k2, m2 in enumerate(modes, 1):
                    if of[m] == of[m2]:
                        continue
                    follows = self.model.new_bool_var("")
                    arcs.append((k, k2, follows))
                    takes = int(table[s.family[of[m]], s.family[of[m2]]])
                    self.model.add(self._start[of[m2]] >= self._end[of[m]] + takes).only_enforce_if(follows)
            if modes:
                self.model.add_circuit(arcs)

    def _pools(self) -> None:
        p, pools = self._p, self._p.pools
        assert pools is not None
        of = np.repeat(np.arange(p.operations), np.diff(p.mode_first))
        for pool, capacity in enumerate(pools.capacity.tolist()):
            rows = [m for m in range(len(of)) if pools.need[of[m], pool] > 0 and p.mode_time[m] > 0]
            needs = [int(pools.need[of[m], pool]) for m in rows]
            if sum(needs) > capacity:
                self.model.add_cumulative([self._interval[m] for m in rows], needs, capacity)

    def _objective(self, bound: int) -> None:
        p, model, last = self._p, self.model, self._horizon
        ends = [model.new_int_var(0, last, "") for _ in range(p.jobs)]
        for o, j in enumerate(p.job.tolist()):
            model.add(ends[j] >= self._end[o])
        if p.objective is Objective.MAKESPAN:
            total = model.new_int_var(0, last, "")
            for end in ends:
                model.add(total >= end)
        elif p.objective is Objective.FLOW_TIME:
            total = sum(int(p.weight[j]) * (ends[j] - int(p.release[j])) for j in range(p.jobs))
        else:
            total = 0
            for j in np.flatnonzero((p.due < LATEST) & (p.weight > 0)).tolist():
                late = model.new_int_var(0, last, "")
                model.add(late >= ends[j] - int(p.due[j]))
                total += int(p.weight[j]) * late
        if self.below is not None:
            model.add(total <= self.below - 1)
        model.add(total >= bound)
        model.minimize(total)

    def schedule(self, value_of: Any) -> Schedule:
        """The schedule of a solution; `value_of` gives the value of a variable."""
        p = self._p
        start = np.array([value_of(each) for each in self._start], np.int64)
        chosen = np.array([bool(value_of(each)) for each in self._chosen])
        mode = np.flatnonzero(chosen).astype(np.int64)
        return Schedule(start, start + p.mode_time[mode], mode)
