"""How strokes look: width in mm, dashes in mm, colour by size."""

from __future__ import annotations

from colorsys import hls_to_rgb

WIDTHS_MM = {"boundary": 0.5, "scale": 0.5}
OTHER_WIDTH_MM = 0.25
DASHES_MM = {"mirror": (12.0, 4.0, 2.0, 4.0), "reference": (2.0, 4.0), "internal": (6.0, 3.0)}


def colour(number: int, of: int) -> tuple[float, float, float]:
    """Red, green and blue (0 to 1) of a size; black where there is only one."""
    return (0.0, 0.0, 0.0) if of < 2 else hls_to_rgb(number / of, 0.35, 0.8)
