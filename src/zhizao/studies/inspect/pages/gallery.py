"""Pictures with their heat maps."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from zhizao.report import Gallery, Shot
from zhizao.studies.inspect.model import Scored
from zhizao.studies.inspect.pictures import heated

MOST_SHOTS = 24
"""Pictures of a gallery: bounds the page to about a megabyte for each."""


def gallery(title: str, images: Iterable[Scored], hot: float, note: str = "") -> Gallery:
    """The most anomalous pictures, worst first, reddened where their cells are above `hot`."""
    known = [(one.score, one) for one in images if one.score is not None]
    known.sort(key=lambda pair: -pair[0])
    shots = []
    for score, one in known[:MOST_SHOTS]:
        assert one.judgement is not None
        path = Path(one.picture.path)
        caption = f"{path.name}: score {score:.3g}, p {one.p_value:.2g}"
        shots.append(Shot(caption, heated(path, one.judgement.heat, hot)))
    return Gallery(title, shots, note, left_out=len(known) - len(shots))
