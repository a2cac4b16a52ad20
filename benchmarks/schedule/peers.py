"""Other solvers for the benchmark of pure shops: CP-SAT (OR-tools) and PyJobShop, each with its own model."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from zhizao.solvers.shop.exact.cpsat import Model
from zhizao.solvers.shop.problem import LATEST, Objective, Problem


def cp_sat(problem: Problem, seconds: float, workers: int, seed: int) -> tuple[float | None, float | None]:
    """Value and bound by CP-SAT alone: an interval per operation and mode, circuits for set-ups."""
    from ortools.sat.python import cp_model

    if problem.same_order or problem.breaks is not None or problem.transport is not None:
        raise SystemExit("the model of CP-SAT lacks permutations, breaks and transport: use pyjobshop")
    model = Model(problem, None, None, 0)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = workers
    solver.parameters.catch_sigint_signal = False  # else a later Ctrl-C kills the process
    solver.parameters.random_seed = seed
    solver.parameters.max_time_in_seconds = seconds
    status = solver.solve(model.model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return (solver.objective_value if found else None), solver.best_objective_bound


def pyjobshop(problem: Problem, seconds: float, workers: int, seed: int) -> tuple[float | None, float | None]:
    """Value and bound by PyJobShop (Lan & Berkhout 2025), which builds a model of CP-SAT."""
    model, tasks, machines = _shop(problem)
    if problem.setups is not None:
        _set_ups(model, problem, tasks, machines)
    if problem.same_order:
        units = problem.mode_unit[problem.mode_first[:-1]]
        rows = [np.flatnonzero(units == u).tolist() for u in range(problem.units)]
        for u, v in pairwise(range(problem.units)):
            ordered = [[tasks[o] for o in sorted(rows[w], key=lambda o: problem.job[o])] for w in (u, v)]
            model.add_same_sequence(machines[u], machines[v], *ordered)
    tardy = problem.objective is Objective.TARDINESS
    span = problem.objective is Objective.MAKESPAN
    flow = problem.objective is Objective.FLOW_TIME
    model.set_objective(
        weight_makespan=int(span), weight_total_tardiness=int(tardy), weight_total_flow_time=int(flow)
    )
    result = model.solve(time_limit=seconds, display=False, num_workers=workers, random_seed=seed)
    found = result.objective < float("inf")
    return (result.objective if found else None), result.lower_bound


def _shop(p: Problem) -> tuple[Any, list[Any], list[Any]]:
    from pyjobshop import Model as Shop

    model = Shop()
    machines = [model.add_machine() for _ in range(p.units)]
    jobs = [
        model.add_job(
            weight=int(p.weight[j]),
            release_date=int(p.release[j]),
            due_date=None if p.due[j] >= LATEST else int(p.due[j]),
        )
        for j in range(p.jobs)
    ]
    tasks = [model.add_task(job=jobs[j]) for j in p.job.tolist()]
    for o, task in enumerate(tasks):
        for m in range(int(p.mode_first[o]), int(p.mode_first[o + 1])):
            model.add_mode(task, machines[p.mode_unit[m]], int(p.mode_time[m]))
        for b in p.before[p.before_first[o] : p.before_first[o + 1]].tolist():
            model.add_end_before_start(tasks[b], task)
            if p.no_wait is not None and p.no_wait[o]:
                model.add_end_at_start(tasks[b], task)
    return model, tasks, machines


def _set_ups(model: Any, p: Problem, tasks: list[Any], machines: list[Any]) -> None:
    assert p.setups is not None
    of = np.repeat(np.arange(p.operations), np.diff(p.mode_first))
    for u, machine in enumerate(machines):
        table = p.setups.time[u if len(p.setups.time) > 1 else 0]
        own = of[p.mode_unit == u].tolist()
        for a in own:
            for b in own:
                takes = int(table[p.setups.family[a], p.setups.family[b]])
                if a != b and takes:
                    model.add_setup_time(machine, tasks[a], tasks[b], takes)
