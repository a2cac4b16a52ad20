"""Types of model fields that hold quantities: text with a unit in files, base units in memory.

When a part of the model is made in Python, a plain number is taken in base units, and as the constant where a
distribution is expected. When a model is validated with the context `{"file": …}` or `{"units": True}` (a
change by path), a number other than 0 without a unit is refused, unless it says that it is in base units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from zhizao.quantities import units
from zhizao.quantities.calendars import Calendar, format_calendar, parse_calendar
from zhizao.quantities.distribution_text import format_distribution, parse_distribution
from zhizao.quantities.distributions import Distribution, DistributionKind
from zhizao.quantities.errors import CalendarError, DistributionError, QuantityError, UnitError
from zhizao.quantities.units import (
    BaseUnits,
    Dimension,
    check_bounds,
    format_quantity,
    parse_quantity,
    parse_signed,
    shown,
)


def fault(found: str, right: str, nearest: str | None = None, stand_in: Any = None) -> PydanticCustomError:
    """Make the error that a validator raises, so that faults are collected by pydantic.

    `stand_in` is a right value that the reader may put in place, to look for further faults.
    """
    context = {"found": found, "right": right, "nearest": nearest or "", "stand_in": stand_in}
    return PydanticCustomError("zhizao", "{found}; {right}", context)


def in_file(info: ValidationInfo) -> bool:
    """Tell whether the value comes from a file or a change by path, where numbers need their unit."""
    return isinstance(info.context, Mapping) and not info.context.keys().isdisjoint(("file", "units"))


def quantity(value: Any, dimension: Dimension, *, from_file: bool) -> float:
    """Convert a text, or in Python a number in base units; `from_file`: only one that says it is.

    Raises
    ------
    UnitError
        The value is no quantity of this dimension.
    """
    if isinstance(value, str):
        return parse_quantity(value, dimension)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        right = f"write a {dimension.name} such as '{dimension.example}'"
        raise UnitError(f"found {shown(value)}", right)
    if from_file and value != 0 and not (dimension.bare or isinstance(value, BaseUnits)):
        return parse_quantity(repr(value), dimension)  # refused there, with the units that would be right
    return check_bounds(float(value) + 0.0, dimension, value)


def random_quantity(value: Any, dimension: Dimension, *, from_file: bool) -> Distribution:
    """Convert a text or a plain quantity into a distribution; a distribution stays what it is."""
    if isinstance(value, Distribution):
        drawn = value
    elif isinstance(value, str):
        drawn = parse_distribution(value, dimension)
    else:
        drawn = Distribution.constant(quantity(value, dimension, from_file=from_file))
    return _whole_counts(drawn) if dimension is units.COUNT else drawn


def random_interval(value: Any, *, from_file: bool, counts: bool) -> Distribution:
    """Convert what lies between two failures: cycles for a clock that counts them, else time."""
    return random_quantity(value, units.COUNT if counts else units.TIME, from_file=from_file)


def calendar(value: Any, start: datetime | None = None) -> Calendar:
    """Convert the mapping form of a calendar; a calendar stays what it is. Holidays count from `start`."""
    if isinstance(value, Calendar):
        return value
    if not isinstance(value, Mapping):
        right = "write days with shifts, such as {mon-fri: [06:00-14:00]}"
        raise CalendarError(f"found {shown(value)} where a calendar should be", right)
    return parse_calendar(value) if start is None else parse_calendar(value, start=start)


def collected(convert: Callable[[], Any], stand_in: Any) -> Any:
    """Run a conversion; its error becomes one that pydantic collects."""
    try:
        return convert()
    except QuantityError as error:
        raise fault(error.found, error.right, error.nearest, stand_in) from None


def _whole_counts(drawn: Distribution) -> Distribution:
    exact = {DistributionKind.CONSTANT: drawn.parameters, DistributionKind.DISCRETE: drawn.values}
    for value in exact.get(drawn.kind, ()):
        if value < 1 or value != int(value):
            raise DistributionError(f"found {value:g}", "a count is a whole number of 1 or more")
    return drawn


def _schema(dimension: Dimension, pattern: str, description: str, *examples: str) -> WithJsonSchema:
    zero_or_text: list[dict[str, Any]] = [{"type": "string", "pattern": pattern}]
    zero_or_text.append({"type": "number"} if dimension.bare else {"const": 0})
    return WithJsonSchema({"anyOf": zero_or_text, "examples": list(examples), "description": description})


def _number_pattern(dimension: Dimension) -> str:
    known = "|".join(unit.replace("/", "\\/") for unit in dimension.units if unit)
    return rf"[+]?[0-9.]+([eE][+-]?[0-9]+)?( *({known})){'?' if dimension.bare else ''}"


def _fixed(dimension: Dimension, description: str) -> tuple[PlainValidator, PlainSerializer, WithJsonSchema]:
    def validate(value: Any, info: ValidationInfo) -> float:
        stand_in = 0
        return float(collected(lambda: quantity(value, dimension, from_file=in_file(info)), stand_in))

    def serialize(value: float) -> Any:
        return _plain_number(value) if dimension.bare else format_quantity(value, dimension)

    pattern = f"^{_number_pattern(dimension)}$"
    schema = _schema(dimension, pattern, description, dimension.example)
    return PlainValidator(validate), PlainSerializer(serialize), schema


def _random(dimension: Dimension, description: str) -> tuple[PlainValidator, PlainSerializer, WithJsonSchema]:
    def validate(value: Any, info: ValidationInfo) -> Any:
        stand_in = "1 s" if dimension is units.TIME else 1
        return collected(lambda: random_quantity(value, dimension, from_file=in_file(info)), stand_in)

    def serialize(value: Distribution) -> Any:
        return random_form(value, counts=dimension.bare)

    return PlainValidator(validate), PlainSerializer(serialize), random_schema(dimension, description)


def random_form(value: Distribution, *, counts: bool) -> Any:
    """Write a distribution as in a file: a text, or a plain number for a constant count."""
    if counts and value.kind is DistributionKind.CONSTANT:
        return _plain_number(value.parameters[0])
    return format_distribution(value, units.COUNT if counts else units.TIME)


def random_schema(dimension: Dimension, description: str) -> WithJsonSchema:
    """Describe the text form of a distribution for editors."""
    kinds = "|".join(kind.value for kind in DistributionKind)
    pattern = rf"^({_number_pattern(dimension)}|({kinds})\(.+\))$"
    texts = ("20", "discrete(10: 0.5, 20: 0.5)")
    if dimension is units.TIME:
        texts = ("5 min", "lognormal(45 min, cv 0.8)")
    return _schema(dimension, pattern, description, *texts)


def interval_form(value: float, *, counts: bool) -> Any:
    """Write a fixed interval as in a file: a text, or a plain number for a count."""
    return _plain_number(value) if counts else format_quantity(value, units.TIME)


def _plain_number(value: float) -> int | float:
    return int(value) if abs(value) < 1e15 and value == int(value) else value


def _counts(info: ValidationInfo) -> bool:
    clock = info.data.get("clock")
    return getattr(clock, "value", clock) in ("cycles", "pieces")


def _validate_fixed_interval(value: Any, info: ValidationInfo) -> float:
    dimension = units.COUNT if _counts(info) else units.TIME
    return float(collected(lambda: quantity(value, dimension, from_file=in_file(info)), 0))


def _validate_interval(value: Any, info: ValidationInfo) -> Any:
    counts = _counts(info)
    stand_in = 1 if counts else "1 s"
    return collected(lambda: random_interval(value, from_file=in_file(info), counts=counts), stand_in)


def _validate_calendar(value: Any, info: ValidationInfo) -> Any:
    context = info.context if isinstance(info.context, Mapping) else {}
    start = context.get("start") or info.data.get("start")
    return collected(lambda: calendar(value, start), {"mon-sun": ["00:00-24:00"]})


def from_start_on(value: Any, info: ValidationInfo) -> float:
    """Read a time since the plant's start; in a file also a date, and one before the start is the start."""
    since = any_moment(value, info)
    if _as_datetime(value) is not None:
        return max(0.0, since)
    if since < 0:
        right = "write 0, a later time, or a date (an earlier date counts as the start)"
        raise fault(f"found {shown(value)}, which is negative: before the plant's start", right, None, 0)
    return float(collected(lambda: check_bounds(since, units.TIME, value), 0))


