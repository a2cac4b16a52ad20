"""Small edits of YAML text: some characters give way to others, and the rest stays as it was."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node

from zhizao.plant.files.yaml_tree import quoted_calls

_MARK = "\ufeff"


class Edit(NamedTuple):
    """Characters of the text that give way to others."""

    start: int
    end: int
    text: str


class Composed(NamedTuple):
    """The nodes of a text, whose places `back` leads from the text with quoted distributions to the text."""

    root: Node | None
    plain: str
    back: list[int]

    def edit(self, node: Node, text: str) -> Edit:
        """Another text in the place of a node."""
        return Edit(self.back[node.start_mark.index], self.back[node.end_mark.index], text)


def composed(text: str) -> Composed:
    """Compose the text of a plant file, with or without a byte order mark."""
    plain = text.removeprefix(_MARK)
    quoted = quoted_calls(plain)
    return Composed(YAML(typ="safe", pure=True).compose(quoted), plain, _positions(quoted, plain))


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text after edits, which are of the text without its byte order mark."""
    plain = text.removeprefix(_MARK)
    mark = text[: len(text) - len(plain)]
    for edit in sorted(edits, reverse=True):
        plain = plain[: edit.start] + edit.text + plain[edit.end :]
    return mark + plain


def child(node: Node | None, key: str) -> tuple[Node, Node] | None:
    """Key and value of a mapping."""
    pairs = node.value if isinstance(node, MappingNode) else []
    return next(((one, value) for one, value in pairs if one.value == key), None)


def _positions(quoted: str, plain: str) -> list[int]:
    """Place in the text for each place in the one where distributions are quoted; a quote more is skipped."""
    back, at = [], 0
    for sign in quoted:
        back.append(at)
        at += at < len(plain) and plain[at] == sign
    return [*back, at]
