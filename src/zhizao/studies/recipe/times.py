"""How long a unit procedure takes, and when its operations and phases are done within it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zhizao.records.recipes import Block, Element, Parallel, Series, Step, chart_of, duration_s


@dataclass(frozen=True, slots=True)
class Timed:
    """An element with its start and end, in s from the start of its unit procedure."""

    element: Element
    start_s: float
    end_s: float
    inside: tuple[Timed, ...] = ()


@dataclass(slots=True)
class Durations:
    """Durations by name, from an equipment file; what is used of them, and which elements state none."""

    stated: Mapping[str, float]
    used: set[str] = field(default_factory=set)
    unknown: list[tuple[Element, str]] = field(default_factory=list)

    def timed(self, element: Element, above: str = "", start_s: float = 0.0) -> Timed:
        """Time an element: as stated for it, else by what is in it, else as its recipe states.

        Elements in series follow one another at once; what follows parallel elements starts when all are
        done (critical path).
        """
        path = f"{above} / {element.name}" if above else element.name
        own = self._own(path)
        if own is not None:
            return Timed(element, start_s, start_s + own)
        chart = chart_of(element)
        if chart.loops:
            self.unknown.append((element, f"it has a loop back to {', '.join(chart.loops)}"))
        if not element.elements:
            known = duration_s(element)
            if known is None:
                self.unknown.append((element, "its recipe states no duration, or several"))
            return Timed(element, start_s, start_s + (known or 0.0))
        inside, end_s = self._block(chart.block, path, start_s)
        return Timed(element, start_s, end_s, inside)

    def _own(self, path: str) -> float | None:
        names = path.split(" / ")
        for first in range(len(names)):
            name = " / ".join(names[first:])
            if name in self.stated:
                self.used.add(name)
                return self.stated[name]
        return None

    def _block(self, block: Block, path: str, at: float) -> tuple[tuple[Timed, ...], float]:
        if isinstance(block, Step):
            one = self.timed(block.element, path, at)
            return (one,), one.end_s
        if isinstance(block, Series):
            inside: tuple[Timed, ...] = ()
            for part in block.parts:
                more, at = self._block(part, path, at)
                inside += more
            return inside, at
        branches = [self._block(branch, path, at) for branch in block.branches]
        if not isinstance(block, Parallel):
            first = next((one.element for inside, _ in branches for one in inside), None)
            if first is not None:
                self.unknown.append((first, "it is one of several, and which is done is not known"))
        both = tuple(one for inside, _ in branches for one in inside)
        return both, max(end for _, end in branches)
