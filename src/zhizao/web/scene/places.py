"""Places of the layout written into a plant file, every byte of the rest as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from zhizao.plant import Plant, parse_plant
from zhizao.plant.files.reader import text_of
from zhizao.plant.query.transport import coordinates
from zhizao.quantities import InputError
from zhizao.quantities.errors import nearest_name
from zhizao.web.plant_text import replace_text
from zhizao.web.yaml_edits import Edit, applied, child, composed

Places = Mapping[str, tuple[float, float]]
"""Where work centers, cranes and locations stand, in m."""
_REST_OF_LINE = re.compile(r"[^\r\n]*")
_WHERE = (("work_centers",), ("transport", "cranes"), ("transport", "locations"))


def write_places(file: Path, places: Places) -> None:
    """Write places into a plant file; it is changed at once, or not at all.

    Raises
    ------
    InputError
        The plant has no such place, or the file is written in a way that this would change more than places.
    """
    text_of(file)  # says what is wrong with a file that is no text
    text = file.read_bytes().decode("utf-8")
    plant = _parsed(text, file)
    rounded = {name: (round(x, 2), round(y, 2)) for name, (x, y) in places.items()}
    changed = with_places(plant, rounded)
    again = with_places_in(text, rounded, file.name)
    try:
        same = _parsed(again, file) == changed
    except InputError:
        same = False
    if not same:
        raise InputError(_by_hand(file.name))
    replace_text(file, again)


def with_places(plant: Plant, places: Places) -> Plant:
    """The plant with other places, and all else as it was.

    Raises
    ------
    InputError
        It has no place of a name.
    """
    known = coordinates(plant)
    for name in places.keys() - known.keys():
        near = nearest_name(name, known)
        hint = f"; did you mean {near!r}?" if near else ""
        raise InputError(f"found no work center, crane or location {name[:80]!r}{hint}")
    centers = tuple(one.model_copy(update={"at": places.get(one.id, one.at)}) for one in plant.work_centers)
    moves = plant.transport
    cranes = tuple(one.model_copy(update={"at": places.get(one.id, one.at)}) for one in moves.cranes)
    locations = tuple(one.model_copy(update={"at": places.get(one.id, one.at)}) for one in moves.locations)
    transport = moves.model_copy(update={"cranes": cranes, "locations": locations})
    return plant.model_copy(update={"work_centers": centers, "transport": transport})


def with_places_in(text: str, places: Places, name: str) -> str:
    """The text of a plant file with other places.

    Raises
    ------
    InputError
        A part is not written out in the file as a mapping of its own.
    """
    tree = composed(text)
    found = dict(_parts(tree.root))
    if missing := places.keys() - found.keys():
        raise InputError(
            f"{name}: {', '.join(sorted(missing)[:5])} is not written out here. {_by_hand(name)}"
        )
    return applied(
        text, (_edit(found[one], _form(places[one]), tree.back, tree.plain, name) for one in places)
    )


def _parsed(text: str, file: Path) -> Plant:
    return parse_plant(text.removeprefix("\ufeff"), file=str(file), folder=file.parent)


def _by_hand(name: str) -> str:
    return (
        f"{name}: the places cannot be written into this file as it is written; "
        "write them by hand, as `at: [12 m, 4 m]`"
    )


def _form(at: tuple[float, float]) -> str:
    return "[" + ", ".join(f"{value:.2f}".rstrip("0").rstrip(".") + " m" for value in at) + "]"


def _parts(root: Node | None) -> Iterator[tuple[str, MappingNode]]:
    """The mappings of the file that stand for something with a place, by id."""
    for path in _WHERE:
        node = root
        for key in path:
            pair = child(node, key)
            node = None if pair is None else pair[1]
        for item in node.value if isinstance(node, SequenceNode) else []:
            named = child(item, "id")
            if named is not None and isinstance(named[1], ScalarNode):
                yield str(named[1].value), item


def _edit(part: MappingNode, form: str, back: list[int], text: str, name: str) -> Edit:
    """The change of one part: its place replaced, or added after its last field or below its id."""
    if (there := child(part, "at")) is not None:
        value = there[1]
        if not isinstance(value, SequenceNode) or not value.value or value.anchor:
            raise InputError(_by_hand(name))
        last = value if value.flow_style else value.value[-1]
        return Edit(back[value.start_mark.index], back[last.end_mark.index], form)
    if part.flow_style:
        end = back[part.value[-1][1].end_mark.index]
        return Edit(end, end, f", at: {form}")
    key, value = next(pair for pair in part.value if pair[0].value == "id")
    row = back[value.end_mark.index]
    end = row + len(_REST_OF_LINE.findall(text, row)[0])
    newline = "\r\n" if "\r\n" in text else "\n"
    return Edit(end, end, f"{newline}{' ' * key.start_mark.column}at: {form}")
