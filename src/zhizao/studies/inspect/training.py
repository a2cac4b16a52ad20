"""Train an inspector with good pictures: some parts fit the detector, the others calibrate its threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from zhizao.quantities import InputError
from zhizao.studies.inspect.calibration import calibrate, check_rate, parts_to_calibrate
from zhizao.studies.inspect.detectors import Detector, fit_detector, worst_of
from zhizao.studies.inspect.facts import version
from zhizao.studies.inspect.features import View, load_backbone, pattern, view_of
from zhizao.studies.inspect.groups import near_duplicates
from zhizao.studies.inspect.inspector import ROWS, Inspector, Source, as_pictures
from zhizao.studies.inspect.model import Model
from zhizao.studies.inspect.pictures import Picture, Pictures, read_picture
from zhizao.studies.inspect.recipe import RECIPES, Recipe
from zhizao.studies.inspect.scoring import notes_on_files, pictures_input

if TYPE_CHECKING:
    from zhizao.engine import Progress


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Pictures that were read, with what detectors see of them (None of unread files) and their parts."""

    pictures: tuple[Picture, ...]
    views: tuple[View | None, ...]
    parts: tuple[str, ...]
    found_alike: int
    """Pictures that were grouped because they look alike."""

    def readable(self) -> list[int]:
        return [place for place, view in enumerate(self.views) if view is not None]


def train_inspector(
    good: Source,
    bad: Source | None = None,
    *,
    false_alarms: float = 0.05,
    recipe: str = "default",
    seed: int = 1,
    progress: Progress | None = None,
) -> Inspector:
    """Train an inspector with pictures of good parts.

    Parameters
    ----------
    good
        Pictures of good parts: a folder, or `Pictures` with a rule that says which show the same part.
    bad
        Pictures of defective parts, if there are any: they measure the detection rate.
    false_alarms
        Promised share of good parts that are called defective, at most.
    recipe
        `default`, or `thorough`: more accurate, at twice the time.
    seed
        Seed of the split and of the coreset.
    progress
        Called with the share that is done.

    Raises
    ------
    InputError
        There are too few parts for the promised rate (the message says how many are needed).
    """
    check_rate(false_alarms)
    if recipe not in RECIPES:
        raise InputError(f"recipe: found {recipe!r}; expected {', '.join(RECIPES)}")
    sets = [as_pictures(side) for side in (good, bad) if side is not None]
    total = sum(len(side.files()) for side in sets)
    steps = _Steps(progress, total)
    seen = [_see(side, RECIPES[recipe], steps) for side in sets]
    rng = np.random.default_rng(seed)
    roles = _roles(seen[0], false_alarms, rng)
    fit = [
        (view, part)
        for view, part, role in zip(seen[0].views, seen[0].parts, roles, strict=True)
        if role == "fit" and view is not None
    ]
    detector = fit_detector([view for view, _ in fit], [part for _, part in fit], RECIPES[recipe], rng)
    judged = [_judged(detector, seen[0], roles)]
    if len(seen) > 1:
        judged.append(_judged(detector, seen[1], ["bad"] * len(seen[1].parts)))
    held_out = [one for one in judged[0] if one.role == "calibrate"]
    parts = [one.part for one in held_out]
    calibration = calibrate([one.score for one in held_out], parts, false_alarms)
    hot = calibrate([one.worst for one in held_out], parts, false_alarms).threshold
    return Inspector(
        title=sets[0].name,
        model=Model(RECIPES[recipe], detector, calibration, hot),
        training=pl.DataFrame([one.row() for side in judged for one in side], schema=ROWS),
        cautions=_cautions(sets, seen),
        inputs=tuple(pictures_input(side.name, part.pictures) for side, part in zip(sets, seen, strict=True)),
        seed=seed,
        version=version(),
    )


class _Steps:
    """Counts pictures for the progress bar."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def step(self) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done / self._total)


def _see(side: Pictures, recipe: Recipe, steps: _Steps) -> _Seen:
    files = side.files()
    given = side.parts(files)
    backbone = load_backbone(deep=recipe.deep)
    pictures, views, whole = [], [], []
    for file in files:
        picture = read_picture(file, recipe.side)
        view = None
        if picture.pixels is not None:
            features = backbone.features(picture.pixels)
            view = view_of(features)
            whole.append(pattern(features))
        views.append(view)
        pictures.append(Picture(picture.path, picture.verdict, picture.detail, picture.sha256))
        steps.step()
    if not whole:
        first = pictures[0]
        raise InputError(
            f"{side.source}: no picture can be read; {first.path}: {first.verdict}, {first.detail}"
        )
    parts = given or _parts_by_looks(views, near_duplicates(whole))
    alike = 0 if given else len(whole) - len({part for part in parts if part})
    return _Seen(tuple(pictures), tuple(views), parts, alike)


def _parts_by_looks(views: Sequence[View | None], found: tuple[str, ...]) -> tuple[str, ...]:
    """Parts of the pictures that were read; files that were not have none."""
    names = iter(found)
    return tuple("" if view is None else next(names) for view in views)


def _roles(seen: _Seen, false_alarms: float, rng: np.random.Generator) -> list[str]:
    """Split by part: those that calibrate are drawn at random."""
    readable = seen.readable()
    parts = sorted({seen.parts[place] for place in readable})
    count = parts_to_calibrate(len(parts), false_alarms)
    held_out = {parts[place] for place in rng.permutation(len(parts))[:count]}
    return ["calibrate" if part in held_out else "fit" for part in seen.parts]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A training picture in its role; those that fit the detector have no score, being near themselves."""

    picture: Picture
    part: str
    role: str
    score: float
    worst: float

    def row(self) -> dict[str, str | float | None]:
        """As a row of the table."""
        return {
            "path": self.picture.path,
            "part": self.part,
            "role": self.role,
            "score": None if np.isnan(self.score) else self.score,
            "sha256": self.picture.sha256,
            "detail": self.picture.detail,
        }


def _judged(detector: Detector, seen: _Seen, roles: Sequence[str]) -> list[_Judged]:
    found = []
    for picture, view, part, role in zip(seen.pictures, seen.views, seen.parts, roles, strict=True):
        if view is None:
            found.append(_Judged(picture, part, picture.verdict.value, np.nan, np.nan))
        elif role == "fit":
            found.append(_Judged(picture, part, role, np.nan, np.nan))
        else:
            heat = detector.heat(view)
            found.append(_Judged(picture, part, role, detector.score(view, heat), worst_of(heat)))
    return found


def _cautions(sets: Sequence[Pictures], seen: Sequence[_Seen]) -> tuple[str, ...]:
    cautions = []
    for side, part in zip(sets, seen, strict=True):
        if part.found_alike:
            cautions.append(
                f"{part.found_alike} pictures of {side.name} look like others and were grouped with them as "
                "one part (assumed); say which pictures show the same part (--group)."
            )
    if sets[0].group is None and not seen[0].found_alike:
        cautions.append(
            f"Each picture of {sets[0].name} counts as a part of its own (assumed); if a part has several "
            "pictures, say so (--group), or the promise does not hold."
        )
    return (*cautions, *notes_on_files([one for part in seen for one in part.pictures]))
