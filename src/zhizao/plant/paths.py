"""Full paths of the fields of a plant: `work_centers.failures.repair`, `orders:JobOrder.due`.

A path has the keys of a file, without the names of items. Where parts of several kinds may stand, their class
follows a colon. Tables of fields that a study honours are written, and checked, by these paths.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args

from pydantic.fields import FieldInfo

from zhizao.plant.faults import file_name
from zhizao.plant.model import Model, Plant


@cache
def field_paths() -> Mapping[str, FieldInfo]:
    """Give every field that a plant may have, by its full path."""
    return dict(_below(Plant, ""))


def _below(kind: type[Model], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    for field, info in kind.model_fields.items():
        path = f"{prefix}{file_name(kind, field)}"
        yield path, info
        kinds = _kinds_in(info.annotation)
        for inner in kinds:
            yield from _below(inner, f"{_named(path, inner, kinds)}.")


def _kinds_in(annotation: Any) -> tuple[type[Model], ...]:
    """List the classes of parts that a field may hold, in lists and mappings too."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return (annotation,)
    return tuple(dict.fromkeys(kind for inner in get_args(annotation) for kind in _kinds_in(inner)))


def _named(path: str, kind: type[Model], kinds: tuple[type[Model], ...]) -> str:
    return f"{path}:{kind.__name__}" if len(kinds) > 1 else path


def parts_by_path(plant: Plant) -> Iterator[tuple[str, Model]]:
    """List the parts of a plant, each with the path that its fields begin with, `work_centers.failures.`."""
    return _parts(plant, "")


def _parts(part: Model, prefix: str) -> Iterator[tuple[str, Model]]:
    yield prefix, part
    for field, info in type(part).model_fields.items():
        kinds = _kinds_in(info.annotation)
        for inner in _models(getattr(part, field)) if kinds else ():
            path = _named(f"{prefix}{file_name(type(part), field)}", type(inner), kinds)
            yield from _parts(inner, f"{path}.")


def _models(value: Any) -> Iterator[Model]:
    if isinstance(value, Model):
        yield value
    elif isinstance(value, (tuple, Mapping)):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _models(inner)
