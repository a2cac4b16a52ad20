"""Charts as inline SVG, drawn here so that a report needs nothing from anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil, isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhizao.report.axes import Scale, Ticks, number_ticks, time_ticks
from zhizao.report.colours import SERIES, colours_of, ink_on
from zhizao.report.sections import Gantt, GanttRow, Histogram, Lines, StackedBars, Tornado
from zhizao.report.text import duration, escape, moment, number

_WIDTH = 760
_POINTS = 600  # a curve of more points is thinned to the lowest and highest of each stretch
_COLUMNS = 120  # places where a tooltip tells the values of all curves

Floats = NDArray[np.float64]


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


def _y_axis(area: Area, scale: Scale, ticks: Ticks, label: str) -> str:
    parts = [_text(area.left, area.top - 12, label, "label", "start")]
    for value, text in zip(ticks.at, ticks.labels, strict=True):
        y = scale(value)
        parts += [_line(area.left, y, area.right, y, "grid"), _text(area.left - 8, y + 4, text, anchor="end")]
    return "".join(parts)


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


# ---------------------------------------------------------------- curves
def lines(chart: Lines) -> str:
    """Curves over numbers or times."""
    x, origin = _places(chart.x)
    curves = {name: np.array([_value(v) for v in ys], dtype=np.float64) for name, ys in chart.series.items()}
    known = [y[np.isfinite(y)] for y in curves.values()]
    if not len(x) or not any(len(y) for y in known):
        return nothing()
    low, high = _y_range(np.concatenate(known))
    area = Area(64, 34, _WIDTH - 16, 268)
    across = Scale(float(x.min()), float(x.max()), area.left, area.right)
    up = Scale(low, high, area.bottom, area.top)
    ticks = _x_ticks(across, origin)
    parts = [
        _y_axis(area, up, number_ticks(low, high), chart.y_label),
        _x_axis(area, across, ticks, chart.x_label),
    ]
    colours = dict(zip(curves, _repeat(SERIES, len(curves)), strict=True))
    for name, y in curves.items():
        parts.append(_curve(across.all(x), up.all(y), colours[name], chart.steps))
    if chart.mark is not None and across.low <= chart.mark <= across.high:
        parts.append(_upright(across(chart.mark), area, "currentColor"))
    parts.append(_hover(x, curves, across, area, _telling(origin)))
    drawing = _svg(area.bottom + 44, chart.title, parts)
    return (legend(colours) if len(curves) > 1 else "") + _scroll(drawing)


def _places(x: Sequence[float] | Sequence[datetime]) -> tuple[Floats, datetime | None]:
    """Numbers for the places of x; of times, seconds since the first."""
    times = [value for value in x if isinstance(value, datetime)]
    if times:
        origin = min(times)
        return np.array([(value - origin).total_seconds() for value in times]), origin
    return np.asarray(x, dtype=np.float64), None


def _value(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _y_range(known: Floats) -> tuple[float, float]:
    """From 0 where that does not flatten the curve, up to a little above the highest value."""
    low, high = float(known.min()), float(known.max())
    if 0 < low < 0.7 * high or low == high > 0:
        low = 0.0
    if low == high:
        return low - 1.0, high + 1.0
    return low, high + 0.05 * (high - low)


def _x_ticks(across: Scale, origin: datetime | None) -> Ticks:
    if origin is None:
        return number_ticks(across.low, across.high, about=8)
    return time_ticks(origin, origin + timedelta(seconds=across.high))


def _repeat(values: Sequence[str], count: int) -> list[str]:
    return [values[index % len(values)] for index in range(count)]


def _curve(x: Floats, y: Floats, colour: str, steps: bool) -> str:
    xs, ys = _thinned(x, y)
    commands: list[str] = []
    pen_down = False
    for px, py in zip(xs, ys, strict=True):
        if not isfinite(py):
            pen_down = False
            continue
        if pen_down and steps:
            commands.append(f"H{px:.1f}V{py:.1f}")
        else:
            # A move of no length makes a point that stands alone visible, as a dot.
            commands.append(f"L{px:.1f} {py:.1f}" if pen_down else f"M{px:.1f} {py:.1f}h0")
        pen_down = True
    return f'<path class="curve" style="stroke:{colour}" d="{"".join(commands)}"/>'


def _thinned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Keep the lowest and the highest point of each stretch, so that no peak is lost."""
    if len(x) <= _POINTS:
        return x, y
    kept: set[int] = {0, len(x) - 1}
    for stretch in np.array_split(np.arange(len(x)), _POINTS // 2):
        values = y[stretch]
        if np.isfinite(values).any():
            kept |= {int(stretch[np.nanargmin(values)]), int(stretch[np.nanargmax(values)])}
        else:
            kept.add(int(stretch[0]))
    order = sorted(kept)
    return x[order], y[order]


def _telling(origin: datetime | None) -> Callable[[float], str]:
    """How a place on the x axis is written in a tooltip."""
    if origin is None:
        return number
    return lambda place: moment(origin + timedelta(seconds=round(place)))


def _hover(
    x: Floats, curves: Mapping[str, Floats], across: Scale, area: Area, tell: Callable[[float], str]
) -> str:
    """Invisible columns whose tooltips tell the values of all curves."""
    chosen = np.unique(np.linspace(0, len(x) - 1, min(len(x), _COLUMNS)).astype(int))
    width = (area.right - area.left) / len(chosen)
    parts = []
    for index in chosen:
        place = float(x[index])
        shown = "\n".join(f"{name}: {number(float(y[index]))}" for name, y in curves.items())
        left, height = across(place) - width / 2, area.bottom - area.top
        parts.append(_rect(left, area.top, width, height, 'class="hit"', f"{tell(place)}\n{shown}"))
    return "".join(parts)


# ---------------------------------------------------------------- distributions
def histogram(chart: Histogram) -> str:
    """Shares by class, one filled shape per sample over the same classes; a dashed line marks each median."""
    samples = {name: _finite(values) for name, values in chart.samples.items()}
    samples = {name: values for name, values in samples.items() if len(values)}
    if not samples:
        return nothing()
    edges, beyond = _classes(list(samples.values()))
    shares = {name: _shares(values, edges) for name, values in samples.items()}
    top = 100 * max(float(share.max()) for share in shares.values()) * 1.08
    area = Area(64, 34, _WIDTH - 16, 268)
    across = Scale(float(edges[0]), float(edges[-1]), area.left, area.right)
    up = Scale(0.0, top, area.bottom, area.top)
    label = f"{chart.x_label} ({chart.unit})" if chart.x_label and chart.unit else chart.x_label or chart.unit
    parts = [_y_axis(area, up, number_ticks(0.0, top), "share (%)")]
    colours = dict(zip(samples, _repeat(SERIES, len(samples)), strict=True))
    for name, share in shares.items():
        parts.append(_outline(share, edges, across, up, colours[name]))
    for name, values in samples.items():
        parts.append(_median(float(np.median(values)), across, area, colours[name]))
    parts.append(_class_hover(shares, edges, across, area, chart.unit))
    parts.append(_x_axis(area, across, number_ticks(across.low, across.high, about=8), label))
    tail = f"; the last class holds all values from {number(float(edges[-2]))} up" if beyond else ""
    medians = {name: number(float(np.median(values))) for name, values in samples.items()}
    named = {f"{name} (median {medians[name]} {chart.unit})": colours[name] for name in samples}
    drawing = _svg(area.bottom + 44, chart.title, parts)
    return legend(named) + _scroll(drawing) + _note(f"Dashed lines mark the medians{tail}.")


def _finite(values: Sequence[float]) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    return array[np.isfinite(array)]


def _classes(samples: Sequence[Floats]) -> tuple[Floats, bool]:
    """Common classes after Freedman and Diaconis 1981, 8 to 40 of them; a long tail goes into the last."""
    every = np.concatenate(samples)
    low, high = float(every.min()), float(every.max())
    cut = max(float(np.quantile(values, 0.99)) for values in samples)
    beyond = high > cut + 0.25 * (cut - low) > low
    high = cut if beyond else high
    if low == high:
        return np.array([low - 0.5, low + 0.5]), False
    quarter, three = np.quantile(every, [0.25, 0.75])
    smallest = min(len(values) for values in samples)
    width = 2 * (three - quarter) / smallest ** (1 / 3)
    count = 40 if width <= 0 else min(max(ceil((high - low) / width), 8), 40)
    return np.linspace(low, high, count + 1), beyond


def _shares(values: Floats, edges: Floats) -> Floats:
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), bins=edges)
    return counts / len(values)


