"""The model: everything that scores a picture, and nothing that tells where it came from."""

from __future__ import annotations

from dataclasses import dataclass

from zhizao.studies.inspect.calibration import Calibration
from zhizao.studies.inspect.detectors import Detector
from zhizao.studies.inspect.features import Floats, load_backbone, view_of
from zhizao.studies.inspect.pictures import Pixels
from zhizao.studies.inspect.recipe import Recipe


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A fitted detector with its calibration."""

    recipe: Recipe
    detector: Detector
    calibration: Calibration
    hot: float
    """Anomaly of cells that good pictures exceed at the promised rate: middle grey of a heat map."""

    def judge(self, pixels: Pixels) -> tuple[float, Floats]:
        """Anomaly of a picture, and of each of its cells of 16 pixels (height, width)."""
        view = view_of(load_backbone(deep=self.recipe.deep).features(pixels))
        heat = self.detector.heat(view)
        return self.detector.score(view, heat), heat