def any_moment(value: Any, info: ValidationInfo) -> float:
    """Read a time since the plant's start that may lie before it: a negative time, or an earlier date."""
    given = _as_datetime(value)
    if given is None:
        return float(collected(lambda: _signed_time(value, from_file=in_file(info)), 0))
    start = info.context.get("start") if isinstance(info.context, Mapping) else None
    if start is None:
        raise fault(
            f"found the date {value}", "write s since the plant's start (dates are for files)", None, 0
        )
    if given.tzinfo is not None:
        raise fault(f"found {value} with a time zone", "times are local to the plant: no zone", None, 0)
    return float((given - start).total_seconds())


def _signed_time(value: Any, *, from_file: bool) -> float:
    if isinstance(value, str):
        return parse_signed(value, units.TIME)
    if isinstance(value, (int, float)) and value < 0:
        return -quantity(-value, units.TIME, from_file=from_file)
    return quantity(value, units.TIME, from_file=from_file)


def _as_datetime(value: Any) -> datetime | None:
    if isinstance(value, date):
        return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    try:
        return datetime.fromisoformat(value.strip()) if isinstance(value, str) and "-" in value[1:] else None
    except ValueError:
        return None


def _moments(
    read: Callable[[Any, ValidationInfo], float], examples: list[str], description: str
) -> tuple[Any, ...]:
    """Annotations of a moment: how it is read and written, and what an editor shows."""
    form = {"anyOf": [{"type": "string"}, {"const": 0}], "examples": examples, "description": description}
    written = PlainSerializer(lambda value: format_quantity(value, units.TIME))
    return PlainValidator(read), written, WithJsonSchema(form)


