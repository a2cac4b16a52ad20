"""A heat map of places on a layout, as SVG."""

from __future__ import annotations

from zhizao.report.language import Words
from zhizao.report.sections import HeatMap
from zhizao.report.text import escape, number

_LONG_SIDE = 900.0  # px of the longer side at most
_LETTER = 12.0  # px


def heat_svg(chart: HeatMap, words: Words) -> str:
    """The map: the darker a square, the higher its value; names stand at their places."""
    half = chart.size_m / 2
    spots = [*zip(chart.x_m, chart.y_m, strict=True), *chart.places.values()]
    left, right = min(x for x, _ in spots) - half, max(x for x, _ in spots) + half
    top, bottom = min(y for _, y in spots) - half, max(y for _, y in spots) + half
    scale = _LONG_SIDE / max(right - left, bottom - top)
    most = max(chart.values, default=0.0)
    side = 0.92 * chart.size_m * scale
    squares = []
    for x, y, value in zip(chart.x_m, chart.y_m, chart.values, strict=True):
        share = value / most if most > 0 else 0.0
        at = f'x="{(x - left) * scale - side / 2:.1f}" y="{(y - top) * scale - side / 2:.1f}"'
        size = f'width="{side:.1f}" height="{side:.1f}"'
        said = f"{number(value)} {words.text(chart.label)}"
        squares.append(
            f'<rect {at} {size} fill-opacity="{0.06 + 0.94 * share:.3f}"><title>{escape(said)}</title></rect>'
        )
    names = []
    for name, (x, y) in chart.places.items():
        at = f'x="{(x - left) * scale:.1f}" y="{(y - top) * scale + _LETTER / 3:.1f}"'
        names.append(f"<text {at}>{words.name(name)}</text>")
    width, height = (right - left) * scale, (bottom - top) * scale
    box = f'viewBox="0 {-_LETTER:.1f} {width:.1f} {height + 2 * _LETTER:.1f}"'
    label = escape(f"{words.text(chart.title)}: {words.text(chart.label)}")
    return f'<svg class="heat" {box} role="img" aria-label="{label}">{"".join([*squares, *names])}</svg>'
