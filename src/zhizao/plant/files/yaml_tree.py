"""YAML text into plain Python with a line for every path (ruamel.yaml composes, we construct).

Scalars keep their text where a number would lose it (`007`, `1.10` in ids; dates). Beyond YAML one thing is
accepted: a distribution need not be quoted inside `{…}` or `[…]`, where its commas would part it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from zhizao.plant.faults import Path, place_name
from zhizao.quantities.errors import Fault, PlantError

MOST_NODES = 5_000_000
"""Aliases that multiply may make a short file endless; this is far above any plant."""
_SKIP = r"""(?P<skip>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?:^|(?<=\s))\#.*)"""
_LEAD = r"(?P<lead>(?:^|(?<=[:,\[{-]))[ \t]*)"
_CALL = r"""(?P<call>[A-Za-z][\w-]*\([^()"'\n]*[,:][^()"'\n]*\))"""
_TAIL = r"(?=\s*(?:[,\]}]|$|\s\#))"
_CALLS = re.compile(f"{_SKIP}|{_LEAD}{_CALL}{_TAIL}", re.MULTILINE)
_TAGS = {"null", "bool", "int", "float", "str", "timestamp", "map", "seq", "merge", "value"}
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_REAL = re.compile(r"[-+]?(\d+\.\d*|\.\d+|\d+)([eE][-+]?\d{1,3})?")


class Real(float):
    """A number that remembers its text, for ids such as 1.10."""

    text: str

    def __new__(cls, text: str) -> Real:
        """Read the number; its text is kept as it was written."""
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__


class YamlTree:
    """A YAML document: its data, the place (file, line) of every path in it, and faults on the way."""

    def __init__(self, data: Any, file: str) -> None:
        self.data = data
        self.file = file
        self.places: dict[Path, tuple[str, int]] = {(): (file, 1)}
        self.faults: list[Fault] = []

    def locate(self, path: Path) -> tuple[str, int, str]:
        """Give file, line and the name of the place; steps that are not in the file are passed over."""
        at: Any = self.data
        there: Path = ()
        words: list[str] = []
        for number, step in enumerate(path):
            inside = self._has(at, step)
            if inside:
                at = at[step]
                there = (*there, step)
            if inside or number == len(path) - 1:
                words.append(place_name(at if inside else None, step))
        file, line = self.places.get(there, (self.file, 1))
        return file, line, ".".join(words) or "plant"

    def _has(self, at: Any, step: str | int) -> bool:
        if isinstance(at, dict):
            return step in at
        return isinstance(at, list) and isinstance(step, int) and step < len(at)


def read_tree(text: str, file: str) -> YamlTree:
    """Read YAML text; duplicate keys and foreign tags are collected in `faults`.

    Raises
    ------
    PlantError
        The text is no YAML (with the line).
    """
    tree = YamlTree(None, file)
    yaml = YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(quoted_calls(text))
        budget = iter(range(MOST_NODES))
        tree.data = _value(node, (), tree, budget) if node is not None else None
    except MarkedYAMLError as error:
        raise PlantError((_syntax_fault(error, file),)) from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        fault = Fault(file, line, "text", f"found the character {error.character!r}", "remove it")
        raise PlantError((fault,)) from None
    except (YAMLError, ValueError) as error:
        raise PlantError((Fault(file, 1, "text", f"found no YAML ({error})", "correct the text"),)) from None
    except (RecursionError, StopIteration):
        found = "found lists or mappings that are nested too deeply, or aliases without end"
        raise PlantError((Fault(file, 1, "text", found, "write the plant out plainly"),)) from None
    return tree


def quoted_calls(text: str) -> str:
    """Quote distributions with commas or colons; lines stay where they are."""

    def quote(match: re.Match[str]) -> str:
        return match[0] if match["skip"] is not None else f'{match["lead"]}"{match["call"]}"'

    return _CALLS.sub(quote, text)


def _syntax_fault(error: MarkedYAMLError, file: str) -> Fault:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark is not None else 1
    found = " ".join(str(part) for part in (error.context, error.problem) if part)
    return Fault(
        file, line, "text", f"found a fault in the YAML: {found}", "fix indentation, brackets or quotes"
    )


def _value(node: Node, path: Path, tree: YamlTree, budget: Iterator[int]) -> Any:
    next(budget)
    tree.places.setdefault(path, (tree.file, node.start_mark.line + 1))
    if str(node.tag).removeprefix("tag:yaml.org,2002:") not in _TAGS:
        fault = Fault(*tree.locate(path), f"found the tag {node.tag}", "plain YAML without tags")
        tree.faults.append(fault)
    if isinstance(node, MappingNode):
        return _mapping(node, path, tree, budget)
    if isinstance(node, SequenceNode):
        return [_value(item, (*path, number), tree, budget) for number, item in enumerate(node.value)]
    return _scalar(node)


def _mapping(node: MappingNode, path: Path, tree: YamlTree, budget: Iterator[int]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = _key(key_node, path)
        nothing = isinstance(value_node, ScalarNode) and _scalar(value_node) is None
        if key.endswith(")") and "(" not in key and not key_node.style and nothing:
            found = f"found the key {key!r}, the rest of a distribution that was parted at its comma"
            right = 'quote distributions that have commas: "normal(5 min, sd 1 min)"'
            tree.faults.append(Fault(tree.file, line, ".".join(map(str, path)), found, right))
            continue
        if key in data:
            where = ".".join(str(step) for step in (*path, key))
            first = tree.places[(*path, key)][1]
            found = f"found the key {key!r} again (first in line {first})"
            tree.faults.append(Fault(tree.file, line, where, found, "write each key once"))
            continue
        tree.places[(*path, key)] = (tree.file, line)
        data[key] = _value(value_node, (*path, key), tree, budget)
    return data


_WORDS_OF_1_1 = {"true": "on", "false": "off"}


def _key(node: Node, path: Path) -> str:
    """Text of a key. Readers of YAML 1.1, such as PyYAML, take `on` and `off` for booleans and write them
    back as `true` and `false`: where a plant has a field of that name, it is meant.
    """
    if not isinstance(node, ScalarNode):
        return repr(node.value)
    key = str(node.value)
    word = _WORDS_OF_1_1.get(key) if node.style is None else None
    return word if word is not None and word in _fields_at(path) else key


def _fields_at(path: Path) -> tuple[str, ...]:
    """Which of `on` and `off` are fields of the part at a path (names of routes, units … are the user's)."""
    if len(path) == 3 and path[0] == "routes":
        return ("on",)
    if len(path) == 2 and path[0] == "calendars":
        return ("on", "off")
    return ("off",) if path and path[-1] == "power" else ()


def _scalar(node: Node) -> Any:
    text, kind = str(node.value), str(node.tag).rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int" and _WHOLE.fullmatch(text):
        return int(text)
    if kind == "float" and _REAL.fullmatch(text):
        return Real(text)
    return text
