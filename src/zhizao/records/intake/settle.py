"""Columns guessed from their names and settled by their cells, which count more than a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import polars as pl

from zhizao.quantities.errors import LogError
from zhizao.records.findings import Finding
from zhizao.records.intake.columns import GUESS, OF_ROWS, ColumnMap, guess_columns, like_lot
from zhizao.records.intake.lifecycle import has_transitions
from zhizao.records.intake.names import KINDS, is_group
from zhizao.records.intake.times import looks_like_clock

_ROWS_AGAIN = 2  # rows of other operations that repeat the value of their lot, from which on it is the lot's
_SAMPLE = 20_000  # rows that mostly show already that a value differs within a lot
_PLACES = ("work_center", "unit")


def settle_columns(
    table: pl.DataFrame, names: list[str], *, source: str, asked: ColumnMap
) -> tuple[ColumnMap, list[Finding]]:
    """The column map of a log, and what was found about its columns.

    A column whose value is the same in all rows of each lot is no time and no place of a row; words that
    distinguish starts from ends make a column of the lifecycle.
    """
    clocks = [name for name in names if looks_like_clock(table[name])]
    guess = partial(guess_columns, names, source=source, given=asked, clocks=clocks)
    first = guess()
    lots = None if first.lot is None else table[first.lot]
    transitions = [name for name in names if name != first.lot and has_transitions(table[name], lots)]
    transitions = [name for name in transitions if not _is_of_lot(table, first, name, "lifecycle")]
    found, of_lot = _without_lot_values(table, partial(guess, transitions=transitions), asked)
    found = _settle_kinds(table, found, asked)
    found, about_orders = _settle_lots(table, found, asked)
    return found, [
        *about_orders,
        *_about_lots(table, of_lot),
        *_about_words(table, found, asked),
        *_about_groups(table, found),
    ]


def _without_lot_values(
    table: pl.DataFrame, guess: Callable[..., ColumnMap], asked: ColumnMap
) -> tuple[ColumnMap, dict[str, str]]:
    """The guess without columns that hold one value per lot, and what these were taken for at first."""
    of_lot: dict[str, str] = {}
    while True:
        try:
            found = guess(of_lot=of_lot)
        except LogError as error:
            if not of_lot:
                raise
            shown = ", ".join(map(repr, of_lot))
            raise LogError(
                f"{error}; {shown} has one value for all rows of each lot: if it is the time of each row "
                "nevertheless, name it in the map"
            ) from None
        used = {ours: found.used()[ours] for ours in OF_ROWS if ours in found.used()}
        new = {
            column: ours
            for ours, column in used.items()
            if getattr(asked, ours) == GUESS and _is_of_lot(table, found, column, ours)
        }
        new = {c: o for c, o in new.items() if not _has_clock(o, c, used, new)}
        if not new:
            return found, of_lot
        of_lot |= new


def _has_clock(ours: str, column: str, used: dict[str, str], of_lot: dict[str, str]) -> bool:
    """Whether a day is completed by a time of day that differs from row to row."""
    clock = used.get(f"{ours}_clock")
    return clock is not None and clock != column and clock not in of_lot


def _is_of_lot(table: pl.DataFrame, found: ColumnMap, column: str, ours: str) -> bool:
    """Whether the rows of other operations repeat the value of their lot, always."""
    lot = found.lot
    if lot is None or column == lot:
        return False
    steps = [c for c in (found.operation,) if c not in (None, column, lot)]
    rows = table.select(lot, column, *steps).drop_nulls([lot, column])
    if ours in _PLACES and rows[column].n_unique() < 2:
        return False  # the only machine is the place of all rows
    for part in (rows.head(_SAMPLE), rows):
        by_lot = (
            part.unique().group_by(lot).agg(pl.len().alias("n"), pl.col(column).n_unique().alias("values"))
        )
        again = int((by_lot["n"] - 1).sum()) if steps else part.height - by_lot.height
        if bool((by_lot["values"] > 1).any()) or (part.height == rows.height and again < _ROWS_AGAIN):
            return False
        if part.height == rows.height:
            break
    return True


def _settle_kinds(table: pl.DataFrame, found: ColumnMap, asked: ColumnMap) -> ColumnMap:
    """Check the cells of a column that was guessed to hold kinds."""
    if asked.activity != GUESS or found.activity is None:
        return found
    words = set(table[found.activity].cast(pl.String).drop_nulls().str.to_lowercase().unique())
    return found if words & {*KINDS, *(k.lower() for k in found.kinds)} else replace(found, activity=None)


def _settle_lots(table: pl.DataFrame, found: ColumnMap, asked: ColumnMap) -> tuple[ColumnMap, list[Finding]]:
    """Orders are the lots where a lot, by its name, is of several orders: it is a batch of material, say."""
    lot, order = found.lot, found.order
    if lot is None or order is None or (asked.lot, asked.order) != (GUESS, GUESS):
        return found, []
    pairs = table.select(lot, order).drop_nulls().unique()
    several = pairs.height - pairs[lot].n_unique()
    if not several or not like_lot([order]):
        return found, []
    note = Finding(
        "lots", f"values of {lot!r} that are of several values of {order!r}", several, "values", None,
        f"{order!r} was read as the lot", "name the column of the lot in the column map",
    )  # fmt: skip
    return replace(found, lot=order, order=None), [note]


def _about_lots(table: pl.DataFrame, of_lot: dict[str, str]) -> list[Finding]:
    """Columns that were passed over, for they hold one value per lot."""
    return [
        Finding(
            "values of lots", f"column {column!r} has one value for all rows of each lot",
            table.height, "rows", 1.0,
            f"not read as the {ours.replace('_', ' ')} of a row",
            f'if it is, name it in the column map: "{ours}": "{column}"',
        )
        for column, ours in of_lot.items()
    ]  # fmt: skip


def _about_words(table: pl.DataFrame, found: ColumnMap, asked: ColumnMap) -> list[Finding]:
    """Columns that distinguish starts from ends and are not read."""
    used = set(found.used().values())
    left = [n for n in table.columns if n not in used and n != "row" and has_transitions(table[n])]
    if asked.lifecycle is None:
        left = []  # the user says so
    return [
        Finding(
            "words for starts and ends",
            f"column {name!r} has words that tell starts or ends ({_shown(table[name])})",
            table[name].count(), "rows", table[name].count() / table.height, "not read",
            f'if each row is a start or an end, name it and the one time: "lifecycle": "{name}"',
        )
        for name in left
    ]  # fmt: skip


def _about_groups(table: pl.DataFrame, found: ColumnMap) -> list[Finding]:
    """Machines of one name in several lines or departments, where these are not read: they may be several."""
    machine = found.work_center
    if machine is None or found.unit is not None:
        return []
    used = set(found.used().values())
    groups = [name for name in table.columns if name not in used and is_group(name)]
    findings = []
    for group in groups:
        twice = table.select(machine, group).drop_nulls().unique().filter(pl.len().over(machine) > 1)[machine]
        count = table.filter(pl.col(machine).is_in(twice.unique().to_list())).height
        findings += [
            Finding(
                "machines of one name",
                f"rows of machines that are in several of {group!r} ({_shown(twice)})",
                count, "rows", count / table.height, "taken for one machine each",
                f'if they are several, name both: "work_center": "{group}", "unit": "{machine}"',
            )
        ] * bool(count)  # fmt: skip
    return findings


def _shown(cells: pl.Series) -> str:
    return ", ".join(map(repr, cells.cast(pl.String).drop_nulls().unique().sort().head(3)))
