"""Measures added to a plant file, every byte of the rest as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from zhizao.plant.files.reader import parse_plant, text_of
from zhizao.plant.files.yaml_tree import quoted_calls
from zhizao.plant.model import Measure, Plant
from zhizao.quantities.errors import InputError

Said = dict[str, tuple[str, ...]]
"""Comments by the id of the measure that they stand beside."""


def with_measures_added(file: Path, measures: Sequence[Measure], said: Said) -> str:
    """Give the text of a plant file with measures added at the end of its own, or at its end.

    Raises
    ------
    InputError
        The file is written in a way that nothing can be added to.
    """
    text_of(file)  # says what is wrong with a file that is no text
    text = file.read_bytes().decode("utf-8")
    place, lead, indent = _place(text, file)
    lines = measure_lines(measures, said)
    end = "\r\n" if "\r\n" in text else "\n"
    added = end.join([*lead, *(" " * indent + line for line in lines)])
    before, after = text[:place], text[place:]
    gap = end if before and not before.endswith(("\n", "\r")) else ""
    return before + gap + added + end + after


def read_back(text: str, file: Path, plant: Plant, measures: Sequence[Measure]) -> None:
    """Check that a text is the same plant with these measures more.

    Raises
    ------
    InputError
        It is not: nothing is written then.
    """
    again = parse_plant(text.removeprefix("\ufeff"), file=str(file), folder=file.parent)
    if again != plant.model_copy(update={"measures": (*plant.measures, *measures)}):
        raise InputError(
            f"{file}: the measures cannot be added to this file as it is written; add them by hand"
        )


def _place(text: str, file: Path) -> tuple[int, list[str], int]:
    """Where to add: the place in the text, lines before the first item, and how far items are indented."""
    root = YAML(typ="safe", pure=True).compose(quoted_calls(text.removeprefix("\ufeff")))
    if not isinstance(root, MappingNode) or root.flow_style:
        raise InputError(f"{file}: is one {{…}} as a whole; write its fields on lines of their own")
    rows = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
    for key, value in root.value:
        if key.value == "measures":
            if not isinstance(value, SequenceNode) or value.flow_style:
                raise InputError(
                    f"{file}: measures stand in […]; write each on a line of its own, after `- `"
                )
            return sum(map(len, rows[: _last_line(value) + 1])), [], value.start_mark.column
    return len(text), ["measures:"], 2


def _last_line(node: Node) -> int:
    """Last line of a node; a block ends with its last part, comments after it are not its own."""
    parts: list[Any] = []
    if not getattr(node, "flow_style", True):
        parts = [part for item in node.value for part in (item if isinstance(item, tuple) else (item,))]
    if parts:
        return max(_last_line(part) for part in parts)
    end: int = node.end_mark.line
    return end - 1 if node.end_mark.column == 0 and end > node.start_mark.line else end


def measure_lines(measures: Sequence[Measure], said: Said) -> list[str]:
    """Measures as lines of a plant file, with comments above them."""
    lines: list[str] = []
    for measure in measures:
        lines += [f"# {line}" for line in said.get(measure.id, ())]
        form = measure.model_dump(by_alias=True, exclude_defaults=True, mode="json")
        for number, (key, value) in enumerate(form.items()):
            lead = "- " if number == 0 else "  "
            if key in ("set", "uncertain"):
                lines.append(f"{lead}{key}:")
                lines += [f"    {_text(path)}: {_text(item)}" for path, item in value.items()]
            else:
                lines.append(f"{lead}{key}: {_text(value)}")
    return lines


def _text(value: Any) -> str:
    """A value as YAML on one line: JSON, which YAML contains."""
    return json.dumps(value, ensure_ascii=False)
