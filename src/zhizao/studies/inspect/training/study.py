"""Train an inspector with good pictures, some of which calibrate its threshold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from zhizao.quantities import InputError
from zhizao.studies.inspect.calibration import calibrate, check_rate
from zhizao.studies.inspect.facts import version
from zhizao.studies.inspect.inspector import ROWS, Inspector, Source, as_pictures
from zhizao.studies.inspect.model import Model
from zhizao.studies.inspect.pictures import Pictures
from zhizao.studies.inspect.recipe import RECIPES
from zhizao.studies.inspect.scoring import notes_on_files, pictures_input
from zhizao.studies.inspect.training.fitting import (
    FEWEST_KNOWN,
    Fitted,
    Judged,
    fit_crossed,
    fit_split,
)
from zhizao.studies.inspect.training.seeing import Seen, Steps, Views, see

if TYPE_CHECKING:
    from zhizao.engine import Progress


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
        Pictures of defective parts, if there are any: they measure the detection rate, and the thorough
        recipe learns from them (each is scored by a detector that has not seen its part).
    false_alarms
        Promised share of good parts that are called defective, at most.
    recipe
        `default`, or `thorough`: more accurate, at three times the time.
    seed
        Seed of the split, of the coreset and of synthetic defects.
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
    steps = _steps_of(sets, progress)
    views = Views(RECIPES[recipe])
    seen = [see(side, views, steps) for side in sets]
    fit = fit_crossed if RECIPES[recipe].crossed else fit_split
    found = fit(seen[0], seen[1] if len(seen) > 1 else None, false_alarms, seed)
    held_out = [one for one in found.good if one.role != "fit"]
    parts = [seen[0].parts[one.picture] for one in held_out]
    calibration = calibrate([one.score for one in held_out], parts, false_alarms)
    hot = calibrate([one.worst for one in held_out], parts, false_alarms).threshold
    return Inspector(
        title=sets[0].name,
        model=Model(RECIPES[recipe], found.detector, calibration, hot),
        training=_table(seen, found),
        cautions=_cautions(sets, seen, found),
        inputs=tuple(pictures_input(side.name, part.pictures) for side, part in zip(sets, seen, strict=True)),
        seed=seed,
        version=version(),
    )


def _steps_of(sets: Sequence[Pictures], progress: Progress | None) -> Steps:
    return Steps(progress, sum(len(side.files()) for side in sets))


def _table(seen: Sequence[Seen], found: Fitted) -> pl.DataFrame:
    """All pictures in their roles."""
    rows = []
    for side, judged in zip(seen, (found.good, found.bad), strict=False):
        of_place = {one.picture: one for one in judged}
        rows += [_row(side, place, of_place.get(place)) for place in range(len(side.files))]
    return pl.DataFrame(rows, schema=ROWS)


def _row(side: Seen, place: int, judged: Judged | None) -> dict[str, str | float | None]:
    picture = side.pictures[place]
    return {
        "path": picture.path,
        "part": side.parts[place],
        "role": picture.verdict.value if judged is None else judged.role,
        "score": None if judged is None or np.isnan(judged.score) else judged.score,
        "sha256": picture.sha256,
        "detail": picture.detail,
    }


def _cautions(sets: Sequence[Pictures], seen: Sequence[Seen], found: Fitted) -> tuple[str, ...]:
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
    if seen[0].views.recipe.crossed and len(seen) > 1 and not found.sharpened:
        cautions.append(f"Fewer than {FEWEST_KNOWN} defective parts were given: the score was not sharpened.")
    return (*cautions, *notes_on_files([one for part in seen for one in part.pictures]))
