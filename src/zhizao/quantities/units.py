"""Quantities in text: `2.5 min`, `3 kW`, `90/h`, `1.2/kWh`, `0.58 kg/kWh`, `2 %`.

A quantity in a file is a number and a unit; a space between them is optional. Units are converted here and
nowhere else: in memory times are in s, lengths in m, speeds in m/s, power in kW, money rates per hour,
energy prices per kWh, emissions in kg per kWh, shares in 0..1. Only 0 may stand without a unit.

=============  ==============================================  ==================
quantity       units                                           base unit
=============  ==============================================  ==================
time           ms, s, min, h, d (24 h), wk (7 d)               s
length         mm, cm, m, km                                   m
speed          m/s, m/min, km/h                                m/s
power          W, kW, MW                                       kW
money rate     /s, /min, /h, /d (currency per that time)       /h
energy         Wh, kWh, MWh                                    kWh
energy price   /kWh, /MWh (currency per that energy)           /kWh
emission       kg/kWh, g/kWh, t/MWh                            kg/kWh
share          none, or %                                      1
count          none                                            1
=============  ==============================================  ==================
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from zhizao.quantities.errors import UnitError, nearest_name

_QUANTITY = re.compile(r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)\s*(\S.*?)?\s*")
_LONGEST = 60  # no honest quantity is longer; a longer text is cut in messages


@dataclass(frozen=True, slots=True)
class Dimension:
    """A kind of quantity: its units with exact factors to the base unit, and its bounds.

    `nice` lists the units that texts are written in; `bare` says that a number needs no unit.
    """

    name: str
    example: str
    units: dict[str, Decimal]
    nice: tuple[str, ...]
    bare: bool = False
    highest: float = math.inf

    @property
    def base(self) -> str:
        """Unit of numbers in memory."""
        return next(unit for unit, factor in self.units.items() if factor == 1)


def _units(**factors: str) -> dict[str, Decimal]:
    return {unit: Decimal(factor) for unit, factor in factors.items()}


TIME = Dimension(
    "time",
    "2.5 min",
    _units(s="1", min="60", h="3600", d="86400", wk="604800", ms="0.001"),
    ("s", "min", "h", "d"),
)
LENGTH = Dimension("length", "12 m", _units(m="1", mm="0.001", cm="0.01", km="1000"), ("m", "mm", "cm", "km"))
SPEED = Dimension(
    "speed",
    "1.5 m/s",
    {"m/s": Decimal(1), "m/min": Decimal(1) / Decimal(60), "km/h": Decimal(1) / Decimal("3.6")},
    ("m/s",),
)
POWER = Dimension("power", "3 kW", _units(kW="1", W="0.001", MW="1000"), ("kW",))
ENERGY = Dimension(
    "energy",
    "1.5 kWh",
    {"kWh": Decimal(1), "Wh": Decimal("0.001"), "MWh": Decimal(1000)},
    ("kWh",),
)
MONEY_RATE = Dimension(
    "money rate",
    "90/h",
    {"/h": Decimal(1), "/min": Decimal(60), "/s": Decimal(3600), "/d": Decimal(1) / Decimal(24)},
    ("/h",),
)
ENERGY_PRICE = Dimension("energy price", "1.2/kWh", {"/kWh": Decimal(1), "/MWh": Decimal("0.001")}, ("/kWh",))
EMISSION = Dimension(
    "emission",
    "0.58 kg/kWh",
    {"kg/kWh": Decimal(1), "g/kWh": Decimal("0.001"), "t/MWh": Decimal(1)},
    ("kg/kWh",),
)
SHARE = Dimension("share", "0.02", {"": Decimal(1), "%": Decimal("0.01")}, ("",), bare=True, highest=1.0)
COUNT = Dimension("count", "20", {"": Decimal(1)}, ("",), bare=True)
MONEY = Dimension(
    "amount of money", "2M", {"": Decimal(1), "k": Decimal(1000), "M": Decimal(1_000_000)}, ("",), bare=True
)
NUMBER = Dimension("number", "0.8", {"": Decimal(1), "%": Decimal("0.01")}, ("",), bare=True)

DIMENSIONS = (TIME, LENGTH, SPEED, POWER, ENERGY, MONEY_RATE, ENERGY_PRICE, EMISSION, SHARE, COUNT)


class BaseUnits(float):
    """A number that is in base units (s, m, m/s, kW, kWh, money per h or per kWh), where a text has its unit.

    `Plant.replace` takes it, so that a value that was read from a plant can go back into one.
    """


def parse_quantity(text: str, dimension: Dimension) -> float:
    """Read a quantity such as `2.5 min` into base units.

    Raises
    ------
    UnitError
        The text is no number, has no unit, a unit of another dimension, or is out of bounds.
    """
    return check_bounds(parse_signed(text, dimension), dimension, text)


def parse_signed(text: str, dimension: Dimension) -> float:
    """Read a quantity whose sign is free (the logarithmic mean of a distribution)."""
    match = _QUANTITY.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise UnitError(f"found {shown(text)}", f"write {_a(dimension)} such as '{dimension.example}'")
    number, unit = Decimal(match[1]), (match[2] or "").replace(" ", "")
    if unit not in dimension.units and not (unit == "" and number == 0):
        raise _wrong_unit(text, unit, dimension)
    value = float(number * dimension.units.get(unit, Decimal(1)))
    if not math.isfinite(value):
        raise UnitError(f"found {shown(text)}, which is too large", "write a finite number")
    return value + 0.0  # -0 becomes 0


def check_bounds(value: float, dimension: Dimension, found: object) -> float:
    """Refuse what no quantity of this dimension can be: negative, not finite, a share above 1."""
    if not math.isfinite(value):
        raise UnitError(f"found {shown(found)}", f"{_a(dimension)} must be finite")
    if value < 0:
        raise UnitError(f"found {shown(found)}, which is negative", f"{_a(dimension)} must be 0 or more")
    if value > dimension.highest:
        right = f"{_a(dimension)} must be at most {dimension.highest:g}"
        raise UnitError(f"found {shown(found)}", right)
    return value


def format_quantity(value: float, dimension: Dimension) -> str:
    """Write a quantity in its shortest unit that reads back to the same bits.

    Returns
    -------
    str
        For example `2.5 min`; `repr` with the base unit where no nicer unit gives the bits back.
    """
    if not value:
        return _with_unit("0", dimension.base)
    amounts = ((value / float(dimension.units[unit]), unit) for unit in reversed(dimension.nice))
    pairs = [(_digits(amount), unit) for amount, unit in amounts if math.isfinite(amount)]
    exact = [pair for pair in pairs if parse_signed(_with_unit(*pair), dimension) == value]
    return _with_unit(*min([*exact, (repr(value), dimension.base)], key=lambda pair: len(pair[0])))


def about_quantity(value: float, dimension: Dimension) -> str:
    """Write a quantity for people: three digits, in its largest unit of which it is at least one."""
    sizes = sorted(((float(dimension.units[unit]), unit) for unit in dimension.nice), reverse=True)
    factor, unit = next((size for size in sizes if size[0] <= abs(value)), sizes[-1])
    return _with_unit(_digits(float(f"{value / factor:.3g}")), unit)


def shown(found: object) -> str:
    """Quote what was found in the words of a file, cut to a length that a terminal can show."""
    if found is None or isinstance(found, bool):
        return "nothing" if found is None else str(found).lower()
    text = repr(found) if isinstance(found, str) else str(found)
    return text if len(text) <= _LONGEST + 2 else text[:_LONGEST] + "…" + text[-1:]


def _a(dimension: Dimension) -> str:
    return f"{'an' if dimension.name[0] == 'e' else 'a'} {dimension.name}"


def unit_list(dimension: Dimension) -> str:
    """Name the units of a dimension for a message."""
    return ", ".join(unit or "none" for unit in dimension.units)


def _digits(value: float) -> str:
    return repr(int(value)) if abs(value) < 1e15 and value == int(value) else f"{value:.12g}"


def _with_unit(number: str, unit: str) -> str:
    return f"{number}{unit}" if unit[:1] in ("/", "") else f"{number} {unit}"


def _wrong_unit(text: str, unit: str, dimension: Dimension) -> UnitError:
    right = f"write {_a(dimension)} such as '{dimension.example}' (units: {unit_list(dimension)})"
    if not unit:
        return UnitError(f"found {shown(text)}, which has no unit", right)
    owner = next((d for d in DIMENSIONS if unit in d.units), None)
    if owner is not None:
        return UnitError(f"found {shown(text)}, which is {_a(owner)}", right, _nearest_unit(unit, dimension))
    nearest = _nearest_unit(unit, dimension)
    return UnitError(f"found {shown(text)} with the unknown unit {shown(unit)}", right, nearest)


_SPELLED_OUT = {
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "m": "min", "mins": "min", "minute": "min",
    "minutes": "min", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "day": "d", "days": "d", "w": "wk",
    "week": "wk", "weeks": "wk", "weekly": "wk", "milliseconds": "ms",
}  # fmt: skip


def _nearest_unit(unit: str, dimension: Dimension) -> str | None:
    if dimension is TIME and unit.lower() in _SPELLED_OUT:
        return _SPELLED_OUT[unit.lower()]
    return nearest_name(unit, dimension.units)
