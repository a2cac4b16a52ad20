"""Writes plants as YAML; what is written reads back to the same plant, bit for bit."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

from zhizao.plant.faults import file_name
from zhizao.plant.files.past_lots import take_table
from zhizao.plant.model import PAST_LOTS, Plant, forms
from zhizao.plant.query import are_past_lots
from zhizao.quantities.errors import InputError

_WIDTH = 108
_PLAIN = re.compile(r"[^\W_][\w .;+/%°()*=<>^~$'\"&-]*(:[\w.][\w .;+/%°()*=-]*)*")
_OTHER_TYPE = re.compile(
    r"(?i:null|true|false|yes|no|on|off|y|n|\.inf|\.nan)|[-+.\d][\d_.eE+:-]*([xo][\da-fA-F_]+)?"
)
_DOTTED = re.compile(r"\d{4}-\d\d-\d\d(\.\.\d{4}-\d\d-\d\d)?|\d\d:\d\d-\d\d:\d\d|\d+\.\.\d+")


def write_plant(
    plant: Plant,
    path: str | FilePath,
    *,
    comments: Mapping[str, str] | None = None,
    past_lots: str | None = None,
) -> None:
    """Write a plant file; an existing file is replaced at once and never half written.

    Parameters
    ----------
    plant
        What is written.
    path
        File to write, in a folder that exists.
    comments
        Texts by path (`routes.parka.cut-parka.takes`), written as YAML comments; a text at a path that is
        written in short stands at the nearest part above it.
    past_lots
        Name of a CSV file beside it that takes the past lots with their routes (default: they stand in it).

    Raises
    ------
    InputError
        The file cannot be written, a comment belongs to nothing in the plant, or past lots do not fit in a
        table.
    """
    file, form = FilePath(path), plant_form(plant)
    if past_lots is not None:
        _replace(file.with_name(past_lots), take_table(form, past_lots))
    _replace(file, _text_of(form, comments))


def _replace(file: FilePath, text: str) -> None:
    """Write a file at once, or not at all."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(f"{file}: the plant cannot be written here ({error})") from None


def plant_text(plant: Plant, *, comments: Mapping[str, str] | None = None) -> str:
    """Give the text of a plant file (see `write_plant`)."""
    return _text_of(plant_form(plant), comments)


def _text_of(form: dict[str, Any], comments: Mapping[str, str] | None) -> str:
    notes = _at_parts(form, comments or {})
    return "\n".join(_mapping_lines(form, "", 0, notes)) + "\n"


def form_text(form: dict[str, Any]) -> str:
    """Give the YAML text of plain mappings, lists and texts."""
    return "\n".join(_mapping_lines(form, "", 0, {})) + "\n"


def plant_form(plant: Plant) -> dict[str, Any]:
    """Give the plant as plain mappings, lists and texts, as the file holds them."""
    form = plant.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    form |= {"zhizao": plant.zhizao, "currency": plant.currency, "start": forms.write_start(plant.start)}
    for item in form["products"].values() if plant.past_lots is not None else ():
        if isinstance(item["route"], dict) and are_past_lots(plant, item["route"]):
            item["route"] = PAST_LOTS
    keys = (file_name(type(plant), field) for field in type(plant).model_fields)
    return {key: form[key] for key in keys if key in form}


# ---------------------------------------------------------------- comments
def _at_parts(form: Any, comments: Mapping[str, str]) -> dict[str, list[str]]:
    """Put each comment at the part that it is about, or at the nearest written part above it."""
    written = set(_paths(form, ""))
    notes: dict[str, list[str]] = {}
    for path, text in comments.items():
        place = path
        while place and place not in written:
            place = place.rpartition(".")[0]
        if not place:
            raise InputError(f"found a comment at {path!r}; the plant has no such part")
        notes.setdefault(place, []).extend(text.splitlines() or [""])
    return notes


def _paths(form: Any, path: str) -> Iterator[str]:
    if path:
        yield path
    for name, item in _named_items(form):
        yield from _paths(item, f"{path}.{name}" if path else name)