Time = Annotated[float, *_fixed(units.TIME, "a time")]
"""A time in s."""
MomentFromStart = Annotated[
    float,
    *_moments(
        from_start_on,
        ["2026-01-06 08:00", "5 d"],
        "a time after the plant's start, or a date (the start, if it lies before that)",
    ),
]
"""A moment in s since the plant's start; a file may give a date, and one before the start is the start."""
AnyMoment = Annotated[
    float,
    *_moments(
        any_moment,
        ["2026-01-02 08:00", "-3 d"],
        "a date, or a time after the plant's start, or before it (negative)",
    ),
]
"""A moment in s since the plant's start that may be negative; a file may give a date."""
Length = Annotated[float, *_fixed(units.LENGTH, "a length")]
"""A length in m."""
Speed = Annotated[float, *_fixed(units.SPEED, "a speed")]
"""A speed in m/s."""
Power = Annotated[float, *_fixed(units.POWER, "a power")]
"""A power in kW."""
Energy = Annotated[float, *_fixed(units.ENERGY, "an energy")]
"""An energy in kWh."""
MoneyRate = Annotated[float, *_fixed(units.MONEY_RATE, "money per time")]
"""Money per hour."""
EnergyPrice = Annotated[float, *_fixed(units.ENERGY_PRICE, "money per energy")]
"""Money per kWh."""
Emission = Annotated[float, *_fixed(units.EMISSION, "CO2 per energy")]
"""CO2 in kg per kWh."""
Share = Annotated[float, *_fixed(units.SHARE, "a share from 0 to 1")]
"""A share, 0..1."""
RandomTime = Annotated[Distribution, *_random(units.TIME, "a time or a distribution of times")]
"""A distribution of times in s."""
RandomCount = Annotated[Distribution, *_random(units.COUNT, "a count or a distribution of counts")]
"""A distribution of whole numbers; a draw of a continuous kind is rounded, to 1 at least."""
RandomInterval = Annotated[
    Distribution,
    PlainValidator(_validate_interval),
    PlainSerializer(lambda value: format_distribution(value)),
    random_schema(
        units.TIME, "a time or a distribution of times; for the clocks `cycles` and `pieces` a count"
    ),
]
"""A distribution of times in s, or of counts where the field `clock`, before it, says cycles or pieces."""
Interval = Annotated[
    float,
    PlainValidator(_validate_fixed_interval),
    _schema(
        units.TIME,
        f"^{_number_pattern(units.TIME)}$",
        "a time; for the clocks `cycles` and `pieces` a count",
        "5 d",
    ),
]
"""A time in s, or a count where the field `clock`, before it, says cycles or pieces."""
WorkingTime = Annotated[
    Calendar,
    PlainValidator(_validate_calendar),
    PlainSerializer(format_calendar),
    WithJsonSchema(
        {
            "type": "object",
            "description": "days with their shifts; off: dates without work, or holidays CN; "
            "on: dates with their own shifts",
            "examples": [{"mon-fri": ["06:00-14:00"], "off": ["2026-05-01"]}],
        }
    ),
]
"""A weekly calendar with exceptions."""
