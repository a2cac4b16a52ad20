"""The values of a plant file as a form: changed in its text, and proved by reading back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, Field
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from zhizao.plant.files.yaml_tree import read_tree
from zhizao.quantities import InputError
from zhizao.web.yaml_edits import Edit, applied, child, composed

_KINDS = {
    "work_centers": "WorkCenter",
    "personnel": "Personnel",
    "routes": "Operation",
    "products": "Product",
    "orders": "OrderStream",
    "measures": "Measure",
}
"""Object of the JSON Schema in each list."""
LISTS = tuple(_KINDS)
"""Parts of a plant whose values people change; the rest is edited as text."""
MOST_FIELDS = 3000
_NAMES = ("id", "on", "product", "route", "order")
"""Fields that name things: another name is an edit of the text."""

Path = tuple[str | int, ...]


class FormField(BaseModel):
    """A value of the file."""

    path: str = Field(description="Where it stands, as a JSON pointer.")
    title: str = Field(description="Its name within its entry.")
    value: str = Field(description="As it is written.")
    about: str = Field(description="What it means.")


class FormEntry(BaseModel):
    """An entry of a list with its values."""

    part: str = Field(description="The list.")
    id: str = Field(description="Name of the entry.")
    fields: list[FormField] = Field(description="Its values, in the order of the file.")


def form_of(text: str) -> list[FormEntry]:
    """The entries of a plant file, with the values that can be changed in a form."""
    root = composed(text).root
    found: list[FormEntry] = []
    count = 0
    for part in LISTS:
        pair = child(root, part)
        for name, path, node in _entries(pair[1], (part,)) if pair else ():
            fields = [_field(part, path, at, leaf) for at, leaf in _leaves(node, path)]
            count += len(fields)
            if fields and count <= MOST_FIELDS:
                found.append(FormEntry(part=part, id=name, fields=fields))
    return found


def with_values(text: str, values: Mapping[str, str], name: str) -> str:
    """The text of a plant file with other values, and nothing else changed.

    Raises
    ------
    InputError
        A value is not in the file, or cannot be written there without changing more than itself.
    """
    tree = composed(text)
    edits: list[Edit] = []
    data = read_tree(tree.plain, name).data
    for pointer, value in values.items():
        path = _path(pointer)
        node = _at(tree.root, path)
        if not isinstance(node, ScalarNode) or node.anchor or node.style in ("|", ">"):
            raise InputError(f"{name}: found no value {pointer[:80]!r} that a form can change; edit the text")
        written, read = _written(value, name, pointer)
        edits.append(tree.edit(node, written))
        _set(data, path, read)
    again = applied(text, edits)
    if read_tree(again.removeprefix("\ufeff"), name).data != data:
        raise InputError(f"{name}: a value would change more than itself; edit the text")
    return again


def _written(value: str, name: str, pointer: str) -> tuple[str, Any]:
    """A value as YAML within a list in brackets, and as it is read: plain if that says the same."""
    clean = value.strip()
    if not clean or "\n" in clean or len(clean) > 500:
        raise InputError(f"{name}: {pointer}: found {clean[:40]!r}; write one value on one line")
    quoted = json.dumps(clean, ensure_ascii=False)
    for form in (quoted,) if clean[0] in "&*!" else (clean, quoted):  # an anchor, an alias, a tag
        try:
            read = read_tree(f"x: {{y: {form}, z: 1}}", name).data
        except InputError:
            continue
        one = read["x"].get("y") if isinstance(read, dict) and isinstance(read.get("x"), dict) else None
        if one is None and form not in ("null", "~"):
            continue
        if read == {"x": {"y": one, "z": 1}} and not isinstance(one, dict | list):
            return form, one
    raise InputError(f"{name}: {pointer}: found {clean[:40]!r}; write a number, a text or a quantity")


# ---------------------------------------------------------------- nodes
def _entries(node: Node, path: Path) -> Iterator[tuple[str, Path, Node]]:
    """Entries of a part by name: of a list by their ids, of a mapping by their keys."""
    if isinstance(node, SequenceNode):
        for number, item in enumerate(node.value):
            ids = [pair[1].value for key in _NAMES if (pair := child(item, key))]
            yield str(ids[0]) if ids else f"#{number + 1}", (*path, number), item
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            if path == ("routes",):
                yield from ((f"{key.value}.{n}", p, one) for n, p, one in _entries(value, (*path, key.value)))
            else:
                yield str(key.value), (*path, str(key.value)), value


def _leaves(node: Node, path: Path) -> Iterator[tuple[Path, ScalarNode]]:
    """Scalars below a node that a form can change: no names, nothing that stands in several places."""
    if node.anchor:
        return
    if isinstance(node, ScalarNode):
        if path[-1] not in _NAMES and node.style not in ("|", ">") and node.value:
            yield path, node
    elif isinstance(node, SequenceNode):
        for number, item in enumerate(node.value):
            yield from _leaves(item, (*path, number))
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.value != "<<":
                yield from _leaves(value, (*path, str(key.value)))


def _field(part: str, entry: Path, path: Path, leaf: ScalarNode) -> FormField:
    rest = path[len(entry) :]
    title = ".".join(str(step) for step in rest) or part
    return FormField(path=_pointer(path), title=title, value=str(leaf.value), about=_about(part, rest))


def _about(part: str, rest: Path) -> str:
    """What the JSON Schema says of a field of an entry."""
    return _descriptions(part).get(str(rest[0]), "") if rest else ""


@cache
def _descriptions(part: str) -> dict[str, str]:
    from zhizao.plant.files.schema import json_schema

    fields = json_schema()["$defs"][_KINDS[part]]["properties"]
    return {name: str(field.get("description", "")) for name, field in fields.items()}


def _pointer(path: Path) -> str:
    return "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _path(pointer: str) -> Path:
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/"))


def _at(root: Node | None, path: Path) -> Node | None:
    """The node of a path in one of the lists; None: there is none, or it stands in several places."""
    if not path or path[0] not in LISTS or path[-1] in _NAMES:
        return None
    node = root
    for step in path:
        if isinstance(node, SequenceNode) and str(step).isdecimal() and int(step) < len(node.value):
            node = node.value[int(step)]
        else:
            pair = child(node, str(step))
            node = None if pair is None else pair[1]
        if node is None or node.anchor:
            return None
    return node


def _set(data: Any, path: Path, value: Any) -> None:
    for step in path[:-1]:
        data = data[int(step)] if isinstance(data, list) else data[step]
    data[int(path[-1]) if isinstance(data, list) else path[-1]] = value
