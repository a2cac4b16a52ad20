"""How the columns of a log are read, corrected by people: the column map beside the log."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from zhizao.quantities import InputError
from zhizao.quantities.errors import LogError, nearest_name
from zhizao.web.folder import COLUMNS, FileKind, Folder

if TYPE_CHECKING:
    from zhizao.records.intake import ColumnMap, LogImport

Name = Annotated[str, Field(min_length=1, max_length=500)]
Encoding = Literal[
    "utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk", "big5", "shift_jis", "euc_kr", "cp1252", "latin-1"
]
Kind = Literal["setup", "process", "inspect", "transport", "failure", "maintenance"]
_REMEMBERED = 16
"""Logs whose columns are not read again while they are as they were."""
_ONE_AT_A_TIME = Lock()
"""A log of a million rows takes seconds and hundreds of MB to read; two at once help nobody."""


class Settings(BaseModel):
    """How cells are read, where the log leaves it open."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: dict[Name, Kind] = Field(
        default={}, max_length=200, description="Meaning of the values of the column `activity`."
    )
    time_format: str | None = Field(
        default=None, min_length=2, max_length=60, description="Pattern of strptime, such as %d/%m/%Y %H:%M."
    )
    time_zone: str | None = Field(
        default=None, min_length=2, max_length=60, description="Zone of the plant, such as Asia/Shanghai."
    )
    encoding: Encoding | None = Field(default=None, description="Encoding of a text file.")
    separator: str | None = Field(default=None, pattern=r"^[ -~\t]$", description="Separator of a text file.")
    duration_unit: Literal["s", "min", "h"] | None = Field(
        default=None, description="Unit of the column `duration`."
    )
    lot_type: Name | None = Field(default=None, description="Type of the objects that are lots (OCEL).")
    sheet: Name | None = Field(default=None, description="Sheet of a workbook.")


