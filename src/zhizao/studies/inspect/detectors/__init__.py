"""Detectors: how unlike good pictures a picture is, and where."""

from zhizao.studies.inspect.detectors.bank import Bank
from zhizao.studies.inspect.detectors.classes import Classes, ClassesFitted, fit_classes
from zhizao.studies.inspect.detectors.detector import (
    Combination,
    Detector,
    Doubles,
    Joined,
    Whole,
    fit_detector,
    joined_of,
    worst_of,
)
from zhizao.studies.inspect.detectors.discriminant import Discriminant
from zhizao.studies.inspect.detectors.gaussian import Gaussian
from zhizao.studies.inspect.detectors.samples import Sample, sample_of, sample_with_defects

__all__ = [
    "Bank",
    "Classes",
    "ClassesFitted",
    "Combination",
    "Detector",
    "Discriminant",
    "Doubles",
    "Gaussian",
    "Joined",
    "Sample",
    "Whole",
    "fit_classes",
    "fit_detector",
    "joined_of",
    "sample_of",
    "sample_with_defects",
    "worst_of",
]