def _outline(share: Floats, edges: Floats, across: Scale, up: Scale, colour: str) -> str:
    commands = [f"M{across(float(edges[0])):.1f} {up(0.0):.1f}"]
    for value, right in zip(share, edges[1:], strict=True):
        commands.append(f"V{up(100 * float(value)):.1f}H{across(float(right)):.1f}")
    return (
        f'<path class="shape" style="stroke:{colour};fill:{colour}" d="{"".join(commands)}V{up(0.0):.1f}Z"/>'
    )


def _median(value: float, across: Scale, area: Area, colour: str) -> str:
    return "" if value > across.high else _upright(across(value), area, colour)


def _upright(x: float, area: Area, colour: str) -> str:
    return (
        f'<line class="median" style="stroke:{colour}" x1="{x:.1f}" y1="{area.top}" x2="{x:.1f}" '
        f'y2="{area.bottom}"/>'
    )


def _class_hover(shares: Mapping[str, Floats], edges: Floats, across: Scale, area: Area, unit: str) -> str:
    parts = []
    for index, (low, high) in enumerate(pairwise(edges)):
        shown = "\n".join(f"{name}: {number(100 * float(share[index]))} %" for name, share in shares.items())
        title = f"{number(float(low))} to {number(float(high))} {unit}\n{shown}"
        left, right = across(float(low)), across(float(high))
        parts.append(_rect(left, area.top, right - left, area.bottom - area.top, 'class="hit"', title))
    return "".join(parts)


