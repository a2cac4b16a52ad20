"""What flags may mean for the recipe: assumed losses by step, as a measure of a plant or as a plant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from math import prod, sqrt

from zhizao.plant import Defects, Measure, Plant
from zhizao.plant.model import Uncertainty
from zhizao.quantities import InputError, nearest_name

BASE = 0.05
"""Least probability of a flag at the high end: amber begins at the outer 5 % of clinical antibodies."""
DIGITS = 5
DRAWS = 20_000
"""Draws of the loss together: its quantiles then repeat to about 1 %."""


class Risk(Enum):
    """What of the recipe a molecule may put at risk."""

    TITRE = "titre"
    AGGREGATION = "aggregation"
    FILTRATION = "filtration"

    @property
    def title(self) -> str:
        """What a table calls it."""
        return "aggregation at low pH" if self is Risk.AGGREGATION else self.value


@dataclass(frozen=True, slots=True)
class Assumption:
    """Share of the product assumed to be lost if one of the metrics is flagged, and why these metrics."""

    metrics: tuple[str, ...]
    likely: float
    high: float
    why: str


ASSUMED = {
    Risk.TITRE: Assumption(
        ("PPC", "PNC"),
        0.15,
        0.40,
        "charge patches go with poor expression (Raybould et al. 2019)",
    ),
    Risk.AGGREGATION: Assumption(
        ("PSH",),
        0.05,
        0.15,
        "hydrophobic patches drive aggregation (Chennamsetty et al. 2009), and acid exposes more of them",
    ),
    Risk.FILTRATION: Assumption(
        ("PSH", "SFvCSP"),
        0.03,
        0.10,
        "aggregates foul virus filters (Isu et al. 2022), unequal charge is viscous (Sharma et al. 2014)",
    ),
}
"""The metrics of each risk are from the literature; the losses are assumed, no publication gives them.

Chennamsetty et al. (2009), PNAS 106, 11937; Isu et al. (2022), Bioengineering 9, 155; Sharma et al. (2014),
PNAS 111, 18601.
"""


@dataclass(frozen=True, slots=True)
class Loss:
    """Assumed share of the product that is lost, 0..1: least, most likely, most; and the chance of a flag."""

    risk: Risk
    metrics: tuple[str, ...]
    flag_probability: float
    low: float
    likely: float
    high: float
    why: str

    @property
    def mean(self) -> float:
        """Mean of the triangular distribution."""
        return (self.low + self.likely + self.high) / 3

    @property
    def error(self) -> float:
        """Relative standard error: standard deviation of the triangular distribution over its mean."""
        a, c, b = self.low, self.likely, self.high
        return sqrt((a * a + b * b + c * c - a * b - a * c - b * c) / 18) / self.mean


def losses(probabilities: Mapping[str, float]) -> tuple[Loss, ...]:
    """Assumed losses, from the probability of a flag of each metric; flags count as independent.

    A green metric is no proof of an easy molecule: the range then still reaches to a flag of probability 5 %.
    """
    found = []
    for risk, assumed in ASSUMED.items():
        p = 1 - prod(1 - probabilities[metric] for metric in assumed.metrics)
        likely, high = p * assumed.likely, max(p, BASE) * assumed.high
        found.append(Loss(risk, assumed.metrics, p, 0.0, likely, high, assumed.why))
    return tuple(found)


def together(found: tuple[Loss, ...], seed: int) -> tuple[float, float, float]:
    """Loss of all risks together, drawn as independent: 5 % quantile, mean and 95 % quantile, as shares."""
    import numpy as np

    random = np.random.default_rng(seed)
    kept = np.ones(DRAWS)
    for loss in found:
        kept *= 1 - random.triangular(loss.low, loss.likely, loss.high, DRAWS)
    low, high = np.quantile(1 - kept, (0.05, 0.95))
    return float(low), float(1 - kept.mean()), float(high)


def as_measure(name: str, found: tuple[Loss, ...], plant: Plant, steps: Mapping[Risk, str]) -> Measure:
    """A measure that sets the assumed losses at steps of a plant, each uncertain within its range.

    It is no choice but a fact of the molecule: `compare` says what it costs.

    Raises
    ------
    InputError
        The plant has no such step, or the step has defects of its own.
    """
    _check(plant, steps)
    taken = [(f"routes.*.{steps[loss.risk]}.defects.share", loss) for loss in found if loss.risk in steps]
    return Measure(
        id=f"molecule-{_id(name)}",
        title=f"Recipe risk of {name} (assumed)",
        cost=0.0,
        set={path: round(loss.likely, DIGITS) for path, loss in taken},
        uncertain={
            path: f"triangular({loss.low:g}, {round(loss.likely, DIGITS)}, {round(loss.high, DIGITS)})"
            for path, loss in taken
        },
    )


def under_risk(found: tuple[Loss, ...], plant: Plant, steps: Mapping[Risk, str]) -> Plant:
    """The plant as it would be with this molecule: mean losses at steps, with their uncertainty.

    `improve` draws them, so measures are ranked under the risk.

    Raises
    ------
    InputError
        The plant has no such step, or the step has defects of its own.
    """
    _check(plant, steps)
    taken = [(steps[loss.risk], loss) for loss in found if loss.risk in steps]
    changes = {
        f"routes.{route}.{step}.defects.share": round(loss.mean, DIGITS)
        for step, loss in taken
        for route, operations in plant.routes.items()
        if any(operation.id == step for operation in operations)
    }
    errors = tuple(
        Uncertainty(what=f"operations.{step}.defects.share", error=round(loss.error, DIGITS), observations=1)
        for step, loss in taken
    )
    return plant.replace(changes | {"uncertainty": (*plant.uncertainty, *errors)})


def comments(found: tuple[Loss, ...], plant: Plant, steps: Mapping[Risk, str]) -> dict[str, str]:
    """Comments for the file of such a plant, by path: what is assumed, and why."""
    return {
        f"routes.{route}.{steps[loss.risk]}.defects": in_words(loss)
        for loss in found
        for route, operations in plant.routes.items()
        if loss.risk in steps and any(operation.id == steps[loss.risk] for operation in operations)
    }


def in_words(loss: Loss) -> str:
    """A loss in words, for a file."""
    return (
        f"assumed: risk of {loss.risk.title}, {100 * loss.low:.3g} to {100 * loss.high:.3g} % "
        f"lost, most likely {100 * loss.likely:.3g} %; {loss.why}"
    )


def _id(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "chains"


def _check(plant: Plant, steps: Mapping[Risk, str]) -> None:
    there = {operation.id: operation for operations in plant.routes.values() for operation in operations}
    if len(set(steps.values())) < len(steps):
        raise InputError("steps: found one step for two risks; expected a step of its own for each")
    for risk, step in steps.items():
        if step not in there:
            near = nearest_name(step, there)
            hint = f"; did you mean {near!r}?" if near else ""
            raise InputError(f"{risk.value}={step}: found no such step in the plant{hint}")
        for route, operations in plant.routes.items():
            for one in operations:
                if one.id == step and one.defects not in (None, Defects()):
                    raise InputError(
                        f"{risk.value}={step}: found defects of its own in route {route!r}, which the risk "
                        "would change; choose another step"
                    )
