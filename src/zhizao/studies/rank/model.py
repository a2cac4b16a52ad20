"""An index as arrays: what the file says, held against the table, with numbers of columns for names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from zhizao.plant.faults import Path, Problem, located
from zhizao.plant.files.yaml_tree import YamlTree
from zhizao.quantities import Fault, nearest_name
from zhizao.studies.rank.read import fail_for
from zhizao.studies.rank.spec import Aggregation, Direction, IndexFile, Normalisation, Scale
from zhizao.studies.rank.steps.arrays import Floats
from zhizao.studies.rank.steps.normalise import Posts
from zhizao.studies.rank.table import UnitTable

FIXED = {Normalisation.GOALPOSTS, Normalisation.SCALED}
"""Normalisations that do not need units to differ."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A group: its parts by name, their given weights, its aggregation, and the share lost by unit."""

    name: str
    parts: tuple[str, ...]
    given: Floats
    aggregation: Aggregation
    kept: Floats | None


@dataclass(frozen=True, slots=True, eq=False)
class IndexModel:
    """All that the steps need: values by unit and indicator, denominators, groups from the bottom up.

    `kept_share` is what a loss leaves of each normalised value (1 where there is none).
    """

    file: IndexFile
    units: tuple[str, ...]
    indicators: tuple[str, ...]
    raw: Floats
    per: Floats
    kept_share: Floats
    donors: tuple[str, ...] | None
    nodes: tuple[Node, ...]
    posts: Posts

    @property
    def top(self) -> str:
        """Name of the index itself."""
        return self.nodes[-1].name

    def titled(self, name: str) -> str:
        """What a reader sees for an indicator or a group."""
        given = self.file.indicators[name].name if name in self.indicators else self.file.groups[name].name
        return given or name


def model_of(index: IndexFile, tree: YamlTree, table: UnitTable) -> IndexModel:
    """Hold an index file against its table.

    Raises
    ------
    InputError
        A column is missing, a cell is no number, a unit comes twice, an indicator says nothing; all that
        were found are listed with file and line.
    """
    fail_for(located(_columns(index, table), tree.locate))
    names = table.texts(index.unit)
    read = {
        column: table.numbers(column)
        for column in dict.fromkeys(column for _, column in _numeric_columns(index))
    }
    faults = [fault for _, found in read.values() for fault in found]
    faults += _repeated(names, table, index.unit)
    columns = {column: values for column, (values, _) in read.items()}
    faults += located(_silent(index, columns), tree.locate)
    faults += located(_reference(index, names), tree.locate)
    fail_for(tuple(faults))
    kept = _screened(index, columns)
    return _arrays(
        index, [name for name, keep in zip(names, kept, strict=True) if keep], table, columns, kept
    )


