"""Metrics of the Therapeutic Antibody Profiler against clinical antibodies: limits, flags, probabilities."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from math import inf, prod

METRICS = ("PSH", "PPC", "PNC", "SFvCSP")
LENGTH = "CDR length"
CLINICAL = (
    "Raybould et al. (2024), Communications Biology 7, 62, table 1: 664 clinical-stage antibodies, models of "
    "ABodyBuilder2; the metrics are those of Raybould et al. (2019), PNAS 116, 4025"
)


class Flag(Enum):
    """Where a metric stands: inside the range of clinical antibodies, in its outer 5 %, or outside of it."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Limits:
    """Amber and red limits of a metric, in its own units; infinite where there is none.

    Amber begins at the outer 5 % of clinical antibodies, red beyond all of them.
    """

    meaning: str
    red_low: float
    amber_low: float
    amber_high: float
    red_high: float

    def flag(self, value: float) -> Flag:
        """Where a value stands."""
        if value < self.red_low or value > self.red_high:
            return Flag.RED
        return Flag.AMBER if value <= self.amber_low or value >= self.amber_high else Flag.GREEN

    @property
    def range(self) -> str:
        """The green range in words."""
        if self.amber_low == -inf:
            return f"below {self.amber_high:g}"
        if self.amber_high == inf:
            return f"above {self.amber_low:g}"
        return f"{self.amber_low:g} to {self.amber_high:g}"


LIMITS = {
    LENGTH: Limits("residues of the six CDRs", 37, 42, 55, 63),
    "PSH": Limits("patches of surface hydrophobicity", 95.58, 110.11, 168.06, 201.59),
    "PPC": Limits("patches of positive charge", -inf, -inf, 1.32, 4.22),
    "PNC": Limits("patches of negative charge", -inf, -inf, 2.00, 4.42),
    "SFvCSP": Limits("charge symmetry of the two domains", -30.60, -6.00, inf, inf),
}
"""Table 1 of Raybould et al. (2024), see `CLINICAL`."""


def flag_probability(metric: str, value: float) -> float:
    """Probability that the profiler itself would flag a molecule for which FlashTAP estimates this value.

    Isotonic regressions of flash-abb (Ellmen et al. 2026), converted to plain numbers: linear between points,
    constant outside. PSH has one for each side, combined as independent.
    """
    import numpy as np

    curves = _curves()[metric]
    return 1 - prod(1 - float(np.interp(value, one["at"], one["probability"])) for one in curves)


@cache
def _curves() -> dict[str, list[dict[str, list[float]]]]:
    text = files("zhizao.studies.molecule").joinpath("flag_probabilities.json").read_text(encoding="utf-8")
    found: dict[str, list[dict[str, list[float]]]] = json.loads(text)["curves"]
    return found