class Columns(BaseModel):
    """A column map: what people have said about a log; what it leaves open is guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fields: dict[str, Name | None] = Field(
        default={}, max_length=60, description="Column of the log by field; null: the log has none."
    )
    settings: Settings = Field(default=Settings(), description="How cells are read.")

    def as_map(self) -> ColumnMap:
        """The map as the intake takes it.

        Raises
        ------
        InputError
            It names a field that there is not.
        """
        from zhizao.records.intake import ColumnMap

        known = field_names()
        for name in self.fields.keys() - set(known):
            near = nearest_name(name, known)
            hint = f"; did you mean {near!r}?" if near else ""
            raise InputError(f"found the field {name[:80]!r}; right is one of {', '.join(known)}{hint}")
        return ColumnMap(**self.fields, **self.settings.model_dump())  # type: ignore[arg-type]


class FindingInfo(BaseModel):
    """A finding of the quality checks."""

    check: str = Field(description="Kind of the check.")
    found: str = Field(description="What was found.")
    count: int = Field(description="How many.")
    of: str = Field(description="Of what: rows, lots, days or units.")
    share: float | None = Field(description="Share of all of them; null: there is no total.")
    done: str = Field(description="What was done about it.")
    remedy: str = Field(description="What would be better.")


class Reading(BaseModel):
    """How a log is read."""

    columns: list[str] = Field(description="Columns of the log, or attributes; empty: no table was found.")
    names: list[str] = Field(description="Fields that a column can hold.")
    asked: Columns = Field(description="What people have said; all else is guessed.")
    file: str | None = Field(description="File of the column map; null: there is none.")
    used: dict[str, str] = Field(description="Column of the log by field, guesses included.")
    unmapped: list[str] = Field(description="Columns that are not read.")
    problem: str | None = Field(description="Why the log cannot be read so; null: it can.")
    rows: int = Field(default=0, description="Rows of the log.")
    lots: int = Field(default=0, description="Lots.")
    start: datetime | None = Field(default=None, description="Begin of the records, in local time.")
    end: datetime | None = Field(default=None, description="End of the records, in local time.")
    quality: list[FindingInfo] = Field(default=[], description="Findings of the quality checks.")


def field_names() -> list[str]:
    """Fields that a column of a log can hold."""
    from zhizao.records.intake.names import NAMES

    return list(NAMES)


def columns_in(path: Path) -> Columns:
    """The column map of a file.

    Raises
    ------
    InputError
        It is none, or asks for something that the page does not know.
    """
    from zhizao.records.intake import GUESS, ColumnMap

    said = asdict(ColumnMap.load(path))
    names = field_names()
    given = {
        "fields": {name: said[name] for name in names if said[name] != GUESS},
        "settings": {name: value for name, value in said.items() if name not in names},
    }
    try:
        return Columns.model_validate(given)
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors())
        raise InputError(f"{path}: {found}") from None


def columns_of(folder: Folder, name: str) -> Columns:
    """What people have said about the columns of a log."""
    path = folder.columns_of(name)
    return Columns() if path is None else columns_in(path)


def save_columns(folder: Folder, name: str, columns: Columns) -> None:
    """Write the column map beside its log, as `--columns` of the command line takes it.

    Raises
    ------
    InputError
        The log cannot be read so, or the folder has something else in the map's place.
    """
    _check_log(folder, name)
    if (problem := look_at(folder, name, columns).problem) is not None:
        raise InputError(problem)
    target = folder.root / f"{name}{COLUMNS}"
    if target.is_symlink() or (target.exists() and not target.is_file()):
        raise InputError(f"{target.name}: found something that is no plain file; move it away")
    columns.as_map().save(target)


def forget_columns(folder: Folder, name: str) -> None:
    """Delete the column map of a log: all is guessed again."""
    _check_log(folder, name)
    if (path := folder.columns_of(name)) is not None:
        path.unlink()


def look_at(folder: Folder, name: str, columns: Columns) -> Reading:
    """How a log is read with a column map.

    Raises
    ------
    InputError
        It is no log of the folder, or the map names a field that there is not.
    """
    path = _check_log(folder, name)
    columns.as_map()
    facts = path.stat()
    with _ONE_AT_A_TIME:
        found = _look(path, facts.st_mtime_ns, facts.st_size, columns.model_dump_json())
    own = folder.columns_of(name)
    said = None if found.problem is None else folder.without_path(found.problem)
    return found.model_copy(update={"file": None if own is None else own.name, "problem": said})


def _check_log(folder: Folder, name: str) -> Path:
    path = folder.path(name)
    if folder.kind(name) is not FileKind.LOG:
        raise InputError(f"{name}: found no log by its ending; give the name of an event log")
    return path


@lru_cache(maxsize=_REMEMBERED)
def _look(path: Path, _changed: int, _size: int, asked: str) -> Reading:
    """How a log is read; asked for again only once it has changed."""
    from zhizao.connect import read_log

    columns = Columns.model_validate_json(asked)
    given = columns.as_map()
    try:
        log = read_log(path, columns=given)
    except LogError as error:
        names = list(error.columns)
        used = _guessed(names, given)
        return _reading(columns, names, used, problem=str(error))
    names = [*dict.fromkeys([*log.columns.used().values(), *log.unmapped])]
    return _reading(columns, names, log.columns.used(), log=log)


def _guessed(names: list[str], given: ColumnMap) -> dict[str, str]:
    """What is known of a log that cannot be read: columns by their names, as far as these go."""
    from zhizao.records.intake import guess_columns

    try:
        return guess_columns(names, given=given).used()
    except LogError:
        return {field: column for field, column in given.used().items() if column in names}


def _reading(
    asked: Columns,
    names: list[str],
    used: dict[str, str],
    *,
    log: LogImport | None = None,
    problem: str | None = None,
) -> Reading:
    more: dict[str, Any] = {}
    if log is not None:
        more = {
            "rows": log.quality.rows,
            "lots": log.records.lots.height,
            "start": log.records.start,
            "end": log.records.end,
            "quality": [FindingInfo(**asdict(one)) for one in log.quality],
        }
    taken = set(used.values())
    return Reading(
        columns=names,
        names=field_names(),
        asked=asked,
        file=None,
        used=used,
        unmapped=[name for name in names if name not in taken],
        problem=problem,
        **more,
    )
