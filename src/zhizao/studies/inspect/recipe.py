"""Recipes: how an inspector looks at pictures. What tunes them stands here together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """What tunes an inspector."""

    name: str
    side: int
    """Side of the square that pictures are scaled to, pixels; a multiple of 32."""
    bank: int
    """Most entries of the bank: bounds memory (0.6 kB each) and time."""


DEFAULT = Recipe("default", side=224, bank=2048)
"""A bank of patches at strides 8 and 16."""
RECIPES = {recipe.name: recipe for recipe in (DEFAULT,)}
