"""Spells of components between renewals, from records of failures and replacements."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zhizao.studies.maintain.facts import Floats, Ints
from zhizao.studies.maintain.table import Records

MACHINE = ("machine", "machineid", "unit", "asset", "equipment")
TIME = ("time", "datetime", "date", "timestamp")
COMPONENT = ("component", "comp", "failure", "part")
"""Names of columns that are looked for."""

_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
CLOSE_DAYS = 1 / 24
"""Days within which a second failure may be the first one, recorded twice."""
INSTANT = 1e-6
"""Days by which a failure comes before a replacement of the same age."""

Key = tuple[str, str]
Dates = Mapping[Key, list[float]]


@dataclass(frozen=True, slots=True, eq=False)
class EventDates:
    """Days of events by machine and component: failures, and all renewals (failures and replacements)."""

    failures: Dates
    renewals: Dates


@dataclass(frozen=True, slots=True, eq=False)
class Spells:
    """Spells of one component, by spell: machine, days on entry and exit since the renewal, and how it ended.

    `entry` is above 0 where the spell had begun before failures were recorded (left truncation). A spell that
    ended neither with a failure nor a replacement was going on at the end (right censoring).
    """

    machine: Ints
    entry: Floats
    exit: Floats
    failed: Floats
    replaced: Floats

    def of_machines(self, drawn: Ints, count: int) -> Spells:
        """Those of a bootstrap sample of machines, each as often as it was drawn."""
        times = np.bincount(drawn, minlength=count)[self.machine]
        return self.only(np.repeat(np.arange(len(self.machine)), times))

    def as_replacements(self) -> Spells:
        """Preventive replacements in place of failures, which censor and come first at an equal age."""
        exit_first = np.maximum(self.exit - INSTANT * self.failed, self.entry)
        return Spells(self.machine, self.entry, exit_first, self.replaced, self.failed)

    def only(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Spells:
        """Those of some rows, by number or by mask."""
        return Spells(
            self.machine[rows], self.entry[rows], self.exit[rows], self.failed[rows], self.replaced[rows]
        )


def dates_of(failures: Records, replacements: Records | None, machines: Records | None = None) -> EventDates:
    """Events by machine and component, in order.

    Raises
    ------
    MaintenanceFileError
        A column is not there, a time or a name cannot be read, or a name is written in two ways.
    """
    tables = [one for one in (failures, replacements, machines) if one is not None]
    _one_spelling(tables, MACHINE)
    _one_spelling(tables[: 1 if replacements is None else 2], COMPONENT)
    failed = _dates(failures)
    renewed: dict[Key, set[float]] = defaultdict(set)
    for one in (failed, *(() if replacements is None else (_dates(replacements),))):
        for key, days in one.items():
            renewed[key] |= set(days)
    return EventDates(
        {key: sorted(days) for key, days in failed.items()},
        {key: sorted(days) for key, days in renewed.items()},
    )


def _one_spelling(tables: list[Records], names: tuple[str, ...]) -> None:
    """Refuse names that differ in capitals, blanks or leading zeros alone: 007 and 7, Belt and belt."""
    seen: dict[str, str] = {}
    for records in tables:
        column = records.column(*names)
        for row, name in enumerate(records.texts(column)):
            first = seen.setdefault(_ZEROS.sub("", "".join(name.casefold().split())), name)
            if first != name:
                records.fault(row, column, f"found {name!r} beside {first!r}", "write each name in one way")
        records.raise_faults()


def close_failures(dates: EventDates) -> int:
    """Failures within an hour of another one of the same machine and component."""
    return sum(int((np.diff(days) < CLOSE_DAYS).sum()) for days in dates.failures.values())


def _dates(records: Records) -> dict[Key, set[float]]:
    machines = records.ids(records.column(*MACHINE))
    components = records.ids(records.column(*COMPONENT))
    days = records.days(records.column(*TIME))
    records.raise_faults()
    found: dict[Key, set[float]] = defaultdict(set)
    for machine, component, day in zip(machines, components, days, strict=True):
        found[machine, component].add(float(day))
    return found


def spells_of(
    dates: EventDates, component: str, machines: Mapping[str, int], span: tuple[float, float]
) -> Spells:
    """Spells of a component from the beginning to the end of a span (days), of machines by number.

    What happened before the first known renewal of a machine has no age, and is left out.
    """
    begin, end = span
    rows: list[tuple[float, ...]] = []
    for machine, number in machines.items():
        known = [day for day in dates.renewals.get((machine, component), ()) if day <= end]
        failed = set(dates.failures.get((machine, component), ()))
        for start, stop in zip(known, [*known[1:], None][: len(known)], strict=True):
            last = end if stop is None else stop
            if last <= max(start, begin):
                continue
            ended = (stop in failed, stop is not None and stop not in failed)
            rows.append((number, max(0.0, begin - start), last - start, *map(float, ended)))
    table = np.array(rows).reshape(-1, 5)
    return Spells(table[:, 0].astype(np.int64), *(table[:, i] for i in range(1, 5)))


def ages_at(dates: EventDates, component: str, machines: Mapping[str, int], day: float) -> Floats:
    """Days since the last renewal, by number of the machine; nan where none is known."""
    ages = np.full(len(machines), np.nan)
    for machine, number in machines.items():
        known = [one for one in dates.renewals.get((machine, component), ()) if one <= day]
        if known:
            ages[number] = day - known[-1]
    return ages
