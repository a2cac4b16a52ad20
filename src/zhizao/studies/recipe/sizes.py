"""Sizes of batches against what units hold."""

from __future__ import annotations

from dataclasses import dataclass

from zhizao.quantities import InputError
from zhizao.quantities.errors import UnitError
from zhizao.records.recipes import Recipe, UnitDimension, unit_of


@dataclass(frozen=True, slots=True)
class Amount:
    """A volume in m3 or a mass in kg, with its text."""

    value: float
    dimension: UnitDimension
    text: str


def amount_of(text: str) -> Amount:
    """Read a volume or a mass such as `6 m3`.

    Raises
    ------
    UnitError
        It is no number with a unit of volume or mass.
    """
    number, _, unit = text.strip().partition(" ")
    right = "write a volume or a mass with a space before its unit, such as 6 m3 or 500 kg"
    try:
        value = float(number)
    except ValueError:
        raise UnitError(f"found {text!r}", right) from None
    known = unit_of(unit)
    if known is None or known[0] not in (UnitDimension.VOLUME, UnitDimension.MASS) or not 0 < value < 1e12:
        raise UnitError(f"found {text!r}", right)
    return Amount(value * known[1], known[0], text.strip())


def size_of(recipe: Recipe, stated: str | None) -> Amount | None:
    """The size of a batch: as stated, else the nominal size of its recipe; None where neither is known.

    Raises
    ------
    InputError
        It cannot be read, or is outside the bounds of the recipe.
    """
    own = recipe.size
    if stated is None:
        if own is None or own.nominal is None:
            return None
        return amount_of(f"{own.nominal:g} {own.unit}")
    size = amount_of(stated)
    if own is None:
        return size
    for bound, sign in ((own.least, 1), (own.most, -1)):
        limit = None if bound is None else amount_of(f"{bound:g} {own.unit}")
        if limit is not None and limit.dimension is size.dimension and sign * (size.value - limit.value) < 0:
            raise InputError(f"found {stated}; the recipe allows {own.least:g} to {own.most:g} {own.unit}")
    return size
