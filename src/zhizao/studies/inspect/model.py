"""The model: everything that scores a picture, and nothing that tells where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhizao.studies.inspect.calibration import Calibration
from zhizao.studies.inspect.detectors import Classes, Detector
from zhizao.studies.inspect.features import Floats, load_backbone, pattern, view_of
from zhizao.studies.inspect.pictures import Picture, Pixels
from zhizao.studies.inspect.recipe import Recipe

CLASSED = ("class", "class_probability")
"""Fields of a picture that only an inspector with classes of defects gives."""


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What a model says of a picture."""

    score: float
    heat: Floats
    """Anomaly of each cell of 16 pixels (height, width)."""
    pattern: Floats
    """What it shows and where: tells near-duplicates."""
    kind: tuple[str, float] | None = None
    """Class of its defect, were it defective, and the probability; None without classes."""


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A picture with its score; those that could not be read have none."""

    picture: Picture
    score: float | None = None
    p_value: float | None = None
    defective: bool | None = None
    judgement: Judgement | None = None

    def as_json(self) -> dict[str, Any]:
        """The picture as plain data; a class only of a defective one, where classes were learned."""
        kind = None if self.judgement is None else self.judgement.kind
        called = kind if self.defective else (None, None)
        classed = {} if kind is None or called is None else dict(zip(CLASSED, called, strict=True))
        return {
            "path": self.picture.path,
            "score": self.score,
            "p_value": self.p_value,
            "defective": self.defective,
            "verdict": self.picture.verdict.value,
            "detail": self.picture.detail,
            **classed,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A fitted detector with its calibration."""

    recipe: Recipe
    detector: Detector
    calibration: Calibration
    hot: float
    """Anomaly of cells that good pictures exceed at the promised rate: middle grey of a heat map."""
    classes: Classes | None = None
    """Tells the class of a defect."""

    def judge(self, pixels: Pixels) -> Judgement:
        """Anomaly of a picture, and of each of its cells."""
        features = load_backbone(deep=self.recipe.deep).features(pixels)
        view = view_of(features)
        heat = self.detector.heat(view)
        kind = None if self.classes is None else self.classes.best(view.summary)
        return Judgement(self.detector.score(view, heat), heat, pattern(features), kind)
