"""A sheet as SVG: the page is measured in mm, and one user unit is 1 mm."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from zhizao.connect.plot.pens import DASHES_MM, OTHER_WIDTH_MM, WIDTHS_MM, colour
from zhizao.connect.plot.sheet import TEXT_MM, Caption, Sheet, Stroke, sheets
from zhizao.records.patterns import Pattern


def write_svg(pattern: Pattern, path: str | Path) -> None:
    """Plot a pattern in true scale on one sheet.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    (sheet,) = sheets(pattern)
    Path(path).write_text(svg(sheet), encoding="utf-8", newline="\n")


def svg(sheet: Sheet) -> str:
    """The SVG of a sheet."""
    width, height = _n(sheet.width_mm), _n(sheet.height_mm)
    colours = {size: _hex(colour(number, len(sheet.sizes))) for number, size in enumerate(sheet.sizes)}
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}" fill="none" font-family="sans-serif" font-size="{TEXT_MM:g}">',
        *(_stroke(stroke, sheet.height_mm, colours.get(stroke.size, "#000000")) for stroke in sheet.strokes),
        *(_caption(caption, sheet.height_mm) for caption in sheet.captions),
        "</svg>\n",
    ])  # fmt: skip


def _stroke(stroke: Stroke, height: float, colour: str) -> str:
    points = " ".join(f"{_n(x)},{_n(height - y)}" for x, y in stroke.points)
    width = WIDTHS_MM.get(stroke.pen, OTHER_WIDTH_MM)
    dashes = " ".join(map(_n, DASHES_MM.get(stroke.pen, ())))
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<polyline class="{stroke.pen}" data-size={quoteattr(stroke.size)} points="{points}" '
        f'stroke="{colour}" stroke-width="{width:g}"{dashed}/>'
    )


def _caption(caption: Caption, height: float) -> str:
    x, y = caption.at
    return f'<text x="{_n(x)}" y="{_n(height - y)}" fill="#000000">{escape(caption.text)}</text>'


def _n(length: float) -> str:
    """A length in mm, to 0.1 µm."""
    return f"{length:.4f}".rstrip("0").rstrip(".")


def _hex(rgb: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in rgb)
