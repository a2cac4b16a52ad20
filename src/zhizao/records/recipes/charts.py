"""The procedure function chart of an element as blocks: in series, in parallel, one of several.

A chart is a graph. Behind a node with several ways on, its branches meet again at the nearest node that lies
on every way to the end (its immediate post-dominator; Allen, 1970).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from zhizao.records.recipes.model import Element, Node, NodeKind


@dataclass(frozen=True, slots=True)
class Step:
    """One element of the chart."""

    element: Element


@dataclass(frozen=True, slots=True)
class Series:
    """Blocks one after another."""

    parts: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Parallel:
    """Blocks side by side; what follows starts when all are done."""

    branches: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """One of several blocks, each with the condition under which it is done."""

    branches: tuple[Series, ...]
    conditions: tuple[str, ...]


Block: TypeAlias = Step | Series | Parallel | Selection


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a chart, at which node of it."""

    node: Node
    found: str
    right: str
    stops: bool = True


@dataclass(frozen=True, slots=True)
class Chart:
    """The blocks of an element; `loops` names where it goes back; what is wrong is in `problems`."""

    block: Series
    loops: tuple[str, ...]
    problems: tuple[Problem, ...]


class _Graph:
    """Nodes with their ways on and back, without links to what is not there."""

    def __init__(self, element: Element) -> None:
        self.nodes = {node.id: node for node in element.logic.nodes}
        self.after: dict[str, list[str]] = {name: [] for name in self.nodes}
        self.before: dict[str, list[str]] = {name: [] for name in self.nodes}
        self.elements = {one.id: one for one in element.elements}
        for link in element.logic.links:
            if link.source in self.nodes and link.target in self.nodes:
                self.after[link.source].append(link.target)
                self.before[link.target].append(link.source)

    def drop(self, source: str, target: str) -> None:
        self.after[source].remove(target)
        self.before[target].remove(source)

    def name(self, at: str) -> str:
        node = self.nodes[at]
        element = self.elements.get(node.element)
        return f"{node.kind.value} {at}" if element is None else repr(element.name)

    def in_loop(self, at: str) -> bool:
        """Whether a way leads from a node back to it."""
        return any(at in self.reached(way, self.after) for way in self.after[at])

    def reached(self, begin: str, ways: dict[str, list[str]]) -> set[str]:
        found, ahead = {begin}, [begin]
        while ahead:
            for name in ways[ahead.pop()]:
                if name not in found:
                    found.add(name)
                    ahead.append(name)
        return found


def _twice(element: Element) -> list[Problem]:
    """Elements and nodes whose id another has: which of them is meant would be a guess."""
    nodes = [Node(one.id, NodeKind.STEP, one.line) for one in element.elements]
    found = []
    for group in (nodes, element.logic.nodes):
        seen: set[str] = set()
        for node in group:
            if node.id in seen:
                found.append(Problem(node, f"found the id {node.id!r} twice", "give each its own"))
            seen.add(node.id)
    return found


def chart_of(element: Element) -> Chart:
    """The chart of an element; an element without logic does what is in it one after another."""
    if element.logic.nodes and (twice := _twice(element)):
        return Chart(Series(), (), tuple(twice))
    if not element.logic.nodes:
        return Chart(Series(tuple(Step(one) for one in element.elements)), (), ())
    graph = _Graph(element)
    problems = _end_links(graph) + _references(element, graph)
    begins, ends = (_of_kind(graph, kind) for kind in (NodeKind.BEGIN, NodeKind.END))
    if len(begins) != 1 or len(ends) != 1:
        at = element.logic.nodes[0]
        found = f"found {len(begins)} begins and {len(ends)} ends"
        return Chart(Series(), (), (*problems, Problem(at, found, "write one step of each")))
    begin, end = begins[0], ends[0]
    problems += _unreached(graph, begin)
    stuck = _stuck(graph, begin, end)
    if stuck:
        return Chart(Series(), (), (*problems, *stuck))
    loops, endless = _loops(graph, begin, end)
    problems += endless
    if any(one.stops for one in problems):
        return Chart(Series(), loops, tuple(problems))
    block, unjoined = _Blocks(graph, begin, end).series(begin, end)
    return Chart(block, loops, (*problems, *unjoined))


