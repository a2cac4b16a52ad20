"""Defect regions: where a picture is anomalous, and how large that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhizao.studies.inspect.features import Floats

EIGHT_CONNECTED = np.ones((3, 3), dtype=int)
"""Cells of a region touch by a side or a corner."""


@dataclass(frozen=True, slots=True)
class Region:
    """The rectangle around connected anomalous cells, in pixels of the picture; right to a cell."""

    left: float
    top: float
    width: float
    height: float
    peak: float
    """Anomaly of its worst cell, in units of what good pictures rarely exceed."""

    def as_json(self, scale_mm: float | None) -> dict[str, float]:
        """The region as plain data, with its size where the millimetres per pixel are known."""
        found = {name: round(getattr(self, name), 1) for name in ("left", "top", "width", "height")}
        found["peak"] = round(self.peak, 3)
        if scale_mm is not None:
            found |= {"width_mm": self.width * scale_mm, "height_mm": self.height * scale_mm}
        return found


def regions_of(heat: Floats, hot: float, size: tuple[int, int]) -> tuple[Region, ...]:
    """Regions whose cells exceed a threshold, worst first.

    Parameters
    ----------
    heat
        Anomaly of each cell (height, width).
    hot
        Anomaly that cells of good pictures rarely exceed.
    size
        Width and height of the picture, pixels.
    """
    from scipy.ndimage import find_objects, label

    numbered, count = label(heat > hot, structure=EIGHT_CONNECTED)
    high, wide = size[1] / heat.shape[0], size[0] / heat.shape[1]
    found = [
        Region(
            left=columns.start * wide,
            top=rows.start * high,
            width=(columns.stop - columns.start) * wide,
            height=(rows.stop - rows.start) * high,
            peak=float(heat[numbered == number].max()) / hot,
        )
        for number, (rows, columns) in zip(range(1, count + 1), find_objects(numbered), strict=True)
    ]
    return tuple(sorted(found, key=lambda one: -one.peak))
