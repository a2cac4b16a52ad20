"""Body measures: a size table of our own for women, and a reader for the measures of one person.

Names follow ISO 8559-1:2017, which says where each is taken. Bust girths step by 4 cm as in EN 13402-3; the
other values are ours, near those of common sizing tables. In memory lengths are in mm, in files in cm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from zhizao.quantities import Fault, InputError, nearest_name
from zhizao.quantities.errors import FaultsError
from zhizao.records.patterns import Body

UNITS_MM = {"cm": 10.0, "mm": 1.0, "inch": 25.4}


class BodyError(FaultsError):
    """Body measures have faults; all that were found are in `faults` and in the message."""

    _of = "body"


NAMES = tuple(field.name for field in fields(Body))
SIZES = ("S", "M", "L", "XL")
SAMPLE_SIZE = "M"
_TABLE_CM: dict[str, tuple[float, float, float, float]] = {
    "height": (166, 168, 170, 172),
    "bust": (84, 88, 92, 96),
    "waist": (66, 70, 74, 78),
    "hip": (92, 96, 100, 104),
    "across_shoulder": (38, 39, 40, 41),
    "neck": (36, 37, 38, 39),
    "back_waist_length": (40.5, 41, 41.5, 42),
    "arm_length": (58.5, 59, 59.5, 60),
    "upper_arm": (27.2, 28.4, 29.6, 30.8),
    "wrist": (15.5, 16, 16.5, 17),
    "inside_leg": (78, 78.5, 79, 79.5),
    "body_rise": (27, 27.6, 28.2, 28.8),
    "thigh": (54, 56, 58, 60),
    "knee": (35.5, 36.5, 37.5, 38.5),
    "ankle": (22.5, 23, 23.5, 24),
}
"""Women, by size."""
_POSSIBLE_CM = {
    "height": (120, 220), "bust": (60, 180), "waist": (45, 180), "hip": (60, 190),
    "across_shoulder": (28, 65), "neck": (26, 60), "back_waist_length": (28, 60), "arm_length": (40, 85),
    "upper_arm": (18, 65), "wrist": (11, 28), "inside_leg": (50, 110), "body_rise": (18, 45),
    "thigh": (35, 100), "knee": (25, 65), "ankle": (16, 42),
}  # fmt: skip
"""What adults measure at most; outside, the unit is probably another one."""
_SMALLER = (
    ("wrist", "upper_arm"), ("upper_arm", "thigh"), ("ankle", "knee"), ("knee", "thigh"), ("thigh", "hip"),
    ("neck", "bust"), ("across_shoulder", "bust"), ("back_waist_length", "height"),
)  # fmt: skip
"""The first of a pair is smaller than the second on any body."""
LARGEST_WAIST = 1.35
"""Waist over bust girth, and over hip girth, above which an entry is taken for a mistake."""


def body_of_size(size: str) -> Body:
    """Measures of a size of the table (women).

    Raises
    ------
    InputError
        There is no such size.
    """
    if size not in SIZES:
        near = nearest_name(size, SIZES)
        hint = f"; did you mean {near!r}?" if near else ""
        raise InputError(f"size {size!r}: no such size; there are {', '.join(SIZES)}{hint}")
    column = SIZES.index(size)
    return Body(**{name: values[column] * 10 for name, values in _TABLE_CM.items()})


def read_body(path: str | Path) -> Body:
    """Read body measures from a YAML file: `bust: 88` and so on, in cm unless `unit:` is `mm` or `inch`.

    Raises
    ------
    BodyError
        Measures are missing, unknown, no numbers or impossible; all faults with their lines.
    InputError
        The file cannot be read, or is no YAML with one measure per line.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import YAMLError

    try:
        found = YAML().load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise InputError(f"{path}: cannot be read as YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(found, CommentedMap):
        raise InputError(f"{path}: found no measures; expected one per line, such as `bust: 88`")
    lines = {str(key): found.lc.key(key)[0] + 1 for key in found}
    return body_of({str(key): value for key, value in found.items()}, file=str(path), lines=lines)


def body_of(
    measures: Mapping[str, Any], *, file: str = "body measures", lines: Mapping[str, int] | None = None
) -> Body:
    """Check measures and make a body of them; in cm unless `unit` says `mm` or `inch`.

    Raises
    ------
    BodyError
        Measures are missing, unknown, no numbers or impossible; all faults together.
    """
    unit = str(measures.get("unit", "cm"))
    given = {name: value for name, value in measures.items() if name != "unit"}
    faults = [
        Fault(file, (lines or {}).get(where, 0), where, found, right, near)
        for where, found, right, near in _faults(given, unit)
    ]
    if faults:
        raise BodyError(tuple(faults))
    return Body(**{name: float(given[name]) * UNITS_MM[unit] for name in NAMES})


_Found = tuple[str, str, str, str | None]


def _faults(given: Mapping[str, Any], unit: str) -> Iterator[_Found]:
    if unit not in UNITS_MM:
        yield "unit", f"unknown unit {unit!r}", f"one of {', '.join(UNITS_MM)}", nearest_name(unit, UNITS_MM)
        return
    for name in given:
        if name not in NAMES:
            yield name, "unknown measure", f"one of {', '.join(NAMES)}", nearest_name(name, NAMES)
    for name in NAMES:
        if name not in given:
            yield name, "missing", f"a line such as `{name}: {_TABLE_CM[name][1]:g}`", None
    cm = {}
    for name in (name for name in NAMES if name in given):
        value = given[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield name, f"found {value!r}", f"a number in {unit}", None
            continue
        cm[name] = float(value) * UNITS_MM[unit] / 10
        low, high = _POSSIBLE_CM[name]
        if not low <= cm[name] <= high:
            yield name, f"found {value:g} {unit}", f"{low} to {high} cm; is the unit {unit}?", None
    yield from _impossible(cm)


def _impossible(cm: Mapping[str, float]) -> Iterator[_Found]:
    """Measures that no body has together."""
    for small, large in _SMALLER:
        if small in cm and large in cm and cm[small] >= cm[large]:
            yield small, f"{cm[small]:g} cm", f"less than {large} ({cm[large]:g} cm)", None
    for girth in ("bust", "hip"):
        if "waist" in cm and girth in cm and cm["waist"] > LARGEST_WAIST * cm[girth]:
            most = LARGEST_WAIST * cm[girth]
            yield "waist", f"{cm['waist']:g} cm", f"at most {most:.0f} cm with {girth} {cm[girth]:g} cm", None
    parts = ("back_waist_length", "body_rise", "inside_leg")
    if all(name in cm for name in (*parts, "height")) and sum(cm[name] for name in parts) >= cm["height"]:
        found = f"{' + '.join(parts)} = {sum(cm[name] for name in parts):g} cm"
        yield "height", f"{cm['height']:g} cm", f"more than {found}", None
