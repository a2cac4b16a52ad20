"""Job shops and permutation flow shops: rows of pairs (machine, time), or Taillard's tables.

Sources: JSPLIB; J. E. Beasley, OR-Library (1990); E. Taillard, Benchmarks for basic scheduling problems
(1993).
"""

from __future__ import annotations

from dataclasses import replace

from zhizao.solvers.shop.formats.lines import Line, Text
from zhizao.solvers.shop.formats.taillard import has_tables, read_tables
from zhizao.solvers.shop.problem import Problem


def read_jobshop(text: Text, name: str) -> Problem:
    """First line: jobs and machines; then one row for each job, pairs (machine, time).

    Machines are counted from 0; from 1 where each job visits each of the machines 1 to their number once.
    """
    if has_tables(text):
        return read_tables(text, name)
    jobs, machines = text.header()
    rows = text.rows(1, jobs, "jobs")
    text.ends(1 + jobs)
    pairs = [_pairs(text, line) for line in rows]
    once = list(range(1, machines + 1))
    first = int(all(sorted(machine for machine, _ in job) == once for job in pairs))
    for line, job in zip(rows, pairs, strict=True):
        highest = max(machine for machine, _ in job)
        if highest - first >= machines:
            raise text.fault(line, f"found machine {highest}", f"machines are 0 to {machines - 1}")
    routes = [[[(machine - first, time)] for machine, time in job] for job in pairs]
    return Problem.of_routes(name, routes, machines)


def read_flowshop(text: Text, name: str) -> Problem:
    """As a job shop in which all jobs go by the same machines, in one order everywhere (permutation)."""
    return replace(read_jobshop(text, name), same_order=True)


def is_flowshop(problem: Problem) -> bool:
    """Whether all jobs go by machines 0, 1, 2, … (then the file is taken for a permutation flow shop)."""
    one_each = problem.operations == problem.jobs * problem.units
    return one_each and bool((problem.mode_unit.reshape(problem.jobs, -1) == range(problem.units)).all())


def _pairs(text: Text, line: Line) -> list[tuple[int, int]]:
    words = line.text.split()
    if words[-2:] == ["-1", "-1"]:  # end of a job in the files of Da Col and Teppan (2022)
        line = Line(line.number, " ".join(words[:-2]))
    numbers = text.numbers(line)
    if not numbers:
        raise text.fault(line, "found a job without operations", "a job has one at least: take it out")
    if len(numbers) % 2:
        raise text.fault(line, f"found {len(numbers)} numbers", "a job is a row of pairs: machine, time")
    return list(zip(numbers[::2], numbers[1::2], strict=True))
