"""Files of several instances: which there are, and the one that is asked for.

Sources: OR-Library (J. E. Beasley, 1990) heads each instance by a line "instance NAME" between lines of +;
Taillard's files repeat words, counts and tables, without names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from zhizao.quantities.errors import InputError, nearest_name
from zhizao.solvers.shop.formats.lines import Line, Text
from zhizao.solvers.shop.formats.taillard import is_head, times_heads

_INSTANCE = re.compile(r"instance\s*:?\s+(\S+)", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d+")
_WORD = re.compile(r"[^\W\d_]{2}")


@dataclass(frozen=True)
class Instance:
    """One of the shops of a file."""

    name: str
    at: Line | None  # the line that shows it
    text: Text


def chosen_instance(text: Text, name: str, instance: str | None) -> Instance:
    """The instance of a file that is asked for by its name, or by its number from 1.

    Parameters
    ----------
    text
        The file.
    name
        Of a shop without a name of its own.
    instance
        Name or number; None: the file holds one.

    Raises
    ------
    InputError
        Where there are several and none is asked for, or none of this name.
    """
    found = _instances(text, name)
    if instance is None:
        if len(found) > 1:
            remedy = f"choose one with --instance NAME (instance= in Python): {_listed(found)}"
            raise text.fault(found[1].at, f"found {len(found)} shops in the file", remedy)
        chosen = found[0]
    else:
        chosen = _named(text, found, instance)
    return replace(chosen, text=_without_titles(chosen))


def _listed(found: list[Instance]) -> str:
    return ", ".join(one.name for one in found)


def _named(text: Text, found: list[Instance], instance: str) -> Instance:
    named = [one for one in found if one.name == instance]
    if len(named) > 1:
        places = " and ".join(str(one.at.number) for one in named if one.at)
        raise text.fault(named[1].at, f"found {instance!r} in lines {places}", "choose one by its number")
    if named:
        return named[0]
    if instance.isdecimal() and 1 <= int(instance) <= len(found):
        return found[int(instance) - 1]
    names = [one.name for one in found]
    near = nearest_name(instance, names)
    hint = f"; did you mean {near!r}?" if near else ""
    raise InputError(
        f"{text.file}: has no instance {instance!r}; there are {len(found)}, by number or by name: "
        f"{_listed(found)}{hint}"
    )


def _instances(text: Text, name: str) -> list[Instance]:
    starts = [k for k, line in enumerate(text.lines) if _INSTANCE.fullmatch(line.text)]
    if starts:
        return _with_names(text, starts)
    heads = times_heads(text)
    if len(heads) < 2:
        return [Instance(name, text.lines[0] if text.lines else None, text)]
    begins = [0, *(_first_line(text, head) for head in heads[1:])]
    ends = [*begins[1:], len(text.lines)]
    return [
        Instance(f"{name}-{number}", text.lines[head], replace(text, lines=text.lines[begin:end]))
        for number, (head, begin, end) in enumerate(zip(heads, begins, ends, strict=True), 1)
    ]


def _with_names(text: Text, starts: list[int]) -> list[Instance]:
    for line in text.lines[: starts[0]]:
        if all(_NUMBER.fullmatch(word) for word in line.text.split()):
            first = text.lines[starts[0]].text
            raise text.fault(line, f"found {line.text[:40]!r} before {first!r}", "only words stand there")
    ends = [*starts[1:], len(text.lines)]
    return [
        Instance(
            text.lines[start].text.split()[-1],
            text.lines[start],
            replace(text, lines=text.lines[start + 1 : end]),
        )
        for start, end in zip(starts, ends, strict=True)
    ]


def _first_line(text: Text, head: int) -> int:
    """Where the shop begins whose times have their head there: counts, and words above them."""
    first = head - 1
    while _is_title(text.lines[first - 1]):
        first -= 1
    return first


def _is_title(line: Line) -> bool:
    """Words above a shop: neither the head of a table nor a line of numbers, be one of them mistyped."""
    words = line.text.split()
    numbers = [bool(_NUMBER.fullmatch(word)) for word in words[:2]]
    if not any(sign.isalpha() for sign in line.text) or is_head(line) or numbers == [True, True]:
        return False
    return not numbers[0] or bool(_WORD.search(line.text))


def _is_ruler(line: Line) -> bool:
    """A line such as +++++ or +++ EOF +++, which holds nothing."""
    return line.text.startswith("+++") or not any(sign.isalnum() for sign in line.text)


def _without_titles(one: Instance) -> Text:
    lines = [line for line in one.text.lines if not _is_ruler(line)]
    titles = next((k for k, line in enumerate(lines) if not _is_title(line)), len(lines))
    if titles == len(lines):
        raise one.text.fault(
            one.at, "there is no shop in it", "its first line of numbers gives those of jobs and machines"
        )
    return replace(one.text, lines=tuple(lines[titles:]), titles=tuple(lines[:titles]))
