"""Measures of a body, for which patterns are drafted and on which they are draped."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Body:
    """Measures of a body in mm; girths unless the name says otherwise."""

    height: float
    bust: float
    waist: float
    hip: float
    across_shoulder: float
    """Shoulder point to shoulder point, over the back."""
    neck: float
    """Girth at the base of the neck."""
    back_waist_length: float
    """Back neck point to waist."""
    arm_length: float
    """Shoulder point over the bent elbow to the wrist."""
    upper_arm: float
    wrist: float
    inside_leg: float
    """Crotch to floor."""
    body_rise: float
    """Waist to crotch level, taken sitting."""
    thigh: float
    knee: float
    ankle: float
