"""Which pictures to label next: those about which the inspector is least certain, one of each look.

Source: D. Lewis, W. Gale (1994), A sequential algorithm for training text classifiers (uncertainty sampling).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl

from zhizao.quantities import InputError
from zhizao.report import Prose, Report, Result, Table
from zhizao.studies.inspect.facts import Facts, version
from zhizao.studies.inspect.groups import near_duplicates
from zhizao.studies.inspect.inspector import Inspector, Source, as_pictures
from zhizao.studies.inspect.model import Scored
from zhizao.studies.inspect.pages import gallery
from zhizao.studies.inspect.scoring import notes_on_files, pictures_input

TO_LABEL = 20
"""Pictures that are proposed unless another number is asked for: an engineer's quarter of an hour."""
SCHEMA = {
    "path": pl.String,
    "score": pl.Float64,
    "p_value": pl.Float64,
    "defective": pl.Boolean,
    "margin": pl.Float64,
}
"""Columns of a proposal; `margin`: distance of the score to the threshold, in deviations of good ones."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LabelResult(Facts, Result):
    """Pictures to label next, the least certain first."""

    study: ClassVar[str] = "inspect_label"

    images: tuple[tuple[Scored, float], ...]
    """Pictures with their margins."""
    considered: int
    """Pictures that could be read."""
    looks: int
    """Groups of them that look alike."""
    hot: float
    notes: tuple[str, ...] = ()

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        how = "Pictures whose score is nearest to the threshold come first; of those that look alike, one."
        answer = f"{len(self.images)} of {self.considered} pictures ({self.looks} different looks) to label."
        return self.points(how, answer)

    def table(self) -> pl.DataFrame:
        """The pictures, in the order in which to label them."""
        rows = [
            {name: one.as_json()[name] for name in SCHEMA if name != "margin"} | {"margin": margin}
            for one, margin in self.images
        ]
        return pl.DataFrame(rows, schema=SCHEMA, orient="row")

    def details(self) -> dict[str, Any]:
        """The whole result as plain data."""
        return {
            "considered": self.considered,
            "looks": self.looks,
            "notes": list(self.notes),
            "images": self.table().to_dicts(),
        }

    def page(self) -> Report:
        """The result as a report."""
        return Report(
            title=self.title,
            subtitle="Pictures to label next",
            sections=(
                Prose("\n\n".join((*self.key_points()[:2], *self.notes)), title="In short"),
                Table("Pictures, least certain first", self.table()),
                gallery("The same, most anomalous first", [one for one, _ in self.images], self.hot),
            ),
            facts={"version": self.version},
        )


def label_next(inspector: Inspector, pictures: Source, count: int = TO_LABEL) -> LabelResult:
    """Choose the pictures to label next.

    Parameters
    ----------
    pictures
        Pictures that nobody has labelled.
    count
        How many to choose, at most.

    Raises
    ------
    InputError
        None is asked for, or none can be read.
    """
    if count < 1:
        raise InputError(f"count: found {count}; expected at least 1")
    given = as_pictures(pictures)
    scored = inspector.score(given).images
    read = [one for one in scored if one.score is not None and one.judgement is not None]
    if not read:
        raise InputError(f"{given.name}: no picture can be read")
    margins = _margins(inspector, read)
    looks = given.parts([Path(one.picture.path) for one in read]) or near_duplicates(
        [one.judgement.pattern for one in read if one.judgement is not None]
    )
    first: dict[str, int] = {}
    for place in np.argsort(margins, kind="stable").tolist():
        first.setdefault(looks[place], place)
    chosen = list(first.values())[:count]
    return LabelResult(
        title=given.name,
        images=tuple((read[place], float(margins[place])) for place in chosen),
        considered=len(read),
        looks=len(set(looks)),
        hot=inspector.model.hot,
        notes=notes_on_files([one.picture for one in scored]),
        inputs=(inspector.as_input(), pictures_input(given.name, [one.picture for one in scored])),
        seed=inspector.seed,
        version=version(),
    )


def _margins(inspector: Inspector, read: Sequence[Scored]) -> np.ndarray[Any, np.dtype[np.float64]]:
    calibration = inspector.model.calibration
    spread = max(float(calibration.scores.std()), 1e-9)
    scores = np.array([one.score for one in read], float)
    return np.abs(scores - calibration.threshold) / spread
