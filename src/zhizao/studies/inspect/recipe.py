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
    """Most entries of the bank: bounds memory and time."""
    deep: bool
    """Whether features at stride 32 are used too."""
    whole: bool
    """Whether the picture as a whole is judged beside its cells."""


DEFAULT = Recipe("default", side=224, bank=2048, deep=False, whole=False)
"""A bank of patches at strides 8 and 16."""
THOROUGH = Recipe("thorough", side=320, bank=1024, deep=True, whole=True)
"""A bank of patches at strides 8, 16 and 32, and a Gaussian of the whole picture, combined."""
RECIPES = {recipe.name: recipe for recipe in (DEFAULT, THOROUGH)}
