"""A table of translations: terms by their exact text, sentences by templates with placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
_PLACEHOLDER = re.compile(r"\{(\w+)(?::(\w+))?\}")
_DIGITS = r"(?:\d{1,3}(?:[ ,\u202f]\d{3})+|\d+)(?:\.\d+)?(?:[×e][\d⁻⁰¹²³⁴⁵⁶⁷⁸⁹+-]+)?[kMG]?"
_NUMBER = rf"(?:[≈~<>] )?[\u2212+-]?(?:∞|{_DIGITS})"
_WITHIN = r"(?:(?![.?!:] [A-Z]).)+?"  # a placeholder does not reach over the end of a sentence
_SHAPES = {
    **dict.fromkeys(("", "maybe"), r"(?:(?![.?!:;] ).)+?"),
    "number": _NUMBER,
    "unit": r"(?:[^ ;,:()\d][^ ;,:()]*)?",
    "text": ".+",
}
_CHINESE = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_BETWEEN = re.compile(r"(?<=[.?!]) +(?=[^a-z ])")
_LISTED = re.compile(r", and |, | and ")
_BLANK = re.compile("\u00a0|\u202f(?!\\d)|(?<!\\d)\u202f")
_PARTED = {
    "items": ("; ", "；"),
    "effects": (" and ", "，并"),
    "shares": (", ", "、"),
    "both": (" and ", "、"),
}
_CLAUSE = re.compile(r"(?<![\w-])(?:[Tt]he|[Nn]o|[Ff]or|[Ii]t|is|are|was|not|that|which|comes|its)(?= |$)")
_PER_CENT = re.compile(r"(?<=\d) ?%")


@dataclass(frozen=True)
class Template:
    """An English text with placeholders, and the same in the other language.

    A placeholder is `{name}`: a name, taken over as it is; `{name:number}`: a number; `{name:term}`:
    translated, or the template does not fit; `{name:text}`: the same of several sentences; `{name:maybe}`:
    translated where the table knows it, else a name; `{name:unit}`: the same of one word; `{name:list}`: a
    list of `maybe`; `{name:items}`, `{name:effects}`, `{name:both}` and `{name:shares}`: texts between
    semicolons, "and" or commas, each translated, or the template does not fit. What reads as a clause is no
    name.
    """

    english: str
    other: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What fits the template."""
        parts: list[str] = []
        end = 0
        for found in _PLACEHOLDER.finditer(self.english):
            parts.append(re.escape(self.english[end : found.start()]))
            parts.append(f"(?P<{found[1]}>{_SHAPES.get(found[2], _WITHIN)})")
            end = found.end()
        return re.compile("".join((*parts, re.escape(self.english[end:]))), re.DOTALL)

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The kind of each placeholder by its name."""
        return {found[1]: found[2] or "" for found in _PLACEHOLDER.finditer(self.english)}

    @property
    def is_loose(self) -> bool:
        """Whether a placeholder takes any text."""
        return not {"", "maybe", "list", "items"}.isdisjoint(self.kinds.values())

    @cached_property
    def start(self) -> str:
        """What every text that fits begins with."""
        return self.english[: self.english.index("{")]

    @cached_property
    def pieces(self) -> list[tuple[str, str]]:
        """What stands before each placeholder of the other language's text, and its name; none at the end."""
        parts = _PLACEHOLDER.split(self.other)
        return list(zip(parts[::3], [*parts[1::3], ""], strict=True))

    def filled(self, values: dict[str, str]) -> str:
        """The other language's text with these values; no blank stands between two of its own signs."""
        parts = ""
        for literal, name in self.pieces:
            parts = _joined(_joined(parts, literal), values.get(name, ""))
        return parts


