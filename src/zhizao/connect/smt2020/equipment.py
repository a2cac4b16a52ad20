"""Tools, their set-ups and their calendars into work centers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from zhizao.connect.smt2020.files import Tables
from zhizao.connect.smt2020.tables import Row, exact, fault, number, seconds_of, text, whole
from zhizao.connect.smt2020.times import Columns, above_zero, random_time, shifted
from zhizao.plant import Clock, DispatchRule, Failure, Maintenance, Setup, SetupTime, WorkCenter
from zhizao.quantities import Distribution, mean, nearest_name

SETUP = Columns("SDIST", "STIME", "STUNITS")
"""Columns of the time of a set-up, in a route and in the table of set-ups."""
_REPAIR = Columns("MTTRDIST", "MTTR", "MTTRUNITS")
_RANKS = {"rank_hp": "priority", "rank_rsetup": "set-up", "rank_cr": "ratio", "rank_fifo": "arrival"}
_RULES = {
    (): DispatchRule.FIFO,
    ("priority",): DispatchRule.PRIORITY,
    ("set-up",): DispatchRule.LEAST_SETUP,
    ("ratio",): DispatchRule.CRITICAL_RATIO,
    ("priority", "set-up"): DispatchRule.PRIORITY_SETUP,
    ("priority", "ratio"): DispatchRule.PRIORITY_RATIO,
    ("priority", "set-up", "ratio"): DispatchRule.PRIORITY_SETUP_RATIO,
}
"""Dispatch rules by what they rank by, in this order, before arrival."""
_CLOCKS = {
    "cal": Clock.CALENDAR,
    "pieces": Clock.PIECES,
    "lots": Clock.CYCLES,
    "cycles": Clock.CYCLES,
    "busy": Clock.BUSY,
    "proc": Clock.BUSY,
    "use": Clock.BUSY,
}
"""What a calendar counts, by the end of its type (`mtbpm_by_pieces`)."""


def tool_families(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Sort the rows of tools by their family; a row without one goes on with the family above."""
    families: dict[str, list[Row]] = {}
    last = ""
    for row in rows:
        last = row.cells.get("STNFAM", last)
        if not last:
            text(row, "STNFAM")
            continue
        families.setdefault(last, []).append(row)
    return families


def work_centers(
    tables: Tables, families: Mapping[str, list[Row]], steps: Iterable[Row], *, compatible: bool
) -> tuple[WorkCenter, ...]:
    """Make a work center of each family of tools, with its set-ups, failures and maintenance."""
    failures, plans = _calendars(tables, families, compatible=compatible)
    with_setup: dict[str, list[Row]] = {}
    for row in steps:
        if "SETUP" in row.cells:
            with_setup.setdefault(row.cells.get("STNFAM", ""), []).append(row)
    made = []
    for name, rows in families.items():
        setup = _setup(with_setup.get(name, []), tables, compatible=compatible)
        made.append(
            WorkCenter.model_validate(
                {
                    "id": name,
                    "units": sum(whole(row, "STNQTY", default=1) for row in rows if "STNFAM" in row.cells),
                    "dispatch": _dispatch(rows, setups=setup is not None),
                    "setup": setup,
                    "failures": tuple(failures.get(name, ())),
                    "maintenance": tuple(plans.get(name, ())),
                }
            )
        )
    return tuple(made)


def _dispatch(rows: list[Row], *, setups: bool) -> DispatchRule:
    """Give the rule that ranks as the table says; without set-ups they need no place in it."""
    given = ";".join(row.cells.get("FWLRANK", "") for row in rows).lower()
    words = [word for word in given.replace(",", ";").split(";") if word]
    unknown = [word for word in words if word not in _RANKS]
    for word in unknown:
        fault(rows[0], "FWLRANK", f"found {word!r}", f"write {', '.join(_RANKS)}", nearest_name(word, _RANKS))
    ranks = list(dict.fromkeys(_RANKS[word] for word in words if word in _RANKS))
    ranks = ranks[: ranks.index("arrival")] if "arrival" in ranks else ranks
    rule = _RULES.get(tuple(rank for rank in ranks if setups or rank != "set-up"))
    if rule is None:
        right = "; ".join(", ".join(known) for known in _RULES if known)
        fault(rows[0], "FWLRANK", f"found ranking by {', '.join(ranks)}", f"one of: {right}")
    return rule or DispatchRule.FIFO


# ---------------------------------------------------------------- set-ups
def _setup(rows: list[Row], tables: Tables, *, compatible: bool) -> Setup | None:
    if not rows:
        return None
    shortest = {row.cells.get("SETUP"): whole(row, "MINRUN", default=1) for row in tables.rows["setupgrp"]}
    names = list(dict.fromkeys(row.cells["SETUP"] for row in rows))
    return Setup(
        default=Distribution.constant(0.0),
        times=tuple(chain.from_iterable(_times(name, rows, tables.rows["setup"]) for name in names)),
        min_run=max(shortest.get(name, 1) for name in names),
        without_family="clear" if compatible else "keep",
    )


def _times(name: str, rows: list[Row], listed: list[Row]) -> list[SetupTime]:
    """List the times to set up for `name`: that of the steps, or else those of the table."""
    steps = [row for row in rows if row.cells["SETUP"] == name]
    if all(set_up_each_time(row) for row in steps):
        return [SetupTime(to=name, takes=Distribution.constant(0.0))]  # the steps have the time themselves
    timed = [(row, random_time(row, SETUP)) for row in steps if "STIME" in row.cells]
    if timed:
        first = timed[0][1]
        for row, time in timed:
            if time != first:
                fault(row, "STIME", f"found {time}, and {first} elsewhere for {name}", "one time per SETUP")
        return [SetupTime(to=name, takes=first)]
    unique = {row.cells.get("CURSETUP"): row for row in listed if row.cells.get("NEWSETUP") == name}
    return [
        SetupTime(from_family=before, to=name, takes=random_time(row, SETUP))
        for before, row in unique.items()
    ]


