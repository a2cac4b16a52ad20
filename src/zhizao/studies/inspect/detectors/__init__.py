"""Detectors: how unlike good pictures a picture is, and where."""

from zhizao.studies.inspect.detectors.bank import Bank
from zhizao.studies.inspect.detectors.detector import Combination, Detector, fit_detector, worst_of
from zhizao.studies.inspect.detectors.gaussian import Gaussian

__all__ = ["Bank", "Combination", "Detector", "Gaussian", "fit_detector", "worst_of"]
