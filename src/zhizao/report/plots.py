"""What the scripts of a report draw: each chart as plain data, with its classes and colours settled here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import ceil, isfinite
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from zhizao.report.colours import SERIES, colours_of, is_deep, is_grey, name_of
from zhizao.report.sections import (
    Bars,
    Choice,
    Estimate,
    FlowMap,
    HeadlineRow,
    Histogram,
    Lines,
    Scatter,
    StackedBars,
    Tornado,
    Waterfall,
)
from zhizao.report.text import NOTHING, SHARE, THIN, number, quantity, signed_percent

_POINTS = 2000  # a curve of more points is thinned to the lowest and highest of each stretch
_DIGITS = 6  # significant, of what a chart holds: a pixel is a thousandth of it

Floats = NDArray[np.float64]
Data = dict[str, Any]
Chart = Lines | Histogram | StackedBars | Tornado | Bars | Waterfall | Scatter | FlowMap


def data_of(chart: Chart) -> Data | None:
    """What the script of a chart draws; None where there is nothing."""
    match chart:
        case Lines():
            return lines(chart)
        case Histogram():
            return histogram(chart)
        case StackedBars():
            return stacked_bars(chart)
        case Tornado():
            return tornado(chart)
        case Bars():
            return bars(chart)
        case Waterfall():
            return waterfall(chart)
        case Scatter():
            return scatter(chart)
        case FlowMap():
            return flow_map(chart)
    assert_never(chart)


# ---------------------------------------------------------------- curves
def lines(chart: Lines) -> Data | None:
    """Curves over numbers or times; None where no value is known."""
    x = _places(chart.x)
    given = {**chart.series, **chart.right}
    curves = {name: np.array([_value(v) for v in ys], dtype=np.float64) for name, ys in given.items()}
    known = [y[np.isfinite(y)] for y in curves.values()]
    if not len(x) or not any(len(y) for y in known):
        return None
    rows = _thinned(list(curves.values()))
    colours = _series_colours(curves)
    every = np.concatenate([known[place] for place, name in enumerate(curves) if name not in chart.right])
    return {
        "title": chart.title,
        "x": _plain(x[rows]),
        "times": bool(len(chart.x)) and isinstance(chart.x[0], datetime),
        "series": [
            {
                "name": name,
                "colour": colours[name],
                "values": _plain(y[rows]),
                "right": name in chart.right,
            }
            for name, y in curves.items()
        ],
        "x_label": chart.x_label,
        "y_label": chart.y_label,
        "right_label": chart.right_label,
        "steps": chart.steps,
        "mark": chart.mark,
        # from 0 where that does not flatten the curve, and beside another axis, which begins there
        "scale": bool(len(every)) and not chart.right and not 0 < every.min() < 0.7 * every.max(),
    }


def _places(x: Sequence[float] | Sequence[datetime]) -> Floats:
    """Numbers for the places of x; of times, ms since 1970 by the plant's own clock."""
    if len(x) and isinstance(x[0], datetime):
        return np.array(
            [one.replace(tzinfo=UTC).timestamp() * 1000 for one in x if isinstance(one, datetime)]
        )
    return np.asarray(x, dtype=np.float64)


