"""The inspector: the result of training, which scores and evaluates pictures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from zhizao.quantities import Input, InputError
from zhizao.report import Prose, Report, Result, Table
from zhizao.studies.inspect.evaluation import EvaluationResult, Judged, check_sides, overlap_of
from zhizao.studies.inspect.facts import Facts, version
from zhizao.studies.inspect.groups import near_duplicates
from zhizao.studies.inspect.model import Model, Scored
from zhizao.studies.inspect.model_file import read_model, write_model
from zhizao.studies.inspect.pictures import Pictures, masks_of
from zhizao.studies.inspect.rates import Rate, rate_of
from zhizao.studies.inspect.scoring import ScoreResult, pictures_input, score_files

if TYPE_CHECKING:
    from zhizao.engine import Progress

Source = Pictures | str | Path
"""A set of pictures, or a folder or file."""
ROWS = {
    "path": pl.String,
    "part": pl.String,
    "role": pl.String,
    "score": pl.Float64,
    "sha256": pl.String,
    "detail": pl.String,
}
"""Columns of the table of training pictures; `role`: fit, calibrate, crossed (both, in folds), bad, class
(of a defect, right by a probe that had not seen the part), class missed, or why a file was not read; `detail`
of a picture of a class is its name."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Inspector(Facts, Result):
    """A trained inspector."""

    study: ClassVar[str] = "train_inspector"

    model: Model
    training: pl.DataFrame
    """Training pictures: path, part, role, score (of those the detector was not fitted to), hash, detail."""
    cautions: tuple[str, ...]

    # ------------------------------------------------------------ use
    def score(
        self, pictures: Source, *, scale_mm: float | None = None, progress: Progress | None = None
    ) -> ScoreResult:
        """Score pictures of a folder, or files; a file that cannot be read gets its verdict.

        Parameters
        ----------
        scale_mm
            Millimetres per pixel of the pictures, for the size of defects.

        Raises
        ------
        InputError
            The scale is not positive.
        """
        if scale_mm is not None and not 0 < scale_mm < inf:
            raise InputError(f"scale_mm: found {scale_mm:g}; expected millimetres per pixel, above 0")
        given = as_pictures(pictures)
        images = score_files(self.model, given.files(), progress)
        return ScoreResult(
            title=given.name,
            images=images,
            false_alarms=self.model.calibration.false_alarms,
            hot=self.model.hot,
            scale_mm=scale_mm,
            inputs=(self.as_input(), pictures_input(given.name, [one.picture for one in images])),
            seed=self.seed,
            version=version(),
        )

    def evaluate(
        self,
        good: Source,
        bad: Source,
        *,
        masks: str | Path | None = None,
        progress: Progress | None = None,
    ) -> EvaluationResult:
        """Rates on pictures known to be good and bad, with intervals.

        Pictures that the inspector was trained with are left out. Without a rule for parts, those that look
        alike are one part.

        Parameters
        ----------
        masks
            Folder with a mask for each bad picture, white where it is defective, of the same name as the
            picture or with `_mask` behind it: they measure how well heat maps find defects.

        Raises
        ------
        InputError
            No good or no bad picture is left, or no mask belongs to a bad picture.
        """
        sides = [as_pictures(side) for side in (good, bad)]
        files = [side.files() for side in sides]
        images = score_files(self.model, [file for side in files for file in side], progress)
        split = images[: len(files[0])], images[len(files[0]) :]
        found = [self._known(*one) for one in zip(("good", "bad"), sides, files, split, strict=True)]
        cautions = [caution for _, said in found for caution in said]
        judged = [side for side, _ in found]
        check_sides(judged[0].images, judged[1].images)
        overlap = None
        if masks is not None:
            regions = masks_of([one.picture.path for one in judged[1].images], masks)
            overlap = overlap_of(judged[0], judged[1], regions)
            lost = sum(mask is None for mask in regions)
            if lost:
                cautions.append(f"{lost} of {len(regions)} bad pictures have no mask that can be read.")
        return EvaluationResult(
            title=self.title,
            good=judged[0],
            bad=judged[1],
            promised=self.model.calibration.false_alarms,
            cautions=tuple(cautions),
            hot=self.model.hot,
            threshold=self.model.calibration.threshold,
            aupro=overlap,
            inputs=(
                self.as_input(),
                *(
                    pictures_input(name, [one.picture for one in side])
                    for name, side in zip(("good", "bad"), split, strict=True)
                ),
            ),
            seed=self.seed,
            version=version(),
        )

    def _known(
        self, name: str, side: Pictures, files: tuple[Path, ...], images: tuple[Scored, ...]
    ) -> tuple[Judged, list[str]]:
        """Pictures of one kind with their parts, and what to mind."""
        parts = side.parts(files) or _parts_by_looks(images)
        judged, left_out = self._not_trained_with(images, parts)
        cautions = []
        if left_out:
            cautions.append(f"{left_out} {name} pictures were left out: the inspector was trained with them.")
        if side.group is None:
            cautions.append(
                f"No rule for parts was given: {name} pictures that look alike are one part (assumed)."
            )
        return judged, cautions

    def _not_trained_with(self, images: tuple[Scored, ...], parts: tuple[str, ...]) -> tuple[Judged, int]:
        known = set(self.training["sha256"]) - {""}
        kept = [
            (one, part)
            for one, part in zip(images, parts, strict=True)
            if one.picture.sha256 not in known or one.score is None
        ]
        judged = Judged(tuple(one for one, _ in kept), tuple(part for _, part in kept))
        return judged, len(images) - len(kept)

    # ------------------------------------------------------------ file
    def save(self, path: str | Path) -> Path:
        """Write one file with everything in it."""
        facts = {
            "title": self.title,
            "seed": self.seed,
            "version": self.version,
            "cautions": list(self.cautions),
            "inputs": [[one.kind, one.name, one.sha256] for one in self.inputs],
            "training": self.training.to_dict(as_series=False),
        }
        return write_model(self.model, facts, Path(path))

    @staticmethod
    def load(path: str | Path) -> Inspector:
        """Read a model file.

        Raises
        ------
        InputError
            It is none, is damaged, or was made for another backbone or version.
        """
        model, facts = read_model(Path(path))
        try:
            return Inspector(
                title=facts["title"],
                model=model,
                training=pl.DataFrame(facts["training"], schema=ROWS),
                cautions=tuple(facts["cautions"]),
                inputs=tuple(Input(*one) for one in facts["inputs"]),
                seed=facts["seed"],
                version=facts["version"],
            )
        except (KeyError, TypeError, ValueError, pl.exceptions.PolarsError) as error:
            raise InputError(f"{path}: is damaged (the facts of its training: {error})") from None

    def as_input(self) -> Input:
        """The inspector as an input of a result: the hash of what it was trained with."""
        hashes = "\n".join(one.sha256 for one in self.inputs)
        return Input("inspector", self.title, sha256(hashes.encode()).hexdigest())

    # ------------------------------------------------------------ result
    @property
    def detection(self) -> Rate | None:
        """Share of the bad parts given to the training that are called defective; None without any."""
        bad = self.training.filter(pl.col("role") == "bad")
        calibration = self.model.calibration
        hits = calibration.defective(calibration.p_values(bad["score"].to_numpy()))
        return rate_of([bool(hit) for hit in hits], bad["part"].to_list())

    @property
    def class_accuracy(self) -> Rate | None:
        """Share of the parts whose class a probe that has not seen them predicts; None without classes."""
        predicted = self.training.filter(pl.col("role").is_in(["class", "class missed"]))
        return rate_of([role == "class" for role in predicted["role"]], predicted["part"].to_list())

    @property
    def roles(self) -> dict[str, int]:
        """Number of pictures in each role."""
        return dict(Counter(self.training["role"]))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know."""
        return self.cautions

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        calibration, roles = self.model.calibration, self.roles
        fitted = self.training.filter(pl.col("role").is_in(["fit", "crossed"]))["part"].n_unique()
        if self.model.recipe.crossed:
            how = (
                f"Fitted to {roles['crossed'] + roles.get('fit', 0)} good pictures of {fitted} parts; "
                f"{calibration.parts} of them calibrate, each scored by a detector that had not seen it."
            )
        else:
            how = (
                f"Fitted to {roles['fit']} good pictures of {fitted} parts, "
                f"calibrated with {roles['calibrate']} of {calibration.parts} others."
            )
        answer = f"False alarms: at most {calibration.false_alarms:.3g} of good parts (promised)"
        found, right = self.detection, self.class_accuracy
        said = [answer]
        if found is not None:
            said.append(f"detection {found}")
        if right is not None:
            said.append(f"class right for parts not seen {right}")
        return self.points(how, f"{'; '.join(said)}.")

    def table(self) -> pl.DataFrame:
        """The training pictures and their roles."""
        return self.training

    def details(self) -> dict[str, Any]:
        """What the training found, as plain data."""
        found, right = self.detection, self.class_accuracy
        return {
            "recipe": self.model.recipe.name,
            "false_alarms": self.model.calibration.false_alarms,
            "calibration_parts": self.model.calibration.parts,
            "bank": len(self.model.detector.bank.vectors),
            "detection": None if found is None else found.as_json(),
            "classes": [] if self.model.classes is None else list(self.model.classes.names),
            "class_accuracy": None if right is None else right.as_json(),
            "roles": self.roles,
            "notes": list(self.notes),
            "images": self.training.to_dicts(),
        }

    def page(self) -> Report:
        """The result as a report."""
        return Report(
            title=self.title,
            subtitle="Training of an inspector",
            sections=(
                Prose("\n\n".join((*self.key_points()[:2], *self.notes)), title="In short"),
                Table("Training pictures", self.training.drop("sha256")),
            ),
            facts={"recipe": self.model.recipe.name, "seed": str(self.seed), "version": self.version},
        )


def _parts_by_looks(images: tuple[Scored, ...]) -> tuple[str, ...]:
    """Parts of pictures that nobody grouped; files that were not read have none."""
    patterns = [one.judgement.pattern for one in images if one.judgement is not None]
    names = iter(near_duplicates(patterns) if patterns else ())
    return tuple("" if one.judgement is None else next(names) for one in images)


def as_pictures(source: Source) -> Pictures:
    """A set of pictures from whatever names one."""
    return source if isinstance(source, Pictures) else Pictures(source)
