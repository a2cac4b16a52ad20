"""Changes by path: before and after are two plants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from zhizao.plant.faults import Problem, field_named, file_name, file_names, named_in, plant_error, problems
from zhizao.plant.model import (
    Alternative,
    Conwip,
    Model,
    Need,
    OrderStream,
    Plant,
    Takes,
    WorkCenter,
    WorkUnit,
)
from zhizao.plant.query.measures import not_together
from zhizao.plant.uncertainty import fitting
from zhizao.quantities.errors import Fault, InputError, PlantError, nearest_name
from zhizao.quantities.units import BaseUnits

Change = tuple[Any, Mapping[str, Any]]
"""The new value, and the context that it is read in."""

_ONLY_FIELDS: dict[type[Model], str] = {Alternative: "work_center", Takes: "per_lot", Need: "count"}
"""The field that is written in place of the whole part where nothing else is said."""


class PathError(Exception):
    """A path leads nowhere, or its value does not fit; the caller knows the place."""

    def __init__(self, found: Iterable[Problem]) -> None:
        self.problems = tuple(found)
        super().__init__("; ".join(problem.found for problem in self.problems))


def changed(plant: Plant, changes: Mapping[str, Any]) -> Plant:
    """Give a plant with other values at paths (see `Plant.replace`)."""
    return _checked(plant, _applied(plant, changes, {"start": plant.start, "units": True}), changes)


def changes_in(text: str, where: str) -> dict[str, object]:
    """Paths and values of a text such as `work_centers.cut.units=3; routes.r.o.takes=2 min`.

    Parameters
    ----------
    where : what the text was given as, for the message.

    Raises
    ------
    InputError
        A part is no path with a value.
    """
    changes: dict[str, object] = {}
    for part in text.split(";"):
        path, sign, value = (piece.strip() for piece in part.partition("="))
        if not (path and sign and value):
            raise InputError(
                f"{where}: found {part.strip()!r}; expected PATH=VALUE, such as work_centers.cut.units=3"
            )
        changes[path] = _plain(value)
    return changes


def _plain(value: str) -> object:
    """A bare number as a number, anything else as in a plant file."""
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value


def with_measures(plant: Plant, ids: Iterable[str]) -> Plant:
    """Give the plant with measures taken (see `Plant.with_measures`)."""
    known = {measure.id: measure for measure in plant.measures}
    wanted = tuple(ids)
    faults = tuple(not_together(plant.measures, wanted))
    if faults:
        raise PlantError(faults)
    after, every = plant, {}
    for name in wanted:
        after = _applied(after, known[name].set, _as_in_file(plant))
        every.update(known[name].set)
    return _checked(plant, after, every)


def apply_unchecked(plant: Plant, changes: Mapping[str, Any]) -> tuple[Plant, list[tuple[str, Problem]]]:
    """Apply changes as a file says them; give the plant, and the problems with the path that has them."""
    found: list[tuple[str, Problem]] = []
    for path, value in changes.items():
        try:
            plant = _set(plant, path, (value, _as_in_file(plant)))
        except PathError as error:
            found += [(path, problem) for problem in error.problems]
    return plant, found


def _as_in_file(plant: Plant) -> dict[str, Any]:
    return {"file": "measure", "start": plant.start}


def _applied(plant: Plant, changes: Mapping[str, Any], context: Mapping[str, Any]) -> Plant:
    faults: list[Fault] = []
    for path, value in changes.items():
        try:
            plant = _set(plant, path, (value, context))
        except PathError as error:
            faults += [
                Fault("plant", 0, _where(path, p), p.found, p.right, p.nearest) for p in error.problems
            ]
    if faults:
        raise PlantError(tuple(faults))
    return plant


def _where(path: str, problem: Problem) -> str:
    return ".".join((path, *(str(step) for step in problem.path[1:])))


def _checked(before: Plant, after: Plant, changes: Iterable[str]) -> Plant:
    """Check a plant that was put together; measures that nobody touched need not fit it any more."""
    touched = any(path.partition(".")[0] == "measures" for path in changes)
    measures = after.measures if touched else ()
    after = still_known(before, after, changes)
    fields = {**_fields(after), "measures": measures}
    try:
        checked = Plant.model_validate(fields)
    except ValidationError as error:
        raise plant_error(error, Plant, named_in(fields)) from None
    return checked if touched else checked.model_copy(update={"measures": before.measures})


def still_known(before: Plant, after: Plant, changes: Iterable[str]) -> Plant:
    """Forget how well numbers were known that a change has taken away (a set-up that is no more)."""
    if not before.uncertainty or any(path.partition(".")[0] == "uncertainty" for path in changes):
        return after
    return after.model_copy(update={"uncertainty": fitting(after, after.uncertainty)})


# ---------------------------------------------------------------- walking down a path
def _set(part: Any, path: str, change: Change) -> Any:
    """Rebuild `part` with the value at `path` changed."""
    name, _, rest = path.partition(".")
    field = field_named(type(part), name)
    if field is None:
        names = file_names(type(part))
        found = f"found no field {name!r}"
        raise PathError(
            [Problem((), found, f"the fields here are {', '.join(names)}", nearest_name(name, names))]
        )
    old = getattr(part, field)
    if not rest:
        return _with_field(part, field, change)
    if isinstance(old, Model):
        return _with_part(part, field, _set(old, rest, change))
    if isinstance(old, dict):
        return _with_part(part, field, _in_mapping(part, field, rest, change))
    if isinstance(old, tuple) and old:
        return _with_part(part, field, _in_list(part, field, rest, change))
    if old is None or isinstance(old, tuple):
        return _with_field(part, field, (_nested(rest, change[0]), change[1]))
    found = f"found {rest!r} below {name!r}"
    raise PathError([Problem((), found, f"{name} is one value; end the path there")])


def _in_mapping(part: Model, field: str, rest: str, change: Change) -> dict[str, Any]:
    items: dict[str, Any] = getattr(part, field)
    key = _longest(rest, items)
    if key == rest or (key is None and "." not in rest):
        return {**items, rest: _item(part, field, 1, change)}
    if key is None:
        raise _no_such(rest, items)
    below = rest[len(key) + 1 :]
    if isinstance(items[key], tuple):  # a route
        new: Any = _in_items(items[key], below, change, type(items[key][0]) if items[key] else None)
    elif isinstance(items[key], Model):
        new = _set(items[key], below, change)
    else:
        raise PathError(
            [Problem((), f"found {below!r} below {key!r}", f"{key} is one value; end the path there")]
        )
    return {**items, key: new}


def _in_list(part: Model, field: str, rest: str, change: Change) -> tuple[Any, ...]:
    items: tuple[Any, ...] = getattr(part, field)
    return _in_items(items, rest, change, get_args(type(part).model_fields[field].annotation)[0])


def _in_items(items: tuple[Any, ...], rest: str, change: Change, kind: Any) -> tuple[Any, ...]:
    names = item_names(items)
    name = _longest(rest, names)
    if name is None:
        raise _no_such(rest, names)
    place, below = names[name], rest[len(name) + 1 :]
    if below and not isinstance(items[place], Model):
        raise PathError([Problem((), f"found {below!r} below {name!r}", "end the path there")])
    new = _set(items[place], below, change) if below else _converted(kind, change)
    return (*items[:place], new, *items[place + 1 :])


def item_names(items: tuple[Any, ...]) -> dict[str, int]:
    """Give the names of list items: their ids, else the product or work center, else their number."""
    names = {f"#{number + 1}": number for number in range(len(items))}
    for number, item in enumerate(items):
        name = getattr(item, "id", None)
        if isinstance(item, OrderStream):
            name = item.product
        elif isinstance(item, Alternative):
            name = item.work_center
        elif isinstance(item, str):
            name = item
        if name is not None:
            names.setdefault(name, number)
    return names


def _longest(rest: str, names: Iterable[str]) -> str | None:
    """Find the name that a path begins with; a name may have points of its own."""
    fitting = [name for name in names if rest == name or rest.startswith(f"{name}.")]
    return max(fitting, key=len, default=None)


def _no_such(rest: str, names: Iterable[str]) -> PathError:
    first = rest.partition(".")[0]
    given = [name for name in names if not name.startswith("#")] or list(names)
    few = ", ".join(given[:12]) + (", …" if len(given) > 12 else "")
    return PathError(
        [
            Problem(
                (), f"found no {first!r}", f"the names here are {few or 'none'}", nearest_name(first, given)
            )
        ]
    )


# ---------------------------------------------------------------- rebuilding
def _with_field(part: Model, field: str, change: Change) -> Any:
    """Give `part` with one field read anew, in the context of the change."""
    value, context = change
    if isinstance(part, WorkCenter) and field == "units" and _is_whole(value):
        value = _units(part, int(value))
    if isinstance(part, Plant):
        kind = get_type_hints(Plant, include_extras=True)[field]
        return part.model_copy(update={field: _converted(kind, change)})
    key = file_name(type(part), field)
    if "file" in context and not isinstance(part, Conwip):
        form = {**form_of(part), key: value}
    else:
        form = {**{name: _typed(old) for name, old in _fields(part).items()}, field: value}
    try:
        return type(part).model_validate(form, context=dict(context))
    except ValidationError as error:
        raise PathError(_relative(error, type(part), field, key)) from None


def _relative(error: ValidationError, kind: type[Model], field: str, key: str) -> list[Problem]:
    found = list(problems(error, kind))
    return [
        Problem(p.path if p.path[:1] in ((field,), (key,)) else (), p.found, p.right, p.nearest)
        for p in found
    ]


def _with_part(part: Model, field: str, value: Any) -> Any:
    """Give `part` with one field that is converted already."""
    if isinstance(part, Plant):
        return part.model_copy(update={field: value})  # checked as a whole at the end
    try:
        return type(part).model_validate({**_fields(part), field: value})
    except ValidationError as error:
        raise PathError(problems(error, type(part))) from None


def _item(part: Model, field: str, argument: int, change: Change) -> Any:
    return _converted(get_args(type(part).model_fields[field].annotation)[argument], change)


def _converted(kind: Any, change: Change) -> Any:
    if kind is None:
        raise PathError([Problem((), "found an empty list", "set the list itself")])
    try:
        return TypeAdapter(kind).validate_python(change[0], context=dict(change[1]))
    except ValidationError as error:
        raise PathError(
            Problem(("", *p.path), p.found, p.right, p.nearest) for p in problems(error, kind)
        ) from None


def _fields(part: Model) -> dict[str, Any]:
    return {field: getattr(part, field) for field in type(part).model_fields}


def _typed(value: Any) -> Any:
    """Give a value of a part with its numbers marked as what they are: in base units."""
    if isinstance(value, float):
        return BaseUnits(value)
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    return tuple(_typed(item) for item in value) if type(value) is tuple else value


def form_of(part: Model) -> dict[str, Any]:
    """Give a part as a file writes it, its defaults left out."""
    form = part.model_dump(by_alias=True, exclude_defaults=True)
    if isinstance(form, dict):
        return {key: list(value) if isinstance(value, tuple) else value for key, value in form.items()}
    only = _ONLY_FIELDS.get(type(part))
    return _fields(part) if only is None else {only: form}


def _nested(path: str, value: Any) -> Any:
    for step in reversed(path.split(".")):
        value = {step: value}
    return value


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _units(center: WorkCenter, count: int) -> Any:
    """Keep the units that are there; add or remove at the end."""
    units = list(center.units[:count])
    taken = {unit.id for unit in units}
    number = 1
    while len(units) < count and count <= 10_000:
        name = f"{center.id}-{number}"
        if name not in taken:
            units.append(WorkUnit(id=name))
        number += 1
    return units if len(units) == count else count