# ---------------------------------------------------------------- calendars
def _calendars(
    tables: Tables, families: Mapping[str, list[Row]], *, compatible: bool
) -> tuple[dict[str, list[Failure]], dict[str, list[Maintenance]]]:
    downs = {row.cells.get("DOWNCALNAME", ""): row for row in tables.rows["downcal"]}
    plans = {row.cells.get("PMCALNAME", ""): row for row in tables.rows["pmcal"]}
    failures: dict[str, list[Failure]] = {}
    maintenance: dict[str, list[Maintenance]] = {}
    for row in tables.rows["attach"]:
        down = (
            row.cells.get("CALTYPE", "down" if row.cells.get("CALNAME") in downs else "pm").lower() == "down"
        )
        calendar = _calendar(row, downs if down else plans)
        places = _places(row, families)
        if calendar is None or not places:
            continue
        if down:
            failure = _failure(row, calendar, compatible=compatible)
            for name in places:
                failures.setdefault(name, []).append(failure)
        else:
            plan = _plan(row, calendar, compatible=compatible)
            for name in places:
                maintenance.setdefault(name, []).append(plan)
    return failures, maintenance


def set_up_each_time(row: Row) -> bool:
    """Say whether a step is set up for whatever the tool is set up for (WHEN always)."""
    when = row.cells.get("WHEN", "need").lower()
    if when not in ("need", "always"):
        fault(row, "WHEN", f"found {when!r}", "write need or always")
    return when == "always"


def set_ups(rows: list[Row]) -> dict[str, Distribution]:
    """Give the time to set up for each name, whatever was before: what steps need that always do it."""
    sorted_rows = sorted(rows, key=lambda row: "CURSETUP" not in row.cells)  # an entry for any comes last
    return {row.cells.get("NEWSETUP", ""): random_time(row, SETUP) for row in sorted_rows}


def _calendar(row: Row, calendars: Mapping[str, Row]) -> Row | None:
    name = text(row, "CALNAME")
    if name not in calendars:
        fault(
            row, "CALNAME", f"found no calendar {name!r}", "one of its table", nearest_name(name, calendars)
        )
    return calendars.get(name)


def _places(row: Row, families: Mapping[str, list[Row]]) -> list[str]:
    """List the families of tools that a calendar is for: one, or all of a group."""
    kind, name = row.cells.get("RESTYPE", "stnfam").lower(), text(row, "RESNAME")
    column = {"stnfam": "STNFAM", "stngrp": "STNGRP", "stn": "STN"}.get(kind)
    if column is None:
        fault(row, "RESTYPE", f"found {kind!r}", "write stnfam, stngrp or stn")
        return []
    of = {family: rows[0].cells.get(column, "") for family, rows in families.items()}
    places = [family for family, value in of.items() if value == name]
    if not places:
        fault(
            row,
            "RESNAME",
            f"found no {kind} {name!r}",
            "one of the table of tools",
            nearest_name(name, of.values()),
        )
    return places


def _clock(row: Row, column: str) -> Clock:
    kind = row.cells.get(column, "cal").lower()
    clock = next((clock for end, clock in _CLOCKS.items() if kind.endswith(end)), None)
    if clock is None:
        fault(row, column, f"found {kind!r}", f"an end of {', '.join(_CLOCKS)} (mtbpm_by_cal)")
    return clock or Clock.CALENDAR


def _failure(attached: Row, calendar: Row, *, compatible: bool) -> Failure:
    between = above_zero(calendar, "MTTF", random_time(calendar, Columns("MTTFDIST", "MTTF", "MTTFUNITS")))
    if "FOA" in attached.cells and random_time(attached, Columns("FOADIST", "FOA", "FOAUNITS")) != between:
        fault(attached, "FOA", "found another time than MTTF", "the first failure comes as all others do")
    return Failure(
        clock=_clock(calendar, "DOWNCALTYPE"),
        between=between,
        repair=random_time(calendar, _REPAIR, width=0.5 if compatible else 1.0),
        idle_too=not compatible,
    )


def _plan(attached: Row, calendar: Row, *, compatible: bool) -> Maintenance:
    """Make a maintenance: one unit of a family after the other, the last unit's first at FOA."""
    clock = _clock(calendar, "PMCALTYPE")
    takes = random_time(calendar, _REPAIR, width=0.5 if compatible else 1.0)
    counting = clock in (Clock.PIECES, Clock.CYCLES)
    unit = 1.0 if counting else seconds_of(calendar, "MTBPMUNITS")
    every = above_zero(calendar, "MTBPM", Distribution.constant(exact(number(calendar, "MTBPM") * unit)))
    first = mean(every)
    if "FOA" in attached.cells:
        first = exact(number(attached, "FOA") * (1.0 if counting else seconds_of(attached, "FOAUNITS")))
    interrupts = compatible and not counting
    return Maintenance(
        clock=clock,
        every=every if counting else shifted(every, -mean(takes)) or every,  # MTBPM counts from its beginning
        takes=takes,
        when="now" if interrupts else "idle",
        first=first,
        in_turn=True,
        idle_too=not interrupts,
    )


def ways(tables: Tables, *, compatible: bool) -> dict[tuple[str, str], Distribution]:
    """Give the times on the way between two places."""
    columns, width = Columns("DDIST", "DTIME", "DUNITS"), 0.5 if compatible else 1.0
    return {
        (text(row, "FROMLOC"), text(row, "TOLOC")): random_time(row, columns, width=width)
        for row in tables.rows["fromto"]
    }
