"""Garment patterns: graded pieces with outline, grain, notches, drill holes and grade points, in mm."""

from zhizao.records.patterns.body import Body
from zhizao.records.patterns.checks import checked, crossing
from zhizao.records.patterns.model import (
    GradePoint,
    Label,
    LengthUnit,
    LineKind,
    Notch,
    NotchKind,
    Pattern,
    Piece,
    PieceLine,
    PointKind,
    Standard,
    UnitSource,
)
from zhizao.records.patterns.outline import area_mm2, bounds, length_mm, outline
from zhizao.records.patterns.seams import Dart, Draft, Edge, Seam, SeamKind, sewn_length_mm

__all__ = [
    "Body",
    "Dart",
    "Draft",
    "Edge",
    "GradePoint",
    "Label",
    "LengthUnit",
    "LineKind",
    "Notch",
    "NotchKind",
    "Pattern",
    "Piece",
    "PieceLine",
    "PointKind",
    "Seam",
    "SeamKind",
    "Standard",
    "UnitSource",
    "area_mm2",
    "bounds",
    "checked",
    "crossing",
    "length_mm",
    "outline",
    "sewn_length_mm",
]
