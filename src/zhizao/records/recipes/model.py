"""A recipe by ISA-88: procedural elements, their order, parameters, and the equipment they ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """Levels of the procedural model (ISA-88.00.01, 5.2)."""

    PROCEDURE = "procedure"
    UNIT_PROCEDURE = "unit procedure"
    OPERATION = "operation"
    PHASE = "phase"


class ParameterKind(Enum):
    """What a parameter of the formula is."""

    INPUT = "input"
    OUTPUT = "output"
    PROCESS = "process parameter"
    OTHER = "other"


class NodeKind(Enum):
    """What a node of the procedure function chart is (ISA-88.00.02)."""

    STEP = "step"
    BEGIN = "begin"
    END = "end"
    TRANSITION = "transition"
    SPLIT = "parallel divergence"
    JOIN = "parallel convergence"
    CHOICE = "selection"
    MERGE = "end of a selection"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value of the formula. `value` and `unit` are as written, empty where the recipe states none."""

    id: str
    name: str
    kind: ParameterKind
    value: str
    unit: str
    scaled: bool
    line: int

    @property
    def label(self) -> str:
        """Its description, else its id."""
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the chart: a step refers to an element, a transition has a condition (empty: none)."""

    id: str
    kind: NodeKind
    line: int
    element: str = ""
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """From one node to the next."""

    source: str
    target: str
    line: int


@dataclass(frozen=True, slots=True)
class Logic:
    """The order of the elements within an element: a directed graph."""

    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()
    at_once: tuple[Link, ...] = ()
    """Transfers of material and synchronizations between elements that run at once."""


@dataclass(frozen=True, slots=True)
class Element:
    """A procedural element with its parameters, and the elements in it with their order."""

    id: str
    name: str
    level: Level
    line: int
    parameters: tuple[Parameter, ...] = ()
    equipment: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    """Conditions on the equipment, as written."""
    logic: Logic = Logic()
    elements: tuple[Element, ...] = ()

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Element]]:
        """Give the element and all in it, in the order of the file, each with its depth below this one."""
        yield depth, self
        for one in self.elements:
            yield from one.walk(depth + 1)


@dataclass(frozen=True, slots=True)
class BatchSize:
    """Size of a batch in `unit` as written; None where the recipe does not state it."""

    nominal: float | None
    least: float | None
    most: float | None
    unit: str
    line: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """A master recipe, or the control recipe of one batch (`batch` is its id, empty in a master recipe)."""

    file: str
    id: str
    version: str
    product: str
    size: BatchSize | None
    formula: tuple[Parameter, ...]
    procedure: Element
    batch: str = ""
