"""Detectors: how unlike good pictures a picture is, and where."""

from zhizao.studies.inspect.detectors.bank import Bank, build_bank, greedy_coreset

__all__ = ["Bank", "build_bank", "greedy_coreset"]
