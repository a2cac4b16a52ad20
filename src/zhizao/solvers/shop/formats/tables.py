"""Flow shops as tables of times: hybrid, no-wait, with set-ups, for total tardiness.

Source: the sets of B. Naderi, R. Ruiz and V. Roshanaei, Mixed-integer programming vs. constraint programming
for shop scheduling problems, INFORMS Journal on Computing 35 (2023).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from zhizao.solvers.shop.formats.lines import Text
from zhizao.solvers.shop.problem import Ints, Objective, Problem, SetUps


def read_table(text: Text, name: str) -> Problem:
    """Lines: jobs; machines; then a row of times for each job. A permutation flow shop."""
    jobs, machines = _counts(text)
    times = _rows(text, 2, (jobs, machines), "times")
    text.ends(2 + jobs)
    return _flow(name, times)


def read_no_wait(text: Text, name: str) -> Problem:
    """As a table; a job goes through without waiting."""
    shop = read_table(text, name)
    return replace(shop, no_wait=np.ones(shop.operations, np.bool_))


def read_with_setups(text: Text, name: str) -> Problem:
    """As a table; then for each machine a table of set-up times (from job, to job)."""
    jobs, machines = _counts(text)
    times = _rows(text, 2, (jobs, machines), "times")
    setups = _rows(text, 2 + jobs, (machines * jobs, jobs), "set-up times")
    text.ends(2 + jobs + machines * jobs)
    shop = _flow(name, times)
    none = np.full(machines, -1, np.int64)
    return replace(shop, setups=SetUps(shop.job, setups.reshape(machines, jobs, jobs), none))


def read_tardiness(text: Text, name: str) -> Problem:
    """As a table, with a row of due dates before it; the objective is total tardiness."""
    jobs, machines = _counts(text)
    due = _rows(text, 2, (1, jobs), "due dates")
    times = _rows(text, 3, (jobs, machines), "times")
    text.ends(3 + jobs)
    return replace(_flow(name, times), due=due[0], objective=Objective.TARDINESS)


def read_hybrid(text: Text, name: str) -> Problem:
    """Lines: jobs; stages; how many equal machines each stage has; then a row of times for each job."""
    jobs, stages = _counts(text)
    counts = _rows(text, 2, (1, stages), "numbers of machines")[0]
    times = _rows(text, 3, (jobs, stages), "times")
    text.ends(3 + jobs)
    if not counts.all() or counts.sum() > 10**6:
        raise text.fault(
            text.lines[2], f"found {counts.min()} to {counts.max()} machines", "a stage has 1 or more"
        )
    first = np.r_[0, np.cumsum(counts)]
    units = [range(first[s], first[s + 1]) for s in range(stages)]
    routes = [[[(u, t) for u in units[s]] for s, t in enumerate(row)] for row in times.tolist()]
    return Problem.of_routes(name, routes, int(first[-1]))


def _counts(text: Text) -> tuple[int, int]:
    jobs, machines = (
        (text.numbers(line, least=1) for line in text.rows(0, 2, "counts")) if text.lines else ([], [])
    )
    if len(jobs) != 1 or len(machines) != 1:
        line = text.lines[0] if text.lines else None
        raise text.fault(
            line, "found no counts", "the first line says how many jobs, the second how many machines"
        )
    return jobs[0], machines[0]


def _rows(text: Text, first: int, shape: tuple[int, int], what: str) -> Ints:
    rows = []
    for line in text.rows(first, shape[0], what):
        numbers = text.numbers(line)
        if len(numbers) != shape[1]:
            raise text.fault(line, f"found {len(numbers)} {what}", f"there should be {shape[1]}")
        rows.append(numbers)
    return np.array(rows, np.int64)


def _flow(name: str, times: Ints) -> Problem:
    routes = [[[(machine, time)] for machine, time in enumerate(row)] for row in times.tolist()]
    return replace(Problem.of_routes(name, routes, times.shape[1]), same_order=True)
