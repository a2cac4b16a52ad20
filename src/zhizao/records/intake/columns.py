"""Which column of a factory's log holds what: guessed from names in common use, shown, saved and loaded."""

from __future__ import annotations

import io
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from zhizao.quantities.errors import LogError
from zhizao.records.intake.names import (
    DATES,
    NAMES,
    candidates,
    is_cost_center,
    machines_of_cost_centers,
    plain,
    stem,
    unit_of,
    words,
)

GUESS = "?"
"""An entry of a column map that is to be guessed."""

OF_ROWS = ("start", "end", "start_clock", "end_clock", "work_center", "unit")
"""What differs from row to row of a lot."""
NEEDED = (
    ("lot",),
    ("operation", "work_center", "personnel"),
    ("start", "end"),
)
"""A log must have one column of each of these."""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Names of a log's columns (None: the log has no such column, `?`: to be guessed), and how to read it.

    `start_clock` and `end_clock` hold the time of day where `start` and `end` hold only the day.
    `lifecycle` says which rows are starts and which are ends, `instance` which two belong together.
    `activity` is the column of set-up, production and breakdown, `kinds` what its values mean.
    `duration` holds the length of a row, in `duration_unit` (s, min, h) unless its name or form says so.
    `time_format` is a strptime pattern for times that the data leave open, `time_zone` the plant's
    zone (such as Asia/Shanghai) for times that carry an offset or count from 1970. `encoding` and `separator`
    are of a text file; None finds them. `lot_type` is the type of the objects that are lots (OCEL), `sheet`
    the sheet of a workbook.
    """

    lot: str | None = GUESS
    operation: str | None = GUESS
    work_center: str | None = GUESS
    start: str | None = GUESS
    end: str | None = GUESS
    unit: str | None = GUESS
    start_clock: str | None = GUESS
    end_clock: str | None = GUESS
    duration: str | None = GUESS
    lifecycle: str | None = GUESS
    instance: str | None = GUESS
    order: str | None = GUESS
    product: str | None = GUESS
    pieces: str | None = GUESS
    pieces_in: str | None = GUESS
    pieces_good: str | None = GUESS
    pieces_scrap: str | None = GUESS
    pieces_rework: str | None = GUESS
    activity: str | None = GUESS
    personnel: str | None = GUESS
    batch: str | None = GUESS
    due: str | None = GUESS
    kinds: dict[str, str] = field(default_factory=dict)
    time_format: str | None = None
    time_zone: str | None = None
    encoding: str | None = None
    separator: str | None = None
    duration_unit: str | None = None
    lot_type: str | None = None
    sheet: str | None = None

    def used(self) -> dict[str, str]:
        """Our name -> the log's column, for the columns that the log has."""
        found = {name: getattr(self, name) for name in NAMES}
        return {name: column for name, column in found.items() if column not in (None, GUESS)}

    def save(self, path: str | Path) -> None:
        """Write the map as JSON, or as YAML where the name ends in .yaml or .yml."""
        path = Path(path)
        known = {name: value for name, value in asdict(self).items() if value != GUESS}
        known = {name: value for name, value in known.items() if name in NAMES or value}
        temporary = path.with_name(path.name + ".part")
        try:
            temporary.write_text(_dump(known, path), encoding="utf-8", newline="\n")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    @staticmethod
    def load(path: str | Path) -> ColumnMap:
        """Read a map that `save` wrote or a person wrote; what it does not name is guessed."""
        path = Path(path)
        found = _parse(path)
        names = [f.name for f in fields(ColumnMap)]
        for name, value in found.items():
            if name not in names:
                raise LogError(f"{path}: a column map has no entry {name!r}{nearest(name, names)}")
            if name != "kinds" and not isinstance(value, str | None):
                raise LogError(f"{path}: {name} is {value!r}; it must be a name in quotes, or null for none")
        if not isinstance(found.get("kinds", {}), dict):
            raise LogError(f"{path}: kinds is {found['kinds']!r}; it must be a table such as {{S: setup}}")
        return ColumnMap(**found)


def guess_columns(
    columns: list[str],
    *,
    source: str = "log",
    given: ColumnMap | None = None,
    clocks: Collection[str] | None = None,
    of_lot: Collection[str] = (),
    transitions: Collection[str] = (),
) -> ColumnMap:
    """Complete a map from column names; a column serves one purpose only, save a day with two times of day.

    Entries of `given` other than `?` are kept. `clocks` are the columns whose cells hold a time of day; None:
    not known, names alone decide. `of_lot` are columns with one value for each lot, which are no time and
    no place of a row. `transitions` are columns whose cells distinguish starts from ends, whatever their
    names; one is read for that where the log has one time per row. Our own event log (column names of
    `zhizao.records.EVENTS`) maps onto itself.

    Raises
    ------
    LogError
        A named column is not there, or none is found for the lot, the place or the time.
    """
    given = given or ColumnMap()
    _require(given, columns, source)
    found = _Guess(columns, given, columns if clocks is None else clocks)
    found.of_lot, found.transitions = frozenset(of_lot), tuple(transitions)
    for ours in ("start", "end"):
        found.day_and_clock(ours)
    for ours in _order(columns):
        if ours not in ("start_clock", "end_clock"):
            found.fill(ours)
    found.fill_lifecycle()
    made = replace(given, **found.entries())  # type: ignore[arg-type]
    _complete(made, columns, source)
    return made