def _screened(index: IndexFile, columns: dict[str, Floats]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Units with enough known values; the others take part in no step."""
    known = np.column_stack([~np.isnan(columns[column_of(index, name)]) for name in index.indicators])
    least = index.steps.screen if index.steps.screen is not None else 0.0
    return np.asarray(known.mean(axis=1) >= least)


def column_of(index: IndexFile, name: str) -> str:
    """Column of the table that holds an indicator."""
    return index.indicators[name].column or name


def _numeric_columns(index: IndexFile) -> Iterator[tuple[Path, str]]:
    for name, one in index.indicators.items():
        place: Path = ("indicators", name)
        yield (*place, "column") if one.column else place, one.column or name
        for field, column in (("per", one.per), ("loss", one.loss)):
            if column is not None:
                yield (*place, field), column
    for name, group in index.groups.items():
        if group.loss is not None:
            yield ("groups", name, "loss"), group.loss


def _columns(index: IndexFile, table: UnitTable) -> Iterator[Problem]:
    by = index.steps.impute_by
    texts: list[tuple[Path, str]] = [(("unit",), index.unit)]
    texts += [(("steps", "impute_by"), by)] if by is not None else []
    for place, column in [*texts, *_numeric_columns(index)]:
        if table.missing(column) is not None:
            near = nearest_name(column, table.frame.columns)
            found = f"found no column {column!r} in {table.file}"
            yield Problem(place, found, "name a column of the table", near)


def _repeated(names: list[str], table: UnitTable, column: str) -> list[Fault]:
    seen: dict[str, int] = {}
    faults = []
    for row, name in enumerate(names, 2):
        if not name:
            faults.append(Fault(table.file, row, column, "found no name", "name the unit"))
        elif name in seen:
            found = f"found {name!r} again (first in line {seen[name]})"
            faults.append(Fault(table.file, row, column, found, "write one row per unit"))
        seen.setdefault(name, row)
    return faults


def _silent(index: IndexFile, columns: dict[str, Floats]) -> Iterator[Problem]:
    """Indicators that are missing everywhere, or cannot tell one unit from another."""
    for name in index.indicators:
        values = columns[column_of(index, name)]
        known = values[~np.isnan(values)]
        if not known.size:
            found = f"found no value in any of {len(values)} rows"
            yield Problem(("indicators", name), found, "remove the indicator, or fill its column")
        elif np.ptp(known) == 0 and index.steps.normalise not in FIXED and known.size > 1:
            found = f"found the same value, {known[0]:g}, in all {known.size} rows that have one"
            right = "remove the indicator, which tells no unit from another, or normalise by goalposts"
            yield Problem(("indicators", name), found, right)


def _reference(index: IndexFile, names: list[str]) -> Iterator[Problem]:
    unit = index.steps.reference
    if unit is not None and unit not in names:
        near = nearest_name(unit, names)
        yield Problem(("steps", "reference"), f"found no unit {unit!r}", "name a unit of the table", near)


def _arrays(
    index: IndexFile,
    units: list[str],
    table: UnitTable,
    columns: dict[str, Floats],
    kept: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> IndexModel:
    def column(name: str | None, default: float) -> Floats:
        return columns[name][kept] if name is not None else np.full(len(units), default)

    indicators = index.indicators.items()
    by = index.steps.impute_by
    donors = None if by is None else [name for name, keep in zip(table.texts(by), kept, strict=True) if keep]
    return IndexModel(
        index,
        tuple(units),
        tuple(index.indicators),
        np.column_stack([column(column_of(index, name), np.nan) for name in index.indicators]),
        np.column_stack([column(one.per, 1.0) for _, one in indicators]),
        np.column_stack([1 - column(one.loss, 0.0) / 100 for _, one in indicators]),
        None if donors is None else tuple(donors),
        tuple(_nodes(index, column)),
        posts_of(index, units),
    )


def weight_of(index: IndexFile, name: str) -> float:
    """Weight that the file gives an indicator or a group."""
    return index.indicators[name].weight if name in index.indicators else index.groups[name].weight


def _nodes(index: IndexFile, column: Callable[[str | None, float], Floats]) -> Iterator[Node]:
    """Groups, each after the groups that are in it."""
    done: set[str] = set(index.indicators)
    waiting = dict(index.groups)
    while waiting:
        for name, group in list(waiting.items()):
            if not done.issuperset(group.of):
                continue
            weights = [weight_of(index, part) for part in group.of]
            kept = None if group.loss is None else 1 - column(group.loss, 0.0) / 100
            how = group.aggregate or index.steps.aggregate
            yield Node(name, group.of, np.array(weights, dtype=np.float64), how, kept)
            done.add(name)
            del waiting[name]


def posts_of(index: IndexFile, units: list[str]) -> Posts:
    """What normalisation needs beside the values."""
    given = list(index.indicators.values())
    nothing = (np.nan, np.nan)
    reference = index.steps.reference
    return Posts(
        np.array([(one.goalposts or nothing)[0] for one in given]),
        np.array([(one.goalposts or nothing)[1] for one in given]),
        np.array([np.nan if one.target is None else one.target for one in given]),
        units.index(reference) if reference in units else -1,
        np.array([-1.0 if one.direction is Direction.LOWER else 1.0 for one in given]),
        np.array([one.scale is Scale.LOG for one in given]),
        (index.steps.range[0], index.steps.range[1]),
    )
