"""The further forms that OR-tools reads: flow shops with a line for each count, set-ups under SSD, tardiness.

Source: `jobshop_scheduling_parser.cc` of OR-tools (Google) and the files in its `scheduling/testdata`.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation

import numpy as np

from zhizao.solvers.shop.formats.jobshop import is_flowshop, read_jobshop
from zhizao.solvers.shop.formats.lines import Line, Text
from zhizao.solvers.shop.problem import Objective, Problem, SetUps

_MOST_DIGITS = 6  # digits of a weight after the point


def has_set_ups(text: Text) -> bool:
    """Whether a line SSD heads tables of set-up times."""
    return any(line.text == "SSD" for line in text.lines)


def read_lines(text: Text, name: str) -> Problem:
    """Lines: jobs; machines; seed; then for each job its number from 0, a number that is not used, its times.

    A permutation flow shop.
    """
    jobs, machines, _ = (_only(text, line) for line in text.rows(0, 3, "counts"))
    rows = text.rows(3, 3 * jobs, "jobs, three for each")
    text.ends(3 + 3 * jobs)
    routes = []
    for number, (head, row) in enumerate(zip(rows[::3], rows[2::3], strict=True)):
        times = text.numbers(row)
        if _only(text, head) != number or len(times) != machines:
            right = f"here stands job {number}, and two lines below its {machines} times"
            raise text.fault(head, f"found job {head.text[:20]!r} with {len(times)} times", right)
        routes.append([[pair] for pair in enumerate(times)])
    return replace(Problem.of_routes(name, routes, machines), same_order=True)


def read_ssd(text: Text, name: str) -> Problem:
    """As a job shop; then SSD, and for each machine a line M0, M1, … and set-up times (from job, to job)."""
    head = next((k for k, line in enumerate(text.lines) if line.text == "SSD"), None)
    if head is None:
        raise text.fault(None, "found no line SSD", "it heads the tables of set-up times")
    shop = read_jobshop(replace(text, lines=text.lines[:head]), name)
    table = []
    for unit in range(shop.units):
        first, *rows = text.rows(head + 1 + unit * (shop.jobs + 1), shop.jobs + 1, "set-up times")
        if first.text != f"M{unit}":
            raise text.fault(first, f"found {first.text[:40]!r}", f"here stands M{unit}")
        table.append([text.numbers(row) for row in rows])
        wrong = next((k for k, row in enumerate(table[-1]) if len(row) != shop.jobs), None)
        if wrong is not None:
            found = f"found {len(table[-1][wrong])} set-up times"
            raise text.fault(rows[wrong], found, f"there should be {shop.jobs}")
    text.ends(head + 1 + shop.units * (shop.jobs + 1))
    setups = SetUps(shop.job, np.array(table, np.int64), np.full(shop.units, -1, np.int64))
    return replace(shop, setups=setups, same_order=shop.jobs > 1 and is_flowshop(shop))


def read_weighted(text: Text, name: str) -> Problem:
    """First line: jobs, machines, and a number that is not used; rows: release, due date, weight, how many
    operations, and pairs (machine from 1, time). The objective is total weighted tardiness.

    Weights with digits after the point are all multiplied by one power of ten, and so is the objective.
    """
    jobs, machines = text.header()
    rows = text.rows(1, jobs, "jobs")
    text.ends(1 + jobs)
    weights = [_weight(text, row) for row in rows]
    digits = max(_digits(weight) for weight in weights)
    found = [_without_weight(text, row, machines) for row in rows]
    routes = [[[(m - 1, t)] for m, t in zip(row[3::2], row[4::2], strict=True)] for row in found]
    return replace(
        Problem.of_routes(name, routes, machines),
        release=np.array([row[0] for row in found], np.int64),
        due=np.array([row[1] for row in found], np.int64),
        weight=np.array([int(weight.scaleb(digits)) for weight in weights], np.int64),
        objective=Objective.TARDINESS,
    )


def _only(text: Text, line: Line) -> int:
    numbers = text.numbers(line)
    if len(numbers) != 1:
        raise text.fault(line, f"found {len(numbers)} numbers", "one stands here")
    return numbers[0]


def _weight(text: Text, line: Line) -> Decimal:
    words = line.text.split()
    try:
        weight = Decimal(words[2]) if len(words) > 2 else None
    except InvalidOperation:
        weight = None
    if weight is None or not weight.is_finite() or weight < 0 or _digits(weight) > _MOST_DIGITS:
        right = f"a weight stands third, 0 or more, with at most {_MOST_DIGITS} digits after the point"
        raise text.fault(line, f"found {line.text[:40]!r}", right)
    return weight


def _digits(weight: Decimal) -> int:
    return max(0, -int(weight.normalize().as_tuple().exponent))


def _without_weight(text: Text, line: Line, machines: int) -> list[int]:
    """Release, due date, how many operations, and their pairs."""
    words = line.text.split()
    row = text.numbers(Line(line.number, " ".join([*words[:2], *words[3:]])))
    if len(row) < 5 or len(row) != 3 + 2 * row[2]:
        right = "release, due date, weight, number of operations and a pair for each"
        raise text.fault(line, f"found {len(words)} numbers", f"a job is a row of {right}")
    if min(row[3::2]) < 1 or max(row[3::2]) > machines:
        raise text.fault(
            line, f"found machines {min(row[3::2])} to {max(row[3::2])}", f"machines are 1 to {machines}"
        )
    return row
