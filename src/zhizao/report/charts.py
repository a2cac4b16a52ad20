"""Gantt charts as inline SVG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from zhizao.report.axes import Scale, Ticks, time_ticks
from zhizao.report.colours import colours_of, ink_on
from zhizao.report.sections import Gantt, GanttRow
from zhizao.report.text import duration, escape, moment, number

_WIDTH = 760


class Area(NamedTuple):
    """The plotting area within a drawing."""

    left: float
    top: float
    right: float
    bottom: float


# ---------------------------------------------------------------- pieces
def _svg(height: float, name: str, parts: Iterable[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{escape(name)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, text: str, kind: str = "tick", anchor: str = "middle") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _rect(x: float, y: float, width: float, height: float, style: str, title: str = "") -> str:
    inside = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{max(width, 0):.2f}" height="{max(height, 0):.2f}" {style}>'
        f"{inside}</rect>"
    )


def _fill(colour: str) -> str:
    return f'style="fill:{colour}"'


def _x_axis(area: Area, scale: Scale, ticks: Ticks, label: str) -> str:
    parts = [_line(area.left, area.bottom, area.right, area.bottom, "axis")]
    for value, text in zip(ticks.at, ticks.labels, strict=True):
        x = scale(value)
        parts += [_line(x, area.bottom, x, area.bottom + 4, "axis"), _text(x, area.bottom + 18, text)]
    if label:
        parts.append(_text(area.right, area.bottom + 36, label, "label", "end"))
    return "".join(parts)


def legend(colours: Mapping[str, str]) -> str:
    """Names and colours above a chart, as text that wraps on a narrow page."""
    items = (f'<li><i style="background:{c}"></i>{escape(name)}</li>' for name, c in colours.items())
    return f'<ul class="legend">{"".join(items)}</ul>'


def _margin(names: Iterable[str]) -> float:
    """Room for the longest name at the left of a chart."""
    return 24 + 7.0 * max((len(_short(name)) for name in names), default=0)


def _short(name: str) -> str:
    return name if len(name) <= 24 else name[:23] + "…"


def gantt(chart: Gantt) -> str:
    """Bars of each unit over time."""
    rows = sorted(chart.rows, key=lambda row: row.start)[: chart.limit]
    if not rows:
        return nothing()
    units = list(dict.fromkeys(row.unit for row in chart.rows))
    colours = colours_of(sorted({row.kind for row in rows}))
    origin, end = rows[0].start, max(row.end for row in rows)
    area = Area(_margin(units), 10, _WIDTH - 16, 10 + 26 * len(units))
    across = Scale(0.0, (end - origin).total_seconds(), area.left, area.right)
    ticks = time_ticks(origin, end)
    parts = [_line(across(at), area.top, across(at), area.bottom, "grid") for at in ticks.at]
    parts.append(_x_axis(area, across, ticks, "time"))
    place = {unit: area.top + 26 * index for index, unit in enumerate(units)}
    parts += [_text(area.left - 10, y + 17, _short(unit), "name", "end") for unit, y in place.items()]
    parts += [_gantt_bar(row, place[row.unit], across, origin, colours[row.kind]) for row in rows]
    parts += _labels_beside(rows, place, across, origin)
    left_out = len(chart.rows) - len(rows)
    note = _note(f"The first {number(len(rows))} bars; {number(left_out)} later ones are not shown.")
    return legend(colours) + _scroll(_svg(area.bottom + 44, chart.title, parts)) + (note if left_out else "")


def _gantt_bar(row: GanttRow, y: float, across: Scale, origin: datetime, colour: str) -> str:
    left = across((row.start - origin).total_seconds())
    width = max(across((row.end - origin).total_seconds()) - left, 0.6)
    label = f"{row.kind} {row.label}".strip()
    length = duration((row.end - row.start).total_seconds())
    title = f"{row.unit}: {label}\n{moment(row.start)} to {moment(row.end)} ({length})"
    parts = [_rect(left, y + 4, width, 18, f'class="bar" {_fill(colour)}', title)]
    if row.label and width > _label_width(row.label):
        ink = f'class="in" style="fill:{ink_on(colour)}"'
        parts.append(f'<text {ink} x="{left + 5:.1f}" y="{y + 17:.1f}">{escape(row.label)}</text>')
    return "".join(parts)


def _labels_beside(
    rows: Sequence[GanttRow], place: Mapping[str, float], across: Scale, origin: datetime
) -> Iterator[str]:
    """The labels that are inside no bar, each once, in the gap behind the first bar where it fits."""
    spans = [tuple(across((t - origin).total_seconds()) for t in (row.start, row.end)) for row in rows]
    inside = {
        row.label for row, (left, right) in zip(rows, spans, strict=True)
        if right - left > _label_width(row.label)
    }  # fmt: skip
    gap_ends: dict[str, float] = {}  # of those to the right, from the last bar of each unit back
    found: dict[str, str] = {}
    for row, (left, right) in zip(reversed(rows), reversed(spans), strict=True):
        room = gap_ends.get(row.unit, across.stop) - right
        gap_ends[row.unit] = min(gap_ends.get(row.unit, across.stop), left)
        if row.label and row.label not in inside and room > _label_width(row.label):
            found[row.label] = _text(right + 4, place[row.unit] + 17, row.label, anchor="start")
    yield from found.values()


def _label_width(label: str) -> float:
    return 7.5 * len(label) + 8


def _scroll(drawing: str) -> str:
    return f'<div class="scroll">{drawing}</div>'


def _note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>'


def nothing() -> str:
    """What stands where a section has nothing to show."""
    return _note("There is nothing to show.")