# ---------------------------------------------------------------- states
def stacked_bars(chart: StackedBars) -> str:
    """One horizontal bar per category; shares of 6 % and more are written into the bar."""
    if not chart.categories:
        return nothing()
    shown = {state: shares for state, shares in chart.shares.items() if any(s > 0 for s in shares)}
    colours = colours_of(shown)
    area = Area(_margin(chart.categories), 10, _WIDTH - 16, 10 + 30 * len(chart.categories))
    across = Scale(0.0, 1.0, area.left, area.right)
    percent = Ticks((0.0, 0.25, 0.5, 0.75, 1.0), ("0", "25", "50", "75", "100"))
    parts = [_x_axis(area, across, percent, "share of time (%)")]
    for row, category in enumerate(chart.categories):
        y = area.top + 30 * row + 4
        parts.append(_text(area.left - 10, y + 15, _short(category), "name", "end"))
        parts.append(
            _bar(category, {state: shares[row] for state, shares in shown.items()}, y, across, colours)
        )
    return legend(colours) + _scroll(_svg(area.bottom + 44, chart.title, parts))


def _bar(
    category: str, shares: Mapping[str, float], y: float, across: Scale, colours: Mapping[str, str]
) -> str:
    parts: list[str] = []
    done = 0.0
    for state, share in shares.items():
        if not share > 0:
            continue
        left, right = across(done), across(done + share)
        title = f"{category}\n{state}: {number(100 * share)} %"
        parts.append(_rect(left, y, right - left, 22, _fill(colours[state]), title))
        if share >= 0.06:
            ink = f'<text class="in" style="fill:{ink_on(colours[state])}" x="{(left + right) / 2:.1f}"'
            parts.append(f'{ink} y="{y + 15:.1f}" text-anchor="middle">{100 * share:.0f}</text>')
        done += share
    return "".join(parts)


def tornado(chart: Tornado) -> str:
    """Two half-high bars per name, from the line of no change; the caller sorts the rows."""
    ways = {way: [_value(v) for v in changes] for way, changes in chart.changes.items()}
    sizes = [abs(v) for changes in ways.values() for v in changes if isfinite(v)]
    if not sizes:
        return nothing()
    reach = 100 * max(sizes) * 1.05 or 1.0
    names = [
        name if len(name) <= 36 else f"…{name[-35:]}" for name in chart.names
    ]  # a path tells most at its end
    area = Area(24 + 7.0 * max(map(len, names)), 10, _WIDTH - 16, 10 + 30 * len(names))
    across = Scale(-reach, reach, area.left, area.right)
    parts = [_x_axis(area, across, number_ticks(-reach, reach, about=8), chart.label)]
    colours = dict(zip(ways, _repeat(SERIES, len(ways)), strict=True))
    for row, name in enumerate(chart.names):
        y = area.top + 30 * row + 4
        parts.append(_text(area.left - 10, y + 15, names[row], "name", "end"))
        for number_of_way, (way, changes) in enumerate(ways.items()):
            if isfinite(changes[row]):
                left, right = sorted((across(0.0), across(100 * changes[row])))
                title = f"{name}\n{way}: {number(100 * changes[row])} %"
                top = y + 11 * number_of_way
                parts.append(_rect(left, top, right - left, 11, _fill(colours[way]), title))
    parts.append(_line(across(0.0), area.top, across(0.0), area.bottom, "axis"))
    return legend(colours) + _scroll(_svg(area.bottom + 44, chart.title, parts))


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
