"""Read a portfolio file and what it names; all faults are reported together, with file, line and remedy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

import numpy as np

from zhizao.plant.faults import Path as Place
from zhizao.plant.faults import Problem as Doubt
from zhizao.plant.faults import located
from zhizao.plant.files.forms import read_form
from zhizao.plant.files.yaml_tree import YamlTree
from zhizao.quantities import Fault, Input, InputError, PlantError, hashed, nearest_name
from zhizao.studies.compare import Appraisal
from zhizao.workflows.portfolio.model import Item, LeftOut, Limits, Problem
from zhizao.workflows.portfolio.sources.improved import packages_of
from zhizao.workflows.portfolio.sources.spec import PortfolioFile
from zhizao.workflows.portfolio.sources.table import measures_of, unused


class PortfolioFileError(PlantError):
    """A portfolio file, or what it names, has faults; all that were found are in the message."""

    _of = "portfolio"


@dataclass(slots=True, eq=False)
class Read:
    """Measures as they were read, those left out, and what was read from where.

    `no_currency` counts the results of `improve` that do not name their currency; `no_measure` names the
    plants whose result holds no measure.
    """

    items: list[Item] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    unused: tuple[str, ...] = ()
    no_currency: int = 0
    no_measure: list[str] = field(default_factory=list)


def read_portfolio(path: Path) -> tuple[PortfolioFile, YamlTree]:
    """Read a portfolio file and check what can be checked without what it names.

    Raises
    ------
    InputError
        The file cannot be read, or has faults; all that were found are listed with file and line.
    """
    file, tree = read_form(path, PortfolioFile, PortfolioFileError, "a portfolio file")
    _fail_for(located(_doubts(file), tree.locate))
    return file, tree


def _fail_for(faults: tuple[Fault, ...]) -> None:
    if faults:
        raise PortfolioFileError(faults)


def _doubts(file: PortfolioFile) -> Iterator[Doubt]:
    budget = file.budget
    if budget.per_year is None and budget.total is None:
        yield Doubt(("budget",), "found no money", "write per_year, total, or both")
    listed: tuple[tuple[Place, object], ...] = (
        (("budget", "per_year"), budget.per_year),
        (("people",), file.people),
        (("compute_h",), file.compute_h),
    )
    for place, value in listed:
        if isinstance(value, tuple) and len(value) != file.years:
            found = f"found {len(value)} for {file.years} years"
            yield Doubt(place, found, "write one for each year, or one number for all")
    if file.risk.sd is not None and file.risk.cvar is not None:
        yield Doubt(("risk",), "found sd and cvar", "write one of them")
    if file.measures is None and not file.plants:
        yield Doubt((), "found no measures", "write measures: FILE.csv, or a list of plants")
    for number, one in enumerate(file.plants):
        if (one.result is None) == (one.file is None):
            found = "found neither result nor file" if one.result is None else "found result and file"
            yield Doubt(("plants", number), found, "write one of them")


def read_measures(path: Path, file: PortfolioFile, results: dict[int, Path]) -> Read:
    """Everything that can be planned: `results` holds a result of `improve` by number of the plant.

    Raises
    ------
    InputError
        What the file names cannot be read, or has faults.
    """
    found = Read(inputs=[hashed("portfolio", path.name, path.read_bytes())])
    where = dict[tuple[str, str], tuple[str, int]]()
    if file.measures is not None:
        items, left, faults, table = measures_of(path.parent / file.measures)
        found.inputs.append(Input("measures", file.measures, table.sha256))
        found.unused = unused(table)
        found.items += items
        found.left_out += left
        _fail_for(tuple(faults))
        keys = zip(table.texts("plant"), table.texts("measure"), strict=True)
        where = {key: (table.file, row + 2) for row, key in enumerate(keys)}
    for number, result in results.items():
        packages = packages_of(result, file.plants[number], file.currency)
        found.inputs.append(hashed("improve", result.name, result.read_bytes()))
        found.items += packages.items
        found.left_out += packages.left_out
        found.no_currency += not packages.currency_known
        if not packages.items and not packages.left_out:
            found.no_measure.append(packages.plant)
    _fail_for(tuple(_references(found, where, str(path))))
    if not found.items:
        raise InputError(f"{path}: found no measure of known cost and gain; give at least one")
    return found


def _references(found: Read, where: dict[tuple[str, str], tuple[str, int]], file: str) -> Iterator[Fault]:
    """Needs and exclusions of measures that are not there, plants that are there twice, cycles of needs."""
    known = {one.key: one for one in found.items}
    left = {(one.plant, one.measure) for one in found.left_out}
    twice = dict.fromkeys(one.key for one in found.items if known[one.key] is not one)
    for key in twice:
        name = "/".join(key)
        yield Fault(file, 1, name, "found it in two sources", "give each plant once, or another name")
    for one in found.items:
        at, line = where.get(one.key, (file, 1))
        for field_, keys in (("needs", one.needs), ("excludes", one.excludes)):
            for key in keys:
                if key not in known and key not in left:
                    name = "/".join(key)
                    near = nearest_name(name, ["/".join(other) for other in known])
                    yield Fault(at, line, field_, f"found no measure {name!r}", "name one of the table", near)
        if one.key in _needed(one, known):
            yield Fault(at, line, "needs", "found a cycle of needs", "let no measure need itself")


def _needed(one: Item, known: dict[tuple[str, str], Item]) -> set[tuple[str, str]]:
    """Everything that a measure needs, directly or through others."""
    reached, stack = set[tuple[str, str]](), list(one.needs)
    while stack:
        key = stack.pop()
        if key not in reached:
            reached.add(key)
            stack += known[key].needs if key in known else ()
    return reached


def problem_of(file: PortfolioFile, read: Read) -> tuple[Problem, list[LeftOut]]:
    """The problem, and the measures that need one that cannot be planned."""
    items, left = {one.key: one for one in read.items}, list[LeftOut]()
    while True:
        lame = [one for one in items.values() if any(key not in items for key in one.needs)]
        if not lame:
            break
        for one in lame:
            del items[one.key]
            left.append(LeftOut(one.plant, one.measure, "what it needs cannot be planned"))
    rows = {key: row for row, key in enumerate(items)}
    return (
        Problem(
            tuple(items.values()),
            limits_of(file),
            tuple((rows[one.key], rows[key]) for one in items.values() for key in one.needs),
            tuple((rows[one.key], rows[k]) for one in items.values() for k in one.excludes if k in rows),
            Appraisal(file.interest, file.service_years),
        ),
        left,
    )


def limits_of(file: PortfolioFile) -> Limits:
    """The shared limits of a file."""
    rows = [_by_year(one, file.years) for one in (file.budget.per_year, file.people, file.compute_h)]
    total = inf if file.budget.total is None else file.budget.total
    return Limits(np.array(rows), (file.budget.carry_over, False, False), total)


def _by_year(value: tuple[float, ...] | float | None, years: int) -> list[float]:
    if value is None:
        return [inf] * years
    return list(value) if isinstance(value, tuple) else [value] * years
