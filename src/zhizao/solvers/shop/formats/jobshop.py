"""Job shops and permutation flow shops: rows of pairs (machine, time), or Taillard's two tables.

Source: JSPLIB; E. Taillard, Benchmarks for basic scheduling problems (1993).
"""

from __future__ import annotations

from dataclasses import replace

from zhizao.solvers.shop.formats.lines import Line, Text
from zhizao.solvers.shop.problem import Problem


def read_jobshop(text: Text, name: str) -> Problem:
    """First line: jobs and machines; then one row for each job, pairs (machine from 0, time)."""
    if any(line.text.lower().startswith(("times", "machines")) for line in text.lines):
        return _tables(text, name)
    jobs, machines = text.header()
    routes = [_route(text, line, machines) for line in text.rows(1, jobs, "jobs")]
    text.ends(1 + jobs)
    return Problem.of_routes(name, routes, machines)


def read_flowshop(text: Text, name: str) -> Problem:
    """As a job shop in which all jobs go by the same machines, in one order everywhere (permutation)."""
    return replace(read_jobshop(text, name), same_order=True)


def is_flowshop(problem: Problem) -> bool:
    """Whether all jobs go by machines 0, 1, 2, … (then the file is taken for a permutation flow shop)."""
    one_each = problem.operations == problem.jobs * problem.units
    return one_each and bool((problem.mode_unit.reshape(problem.jobs, -1) == range(problem.units)).all())


def _route(text: Text, line: Line, machines: int) -> list[list[tuple[int, int]]]:
    numbers = text.numbers(line)
    if len(numbers) % 2:
        raise text.fault(line, f"found {len(numbers)} numbers", "a job is a row of pairs: machine, time")
    if max(numbers[::2]) >= machines:
        raise text.fault(line, f"found machine {max(numbers[::2])}", f"machines are 0 to {machines - 1}")
    return [[pair] for pair in zip(numbers[::2], numbers[1::2], strict=True)]


def _tables(text: Text, name: str) -> Problem:
    """Taillard's style: words, then a table of times and one of machines, which count from 1."""
    at: dict[str, int] = {}
    for k, line in enumerate(text.lines):
        at.setdefault(line.text.lower()[:5], k)
    shops = sum(line.text.lower().startswith("times") for line in text.lines)
    if shops > 1:
        again = [line for line in text.lines if line.text.lower().startswith("times")][1]
        raise text.fault(again, f"found {shops} shops in the file", "a file holds one: write each to its own")
    if "times" not in at or "machi" not in at:
        raise text.fault(text.lines[0], "one of the words Times and Machines is missing", "both head a table")
    first = next(k for k, line in enumerate(text.lines) if line.text[0].isdigit())
    jobs, machines = text.numbers(text.lines[first], least=0)[:2]
    times = [text.numbers(line) for line in text.rows(at["times"] + 1, jobs, "times")]
    order = [text.numbers(line, least=1) for line in text.rows(at["machi"] + 1, jobs, "machines")]
    text.ends(max(at["times"], at["machi"]) + 1 + jobs)
    for k, (row, machine) in enumerate(zip(times, order, strict=True)):
        line = text.lines[at["machi"] + 1 + k]
        if len(row) != len(machine) or max(machine) > machines:
            raise text.fault(
                line,
                f"found {len(machine)} machines up to {max(machine)}",
                f"{len(row)} times belong to them",
            )
    routes = [
        [[(m - 1, t)] for m, t in zip(machine, row, strict=True)]
        for machine, row in zip(order, times, strict=True)
    ]
    return Problem.of_routes(name, routes, machines)
