"""Numbers and names as people read them; everything that enters a page is escaped here."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from math import floor, isfinite, log10
from unicodedata import category

THIN = "\u202f"  # narrow no-break space between thousands (ISO 80000-1, 7.3.1)
MINUS = "\u2212"
NOTHING = "–"
SHARE = "share"
_UNFIT = {"Cc", "Cs"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def escape(value: object) -> str:
    """Text that is safe anywhere in a page; controls and half surrogate pairs become a blank."""
    text = "".join(sign if sign == "\n" or category(sign) not in _UNFIT else " " for sign in str(value))
    return html.escape(text, quote=True)


def number(value: float | int | None, *, digits: int = 3) -> str:
    """A number with `digits` significant digits but no fewer than all whole ones: 12 346, 12.3, 0.0123."""
    if value is None or not isfinite(value):
        return NOTHING
    if value == 0:
        return "0"
    if isinstance(value, int):
        return _grouped(f"{value:,d}")
    size = floor(log10(abs(value)))
    if size < -4:
        mantissa = f"{value / 10.0**size:.{digits - 1}f}"
        return _grouped(f"{mantissa}×10") + str(size).translate(_RAISED)
    return _grouped(f"{value:,.{max(digits - 1 - size, 0)}f}")


def short(value: float) -> str:
    """An amount in three digits, with k, M or G for thousands, millions and their thousands: 12.3k, 640."""
    if not isfinite(value):
        return NOTHING
    size = next((size for size in (1e9, 1e6, 1e3) if abs(value) >= 0.9995 * size), 1.0)
    letter = {1e9: "G", 1e6: "M", 1e3: "k", 1.0: ""}[size]
    return f"{value / size:.3g}".replace("-", MINUS) + letter


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _grouped(text: str) -> str:
    return text.replace(",", THIN).replace("-", MINUS)


def quantity(value: float | None, unit: str) -> tuple[str, str]:
    """A number and its unit as shown; a share is shown in per cent."""
    if unit == SHARE:
        return number(None if value is None else 100 * value), "%"
    return number(value), "" if unit == "1" else unit


def signed_percent(share: float) -> str:
    """A relative change, always with its sign: +12.3 %, −0.4 %."""
    if not isfinite(share):
        return "∞" if share > 0 else f"{MINUS}∞" if share < 0 else NOTHING
    rounded = f"{100 * share:+.1f}" if abs(share) < 10 else f"{100 * share:+,.0f}"
    return _grouped(rounded)


def cell(value: object) -> str:
    """Any value of a table as plain text (not escaped)."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, timedelta):
        return duration(value.total_seconds())
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {cell(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(cell(item) for item in value)
    return str(value)


def moment(value: datetime) -> str:
    """A time to the minute, or to the second where that matters."""
    return value.strftime("%Y-%m-%d %H:%M:%S" if value.second else "%Y-%m-%d %H:%M")


def day(value: date) -> str:
    """A day without its year: 5 Jan."""
    return f"{value.day} {MONTHS[value.month - 1]}"


def duration(seconds: float) -> str:
    """A length of time in its natural unit: 45 s, 12.5 min, 3.2 h, 4.1 d."""
    for limit, size, unit in ((60.0, 1.0, "s"), (3600.0, 60.0, "min"), (172800.0, 3600.0, "h")):
        if abs(seconds) < limit:
            return f"{number(seconds / size)} {unit}"
    return f"{number(seconds / 86400.0)} d"
