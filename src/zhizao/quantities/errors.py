"""The error tree: everything that a user can fix descends from `InputError`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


class ZhizaoError(Exception):
    """Root of all errors that zhizao raises on purpose."""


class InputError(ZhizaoError):
    """The input is wrong, and the user can fix it (the command line exits with 2)."""


class QuantityError(InputError):
    """A text that should be a quantity, a distribution or a calendar is none.

    `found` says what was found, `right` what would be right, `nearest` names the nearest valid name, if any.
    """

    def __init__(self, found: str, right: str = "", nearest: str | None = None) -> None:
        self.found = found
        self.right = right
        self.nearest = nearest
        hint = f"; did you mean {nearest!r}?" if nearest else ""
        super().__init__("; ".join(part for part in (found, right) if part) + hint)


class UnitError(QuantityError):
    """A quantity has no unit, an unknown unit or one of the wrong dimension."""


class DistributionError(QuantityError):
    """A distribution has an unknown name or impossible parameters."""


class CalendarError(QuantityError):
    """A calendar cannot be read, or leaves no working time."""


class LogError(InputError):
    """An event log cannot be used; the message names file and row.

    `columns` are those of its table, where it could be read so far: a column map can be corrected with them.
    """

    columns: tuple[str, ...] = ()


class RuleError(InputError):
    """A user's own rule cannot be loaded, compiled or used."""


class ConnectError(InputError):
    """A source, a spool or a store cannot be reached or used; the message names it, without passwords."""


class EngineError(ZhizaoError):
    """The twin itself failed: a fault of ours (the command line exits with 1)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in a file: where it is, what was found, what would be right.

    `line` counts from 1; 0 means that the place has no line (a plant built in Python).
    `nearest` is the nearest valid name, where there is one.
    """

    file: str
    line: int
    where: str
    found: str
    right: str
    nearest: str | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        hint = f"; did you mean {self.nearest!r}?" if self.nearest else ""
        return f"{place}: {self.where}: {self.found}; {self.right}{hint}"


class FaultsError(InputError):
    """An input has faults; all that were found are in `faults` and in the message."""

    _of = "input"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        count = f"{len(faults)} fault{'s' if len(faults) != 1 else ''}"
        super().__init__("\n".join([f"the {self._of} has {count}:", *(f"  {f}" for f in faults)]))


class PlantError(FaultsError):
    """A plant has faults; all that were found are in `faults` and in the message."""

    _of = "plant"


class StateError(PlantError):
    """The state of a plant has faults, or does not fit the plant; all that were found are in `faults`."""

    _of = "state"


class PatternError(FaultsError):
    """A garment pattern cannot be used; all faults that were found are in `faults`, with piece and layer."""

    _of = "pattern"


def nearest_name(name: str, valid: Iterable[str]) -> str | None:
    """Find the valid name that `name` was probably meant to be, or None if nothing is near."""
    names = list(valid)
    by_lower = {known.lower(): known for known in reversed(names)}
    close = get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None
