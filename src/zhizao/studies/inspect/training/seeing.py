"""Look at the pictures of a training, as often as it takes, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zhizao.quantities import InputError
from zhizao.studies.inspect.detectors import Sample, sample_of, sample_with_defects
from zhizao.studies.inspect.features import Floats, View, load_backbone, pattern, view_of
from zhizao.studies.inspect.groups import near_duplicates
from zhizao.studies.inspect.pictures import Picture, Pictures, Pixels, read_picture
from zhizao.studies.inspect.recipe import Recipe

if TYPE_CHECKING:
    from zhizao.engine import Progress

MOST_KEPT = 256_000_000
"""Bytes of views that are kept, those of 950 pictures of the default recipe and 240 of the thorough one; the
others are looked at again."""


class Steps:
    """Counts pictures for the progress bar."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        if self._progress is not None:
            self._progress(self._done / self._total)


@dataclass(slots=True)
class Views:
    """What detectors see of files, kept as long as there is room."""

    recipe: Recipe
    room: int = MOST_KEPT
    _kept: dict[Path, tuple[Pixels, View]] = field(default_factory=dict)

    def first(self, file: Path) -> tuple[Picture, Floats | None]:
        """Read a file: the picture without its pixels, and its pattern if it could be read."""
        picture = read_picture(file, self.recipe.side)
        if picture.pixels is None:
            return picture, None
        features = load_backbone(deep=self.recipe.deep).features(picture.pixels)
        self._keep(file, picture.pixels, view_of(features))
        return replace(picture, pixels=None), pattern(features)

    def of(self, file: Path) -> tuple[Pixels, View]:
        """Pixels and view of a file that could be read before.

        Raises
        ------
        InputError
            It is gone, or no longer a picture.
        """
        if file in self._kept:
            return self._kept[file]
        picture = read_picture(file, self.recipe.side)
        if picture.pixels is None:
            raise InputError(f"{file}: changed while the inspector was trained ({picture.detail})")
        view = view_of(load_backbone(deep=self.recipe.deep).features(picture.pixels))
        self._keep(file, picture.pixels, view)
        return picture.pixels, view

    def _keep(self, file: Path, pixels: Pixels, view: View) -> None:
        size = pixels.nbytes + view.patches.nbytes + view.summary.nbytes
        if size <= self.room:
            self.room -= size
            self._kept[file] = pixels, view


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Pictures of one kind, with the part of each; those that were not read have none."""

    files: tuple[Path, ...]
    pictures: tuple[Picture, ...]
    readable: tuple[int, ...]
    """Places of those that were read."""
    parts: tuple[str, ...]
    found_alike: int
    """Pictures that were grouped because they look alike."""
    views: Views

    def names(self) -> list[str]:
        """The parts of the pictures that were read, sorted."""
        return sorted({self.parts[place] for place in self.readable})

    def view(self, place: int) -> View:
        """What detectors see of a picture."""
        return self.views.of(self.files[place])[1]

    def samples(self, places: Sequence[int], seed: int, rng: np.random.Generator) -> dict[int, Sample]:
        """What is kept of pictures, to fit detectors to them."""
        recipe = self.views.recipe
        if not recipe.whole:
            return {place: sample_of(self.view(place), len(places), rng) for place in places}
        see = load_backbone(deep=recipe.deep).features
        return {
            place: sample_with_defects(
                *self.views.of(self.files[place]), see, len(places), np.random.default_rng([seed, place])
            )
            for place in places
        }


def see(side: Pictures, views: Views, steps: Steps) -> Seen:
    """Read a set of pictures, and find which show the same part."""
    files = side.files()
    given = side.parts(files)
    pictures, patterns = [], []
    for file in files:
        picture, found = views.first(file)
        pictures.append(picture)
        patterns.append(found)
        steps.step()
    readable = tuple(place for place, one in enumerate(patterns) if one is not None)
    if not readable:
        first = pictures[0]
        raise InputError(
            f"{side.source}: no picture can be read; {first.path}: {first.verdict}, {first.detail}"
        )
    parts = given or _by_looks(patterns)
    alike = 0 if given else len(readable) - len({part for part in parts if part})
    return Seen(files, tuple(pictures), readable, parts, alike, views)


def _by_looks(patterns: Sequence[Floats | None]) -> tuple[str, ...]:
    """Parts of the pictures that were read; files that were not have none."""
    names = iter(near_duplicates([one for one in patterns if one is not None]))
    return tuple("" if one is None else next(names) for one in patterns)