class _Guess:
    """The map while it is filled."""

    of_lot: frozenset[str] = frozenset()
    transitions: tuple[str, ...] = ()

    def __init__(self, columns: list[str], given: ColumnMap, clocks: Collection[str]) -> None:
        self.clocks = clocks
        self.exact = {plain(name): name for name in reversed(columns)}
        self.stems = {stem(name): name for name in reversed(columns)}
        self.plurals = {plain(name).removesuffix("s"): name for name in reversed(columns)}
        with_unit = [c for c in reversed(columns) if unit_of(c)]
        self.lengths = {plain(words(c).rpartition("_")[0]): c for c in with_unit}
        self.open = {name for name in NAMES if getattr(given, name) == GUESS}
        self.found = given.used()

    def fill(self, ours: str) -> None:
        if ours not in self.open:
            return
        tables = [self.exact, self.stems, self.plurals, *([self.lengths] if ours == "duration" else [])]
        for table in tables:
            for name in self._candidates(ours):
                if self.take(ours, table.get(name)):
                    return

    def _candidates(self, ours: str) -> tuple[str, ...]:
        if ours == "unit" and is_cost_center(self.found.get("work_center", "")):
            return machines_of_cost_centers()
        return candidates(ours)

    def take(self, ours: str, column: str | None) -> bool:
        if column is None or column in self.found.values():
            return False
        if column in self.of_lot and ours in OF_ROWS:
            return False
        if column in self.transitions and ours != "lifecycle":
            return False
        self.found[ours] = column
        return True

    def day_and_clock(self, ours: str) -> None:
        """A day in one column with the time of day in another."""
        clock = f"{ours}_clock"
        if not {ours, clock} <= self.open:
            return
        days = [self.exact[n] for n in map(plain, DATES[ours]) if n in self.exact]
        times = [self.exact[n] for n in candidates(clock) if n in self.exact]
        free = [c for c in times if c in self.clocks and c not in (*self.found.values(), *days)]
        if days and free and not {days[0], free[0]} <= self.of_lot:
            self.found.update({ours: days[0], clock: free[0]})

    def fill_lifecycle(self) -> None:
        """A column whose cells distinguish starts from ends, where each row has one time."""
        if "lifecycle" in self.open and not {"start", "end"} <= set(self.found) and self.transitions:
            self.found["lifecycle"] = next(
                (c for c in self.transitions if c == self.found.get("lifecycle")), self.transitions[0]
            )

    def entries(self) -> dict[str, str | None]:
        return {name: self.found.get(name) for name in self.open}


def _order(columns: list[str]) -> list[str]:
    """Names in the order of filling: `activity` means the operation in most foreign logs, a kind in ours."""
    first = ["lot", "operation", "work_center", "start", "end"]
    known = {plain(name) for name in columns}
    # two names for one thing in two columns: the better one is the operation, the other gives its kind
    if "activity" in known and known & {"operation", "conceptname", "processstep"}:
        first.insert(1, "activity")
    return first + [name for name in NAMES if name not in first]


def _require(given: ColumnMap, columns: list[str], source: str) -> None:
    absent = [
        f"{column!r} (for {ours}){nearest(column, columns)}"
        for ours, column in given.used().items()
        if column not in columns
    ]
    if absent:
        raise LogError(f"{source}: row 1: no column {', '.join(absent)}; the file has {', '.join(columns)}")


def _complete(made: ColumnMap, columns: list[str], source: str) -> None:
    missing = [names for names in NEEDED if not any(getattr(made, name) for name in names)]
    if not columns:
        raise LogError(f"{source}: found no columns; right is a table with a row of their names")
    if missing:
        wanted = ", ".join(" or ".join(names) for names in missing)
        first = missing[0][0]
        raise LogError(
            f"{source}: row 1: found no column for {wanted} among {', '.join(columns)}; "
            f'name it in a column map, for example a file map.json with {{"{first}": "{columns[0]}"}}, '
            "and give that with --columns map.json"
        )


def like_lot(names: list[str]) -> str | None:
    """The name, in the singular or plural, that best means a lot."""
    plain_names = {
        form: name for name in reversed(names) for form in (plain(name).removesuffix("s"), plain(name))
    }
    return next((plain_names[form] for form in candidates("lot") if form in plain_names), None)


def nearest(name: str, names: list[str]) -> str:
    """The nearest valid name, as the end of a message."""
    close = get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _dump(known: dict[str, Any], path: Path) -> str:
    if path.suffix not in {".yaml", ".yml"}:
        return json.dumps(known, indent=2, ensure_ascii=False) + "\n"
    from ruamel.yaml import YAML

    text = io.StringIO()
    YAML().dump(known, text)
    return text.getvalue()


def _parse(path: Path) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        text = path.read_text(encoding="utf-8-sig")
        found = json.loads(text) if path.suffix == ".json" else YAML(typ="safe").load(text)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, YAMLError) as error:
        raise LogError(f"{path}: the column map cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise LogError(f"{path}: a column map is a table of names, found {type(found).__name__}")
    return found