def _named_items(form: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(form, dict):
        yield from form.items()
    elif isinstance(form, list):
        for number, item in enumerate(form):
            yield (str(item["id"]) if isinstance(item, dict) and "id" in item else f"#{number + 1}"), item


def _has_notes(path: str, notes: Mapping[str, list[str]]) -> bool:
    return any(key.startswith(f"{path}.") for key in notes)


# ---------------------------------------------------------------- lines
def _mapping_lines(form: dict[str, Any], path: str, depth: int, notes: dict[str, list[str]]) -> list[str]:
    lines: list[str] = []
    for key, value in form.items():
        here = f"{path}.{key}" if path else key
        lines += _entry(f"{_key(key)}:", value, here, depth, notes)
    return lines


def _list_lines(form: list[Any], path: str, depth: int, notes: dict[str, list[str]]) -> list[str]:
    lines: list[str] = []
    for name, item in _named_items(form):
        here = f"{path}.{name}"
        flow = flow_text(item)
        if not isinstance(item, (dict, list)) or not item or _fits(flow, here, depth, notes):
            lines += _noted(f"- {flow}", notes.get(here, []))
            continue
        block = _lines(item, here, depth + 1, notes)
        lines += [f"# {text}".rstrip() for text in notes.get(here, [])]
        lines += [f"- {block[0]}", *(f"  {line}" for line in block[1:])]
    return lines


def _lines(form: Any, path: str, depth: int, notes: dict[str, list[str]]) -> list[str]:
    if isinstance(form, dict):
        return _mapping_lines(form, path, depth, notes)
    return _list_lines(form, path, depth, notes)


def _entry(head: str, value: Any, path: str, depth: int, notes: dict[str, list[str]]) -> list[str]:
    flow = f"{head} {flow_text(value)}"
    plain = not isinstance(value, (dict, list)) or not value
    if plain:
        text = flow if isinstance(value, (dict, list)) else f"{head} {_scalar(value, flow=False)}"
        return _noted(text, notes.get(path, []))
    if depth >= 1 and _fits(flow, path, depth, notes) and not _holds_parts(value):
        return _noted(flow, notes.get(path, []))
    above = [f"# {text}".rstrip() for text in notes.get(path, [])]
    return [*above, head, *(f"  {line}" for line in _lines(value, path, depth + 1, notes))]


def _holds_parts(value: Any) -> bool:
    """Tell whether a list holds parts with ids (operations), which read better line by line."""
    return isinstance(value, list) and any(
        isinstance(item, dict) and "id" in item and len(item) > 2 for item in value
    )


def _fits(flow: str, path: str, depth: int, notes: dict[str, list[str]]) -> bool:
    return len(flow) + 2 * depth <= _WIDTH and not _has_notes(path, notes)


def _noted(line: str, notes: list[str]) -> list[str]:
    """Add a short comment at the end of its line, a long one above."""
    if len(notes) == 1 and len(line) + len(notes[0]) + 4 <= _WIDTH:
        return [f"{line}  # {notes[0]}".rstrip()]
    return [*(f"# {text}".rstrip() for text in notes), line]


# ---------------------------------------------------------------- scalars
def flow_text(value: Any) -> str:
    """Give the YAML text of a value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {flow_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow_text(item) for item in value) + "]"
    return _scalar(value, flow=True)


def _key(key: str) -> str:
    return _text(key, flow=True) if key not in ("on", "off") else key  # words, in YAML 1.2


def _scalar(value: Any, *, flow: bool) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value, flow=flow)
    return repr(int(value)) if abs(value) < 1e15 and value == int(value) else repr(value)


def _text(text: str, *, flow: bool) -> str:
    """Write a text plainly where YAML reads it back as that text, else in double quotes."""
    if _DOTTED.fullmatch(text):
        return text
    plain = _PLAIN.fullmatch(text if flow else text.replace(", ", " "))
    if (
        plain
        and text == text.strip()
        and text.isprintable()
        and not _OTHER_TYPE.fullmatch(text)
        and " #" not in text
    ):
        return text
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
