"""What a style draws: pieces along their sewing lines, with named edges and allowances. Lengths are in mm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from zhizao.records.patterns import Body
from zhizao.records.patterns.model import Points
from zhizao.records.patterns.seams import Dart, Edge, Seam

SEAM_MM = 10.0
"""Allowance of a seam: 1 cm is what overlock and lockstitch lines of outerwear and trousers commonly take."""
HEM_MM = 30.0
ZIP_MM = 15.0


@dataclass(frozen=True, slots=True)
class Side:
    """One edge of a piece: a smooth line from corner to corner; `fold`: cut on the fold there."""

    name: str
    line: Points
    allowance_mm: float = SEAM_MM
    fold: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """A piece along its sewing lines; its edges follow one another around it."""

    name: str
    sides: tuple[Side, ...]
    grain: Points
    quantity: int
    material: str = "shell"
    internal: tuple[Points, ...] = ()
    holes: Points = ()

    def side(self, name: str) -> Side:
        """The edge of a name."""
        return self.sides[self.index(name)]

    def index(self, name: str) -> int:
        """The number of an edge."""
        return [side.name for side in self.sides].index(name)

    def edge(self, name: str, *, reversed: bool = False) -> Edge:
        """An edge as seams refer to it."""
        return Edge(self.name, self.index(name), reversed)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a style draws for one body."""

    shapes: tuple[Shape, ...]
    seams: tuple[Seam, ...]
    darts: tuple[Dart, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A design parameter: a length with default and bounds, in mm."""

    name: str
    default_mm: float
    lowest_mm: float
    highest_mm: float
    meaning: str


@dataclass(frozen=True, slots=True)
class Style:
    """A style that can be drafted: its parameters, and the function from body and parameters to pieces."""

    name: str
    title: str
    parameters: tuple[Parameter, ...]
    draw: Callable[[Body, Mapping[str, float]], Drawn]


class ImpossibleError(Exception):
    """Body and design parameters have no common solution; the message says which, and what would help."""