class Table:
    """Translations of one language.

    A text is translated whole or not at all: half a sentence in each language says nothing.
    """

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        terms = {_normal(english): other for english, other in pairs if "{" not in english}
        self._terms = {english.lower(): other for english, other in terms.items()} | terms
        templates = [Template(_normal(english), other) for english, other in pairs if "{" in english]
        fixed = {one: len(_PLACEHOLDER.sub("", one.english)) for one in templates}
        # those that take nothing over as it is come first: they leave no English behind
        self._templates = sorted(templates, key=lambda one: (one.is_loose, -fixed[one]))
        self._known: dict[str, str | None] = {}

    def whole(self, text: str) -> str | None:
        """The translation of a term or of a whole text; None where the table has none."""
        if text not in self._known:
            normal = _normal(text)
            found = self._terms.get(normal) or self._by_template(normal)
            self._known[text] = found if found is None else _unbroken(found, "\u00a0" in text)
        return self._known[text]

    def runs(self, paragraph: str) -> list[tuple[str, bool]]:
        """The paragraph in runs of sentences, each with whether it is translated."""
        if (found := self.whole(paragraph)) is not None:
            return [(found, True)]
        sentences = _BETWEEN.split(paragraph)
        return [
            (("" if done else " ").join(text for text, _ in group), done)
            for done, group in groupby(self._longest(sentences), key=lambda run: run[1])
        ]

    def _longest(self, sentences: list[str]) -> Iterator[tuple[str, bool]]:
        """Sentences in turn, as many at once as the table knows together."""
        start = 0
        while start < len(sentences):
            for end in range(len(sentences), start, -1):
                if (found := self.whole(" ".join(sentences[start:end]))) is not None:
                    yield found, True
                    break
            else:
                end = start + 1
                yield sentences[start], False
            start = end

    def _by_template(self, text: str) -> str | None:
        for template in self._templates:
            if not text.startswith(template.start):
                continue
            if (found := template.pattern.fullmatch(text)) is None:
                continue
            values = {name: self._value(found[name], kind) for name, kind in template.kinds.items()}
            known = {name: value for name, value in values.items() if value is not None}
            if len(known) == len(values):
                return template.filled(known)
        return None

    def _value(self, text: str, kind: str) -> str | None:
        if kind == "term":
            return self.whole(text)
        if kind == "text":
            runs = self.runs(text)
            return "".join(one for one, _ in runs) if all(done for _, done in runs) else None
        if kind in ("maybe", "unit"):
            return self.whole(text) or _name(text)
        if kind == "list":
            return _all([self.whole(one) or _name(one) for one in _LISTED.split(text)], "、")
        if kind in _PARTED:
            between, joint = _PARTED[kind]
            return _all([self.whole(one) for one in text.split(between)], joint)
        return text if kind == "number" else _name(text)


def _name(text: str) -> str | None:
    """A name of the user's own; None for what is rather a clause that has no translation."""
    return None if _CLAUSE.search(text) and "`" not in text else text


def _all(parts: list[str | None], joint: str) -> str | None:
    known = [one for one in parts if one is not None]
    return joint.join(known) if len(known) == len(parts) else None


def _unbroken(text: str, whole: bool) -> str:
    """No line ends before a sign of per cent, nor in an interval whose English text has no break either."""
    text = _PER_CENT.sub("\u202f%", text)
    return text.replace(" 至 ", "\u00a0至\u00a0") if whole else text


def _joined(before: str, after: str) -> str:
    """Two parts of a text; a blank between two Chinese signs goes."""
    if re.search(f"{_CHINESE} $", before) and re.match(_CHINESE, after):
        return before[:-1] + after
    if re.search(f"{_CHINESE}$", before) and re.match(f" {_CHINESE}", after):
        return before + after[1:]
    return before + after


def _normal(text: str) -> str:
    """A text with plain blanks, and one before each sign of per cent; thousands stay grouped."""
    return _PER_CENT.sub(" %", _BLANK.sub(" ", text))


@cache
def chinese() -> Table:
    """English to Chinese."""
    return Table([*pairs("terms.tsv"), *pairs("sentences.tsv")])


def pairs(file: str) -> list[tuple[str, str]]:
    """Rows of a table: English, tab, Chinese; a line that begins with `#` is a heading."""
    lines = (FOLDER / file).read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return [(english, other) for english, other in rows]
