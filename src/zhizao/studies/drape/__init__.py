"""Virtual sample: a drafted pattern sewn on a body on the screen, with ease, strain and pictures."""

from zhizao.studies.drape.figure import Figure, Measures, figure_of, read_figure
from zhizao.studies.drape.fit import Ease, PieceStrain, SeamGap
from zhizao.studies.drape.girths import levels, torso_girth
from zhizao.studies.drape.result import DrapeResult
from zhizao.studies.drape.study import Fabric, drape_draft

__all__ = [
    "DrapeResult",
    "Ease",
    "Fabric",
    "Figure",
    "Measures",
    "PieceStrain",
    "SeamGap",
    "drape_draft",
    "figure_of",
    "levels",
    "read_figure",
    "torso_girth",
]
