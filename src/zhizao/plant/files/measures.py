"""Files of measures: what could be done, kept apart from the plant that it could be done in.

    measures:
      - id: inspection-at-cut
        set: {routes.*.cut.defects.found: 0.93}

The form is that of `measures` in a plant file. `routes.*.STEP` stands for that step in every route that has
it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from zhizao.plant.changes import changed
from zhizao.plant.faults import Path as PlacePath
from zhizao.plant.faults import plant_error
from zhizao.plant.files.appender import Said, measure_lines
from zhizao.plant.files.reader import text_of
from zhizao.plant.files.yaml_tree import YamlTree, read_tree
from zhizao.plant.model import Measure, Plant
from zhizao.plant.uncertainty import base_name
from zhizao.quantities.errors import InputError, nearest_name

ANY_ROUTE = "routes.*."
_KIND = ("a file of measures", "YAML text")


def measures_text(measures: Sequence[Measure], said: Said | None = None) -> str:
    """A file of measures as text; `said` are comments by the id of the measure that they stand above."""
    lines = [f"  {line}" for line in measure_lines(measures, said or {})]
    return "\n".join(["measures:", *lines, ""])


def with_measure_files(plant: Plant, files: Sequence[str | Path]) -> Plant:
    """Give the plant with the measures of files added to its own.

    Raises
    ------
    PlantError
        A measure has a fault or does not fit the plant.
    InputError
        A file cannot be read, or names a step that no route has, or a measure that is there already.
    """
    found = list(plant.measures)
    for file in files:
        for measure in _measures(Path(file), plant):
            if any(measure.id == one.id for one in found):
                raise InputError(f"{file}: found a second measure {measure.id!r}; give it another id")
            found.append(measure)
    return changed(plant, {"measures": tuple(found)}) if files else plant


def _measures(file: Path, plant: Plant) -> Iterator[Measure]:
    tree = read_tree(text_of(file, _KIND), str(file))
    rows = tree.data.get("measures") if isinstance(tree.data, dict) else None
    if not isinstance(rows, list) or not rows or set(tree.data) != {"measures"}:
        raise InputError(f"{file}: is no file of measures; expected `measures:` and a list below it, alone")
    for number, row in enumerate(rows):
        if isinstance(row, dict):
            for field in ("set", "uncertain"):
                if isinstance(row.get(field), dict):
                    row[field] = _in_routes(row[field], plant, file)
        try:
            yield Measure.model_validate(row, context={"file": str(file), "start": plant.start})
        except ValidationError as error:
            place = ("measures", number)
            raise plant_error(error, Measure, partial(_located, tree, place)) from None


def _located(tree: YamlTree, before: PlacePath, path: PlacePath) -> tuple[str, int, str]:
    return tree.locate((*before, *path))


def _in_routes(changes: dict[str, Any], plant: Plant, file: Path) -> dict[str, Any]:
    """Changes with `routes.*.STEP` said for each route that has the step."""
    steps = [(route, one.id) for route, operations in plant.routes.items() for one in operations]
    found: dict[str, Any] = {}
    for path, value in changes.items():
        if not str(path).startswith(ANY_ROUTE):
            found[path] = value
            continue
        step, _, rest = str(path).removeprefix(ANY_ROUTE).partition(".")
        there = [(route, name) for route, name in steps if base_name(name) == step]
        if not there:
            known = sorted({base_name(name) for _, name in steps})
            near = nearest_name(step, known)
            hint = f"; did you mean {near!r}?" if near else ""
            raise InputError(f"{file}: found the step {step!r}; the steps are {', '.join(known)}{hint}")
        found |= {f"routes.{route}.{name}.{rest}": value for route, name in there}
    return found