def _value(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _thinned(curves: Sequence[Floats]) -> NDArray[np.int64]:
    """Rows that keep the lowest and the highest point of each stretch of each curve: no peak is lost."""
    size = len(curves[0])
    if size <= _POINTS:
        return np.arange(size)
    kept: set[int] = {0, size - 1}
    for stretch in np.array_split(np.arange(size), _POINTS // 2):
        for y in curves:
            values = y[stretch]
            if np.isfinite(values).any():
                kept |= {int(stretch[np.nanargmin(values)]), int(stretch[np.nanargmax(values)])}
            else:
                kept.add(int(stretch[0]))
    return np.array(sorted(kept))


def _plain(values: Floats) -> list[float | None]:
    return [float(f"{value:.15g}") if np.isfinite(value) else None for value in values.tolist()]


def _series_colours(names: Mapping[str, object]) -> dict[str, str]:
    return {name: name_of(SERIES[place % len(SERIES)]) for place, name in enumerate(names)}


# ---------------------------------------------------------------- distributions
def histogram(chart: Histogram) -> Data | None:
    """Shares by class over common classes, and medians; None where there is no value."""
    samples = {name: _finite(values) for name, values in chart.samples.items()}
    samples = {name: values for name, values in samples.items() if len(values)}
    if not samples:
        return None
    edges, beyond = _classes(list(samples.values()))
    colours = _series_colours(samples)
    in_unit = (
        f"{chart.x_label} ({chart.unit})" if chart.x_label and chart.unit else chart.x_label or chart.unit
    )
    medians = {name: float(np.median(values)) for name, values in samples.items()}
    tail = f"; the last class holds all values from {number(float(edges[-2]))} up" if beyond else ""
    return {
        "title": chart.title,
        "edges": _plain(edges),
        "samples": [
            {
                "name": f"{name} (median {number(medians[name])} {chart.unit})",
                "colour": colours[name],
                "shares": _plain(100 * _shares(values, edges)),
                "median": medians[name],
            }
            for name, values in samples.items()
        ],
        "x_label": in_unit,
        "y_label": "share (%)",
        "unit": chart.unit,
        "note": f"Dashed lines mark the medians{tail}.",
    }


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


# ---------------------------------------------------------------- bars
def stacked_bars(chart: StackedBars) -> Data | None:
    """One bar per category, made of shares by state; None without categories."""
    if not chart.categories:
        return None
    shown = {state: shares for state, shares in chart.shares.items() if any(s > 0 for s in shares)}
    colours = colours_of(shown)
    return {
        "title": chart.title,
        "categories": list(chart.categories),
        "states": [
            {
                "name": state,
                "colour": name_of(colours[state]),
                "deep": is_deep(colours[state]),
                "grey": is_grey(colours[state]),
                "shares": [round(100 * share, _DIGITS) for share in shares],
            }
            for state, shares in shown.items()
        ],
        "x_label": "share of time (%)",
    }


def tornado(chart: Tornado) -> Data | None:
    """Bars from a line of no change, by way and name; None where no change is known."""
    ways = {way: [_value(v) for v in changes] for way, changes in chart.changes.items()}
    if not any(np.isfinite(changes).any() for changes in ways.values()):
        return None
    colours = _series_colours(ways)
    return {
        "title": chart.title,
        "names": list(chart.names),
        "ways": [
            {"name": way, "colour": colours[way], "changes": _plain(100 * np.array(changes))}
            for way, changes in ways.items()
        ],
        "label": chart.label,
    }


def bars(chart: Bars) -> Data | None:
    """Bars by source and name; None where no value is known."""
    if not any(one.value is not None for values in chart.values.values() for one in values):
        return None
    colours = _series_colours(chart.values)
    return {
        "title": chart.title,
        "names": list(chart.names),
        "sources": [
            {"name": source, "colour": colours[source], "values": [_bounds(one) for one in values]}
            for source, values in chart.values.items()
        ],
        "label": chart.label,
    }


def waterfall(chart: Waterfall) -> Data | None:
    """Steps that each begin at the sum of those before, and the total; None where a step is not known."""
    if not chart.steps or not all(isfinite(step) for step in chart.steps):
        return None
    times = 100 if chart.unit == SHARE else 1
    ends = np.cumsum(chart.steps) * times
    return {
        "title": chart.title,
        "steps": [
            {"name": name, "start": start, "end": end}
            for name, start, end in zip(
                chart.names, _plain(np.array([0.0, *ends[:-1]])), _plain(ends), strict=True
            )
        ],
        "total": {"name": chart.total_name, **_bounds(chart.total, times)},
        "label": chart.label,
        "unit": {SHARE: "%", "1": ""}.get(chart.unit, chart.unit),
    }


def _bounds(estimate: Estimate, times: float = 1) -> Data:
    bounds = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return {name: None if bound is None else bound * times for name, bound in bounds.items()}


# ---------------------------------------------------------------- points to pick from
def scatter(chart: Scatter) -> Data | None:
    """Points with the interval of what they bring, their front, and what is said of each; None without."""
    known = [one for one in chart.points if isfinite(one.x) and one.y.value is not None]
    if not known:
        return None
    picked = chart.points[chart.picked]
    return {
        "title": chart.title,
        "points": [_point(one) for one in known],
        "picked": next((place for place, one in enumerate(known) if one is picked), 0),
        "x_label": chart.x_label,
        "y_label": chart.y_label,
    }


def _point(one: Choice) -> Data:
    return {
        "name": one.name,
        "x": one.x,
        "y": _bounds(one.y),
        "on_front": one.on_front,
        "facts": [{"name": name, "text": text} for name, text in one.facts.items()],
        "rows": [_headline_row(row) for row in one.rows],
    }


def _headline_row(row: HeadlineRow) -> Data:
    """A row of the headline as text: before, after, change with its interval, verdict."""
    before, unit = quantity(row.before.value, row.unit)
    after = NOTHING if row.after is None else quantity(row.after.value, row.unit)[0]
    return {
        "name": f"{row.name} ({unit})" if unit else row.name,
        "before": before,
        "after": after,
        "change": _percent(row.change),
        "verdict": row.verdict,
    }


def _percent(change: Estimate | None) -> str:
    if change is None or change.value is None:
        return NOTHING
    said = f"{signed_percent(change.value)}{THIN}%"
    if change.low is None or change.high is None:
        return said
    return f"{said} ({signed_percent(change.low)} to {signed_percent(change.high)})"


# ---------------------------------------------------------------- ways
def flow_map(chart: FlowMap) -> Data | None:
    """Places and steps of a graph; None without places."""
    if not chart.places:
        return None
    return {
        "title": chart.title,
        "sources": list(chart.sources),
        "places": [
            {"name": one.name, "per_lot": dict(one.per_lot), "work_h": dict(one.work_h)}
            for one in chart.places
        ],
        "steps": [
            {
                "source": one.source,
                "target": one.target,
                "per_lot": dict(one.per_lot),
                "wait_h": dict(one.wait_h),
            }
            for one in chart.steps
        ],
    }
