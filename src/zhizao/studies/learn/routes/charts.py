"""Routes of products that many lots took: a chart of operations with the share of lots that goes on to each.

What a lot does next may hang on the operation it comes from, on the few before it, on how often it was
there, or on its whole way: Markov chains of growing memory, of which the one with the least Bayesian
information criterion is taken (Schwarz 1978; Katz 1981 for the order of a chain). Loops of rework are
branches back. A lot that is still under way tells where it went so far and nothing of its end.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from zhizao.studies.learn.evidence import Finding
from zhizao.studies.learn.fitting import intervals
from zhizao.studies.learn.log.complete import Variant
from zhizao.studies.learn.log.visits import Trace

MANY = 60  # lots of a product from which one chart is drawn for all of them
SURE = 10.0  # moves from one operation to the next that stand behind each share of it
REPEATS = 6  # visits of one operation that a chart tells apart
END = "end"

Memory = Callable[[tuple[str, ...], int], object]
Moves = dict[object, Counter[object]]


@dataclass(frozen=True, slots=True)
class Stage:
    """One operation of a chart: how many lots did it where, and how many went on to which stage."""

    id: str
    operation: str
    centers: dict[str, int]
    next: dict[str, int]


@dataclass(frozen=True, slots=True)
class Chart:
    """The stages of the lots of a product that begin with the first of them."""

    product: str
    lots: int
    stages: tuple[Stage, ...]


_MEMORIES: dict[str, Memory] = {
    "the operation": lambda way, i: way[i],
    "the last two operations": lambda way, i: way[max(i - 1, 0) : i + 1],
    "the operation and how often it was done": lambda way, i: (way[i], min(way[:i].count(way[i]), REPEATS)),
    "the last three operations": lambda way, i: way[max(i - 2, 0) : i + 1],
    "the whole way": lambda way, i: way[: i + 1],
}


def learn_charts(variants: list[Variant]) -> tuple[list[Chart], list[Variant], dict[str, list[Finding]]]:
    """Charts of the products that many lots took, the lots of all other products, and what was found of each
    product."""
    by_product: dict[str, list[Variant]] = defaultdict(list)
    for variant in variants:
        by_product[variant.trace.product].append(variant)
    charts, others, findings = [], [], {}
    for product, own in by_product.items():
        drawn = charts_of(product, own) if len(own) >= MANY else None
        if drawn is None:
            others += own
        else:
            charts += drawn[0]
            findings[product] = [_finding(product, len(own), drawn[1]), *_shares(drawn[0])]
    return charts, others, findings


def charts_of(product: str, lots: list[Variant]) -> tuple[list[Chart], str] | None:
    """A chart per first operation and what it goes by, or None where the shares would be guesses."""
    ways = [tuple(v.operation for v in lot.seen.visits) for lot in lots]
    best: tuple[float, str, Moves] | None = None
    for name, memory in _MEMORIES.items():
        moves = _moves(ways, lots, memory)
        count = sum(c.total() for c in moves.values())
        free = sum(len(c) - 1 for c in moves.values())
        told = 2 * _log_likelihood(moves) - free * math.log(max(count, 2))
        if count >= SURE * free and (best is None or told > best[0] + 1e-9):
            best = (told, name, moves)
    if best is None:
        return None
    memory = _MEMORIES[best[1]]
    firsts = Counter(memory(way, 0) for way in ways)
    return [_chart(product, n, first, lots, memory) for first, n in firsts.most_common()], best[1]


def _moves(ways: list[tuple[str, ...]], lots: list[Variant], memory: Memory) -> Moves:
    """How often lots went from each state on to each operation or the end."""
    found: Moves = defaultdict(Counter)
    different: Counter[tuple[tuple[str, ...], bool]] = Counter(
        (way, lot.open) for way, lot in zip(ways, lots, strict=True)
    )
    for (way, still_open), n in different.items():
        for i, after in enumerate((*way[1:], END)):
            if not (still_open and i == len(way) - 1):
                found[memory(way, i)][after] += n
    return found


def _log_likelihood(moves: Moves) -> float:
    return sum(n * math.log(n / c.total()) for c in moves.values() for n in c.values())


def _chart(product: str, count: int, first: object, lots: list[Variant], memory: Memory) -> Chart:
    """The stages in the order in which lots come to them, on average."""
    where: dict[object, Counter[str]] = defaultdict(Counter)
    after: dict[object, Counter[object]] = defaultdict(Counter)
    position: dict[object, list[int]] = defaultdict(lambda: [0, 0])
    operation: dict[object, str] = {}
    for state, place, trace, onward in _steps(first, lots, memory):
        where[state][trace.visits[place].work_center] += 1
        operation[state] = trace.visits[place].operation
        position[state][0] += place
        position[state][1] += 1
        if onward is not None:
            after[state][onward] += 1
    order = sorted(where, key=lambda s: (s != first, position[s][0] / position[s][1], str(s)))
    ids = _ids([operation[state] for state in order])
    named: dict[object, str] = {END: END, **dict(zip(order, ids, strict=True))}
    stages = tuple(
        Stage(
            named[state], operation[state], dict(where[state]), {named[s]: n for s, n in after[state].items()}
        )
        for state in order
    )
    return Chart(product, count, stages)


def _steps(
    first: object, lots: list[Variant], memory: Memory
) -> Iterator[tuple[object, int, Trace, object | None]]:
    """State, place, lot and next state (None: not seen) of each visit of the lots that begin with a state."""
    for lot in lots:
        trace = lot.seen
        way = tuple(v.operation for v in trace.visits)
        states: list[object] = [memory(way, i) for i in range(len(way))]
        if states[0] == first:
            ends: list[object | None] = [*states[1:], None if lot.open else END]
            for place, (state, onward) in enumerate(zip(states, ends, strict=True)):
                yield state, place, trace, onward


def _ids(operations: list[str]) -> list[str]:
    seen: Counter[str] = Counter()
    ids = []
    for name in operations:
        seen[name] += 1
        ids.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return ids


def route_names(charts: list[Chart]) -> list[str]:
    """Product, with its first operation where lots of a product begin with several."""
    count = Counter(chart.product for chart in charts)
    used: Counter[str] = Counter()
    names = []
    for chart in charts:
        name = chart.product
        used[name] += 1
        names.append(name if count[name] == 1 else f"{name} from {chart.stages[0].id} ({used[name]})")
    return names


def _finding(product: str, lots: int, memory: str) -> Finding:
    how = f"a chain whose next step goes by {memory} (least BIC)"
    return Finding("routes", f"one chart for {product}", lots, how)


def _shares(charts: list[Chart]) -> list[Finding]:
    """Share of lots that goes each way, where there is a choice."""
    found = []
    for name, chart in zip(route_names(charts), charts, strict=True):
        for stage in chart.stages:
            total = sum(stage.next.values())
            for to, n in stage.next.items() if len(stage.next) > 1 else ():
                low, high = intervals.of_share(n, total)
                what = f"routes.{name}.{stage.id}.next.{to}"
                found.append(
                    Finding(what, f"{n / total:.1%}", total, "share of lots; Wilson", n / total, low, high)
                )
    return found
