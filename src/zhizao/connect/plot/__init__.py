"""Plots of garment patterns in true scale: 1 mm of the pattern is 1 mm on paper (SVG, PDF)."""

from zhizao.connect.plot.pdf import write_pdf
from zhizao.connect.plot.sheet import Sheet, sheets
from zhizao.connect.plot.svg import write_svg

__all__ = ["Sheet", "sheets", "write_pdf", "write_svg"]
