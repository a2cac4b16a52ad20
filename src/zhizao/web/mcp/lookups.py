"""Tools that look things up and run nothing: files, a plant, its measures, a result."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from zhizao.quantities import InputError
from zhizao.quantities.errors import nearest_name
from zhizao.web.jobs.store import RESULT
from zhizao.web.mcp.desk import Desk
from zhizao.web.read import read_plant_in

MOST_CHARS = 20_000
"""Characters of a text in one answer; `offset` reads on."""


class Arguments(BaseModel):
    """Arguments of a tool; one that it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Arguments):
    """No arguments."""


class OfPlant(Arguments):
    """A plant file."""

    plant: str = Field(description="Name of a plant file of the folder.", max_length=200)


class OfFile(Arguments):
    """A part of a text file."""

    name: str = Field(description="Name of a file of the folder.", max_length=200)
    offset: int = Field(0, ge=0, description="First character to read.")


class OfResult(Arguments):
    """A part of a result."""

    key: str = Field(description="Key of the result, as a study gives it.", max_length=80)
    part: str = Field(
        "",
        max_length=500,
        description="Path into the JSON, such as scenarios.0.rows; default: the whole. A part that is too "
        "long for one answer is described by its members.",
    )
    file: str | None = Field(
        None, max_length=200, description="A file that the study left, in place of the JSON."
    )
    offset: int = Field(0, ge=0, description="First character of the file to read.")


@dataclass(frozen=True, slots=True)
class Lookup:
    """A tool that answers at once."""

    name: str
    summary: str
    arguments: type[Arguments]
    run: Callable[[Desk, Any], dict[str, Any]]


def _files(desk: Desk, _: Nothing) -> dict[str, Any]:
    return {"files": [one.model_dump(mode="json") for one in desk.folder.files()]}


def _plant(desk: Desk, wanted: OfPlant) -> dict[str, Any]:
    from zhizao.web.api.files import look_into

    return look_into(desk.folder, wanted.plant, allow_code=desk.allow_code).model_dump(mode="json")


def _read(desk: Desk, wanted: OfFile) -> dict[str, Any]:
    return _text(wanted.name, desk.folder.path(wanted.name).read_bytes(), wanted.offset)


def _measures(desk: Desk, wanted: OfPlant) -> dict[str, Any]:
    from zhizao.plant.measures.library import survey

    plant, _ = read_plant_in(desk.folder, wanted.plant, allow_code=desk.allow_code)
    own = [_measure(one) | {"from": "plant file"} for one in plant.measures]
    library: list[dict[str, Any]] = []
    not_applicable = {}
    for places in survey(plant):
        if not places.measures:
            not_applicable[places.kind.kind.value] = places.why
        taken = places.kind.values({})
        assumed = [
            {
                "name": p.name,
                "value": p.text(taken.of(p.name)) or None,
                "meaning": p.meaning,
                "source": p.origin,
            }
            for p in places.kind.parameters
        ]
        library += [_measure(one) | {"from": "library", "parameters": assumed} for one in places.measures]
    return {"currency": plant.currency, "measures": own + library, "not_applicable": not_applicable}


def _measure(measure: Any) -> dict[str, Any]:
    said: dict[str, Any] = measure.model_dump(
        by_alias=True, mode="json", include={"id", "cost", "yearly_cost", "set"}
    )
    return said | {"title": measure.name, "assumed": measure.assumed}


def _result(desk: Desk, wanted: OfResult) -> dict[str, Any]:
    envelope = json.loads(desk.store.read(wanted.key, RESULT))
    if wanted.file is None:
        return _part(envelope, wanted.part)
    files = desk.store.files(wanted.key)
    if wanted.file not in files:
        raise InputError(f"found no file {wanted.file[:80]!r}; the result left {', '.join(files) or 'none'}")
    return _text(wanted.file, files[wanted.file].read_bytes(), wanted.offset)


def _part(found: Any, path: str) -> dict[str, Any]:
    """What lies at a path; where that is too long, its members with their lengths."""
    for name in filter(None, path.split(".")):
        found = _member(found, name, path)
    text = json.dumps(found, ensure_ascii=False)
    if len(text) <= MOST_CHARS:
        return {"part": path, "value": found}
    members = (
        found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    )
    sizes = {str(name): len(json.dumps(one, ensure_ascii=False)) for name, one in members}
    return {"part": path, "too_long": len(text), "members": dict(list(sizes.items())[:200])}


def _member(found: Any, name: str, path: str) -> Any:
    if isinstance(found, dict):
        if name in found:
            return found[name]
        near = nearest_name(name, found)
        hint = f"; did you mean {near!r}?" if near else ""
        raise InputError(f"part {path!r}: found no {name!r}; right is one of {', '.join(found)}{hint}")
    if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
        return found[int(name)]
    many = f"0 to {len(found) - 1}" if isinstance(found, list) and found else "nothing below it"
    raise InputError(f"part {path!r}: found {name!r}; right is {many}")


def _text(name: str, content: bytes, offset: int) -> dict[str, Any]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{name}: found no text; use it as an input of a study") from None
    end = offset + MOST_CHARS
    return {
        "name": name,
        "text": text[offset:end],
        "characters": len(text),
        "next_offset": end if end < len(text) else None,
    }


LOOKUPS = {
    one.name: one
    for one in (
        Lookup("list_files", "List the plants and logs of the folder.", Nothing, _files),
        Lookup(
            "look_into_plant",
            "Look into a plant file: counts, the measures that it names, doubtful places.",
            OfPlant,
            _plant,
        ),
        Lookup(
            "read_file",
            "Read a plant file or a log as text, to see the ids and paths that changes use.",
            OfFile,
            _read,
        ),
        Lookup(
            "list_measures",
            "List what could be done to a plant: the measures of its file, and those of the library that "
            "apply (one more unit, inspection, lot sizes ...), each with its cost and what it assumes. Give "
            "their ids to `compare`.",
            OfPlant,
            _measures,
        ),
        Lookup(
            "result",
            "Read a stored result by its key: the whole JSON, a part of it, or a file that the study left.",
            OfResult,
            _result,
        ),
    )
}
"""Each tool that runs nothing, by its name."""
