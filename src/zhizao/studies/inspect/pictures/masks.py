"""Masks of defects: which pixels of a picture are defective, and which mask belongs to which picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError
from zhizao.studies.inspect.pictures.reading import read_picture
from zhizao.studies.inspect.pictures.sets import Pictures

Mask = NDArray[np.bool_]

SIDE = 256
"""Side of the square that masks are compared on, pixels; a usual one for benchmarks."""
ENDING = "_mask"
"""May follow the name of the picture in that of its mask."""
HALF = 127
"""A pixel above this level is defective."""


def masks_of(pictures: Sequence[str], source: str | Path) -> list[Mask | None]:
    """The mask of each picture, None where there is none or it cannot be read.

    A mask has the name of its picture, or `NAME_mask`, whatever the ending. Where several have, the one of
    the folder with the name of the picture's folder is it.

    Raises
    ------
    InputError
        There is no mask for any of the pictures.
    """
    known = {Path(one).resolve() for one in pictures}
    named: dict[str, list[Path]] = defaultdict(list)
    for file in Pictures(source).files():
        if file.resolve() not in known:
            named[file.stem.removesuffix(ENDING)].append(file)
    found = [_read(_choice(Path(one), named[Path(one).stem])) for one in pictures]
    if all(mask is None for mask in found):
        raise InputError(
            f"masks: {source} has no mask for any of the bad pictures; expected pictures of the same name, "
            f"such as {Path(pictures[0]).stem}.png or {Path(pictures[0]).stem}{ENDING}.png"
        )
    return found


def _choice(picture: Path, masks: Sequence[Path]) -> Path | None:
    if len(masks) == 1:
        return masks[0]
    beside = [one for one in masks if one.parent.name == picture.parent.name]
    return beside[0] if len(beside) == 1 else None


def _read(file: Path | None) -> Mask | None:
    if file is None:
        return None
    pixels = read_picture(file, SIDE).pixels
    return None if pixels is None else pixels.max(axis=2) > HALF
