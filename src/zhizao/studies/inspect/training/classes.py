"""Learn classes of defects from folders of pictures, one for each class."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from zhizao.quantities import InputError
from zhizao.studies.inspect.detectors import fit_classes
from zhizao.studies.inspect.inspector import ROWS, Inspector, Source, as_pictures
from zhizao.studies.inspect.pictures import Pictures
from zhizao.studies.inspect.scoring import notes_on_files, pictures_input
from zhizao.studies.inspect.training.seeing import Seen, Steps, Views, see

if TYPE_CHECKING:
    from zhizao.engine import Progress

FEWEST_PARTS = 5
"""Parts of a class at least: the probabilities are measured in five folds by part."""
HIT, MISSED = "class", "class missed"
"""Roles of pictures of classes, by whether a probe that had not seen their part tells their class."""


def _folders(source: Source) -> dict[str, Pictures]:
    """The pictures of each class, by its name: a folder of the folder given.

    Raises
    ------
    InputError
        There are fewer than two.
    """
    given = as_pictures(source)
    if not isinstance(given.source, str | Path) or not Path(given.source).is_dir():
        raise InputError(f"classes: found {given.source}; expected a folder with a folder for each class")
    folders = sorted(one for one in Path(given.source).iterdir() if one.is_dir() and one.name[0] != ".")
    if len(folders) < 2:
        raise InputError(
            f"classes: found {len(folders)} folders in {given.source}; expected one for each class, 2 or more"
        )
    return {folder.name: Pictures(folder, given.group) for folder in folders}


def learn_classes(inspector: Inspector, classes: Source, *, progress: Progress | None = None) -> Inspector:
    """The inspector with classes of defects: what it calls defective then gets its class.

    Parameters
    ----------
    classes
        A folder with a folder of pictures for each class, or `Pictures` of it with a rule for parts.

    Raises
    ------
    InputError
        There are fewer than two classes, or a class has too few parts.
    """
    kinds = _folders(classes)
    views = Views(inspector.model.recipe)
    steps = Steps(progress, sum(len(side.files()) for side in kinds.values()))
    seen = {name: see(side, views, steps) for name, side in kinds.items()}
    for name, side in seen.items():
        if len(side.names()) < FEWEST_PARTS:
            raise InputError(
                f"classes: found pictures of {len(side.names())} parts of {name!r}; "
                f"expected {FEWEST_PARTS} or more"
            )
    places = [(name, side, place) for name, side in seen.items() for place in side.readable]
    # without a rule, parts are found within a class, and equal names of two classes are different parts
    parts = [
        side.parts[place] if kinds[name].group else f"{name}: {side.parts[place]}"
        for name, side, place in places
    ]
    summaries = np.stack([side.view(place).summary for _, side, place in places])
    labels = [name for name, _, _ in places]
    found = fit_classes(summaries, labels, parts, np.random.default_rng(inspector.seed))
    called = [found.classes.names[best] for best in found.unseen.argmax(axis=1)]
    rows = [
        _row(side, place, part, name, hit=name == best)
        for (name, side, place), part, best in zip(places, parts, called, strict=True)
    ]
    return replace(
        inspector,
        model=replace(inspector.model, classes=found.classes),
        training=pl.concat([inspector.training, pl.DataFrame(rows, schema=ROWS)]),
        inputs=(*inspector.inputs, *(pictures_input(name, side.pictures) for name, side in seen.items())),
        cautions=(*inspector.cautions, *_cautions(seen)),
    )


def _cautions(seen: dict[str, Seen]) -> list[str]:
    alike = sum(side.found_alike for side in seen.values())
    said = list(notes_on_files([one for side in seen.values() for one in side.pictures]))
    if alike:
        said.append(
            f"{alike} pictures of classes look like others of their class and were grouped with them as one "
            "part (assumed)."
        )
    return said


def _row(side: Seen, place: int, part: str, name: str, *, hit: bool) -> dict[str, str | float | None]:
    picture = side.pictures[place]
    return {
        "path": picture.path,
        "part": part,
        "role": HIT if hit else MISSED,
        "score": None,
        "sha256": picture.sha256,
        "detail": name,
    }
