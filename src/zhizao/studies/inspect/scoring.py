"""Score pictures: how anomalous, how surprising among good ones, and whether that makes them defective."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import polars as pl

from zhizao.quantities import Input
from zhizao.report import Prose, Report, Result, Table
from zhizao.studies.inspect.facts import Facts
from zhizao.studies.inspect.model import CLASSED, Model, Scored
from zhizao.studies.inspect.pages import gallery
from zhizao.studies.inspect.pictures import Picture, Verdict, read_picture, save_heat
from zhizao.studies.inspect.regions import regions_of

if TYPE_CHECKING:
    from zhizao.engine import Progress


def score_files(model: Model, files: Sequence[Path], progress: Progress | None = None) -> tuple[Scored, ...]:
    """Score files one by one, in their order; keeps no pixels."""
    found = []
    for done, file in enumerate(files, 1):
        found.append(_scored(model, read_picture(file, model.recipe.side)))
        if progress is not None:
            progress(done / len(files))
    return tuple(found)


def _scored(model: Model, picture: Picture) -> Scored:
    if picture.pixels is None:
        return Scored(picture)
    found = model.judge(picture.pixels)
    without = replace(picture, pixels=None)
    p_value = model.calibration.p_values(np.array([found.score]))
    defective = bool(model.calibration.defective(p_value)[0])
    return Scored(without, found.score, float(p_value[0]), defective, found)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ScoreResult(Facts, Result):
    """Pictures with their scores, p-values and verdicts."""

    study: ClassVar[str] = "inspect_score"

    images: tuple[Scored, ...]
    false_alarms: float
    hot: float
    """Middle grey of the heat maps."""
    scale_mm: float | None = None
    """Millimetres per pixel of the pictures, None if it is not known."""

    @property
    def unread(self) -> int:
        """Number of files that could not be read."""
        return sum(one.score is None for one in self.images)

    @property
    def defective(self) -> int:
        """Number of pictures that are called defective."""
        return sum(one.defective is True for one in self.images)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know."""
        return notes_on_files([one.picture for one in self.images])

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        read = len(self.images) - self.unread
        how = f"A good picture is called defective with a probability of at most {self.false_alarms:.3g}."
        return self.points(how, f"{self.defective} of {read} pictures are defective.")

    def table(self) -> pl.DataFrame:
        """The pictures, most anomalous first; files that could not be read come last."""
        rows = [one.as_json() for one in self.images]
        classed = CLASS_SCHEMA if any(CLASSED[0] in row for row in rows) else {}
        filled = [dict.fromkeys(classed) | row for row in rows]
        frame = pl.DataFrame(filled, schema=SCHEMA | classed, orient="row")
        return frame.sort("score", "path", descending=[True, False], nulls_last=True)

    def write_heatmaps(self, folder: Path) -> Path:
        """Write a grey heat map for each picture: middle grey is what good pictures rarely exceed.

        Named by place and picture (`0001-part.png`), so that equal names of two folders stay apart.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for place, one in enumerate(self.images, 1):
            if one.judgement is not None:
                save_heat(
                    one.judgement.heat, self.hot, folder / f"{place:04}-{Path(one.picture.path).stem}.png"
                )
        return folder

    def details(self) -> dict[str, Any]:
        """The whole result as plain data, pictures in the order given."""
        return {
            "false_alarms": self.false_alarms,
            "notes": list(self.notes),
            "images": [one.as_json() | {"regions": self._regions(one)} for one in self.images],
        }

    def _regions(self, one: Scored) -> list[dict[str, float]]:
        """Where a defective picture is anomalous, as plain data."""
        if one.judgement is None or not one.defective:
            return []
        found = regions_of(one.judgement.heat, self.hot, one.picture.size)
        return [region.as_json(self.scale_mm) for region in found]

    def page(self) -> Report:
        """The result as a report."""
        return Report(
            title=self.title,
            subtitle="Inspection",
            sections=(
                Prose("\n\n".join((*self.key_points()[:2], *self.notes)), title="In short"),
                gallery("Most anomalous pictures", self.images, self.hot),
                Table("Pictures, most anomalous first", self.table()),
            ),
            facts={"false alarms": f"{self.false_alarms:g}", "version": self.version},
        )


SCHEMA = {
    "path": pl.String,
    "score": pl.Float64,
    "p_value": pl.Float64,
    "defective": pl.Boolean,
    "verdict": pl.String,
    "detail": pl.String,
}
"""Columns of a table of pictures."""
CLASS_SCHEMA = dict(zip(CLASSED, (pl.String, pl.Float64), strict=True))
"""Columns that only an inspector with classes of defects adds."""


def notes_on_files(pictures: Sequence[Picture]) -> tuple[str, ...]:
    """How many files could not be read, and why."""
    unread = [one for one in pictures if one.verdict is not Verdict.OK]
    if not unread:
        return ()
    reasons: dict[str, int] = {}
    for one in unread:
        reasons[one.verdict.value] = reasons.get(one.verdict.value, 0) + 1
    listed = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
    return (f"{len(unread)} of {len(pictures)} files were not read: {listed}.",)


def pictures_input(name: str, pictures: Sequence[Picture]) -> Input:
    """Pictures as an input of a result: the hash of their hashes, in order."""
    return Input("pictures", name, sha256("\n".join(one.sha256 for one in pictures).encode()).hexdigest())
