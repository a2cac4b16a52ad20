"""Sizes of batches against what units hold."""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose

from zhizao.quantities import InputError
from zhizao.quantities.errors import UnitError
from zhizao.records.recipes import BatchSize, Recipe, UnitDimension, unit_of

_NEAR = 1e-9  # relative difference of sizes that is none


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

    Bounds in another dimension than the stated size are not compared; `unlike_nominal` says so.

    Raises
    ------
    UnitError
        It cannot be read.
    InputError
        It is outside the bounds of the recipe.
    """
    own = recipe.size
    if stated is None:
        return None if own is None or own.nominal is None else amount_of(f"{own.nominal:g} {own.unit}")
    size = amount_of(stated)
    if own is None or _dimension(own) is not size.dimension:
        return size
    least, most = (None if one is None else amount_of(f"{one:g} {own.unit}") for one in (own.least, own.most))
    if (least is not None and size.value < least.value) or (most is not None and size.value > most.value):
        raise InputError(f"found {stated}; the recipe allows {_bounds(own)}")
    return size


def unlike_nominal(recipe: Recipe, size: Amount) -> str:
    """What to say of a batch that is not of the nominal size, or cannot be compared; empty: nothing."""
    own = recipe.size
    if own is None:
        return ""
    known = [one for one in (own.nominal, own.least, own.most) if one is not None]
    if known and _dimension(own) is not size.dimension:
        stated = f"{known[0]:g} {own.unit}".strip()
        return (
            f"{recipe.product}: Batches of {size.text} were not compared with the size in the recipe, "
            f"{stated}; durations are taken as stated there."
        )
    nominal = size_of(recipe, None)
    if nominal is None or isclose(nominal.value, size.value, rel_tol=_NEAR):
        return ""
    return (
        f"{recipe.product}: Durations are taken as stated for the nominal size, {nominal.text}, "
        f"though batches are {size.text}; give others in `times` where they differ."
    )


def _dimension(own: BatchSize) -> UnitDimension | None:
    known = unit_of(own.unit)
    return None if known is None else known[0]


def _bounds(own: BatchSize) -> str:
    if own.least is not None and own.most is not None:
        return f"{own.least:g} to {own.most:g} {own.unit}"
    return f"{own.least:g} {own.unit} at least" if own.most is None else f"{own.most:g} {own.unit} at most"