def _of_kind(graph: _Graph, kind: NodeKind) -> list[str]:
    return [name for name, node in graph.nodes.items() if node.kind is kind]


def _end_links(graph: _Graph) -> list[Problem]:
    """A link that leaves an end leads nowhere: it is left out, and said."""
    found = []
    for name in _of_kind(graph, NodeKind.END):
        for target in list(graph.after[name]):
            graph.drop(name, target)
            found.append(
                Problem(
                    graph.nodes[name],
                    f"found a link from the end to {graph.name(target)}",
                    "nothing follows an end: take the link out (it is left out here)",
                    stops=False,
                )
            )
    return found


def _references(element: Element, graph: _Graph) -> list[Problem]:
    found = [
        Problem(node, f"found a step of the element {node.element!r}, which is not there", "name one that is")
        for node in graph.nodes.values()
        if node.kind is NodeKind.STEP and node.element not in graph.elements
    ]
    for link in element.logic.links:
        missing = [name for name in (link.source, link.target) if name not in graph.nodes]
        if missing:
            at = Node(missing[0], NodeKind.STEP, link.line)
            found.append(Problem(at, f"found a link to {missing[0]!r}, which is not there", "link what is"))
    placed = {node.element for node in graph.nodes.values()}
    found += [
        Problem(Node(one.id, NodeKind.STEP, one.line), f"no step does {one.name!r}", "add a step for it")
        for one in element.elements
        if one.id not in placed
    ]
    return found


def _unreached(graph: _Graph, begin: str) -> list[Problem]:
    reached = graph.reached(begin, graph.after)
    return [
        Problem(
            node,
            f"{graph.name(name)} is never reached from the begin",
            "link it, or take it out",
            stops=bool(node.element or graph.after[name]),
        )
        for name, node in graph.nodes.items()
        if name not in reached
    ]


def _false(node: Node) -> bool:
    return node.kind is NodeKind.TRANSITION and node.condition.strip().lower() in ("false", "0")


def _always(node: Node) -> bool:
    return node.kind is NodeKind.TRANSITION and node.condition.strip().lower() in ("", "true", "1")


def _stuck(graph: _Graph, begin: str, end: str) -> list[Problem]:
    """Nodes from which no way leads to the end: a loop without an exit, or a branch that stops."""
    live = {
        name: [one for one in back if not _false(graph.nodes[one])] for name, back in graph.before.items()
    }
    ending, reached = graph.reached(end, live), graph.reached(begin, graph.after)
    lost = [n for n in graph.nodes if n in reached and n not in ending and not _false(graph.nodes[n])]
    for name in lost:
        if graph.in_loop(name):
            ring = graph.reached(name, graph.after) & graph.reached(name, graph.before)
            steps = [one for one in lost if one in ring and graph.nodes[one].element in graph.elements]
            names = ", ".join(map(graph.name, steps))
            found = f"a loop through {names or graph.name(name)} never ends: no way out of it reaches the end"
            return [Problem(graph.nodes[name], found, "give it a way out with a condition that can hold")]
    if lost and all(graph.after[name] for name in lost):
        found = f"no way from {graph.name(lost[-1])} reaches the end: its conditions are false"
        return [Problem(graph.nodes[lost[-1]], found, "write conditions that can hold")]
    return [
        Problem(graph.nodes[name], f"the branch at {graph.name(name)} never joins", "link it to the end")
        for name in lost
        if not graph.after[name]
    ]


