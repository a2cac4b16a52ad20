"""From pydantic's errors to faults: where, what was found, what would be right, the nearest valid name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, get_args, get_origin

from pydantic import AliasChoices, BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from zhizao.plant.sentences import found_in, right_for
from zhizao.quantities.errors import Fault, PlantError, nearest_name
from zhizao.quantities.fields import fault

Path = tuple[str | int, ...]
Locate = Callable[[Path], tuple[str, int, str]]
"""Gives file, line and the text of the place for a path."""

FUTURE: dict[tuple[str, str], str] = {
    ("Operation", "overlap"): "overlapping operations",
    ("JobOrder", "hold"): "hold",
    ("OrderStream", "hold"): "hold",
    ("Fleet", "needs"): "drivers",
    ("Fleet", "lots"): "vehicles that carry several lots",
    ("Crane", "places"): "racks that can be full",
    ("Conveyor", "failures"): "failures of conveyors",
}
"""Fields that a later version will honour; until then they are refused, and not as a misspelling."""
FUTURE_VALUES: dict[tuple[str, str], str] = {
    ("release", "kanban"): "kanban of the whole plant (a product has stock: {kanban: cards})",
}
"""Values that a later version will honour."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault before its place is known in words: `path` is by field and number."""

    path: Path
    found: str
    right: str
    nearest: str | None = None

    def error(self) -> PydanticCustomError:
        """Make the error that pydantic carries along with its own."""
        return fault(self.found, self.right, self.nearest)


def plant_error(error: ValidationError, root: Any, locate: Locate) -> PlantError:
    """Turn a validation error into all its faults, in the order of the file."""
    faults = [_located(problem, locate) for problem in problems(error, root)]
    return PlantError(tuple(sorted(dict.fromkeys(faults), key=lambda f: (f.file, f.line))))


def problems(error: ValidationError, root: Any) -> Iterator[Problem]:
    """List what pydantic found; `root` is the model (or type) that was validated."""
    for detail in details(error):
        problem = _problem(detail, root)
        named = detail["type"] in ("extra_forbidden", "missing", "invalid_key")
        yield replace(problem, path=_without_branches(root, problem.path, named=named))


def details(error: ValidationError) -> list[ErrorDetails]:
    """List what pydantic found, without what only follows from the rest.

    That is a list which it calls too short because its items have faults, and a mapping that it holds against
    the text that might have stood in its place.
    """
    return [detail for detail in error.errors(include_url=False) if not _follows(detail)]


def _follows(detail: ErrorDetails) -> bool:
    if detail["type"] == "too_short":
        return bool(len(detail["input"]) >= detail["ctx"]["min_length"])
    branch = detail["type"] == "string_type" and detail["loc"][-1:] == ("str",)
    return branch and isinstance(detail["input"], Mapping)


def _without_branches(root: Any, path: Path, *, named: bool) -> Path:
    """Leave out the steps that pydantic adds for the branches of unions: no place has such a name.

    `named` says that the last step is a name from the file, be it known or not.
    """
    kinds, kept = list(_flat(root)), list[str | int]()
    for number, step in enumerate(path):
        inner = [found for kind in kinds for found in _step(kind, step)]
        if inner or (named and number == len(path) - 1) or not _has_parts(kinds):
            kept.append(step)
        kinds = inner or kinds
    return tuple(kept)


def _has_parts(kinds: list[Any]) -> bool:
    return any(_is_model(kind) or get_origin(kind) in (tuple, dict) for kind in kinds)


def _located(problem: Problem, locate: Locate) -> Fault:
    file, line, where = locate(problem.path)
    return Fault(file, line, where, problem.found, problem.right, problem.nearest)


def located(found: Iterable[Problem], locate: Locate) -> tuple[Fault, ...]:
    """Give problems their place: file, line and name."""
    return tuple(_located(problem, locate) for problem in found)


def named_in(data: Any) -> Locate:
    """Name places in a plant built in Python, where parts in lists go by their id."""

    def locate(path: Path) -> tuple[str, int, str]:
        at, words = data, []
        for number, step in enumerate(path):
            inside = _inside(at, step)
            if inside is not None or number == len(path) - 1:
                words.append(place_name(inside, step))
            at = at if inside is None else inside
        return "plant", 0, ".".join(words) or "plant"

    return locate


def place_name(item: Any, step: str | int) -> str:
    """Name one step of a path: a key, the id of a part in a list, or its number counted from 1."""
    if isinstance(step, str):
        return step
    name = item.get("id") if isinstance(item, Mapping) else getattr(item, "id", None)
    return f"#{step + 1}" if name is None else str(name)


def _inside(at: Any, step: str | int) -> Any:
    if isinstance(at, Mapping):
        return at.get(step)
    if isinstance(at, BaseModel) and isinstance(step, str):
        return getattr(at, field_named(type(at), step) or "", None)
    if isinstance(at, (list, tuple)) and isinstance(step, int) and step < len(at):
        return at[step]
    return None


