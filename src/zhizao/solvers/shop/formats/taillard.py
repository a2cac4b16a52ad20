"""Taillard's files: words, a line of counts, then tables of times and perhaps of machines.

Bounds and seeds that stand in the line of counts are not read: a bound is what the search proves.

Source: E. Taillard, Benchmarks for basic scheduling problems (1993), and the files on his page.
"""

from __future__ import annotations

import re

from zhizao.solvers.shop.formats.lines import FormError, Line, Text
from zhizao.solvers.shop.problem import Problem

_TIMES = re.compile(r"(processing\s+)?times\b", re.IGNORECASE)
_MACHINES = re.compile(r"machines\b", re.IGNORECASE)
_OPEN = re.compile(r"open[\s_-]*shop", re.IGNORECASE)
SHOP_OF_TWO_SEEDS = 6  # counts of a shop with a table of machines: jobs, machines, two seeds, two bounds


def is_head(line: Line) -> bool:
    """Whether a line is the head of a table."""
    return bool(_TIMES.match(line.text) or _MACHINES.match(line.text))


def times_heads(text: Text) -> list[int]:
    """Where tables of times begin: a file has as many shops."""
    return [k for k, line in enumerate(text.lines) if _TIMES.match(line.text)]


def has_tables(text: Text) -> bool:
    """Whether a text has Taillard's tables."""
    return any(is_head(line) for line in text.lines)


def refuse_open_shop(text: Text) -> None:
    """Refuse an open shop, which differs from a job shop by its words only.

    Taillard heads its table of times by "Times" in job shops, and by "processing times" in open shops.

    Raises
    ------
    FormError
        Where the words, the name of the file or the heads of the tables are those of an open shop.
    """
    file = re.split(r"[\\/]", text.file)[-1]
    said = next((line for line in text.titles if _OPEN.search(line.text)), None)
    machines = next((line for line in text.lines if _MACHINES.match(line.text)), None)
    heads = any(text.lines[k].text.lower().startswith("processing") for k in times_heads(text))
    if said or (machines and (heads or _OPEN.search(file))):
        raise text.fault(
            said or machines,
            "found an open shop",
            "jobs of a shop have an order of operations here; if it is a job shop, give --form jsp",
        )


def read_tables(text: Text, name: str) -> Problem:
    """A job shop where there is a table of machines (from 1), else a flow shop (machines × jobs)."""
    times = times_heads(text)
    order = [k for k, line in enumerate(text.lines) if _MACHINES.match(line.text)]
    heads = sorted(times + order)
    if len(times) > 1 or len(order) > 1:
        raise text.fault(text.lines[heads[-1]], "found a second shop", "choose one with --instance NAME")
    jobs, machines = _counts(text, heads[0])
    if times and not order and not _has_two_seeds(text, heads[0]):
        return _flow(text, name, times[0], (jobs, machines))
    if not times or not order:
        raise text.fault(text.lines[0], "one of the words Times and Machines is missing", "both head a table")
    return _job_shop(text, name, (times[0], order[0]), (jobs, machines))


def _counts(text: Text, head: int) -> tuple[int, int]:
    line = text.lines[head - 1] if head else text.lines[0]
    words = line.text.split()
    if not head or len(words) < 2 or not all(word.isdigit() for word in words[:2]):
        raise _no_counts(text, line)
    jobs, machines = text.numbers(Line(line.number, " ".join(words[:2])), least=1)
    return jobs, machines


def _no_counts(text: Text, line: Line) -> FormError:
    return text.fault(
        line, f"found {line.text[:40]!r}", "the numbers of jobs and machines stand in the line above a table"
    )


def _has_two_seeds(text: Text, head: int) -> bool:
    """Whether the words or the counts are those of a shop with a table of machines."""
    counts = len(text.lines[head - 1].text.split())
    said = " ".join(line.text for line in text.titles).lower()
    plain = text.lines[head].text.lower().startswith("times") and "seed" not in said
    return "machine seed" in said or counts == SHOP_OF_TWO_SEEDS or plain


def _flow(text: Text, name: str, head: int, counts: tuple[int, int]) -> Problem:
    jobs, machines = counts
    rows = text.rows(head + 1, machines, "times, one line a machine")
    text.ends(head + 1 + machines)
    table = [text.numbers(line) for line in rows]
    for line, row in zip(rows, table, strict=True):
        if len(row) != jobs:
            raise text.fault(line, f"found {len(row)} times", f"a line of a machine has those of {jobs} jobs")
    routes = [[[pair] for pair in enumerate(job)] for job in zip(*table, strict=True)]
    return Problem.of_routes(name, routes, machines)


def _job_shop(text: Text, name: str, heads: tuple[int, int], counts: tuple[int, int]) -> Problem:
    jobs, machines = counts
    times = [text.numbers(line) for line in text.rows(heads[0] + 1, jobs, "times")]
    rows = text.rows(heads[1] + 1, jobs, "machines")
    order = [text.numbers(line, least=1) for line in rows]
    text.ends(max(heads) + 1 + jobs)
    for row, machine, line in zip(times, order, rows, strict=True):
        if len(row) != len(machine) or max(machine) > machines:
            raise text.fault(
                line,
                f"found {len(machine)} machines up to {max(machine)}",
                f"{len(row)} times belong to them, and machines are 1 to {machines}",
            )
    routes = [
        [[(m - 1, t)] for m, t in zip(machine, row, strict=True)]
        for machine, row in zip(order, times, strict=True)
    ]
    return Problem.of_routes(name, routes, machines)
