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


DEFAULT = Recipe("default", side=224, bank=1024, deep=False, whole=False)
"""A bank of patches at strides 8 and 16. On magnetic tile 512, 1,024 and 2,048 entries rank alike."""
THOROUGH = Recipe("thorough", side=224, bank=1024, deep=True, whole=True)
"""A bank of patches at strides 8, 16 and 32, and a Gaussian of the whole picture, combined. On magnetic tile,
320 pixels rank no better than 224 (.855 and .858, two splits by tile) and take twice the time."""
RECIPES = {recipe.name: recipe for recipe in (DEFAULT, THOROUGH)}
