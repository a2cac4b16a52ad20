"""A report, and its one self-contained HTML file: nothing from a network, opens from a folder and prints."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never
from uuid import uuid4

import polars as pl

from zhizao.report import plots
from zhizao.report.data import kind_of, plain
from zhizao.report.gantt import columns
from zhizao.report.heat import heat_svg
from zhizao.report.language import Language, Words, words_of
from zhizao.report.scripts import WITHOUT_SCRIPTS, libraries_of, scripts_of, source, widget
from zhizao.report.sections import (
    Bars,
    Estimate,
    FlowMap,
    Folds,
    Gallery,
    Gantt,
    Headline,
    HeadlineRow,
    HeatMap,
    Histogram,
    Lines,
    Prose,
    Scatter,
    Section,
    StackedBars,
    Table,
    Tornado,
    Waterfall,
)
from zhizao.report.style import CSS
from zhizao.report.text import NOTHING, SHARE, THIN, cell, escape, number, quantity, signed_percent

# A browser that reads this loads nothing and runs no script but ours, whatever else might slip into the page.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_DRAWN = re.compile(r'<div class="widget" data-kind="(\w+)">')
_IN_UNIT = {"value", "before", "after", "mean", "low", "high"}  # columns that `unit` is about
_NUMBER = ' class="n"'
_NOTHING = "There is nothing to show."
_MADE = "How this was made"
_LONG = 15  # rows of a table that scrolls, and may break over pages of paper


@dataclass(frozen=True, slots=True)
class Report:
    """A page: sections in reading order, and the facts that make it again (inputs, seed, version)."""

    title: str
    subtitle: str = ""
    sections: tuple[Section, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)

    def to_html(self, *, language: Language = "en") -> str:
        """The page as one self-contained HTML file."""
        return html(self, language=language)

    def to_json(self) -> str:
        """The same sections as JSON: `title`, `subtitle`, `sections` (each with its `kind`) and `facts`."""
        found = {
            "title": self.title,
            "subtitle": self.subtitle,
            "sections": [plain(section) for section in self.sections],
            "facts": plain(self.facts),
        }
        return json.dumps(found, ensure_ascii=False, allow_nan=False)

    def to_fragments(self, *, language: Language = "en") -> str:
        """The sections as JSON, each with its `kind`, `title` and `html`, for a page of its own style.

        A chart within `html` is data that the module of its kind draws, once the `libraries` are loaded.
        """
        words = words_of(language)
        found = {
            "title": words.text(self.title),
            "subtitle": words.text(self.subtitle),
            "sections": [
                {
                    "kind": kind_of(one),
                    "title": words.text(getattr(one, "title", "")),
                    "html": _section(one, words),
                    "libraries": libraries_of(kind_of(one)),
                }
                for one in self.sections
            ],
            "facts": {words.word(name): words.cell(name, cell(value)) for name, value in self.facts.items()},
        }
        return json.dumps(found, ensure_ascii=False, allow_nan=False)


def html(report: Report, *, language: Language = "en") -> str:
    """The page as text."""
    words = words_of(language)
    subtitle = f'<p class="subtitle">{words.html(report.subtitle)}</p>' if report.subtitle else ""
    body = "\n".join(_section(section, words) for section in report.sections)
    scripts = scripts_of(_DRAWN.findall(body))
    run = "".join(f"<script>{script}</script>\n" for script in scripts)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{escape(words.text(report.title))}</title>\n<style>{CSS}</style>\n</head>\n<body>\n<main>\n"
        f"<header><h1>{words.name(report.title)}</h1>{subtitle}</header>\n"
        f"{body}\n{_footer(report, words)}</main>\n"
        f"{run}</body>\n</html>\n"
    )


def _policy(scripts: Sequence[str]) -> str:
    allowed = " ".join(source(script) for script in scripts)
    return f"{_POLICY}; script-src {allowed}" if scripts else _POLICY


def in_notebook(title: str, notes: Sequence[str], table: pl.DataFrame) -> str:
    """A result as a cell of a notebook shows it."""
    said = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return f"<h3>{escape(title)}</h3>{said}{table._repr_html_()}"


def write_report(report: Report, path: Path | str, *, language: Language = "en") -> Path:
    """Write the page; the file is complete or not there at all."""
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{uuid4().hex}.tmp")
    try:
        temporary.write_text(html(report, language=language), encoding="utf-8", newline="\n")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def _section(section: Section, words: Words) -> str:
    match section:
        case Headline():
            return _headline(section, words)
        case Prose():
            return _prose(section, words)
        case Table():
            return _table(section, words)
        case Lines() | Histogram() | StackedBars() | Tornado() | Bars() | Waterfall() | Scatter() | FlowMap():
            return _drawn(section, plots.data_of(section), words)
        case Gantt():
            return _drawn(section, columns(section) if section.rows else None, words)
        case Gallery():
            return _gallery(section, words)
        case HeatMap():
            return _heat_map(section, words)
        case Folds():
            return _folds(section, words)
    assert_never(section)


def _figure(title: str, inside: str, note: str, words: Words, *, kind: str = "") -> str:
    heading = f"<h2>{words.html(title)}</h2>" if title else ""
    said = f'<p class="note">{words.html(note)}</p>' if note else ""
    return f'<section class="{kind}">{heading}{inside}{said}</section>'


def _nothing(words: Words) -> str:
    return f'<p class="note">{words.html(_NOTHING)}</p>'


def _drawn(section: plots.Chart | Gantt, data: plots.Data | None, words: Words) -> str:
    """A chart that a script draws, and what is said below it."""
    if data is None:
        return _figure(section.title, _nothing(words), section.note, words)
    notes = " ".join(text for text in (data.pop("note", ""), section.note) if text)
    kind = kind_of(section)
    drawn = widget(kind, words.data(kind, data), words.text(WITHOUT_SCRIPTS))
    return _figure(section.title, drawn, notes, words)


def _prose(section: Prose, words: Words) -> str:
    paragraphs = (part.strip() for part in section.text.split("\n\n"))
    inside = "".join(f"<p>{words.html(part)}</p>" for part in paragraphs if part)
    return _figure(section.title, inside, "", words, kind="prose")


def _gallery(section: Gallery, words: Words) -> str:
    shots = "".join(
        f'<figure><img alt="{escape(words.text(shot.caption))}" '
        f'src="data:image/png;base64,{b64encode(shot.png).decode()}">'
        f"<figcaption>{words.html(shot.caption)}</figcaption></figure>"
        for shot in section.shots
    )
    more = f"{number(section.left_out)} more are not shown." if section.left_out else ""
    note = " ".join(part for part in (section.note, more) if part)
    inside = f'<div class="shots">{shots}</div>' if shots else _nothing(words)
    return _figure(section.title, inside, note, words)


def _heat_map(section: HeatMap, words: Words) -> str:
    inside = heat_svg(section, words) if section.values else _nothing(words)
    most = f"The darkest is {number(max(section.values))} ({section.label})." if section.values else ""
    return _figure(section.title, inside, " ".join(part for part in (most, section.note) if part), words)


# ---------------------------------------------------------------- headline
def _headline(section: Headline, words: Words) -> str:
    cards = "".join(_card(row, words) for row in section.rows)
    said = f'<p class="note">{words.html(section.note)}</p>' if section.note else ""
    return f'<section class="headline"><div class="cards">{cards}</div>{said}</section>'


def _card(row: HeadlineRow, words: Words) -> str:
    shown = row.after or row.before
    value, unit = quantity(shown.value, row.unit)
    parts = [
        f"<h3>{words.name(row.name)}</h3>",
        f'<p class="value">{escape(value)}</p>',
        f'<p class="unit">{words.name(unit)}</p>',
    ]
    if row.after is None:
        parts.append(_range(row.before, row.unit, words))
    else:
        before, _ = quantity(row.before.value, row.unit)
        parts.append(f'<p class="from">{words.html(f"before {before}")}</p>')
    if row.change is not None:
        parts.append(_change(row, row.change, words))
    return f'<div class="card {row.verdict}">{"".join(parts)}</div>'


def _range(estimate: Estimate, unit: str, words: Words) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    low, high = (quantity(bound, unit)[0] for bound in (estimate.low, estimate.high))
    return f'<p class="range">{words.html(f"{low} to {high}")}</p>'


_WORDS = {"better": "better", "worse": "worse", "unclear": "no clear change", "changed": "changed"}


def _change(row: HeadlineRow, change: Estimate, words: Words) -> str:
    if change.value is None:
        return f'<p class="change">{words.html(f"change {NOTHING}")}</p>'
    arrow = {"unclear": "≈"}.get(row.verdict, "▲" if change.value > 0 else "▼")
    verdict = words.html(_WORDS[row.verdict])
    text = f"<b>{arrow} {signed_percent(change.value)}{THIN}%</b> {verdict}"
    if change.low is None or change.high is None:
        return f'<p class="change">{text}</p>'
    bounds = words.html(f"{signed_percent(change.low)} to {signed_percent(change.high)}{THIN}%")
    return f'<p class="change">{text}</p><p class="range">{bounds}</p>'


# ---------------------------------------------------------------- tables
def _table(section: Table, words: Words) -> str:
    frame = section.frame.head(section.limit)
    right = [kind.is_numeric() for kind in frame.dtypes]
    heads = _row([words.head(name, frame.columns) for name in frame.columns], right, "th")
    rows = "".join(_row(row, right, "td") for row in _cells(frame, words))
    left_out = section.frame.height - frame.height
    more = f"The first {number(frame.height)} rows of {number(section.frame.height)}." if left_out else ""
    reached = ' tabindex="0"' if frame.height > _LONG else ""  # a keyboard scrolls it too
    inside = f'<div class="scroll"{reached}><table><thead>{heads}</thead><tbody>{rows}</tbody></table></div>'
    note = " ".join(part for part in (section.note, more) if part)
    return _figure(section.title, inside, note, words, kind="long" if frame.height > _LONG else "")


def _folds(section: Folds, words: Words) -> str:
    lines = "".join(
        f"<details><summary>{words.html(one.summary)}</summary>"
        f"{''.join(_table(table, words) for table in one.tables)}</details>"
        for one in section.folds
    )
    return _figure(section.title, lines or _nothing(words), section.note, words, kind="folds")


def _row(texts: list[str], right: list[bool], tag: str) -> str:
    """A row of a table; the texts are HTML."""
    cells = (
        f"<{tag}{_NUMBER if numeric else ''}>{text}</{tag}>"
        for text, numeric in zip(texts, right, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>"


def _cells(frame: pl.DataFrame, words: Words) -> Iterator[list[str]]:
    """Rows as HTML; a value in shares is written in per cent."""
    names = frame.columns
    for row in frame.iter_rows(named=True):
        if row.get("unit") == SHARE:
            row = row | {n: 100 * row[n] for n in _IN_UNIT & row.keys() if isinstance(row[n], int | float)}
            row["unit"] = "%"
        yield [
            "" if name == "unit" and row[name] == "1" else words.cell_html(name, cell(row[name]))
            for name in names
        ]


def _footer(report: Report, words: Words) -> str:
    rows = "".join(
        f'<tr><th scope="row">{words.name(name)}</th><td>{words.cell_html(name, cell(value))}</td></tr>'
        for name, value in report.facts.items()
    )
    return f"<footer><h2>{words.html(_MADE)}</h2><table>{rows}</table></footer>\n" if rows else ""