def _loops(graph: _Graph, begin: str, end: str) -> tuple[tuple[str, ...], list[Problem]]:
    """Take the ways back out (depth first), and the nodes that lead only there; say which always go back."""
    named, problems = [], []
    for source, target in _back_links(graph, begin):
        graph.drop(source, target)
        named.append(graph.name(target if graph.nodes[target].element else source))
        if _always(graph.nodes[source]):
            problems.append(
                Problem(
                    graph.nodes[source],
                    f"a loop back to {graph.name(target)} never ends: its condition always holds",
                    "write a condition that can fail",
                )
            )
    ending = graph.reached(end, graph.before)
    for name in [one for one in graph.nodes if one not in ending]:
        for back in list(graph.before[name]):
            graph.drop(back, name)
    return tuple(dict.fromkeys(named)), problems


def _back_links(graph: _Graph, begin: str) -> list[tuple[str, str]]:
    found, done, on_way = [], set(), {begin}
    stack = [(begin, iter(graph.after[begin]))]
    while stack:
        name, ways = stack[-1]
        target = next(ways, None)
        if target is None:
            on_way.discard(name)
            done.add(name)
            stack.pop()
        elif target in on_way:
            found.append((name, target))
        elif target not in done:
            on_way.add(target)
            stack.append((target, iter(graph.after[target])))
    return found


class _Blocks:
    """Blocks of a chart without loops."""

    def __init__(self, graph: _Graph, begin: str, end: str) -> None:
        self.graph = graph
        self.meet = _meeting_points(graph, begin, end)

    def series(self, at: str, stop: str) -> tuple[Series, tuple[Problem, ...]]:
        """What is done from a node on, up to (not including) another."""
        parts: list[Block] = []
        problems: list[Problem] = []
        while at != stop:
            node, ways = self.graph.nodes[at], self.graph.after[at]
            if node.kind is NodeKind.STEP:
                parts.append(Step(self.graph.elements[node.element]))
            if len(ways) == 1:
                at = ways[0]
                continue
            meet = self.meet[at]
            inside = [self.series(way, meet) for way in ways]
            problems += [one for _, found in inside for one in found]
            block, wrong = self._branched(node, meet, tuple(one for one, _ in inside))
            parts.append(block)
            problems += wrong
            at = meet
        return Series(tuple(parts)), tuple(problems)

    def _branched(self, node: Node, meet: str, branches: tuple[Series, ...]) -> tuple[Block, list[Problem]]:
        ways, joins = self.graph.after[node.id], self.graph.nodes[meet].kind
        together = node.kind in (NodeKind.SPLIT, NodeKind.TRANSITION)
        if not together:
            conditions = tuple(self.graph.nodes[way].condition for way in ways)
            return Selection(branches, conditions), []
        if joins in (NodeKind.JOIN, NodeKind.TRANSITION):
            return Parallel(branches), []
        found = f"the parallel branches that begin at {self.graph.name(node.id)} never join"
        return Parallel(branches), [Problem(node, found, "let all of them end in one parallel convergence")]


def _meeting_points(graph: _Graph, begin: str, end: str) -> dict[str, str]:
    """Immediate post-dominator of each node that lies on a way from begin to end."""
    order = _backwards(graph, begin)
    number = {name: index for index, name in enumerate(order)}
    behind: dict[str, int] = {}
    meet: dict[str, str] = {}
    for name in order:
        own = 1 << number[name]
        if name == end:
            behind[name] = own
            continue
        shared = -1
        for way in graph.after[name]:
            shared &= behind[way]
        meet[name] = order[shared.bit_length() - 1]
        behind[name] = shared | own
    return meet


def _backwards(graph: _Graph, begin: str) -> list[str]:
    """Nodes in an order in which each comes after all that follow it."""
    order, seen, stack = [], {begin}, [(begin, iter(graph.after[begin]))]
    while stack:
        name, ways = stack[-1]
        target = next(ways, None)
        if target is None:
            order.append(name)
            stack.pop()
        elif target not in seen:
            seen.add(target)
            stack.append((target, iter(graph.after[target])))
    return order