def _problem(detail: ErrorDetails, root: Any) -> Problem:
    context = detail.get("ctx", {})
    path = tuple(detail["loc"])
    if detail["type"] == "zhizao":
        later = FUTURE_VALUES.get((str(path[-1]) if path else "", _first_word(detail["input"])))
        if later:
            return Problem(path, found_in(detail["input"]), f"{later}: not honoured yet by this version")
        return Problem(path, context["found"], context["right"], context["nearest"] or None)
    if detail["type"] == "extra_forbidden":
        return _strange_name(path, root)
    if detail["type"] == "missing":
        return _missing(path, detail["input"])
    if detail["type"] in ("enum", "literal_error"):
        return _strange_choice(path, detail)
    if detail["type"] in ("model_type", "model_attributes_type"):
        return Problem(path, found_in(detail["input"]), _fields_at(path, root))
    if detail["type"] == "too_short" and isinstance(detail["input"], (list, tuple)) and detail["input"]:
        return Problem(path, f"found {_count(len(detail['input']))}", right_for(detail))
    return Problem(path, found_in(detail["input"]), right_for(detail))


def _count(items: int) -> str:
    return f"{items} item{'' if items == 1 else 's'}"


def _missing(path: Path, value: Any) -> Problem:
    if path and isinstance(path[-1], int):  # of a list of fixed length, such as a place on the layout
        return Problem(path[:-1], f"found {_count(len(value))}", "write one more")
    owner = "the plant" if len(path) == 1 else "it"
    return Problem(path, f"found no {path[-1]}", f"{owner} needs one")


def _fields_at(path: Path, root: Any) -> str:
    names = [name for kind in _types_at(root, path) if _is_model(kind) for name in file_names(kind)]
    return f"write its fields: {', '.join(dict.fromkeys(names))}" if names else "write its fields"


def _first_word(value: Any) -> str:
    return str(next(iter(value), "")) if isinstance(value, Mapping) else str(value)


def _strange_choice(path: Path, detail: ErrorDetails) -> Problem:
    expected = detail.get("ctx", {})["expected"]
    choices = [choice for choice in expected.replace(" or ", ", ").replace("'", "").split(", ") if choice]
    found = found_in(detail["input"])
    later = FUTURE_VALUES.get((str(path[-1]), str(detail["input"])))
    if later:
        return Problem(path, found, f"{later}: not honoured yet by this version")
    return Problem(path, found, f"write {', '.join(choices)}", nearest_name(str(detail["input"]), choices))


def _strange_name(path: Path, root: Any) -> Problem:
    models = [kind for kind in _types_at(root, path[:-1]) if _is_model(kind)]
    name = str(path[-1])
    for model in models:
        if (model.__name__, name) in FUTURE:
            what = FUTURE[model.__name__, name]
            return Problem(path, f"found {name!r}", f"{what}: not honoured yet by this version")
    names = [known for model in models for known in file_names(model)]
    right = f"the fields here are {', '.join(names)}"
    return Problem(path, f"found the unknown field {name!r}", right, nearest_name(name, names))


# ---------------------------------------------------------------- the model's own shape
def file_name(model: type[BaseModel], field: str) -> str:
    """Give the key that a file has for a field."""
    return model.model_fields[field].serialization_alias or field


def file_names(model: type[BaseModel]) -> list[str]:
    """Give all keys that a file may have for a part of the plant."""
    return [file_name(model, field) for field in model.model_fields]


def field_named(model: type[BaseModel], name: str) -> str | None:
    """Find the field that a file's key, or its name in Python, means."""
    for field, info in model.model_fields.items():
        choices = info.validation_alias.choices if isinstance(info.validation_alias, AliasChoices) else ()
        if name == field or name in choices:
            return field
    return None


def _types_at(root: Any, path: Path) -> list[Any]:
    """List the types that a path may lead to; steps that pydantic adds for unions are passed over."""
    kinds = list(_flat(root))
    for step in path:
        inner = [found for kind in kinds for found in _step(kind, step)]
        kinds = inner or kinds
    return kinds


def _flat(kind: Any) -> Iterator[Any]:
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _flat(get_args(kind)[0])
    elif origin is not None and origin not in (tuple, dict, list):
        for option in get_args(kind):
            yield from _flat(option)
    else:
        yield kind


def _step(kind: Any, step: str | int) -> Iterator[Any]:
    if _is_model(kind):
        field = field_named(kind, str(step))
        if field is not None:
            yield from _flat(kind.model_fields[field].annotation)
    elif get_origin(kind) is tuple and isinstance(step, int):
        yield from _flat(get_args(kind)[0])
    elif get_origin(kind) is dict and isinstance(step, str):
        yield from _flat(get_args(kind)[1])


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
