"""What is right in a plant and yet hardly meant: it runs, and it should be known before a result is believed.

Faults stop a plant (`checks`); warnings do not. Both have a place, what was found and what would be right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, get_args

from zhizao.plant.changes import apply_unchecked
from zhizao.plant.faults import Path, Problem, file_name, located, named_in
from zhizao.plant.model import COUNTING, JobOrder, Model, Plant, WipLot
from zhizao.quantities.counts import mean_count
from zhizao.quantities.distribution_text import format_distribution
from zhizao.quantities.distributions import Distribution, DistributionKind, mean, variance
from zhizao.quantities.errors import Fault
from zhizao.quantities.units import COUNT, TIME, Dimension, about_quantity, format_quantity

MOVED = 0.01
"""Share of a mean by which the cut of a normal at 0, or whole pieces, may move it without a warning."""
_Drawn = tuple[Path, Distribution, Dimension]


def warnings_of(plant: Plant) -> tuple[Fault, ...]:
    """List what is doubtful in a plant: it runs, but perhaps not as it was meant.

    These are normal distributions whose mean the cut at 0 moves by more than 1 %, pieces of orders whose mean
    moves as much because they are whole and at least 1, and orders and lots that are due before their
    release; also those that a measure brings.

    Returns
    -------
    tuple of Fault
        In the order of the model, each with its place by id; `line` is 0 (`read_with_warnings` gives lines).
    """
    return located(doubts(plant), named_in(plant))


def doubts(plant: Plant) -> list[Problem]:
    """List what is doubtful in a plant, by path."""
    own = _of_parts(plant)
    return [*own, *_of_measures(plant, own)]


def _of_parts(plant: Plant) -> list[Problem]:
    late = [*due_before_release("orders", plant.orders), *due_before_release("wip", plant.wip)]
    return [*_moved_means(plant), *late]


def _of_measures(plant: Plant, own: list[Problem]) -> Iterator[Problem]:
    """Take each measure, change by change, and tell what is doubtful only with it."""
    for number, measure in enumerate(plant.measures):
        after, seen = plant, set(own)
        for key, value in measure.set.items():
            after, _ = apply_unchecked(after, {key: value})
            for problem in _of_parts(after):
                if problem not in seen:
                    yield Problem(("measures", number, "set", key), problem.found, problem.right)
                    seen.add(problem)


# ---------------------------------------------------------------- means that are not as written
def _moved_means(plant: Plant) -> Iterator[Problem]:
    for path, drawn, dimension in _distributions(plant, ()):
        if path[-1] == "pieces":
            if _differs(mean_count(drawn), drawn):
                yield Problem(path, _rounded(drawn), "discrete(1: …, 2: …) gives each count its own weight")
        elif _differs(mean(drawn), drawn):
            yield Problem(path, _moved(drawn, dimension), _keeping(drawn, dimension))


def _written(drawn: Distribution) -> float:
    """Give the mean that a text states: that of a normal is the one before the cut."""
    return drawn.parameters[0] if drawn.kind is DistributionKind.NORMAL else mean(drawn)


def _differs(result: float, drawn: Distribution) -> bool:
    return abs(result - _written(drawn)) > MOVED * _written(drawn)


def _moved(normal: Distribution, dimension: Dimension) -> str:
    text, written = format_distribution(normal, dimension), format_quantity(_written(normal), dimension)
    after = about_quantity(mean(normal), dimension)
    return f"found {text}: cut at 0 it has a mean of {after}, not {written}"


def _rounded(drawn: Distribution) -> str:
    text, written = format_distribution(drawn, COUNT), about_quantity(_written(drawn), COUNT)
    after = about_quantity(mean_count(drawn), COUNT)
    return f"found {text}: in whole pieces, 1 at least, it has a mean of {after}, not {written}"


def _keeping(normal: Distribution, dimension: Dimension) -> str:
    """Name families that keep the mean; a mean of 0 keeps none, so they get the one that results."""
    usual, sd = normal.parameters
    text = format_quantity(usual, dimension)
    if not usual:
        usual, sd = mean(normal), variance(normal) ** 0.5
        text = about_quantity(usual, dimension)
    parameters = f"({text}, cv {sd / usual:.3g})"
    return f"a family that is never below 0 keeps its mean: lognormal{parameters} or gamma{parameters}"


def _distributions(part: Any, path: Path) -> Iterator[_Drawn]:
    """List the distributions of a plant with their paths; a new field is found without a line of its own."""
    if isinstance(part, Model):
        for field, key in _drawing(type(part)):
            value = getattr(part, field)
            if isinstance(value, Distribution):
                yield (*path, key), value, _dimension(part, field)
            elif value:
                yield from _distributions(value, (*path, key))
    elif isinstance(part, (dict, tuple)):
        for step, item in part.items() if isinstance(part, dict) else enumerate(part):
            yield from _distributions(item, (*path, step))


@cache
def _drawing(kind: type[Model]) -> tuple[tuple[str, str], ...]:
    """Name the fields that may hold a distribution, also in their parts, with their keys in a file."""
    fields = kind.model_fields.items()
    return tuple((field, file_name(kind, field)) for field, info in fields if _may_draw(info.annotation))


def _may_draw(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return bool(_drawing(annotation))
    return annotation is Distribution or any(_may_draw(inner) for inner in get_args(annotation))


def _dimension(part: Model, field: str) -> Dimension:
    counts = field in ("between", "every") and getattr(part, "clock", None) in COUNTING
    return COUNT if counts or field == "pieces" else TIME


# ---------------------------------------------------------------- orders
def due_before_release(field: str, items: Iterable[object]) -> Iterator[Problem]:
    """Tell of job orders and lots in the plant that are late whatever happens; streams have no such thing."""
    for number, item in enumerate(items):
        if isinstance(item, (JobOrder, WipLot)) and item.due is not None and item.due < item.release:
            yield Problem((field, number, "due"), _overdue(item), "correct due or release if it is not so")


def _overdue(item: JobOrder | WipLot) -> str:
    early = about_quantity(item.release - (item.due or 0.0), TIME)
    start = "the plant's start" if item.release == 0 else "its release"
    return f"found it due {early} before {start}: it is late whatever happens"
