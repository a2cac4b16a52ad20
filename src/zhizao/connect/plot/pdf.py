"""Sheets as pages of a PDF in true scale: 72 points are 1 inch, so that 1 mm is 72 / 25.4 points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zhizao.connect.plot.pens import DASHES_MM, OTHER_WIDTH_MM, WIDTHS_MM, colour
from zhizao.connect.plot.sheet import TEXT_MM, Sheet, sheets
from zhizao.quantities.errors import Fault, PatternError
from zhizao.records.patterns import Pattern

POINTS_PER_MM = 72 / 25.4
LONGEST_MM = 14_400 / POINTS_PER_MM
"""Largest side of a page, 5,080 mm: viewers take 14,400 points (ISO 32000-1, annex C)."""


def write_pdf(pattern: Pattern, path: str | Path) -> None:
    """Plot a pattern in true scale, on as many pages as it takes.

    Raises
    ------
    PatternError
        A piece is larger than a page can be, or the extra `garment` is not installed.
    OSError
        The file cannot be written.
    """
    pages = sheets(pattern, highest_mm=LONGEST_MM)
    longest = max(max(page.width_mm, page.height_mm) for page in pages)
    if longest > LONGEST_MM:
        found = f"a sheet of {longest:.0f} mm"
        raise _refusal(path, found, f"at most {LONGEST_MM:.0f} mm in a PDF; an SVG may be larger")
    try:
        from reportlab.pdfgen.canvas import Canvas
    except ImportError as error:
        raise _refusal(path, "reportlab is not installed", "pip install 'zhizao[garment]'") from error
    canvas = Canvas(str(path), invariant=1, pageCompression=1)
    for page in pages:
        _draw(canvas, page)
        canvas.showPage()
    canvas.save()


def _draw(canvas: Any, page: Sheet) -> None:
    canvas.setPageSize((page.width_mm * POINTS_PER_MM, page.height_mm * POINTS_PER_MM))
    colours = {size: colour(number, len(page.sizes)) for number, size in enumerate(page.sizes)}
    for stroke in page.strokes:
        canvas.setStrokeColorRGB(*colours.get(stroke.size, (0.0, 0.0, 0.0)))
        canvas.setLineWidth(WIDTHS_MM.get(stroke.pen, OTHER_WIDTH_MM) * POINTS_PER_MM)
        canvas.setDash([length * POINTS_PER_MM for length in DASHES_MM.get(stroke.pen, ())])
        line = canvas.beginPath()
        for number, (x, y) in enumerate(stroke.points):
            (line.lineTo if number else line.moveTo)(x * POINTS_PER_MM, y * POINTS_PER_MM)
        canvas.drawPath(line)
    for caption in page.captions:
        canvas.setFont(_font(caption.text), TEXT_MM * POINTS_PER_MM)
        canvas.drawString(caption.at[0] * POINTS_PER_MM, caption.at[1] * POINTS_PER_MM, caption.text)


def _font(text: str) -> str:
    """A font that has the signs of a text; the Chinese one comes with every viewer."""
    if text.isascii():
        return "Helvetica"
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.pdfmetrics import registerFont

    registerFont(UnicodeCIDFont("STSong-Light"))
    return "STSong-Light"


def _refusal(path: str | Path, found: str, right: str) -> PatternError:
    return PatternError((Fault(str(path), 0, "plot", found, right),))
