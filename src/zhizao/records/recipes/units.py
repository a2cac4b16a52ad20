"""Engineering units as recipes write them: symbols (SI brochure; UCUM) and names in full."""

from __future__ import annotations

from enum import Enum

from zhizao.quantities.errors import UnitError, nearest_name


class UnitDimension(Enum):
    """What a unit measures; numbers in memory are in the unit named here."""

    VOLUME = "m3"
    MASS = "kg"
    TIME = "s"
    LENGTH = "m"
    TEMPERATURE = "degC"
    SPEED = "1/min"
    PRESSURE = "bar"
    SHARE = "1"
    COUNT = "pieces"


_V, _M, _T, _L = UnitDimension.VOLUME, UnitDimension.MASS, UnitDimension.TIME, UnitDimension.LENGTH
_SPELLED: tuple[tuple[UnitDimension, float, str], ...] = (
    (_V, 1.0, "m3 m^3 m³ cbm kl kilolitre kilolitres kiloliter kiloliters cubicmetre cubicmeter"),
    (_V, 1e-3, "l litre litres liter liters dm3"),
    (_V, 1e-1, "hl hectolitre hectoliter"),
    (_V, 1e-6, "ml millilitre millilitres milliliter milliliters cm3"),
    (_M, 1.0, "kg kilogram kilograms kilogramme"),
    (_M, 1e-3, "g gram grams"),
    (_M, 1e-6, "mg milligram milligrams"),
    (_M, 1e3, "t tonne tonnes"),
    (_T, 1.0, "s sec second seconds"),
    (_T, 60.0, "min minute minutes"),
    (_T, 3600.0, "h hr hour hours"),
    (_T, 86400.0, "d day days"),
    (_L, 1.0, "m metre metres meter meters"),
    (_L, 1e-3, "mm millimetre millimeter"),
    (UnitDimension.TEMPERATURE, 1.0, "degc °c celsius cel"),
    (UnitDimension.SPEED, 1.0, "rpm 1/min r/min"),
    (UnitDimension.PRESSURE, 1.0, "bar"),
    (UnitDimension.PRESSURE, 1e-3, "mbar"),
    (UnitDimension.PRESSURE, 1e-5, "pa pascal"),
    (UnitDimension.SHARE, 1e-2, "% percent"),
    (UnitDimension.COUNT, 1.0, "pieces piece pcs pc ea each"),
)
_UNITS = {name: (kind, factor) for kind, factor, names in _SPELLED for name in names.split()}


def unit_of(text: str) -> tuple[UnitDimension, float] | None:
    """Dimension of a unit and its factor to the unit in memory; None where none is stated (empty, `NULL`).

    Raises
    ------
    UnitError
        The unit is not known.
    """
    name = text.strip().lower().replace(" ", "")
    if name in ("", "null", "none", "n/a"):
        return None
    if name not in _UNITS:
        raise UnitError(f"found the unit {text!r}", "write a known unit, such as kg, L or min", _near(name))
    return _UNITS[name]


def _near(name: str) -> str | None:
    return nearest_name(name, _UNITS)
