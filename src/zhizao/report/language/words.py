"""The words of a page in its language; what has no translation stays English and is marked as such."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, get_args

from zhizao.report.language.table import Table, chinese
from zhizao.report.text import escape

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_ENGLISH, _CHINESE = re.compile("[A-Za-z]{2}"), re.compile("[\u4e00-\u9fff]")
_NAMED = {
    "lines": "series",
    "histogram": "samples",
    "stacked_bars": "states",
    "tornado": "ways",
    "bars": "sources",
}
_LABELS = ("title", "x_label", "y_label", "right_label", "label", "note")
_BY_SOURCE = {"places": ("per_lot", "work_h"), "steps": ("per_lot", "wait_h")}
OWN_NAMES = frozenset(
    {
        *("work_center", "work center", "resource", "product", "order", "lot", "operation", "route", "plant"),
        *("plan", "candidate", "measure", "group", "part", "indicator", "way", "source", "target", "path"),
        *("index", "table", "field", "parameter", "column", "changes"),
    }
)
"""Columns of tables and facts that hold names of the user's own, which are never translated."""


@dataclass(frozen=True)
class Words:
    """Texts in one language; without a table they stay as studies write them, in English."""

    language: Language = "en"
    table: Table | None = None

    def text(self, english: str) -> str:
        """A text as it is shown, where nothing can be marked."""
        return " ".join(text for text, _ in self._runs(english))

    def html(self, english: str) -> str:
        """A text as HTML, escaped; what stays English is marked."""
        return " ".join(_marked(text, done) for text, done in self._runs(english))

    def name(self, english: str) -> str:
        """A name that may be the user's own: translated where the table has it, escaped."""
        return escape(self.word(english))

    def word(self, english: str) -> str:
        """A term, or a name that may be the user's own and stays as it is."""
        return english if self.table is None else self.table.whole(english) or english

    def cell(self, column: str, text: str) -> str:
        """A cell of a table; names of the user's own stay."""
        return text if column in OWN_NAMES else self.text(text)

    def cell_html(self, column: str, text: str) -> str:
        """A cell as HTML, escaped; of what stays English, phrases are marked: a single word may be a name."""
        return self.html(text) if " " in text and column not in OWN_NAMES else escape(self.cell(column, text))

    def head(self, name: str, columns: list[str]) -> str:
        """The head of a column, escaped; a `unit` is one of measure, or one that works or is ranked."""
        if name == "unit" and not {"activity", "score"}.isdisjoint(columns):
            return escape(name if self.table is None else self.word("work unit"))
        return self.name(name.replace("_", " "))

    def data(self, kind: str, found: dict[str, Any]) -> dict[str, Any]:
        """What a chart shows: its labels and the names of its series."""
        if self.table is None or kind == "gantt":  # its script has its own words
            return found
        labels = {key: self.text(found[key]) for key in _LABELS if found.get(key)}
        if kind == "flow_map":
            return found | labels | self._sources(found)
        if kind == "waterfall":
            return found | labels | {"total": found["total"] | {"name": self.word(found["total"]["name"])}}
        if kind == "scatter":
            return found | labels | {"points": [self._point(one) for one in found["points"]]}
        series = _NAMED.get(kind)
        if series is None:
            return found | labels
        return found | labels | {series: [one | {"name": self.word(one["name"])} for one in found[series]]}

    def _point(self, point: dict[str, Any]) -> dict[str, Any]:
        """A point to pick: names of its facts, and its headline."""
        facts = [{"name": self.word(one["name"]), "text": self.text(one["text"])} for one in point["facts"]]
        rows = [
            one | {"name": self.text(one["name"]), "verdict": self.word(one["verdict"])}
            for one in point["rows"]
        ]
        return point | {"facts": facts, "rows": rows}

    def _sources(self, found: dict[str, Any]) -> dict[str, Any]:
        """Places and steps by the names of their sources."""
        named: dict[str, Any] = {"sources": [self.word(name) for name in found["sources"]]}
        for group, fields in _BY_SOURCE.items():
            named[group] = [one | {field: self._keys(one[field]) for field in fields} for one in found[group]]
        return named

    def _keys(self, found: dict[str, float]) -> dict[str, float]:
        return {self.word(name): value for name, value in found.items()}

    def _runs(self, english: str) -> list[tuple[str, bool]]:
        return [(english, True)] if self.table is None or not english else self.table.runs(english)


def _marked(text: str, done: bool) -> str:
    """A run as HTML; one that is English still is marked, one of numbers or Chinese names is not."""
    if done or not _ENGLISH.search(text) or _CHINESE.search(text):
        return escape(text)
    return f'<span lang="en">{escape(text)}</span>'


def words_of(language: Language) -> Words:
    """The words of a language."""
    return Words(language, chinese()) if language == "zh" else Words()
