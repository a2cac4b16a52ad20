"""The one folder that the page sees: names without paths, and nothing outside."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path, PureWindowsPath
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, Field

from zhizao.quantities import InputError

STORE = ".zhizao"
"""Folder within the folder that keeps jobs and results."""
UPLOAD_BYTES = 200 * 2**20
"""Largest upload by default: a log of some million rows as CSV."""
_PLANTS = (".yaml", ".yml")
COLUMNS = ".columns.yaml"
"""Ending of a column map, behind the name of its log."""
_LOGS = (".csv", ".xlsx", ".xls", ".parquet", ".xes", ".jsonocel", ".xmlocel", ".sqlite", ".json", ".xml")
_NAME = re.compile(r'[^/\\:*?"<>|\x00-\x1f\x7f]{1,150}')
_SNIFF = 1 << 14  # bytes that tell an index file from a plant file, and a recipe from a log
_RECIPE = re.compile(rb"<(\w+:)?(BatchInformation|MasterRecipe|ControlRecipe|RecipeElement)[\s>]")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # names of devices on Windows


class FileKind(StrEnum):
    """What a file can be used as, by its ending and how it begins."""

    PLANT = "plant"
    LOG = "log"
    COLUMNS = "columns"
    INDEX = "index"
    PHASE = "phase"
    EQUIPMENT = "equipment"
    RECIPE = "recipe"


_BY_KEY = {
    FileKind.INDEX: re.compile(rb"^index\s*:", re.MULTILINE),
    FileKind.PHASE: re.compile(rb"^phase\s*:", re.MULTILINE),
    FileKind.EQUIPMENT: re.compile(rb"^equipment\s*:", re.MULTILINE),
}  # as FORM: NAME, which a plant file writes `zhizao: 1`


class FileInfo(BaseModel):
    """A file of the folder."""

    name: str = Field(description="Name within the folder.")
    kind: FileKind = Field(
        description="What it can be used as: a plant file, a log or table, a column map, an index file, a "
        "phase file, an equipment file, or a recipe."
    )
    size: int = Field(description="Bytes.")
    modified: datetime = Field(description="Last change.")


class UnknownFileError(InputError):
    """The folder has no such file."""


class FileTakenError(InputError):
    """The folder has a file of that name already."""


class ChangedMeanwhileError(InputError):
    """A file is no longer what the one who writes it has read."""


class TooLargeError(InputError):
    """An upload is larger than the limit."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of plants and logs."""

    root: Path

    def files(self) -> list[FileInfo]:
        """Plants and logs of the folder, by name."""
        found = (path for path in self.root.iterdir() if _is_listed(path.name) and self._is_own(path))
        return [_info(path) for path in sorted(found, key=lambda path: path.name.casefold())]

    def path(self, name: str) -> Path:
        """Path of a file that is there.

        Raises
        ------
        UnknownFileError
            There is none of that name, or it lies elsewhere.
        """
        if not _is_listed(name) or not self._is_own(self.root / name):
            raise UnknownFileError(f"found no file {name!r} in the folder")
        return self.root / name

    @staticmethod
    def kind(name: str) -> FileKind:
        """What a file can be used as, by its name."""
        lower = name.lower()
        if lower.endswith(COLUMNS):
            return FileKind.COLUMNS
        return FileKind.PLANT if lower.endswith(_PLANTS) else FileKind.LOG

    @staticmethod
    def kind_of(path: Path) -> FileKind:
        """What a file can be used as, by its name and how it begins."""
        kind = Folder.kind(path.name)
        if kind is FileKind.PLANT:
            start = _start(path)
            if b"zhizao:" in start:
                return kind
            return next((one for one, key in _BY_KEY.items() if key.search(start)), kind)
        if path.suffix.lower() == ".xml" and _RECIPE.search(_start(path)):
            return FileKind.RECIPE
        return kind

    def columns_of(self, name: str) -> Path | None:
        """The column map of a log, where the folder has one."""
        path = self.root / f"{name}{COLUMNS}"
        return path if self._is_own(path) else None

    def free_name(self, stem: str, *endings: str) -> str:
        """A stem that no file with one of the endings has yet: `log-plant`, then `log-plant-2`."""
        tried = (f"{stem}{number}" for number in ("", *(f"-{n}" for n in range(2, 100_000))))
        return next(one for one in tried if not any((self.root / f"{one}{end}").exists() for end in endings))

    async def take(
        self, name: str, content: AsyncIterable[bytes], *, limit: int, replace: bool = False
    ) -> FileInfo:
        """Write an upload; the file is complete or not there at all.

        Raises
        ------
        InputError
            The name is none of a plant or log, or is taken; or the content is empty or above `limit` bytes.
        """
        check_name(name)
        target = self.root / name
        if target.is_symlink() or (target.exists() and not target.is_file()):
            raise InputError(f"{name}: found something that is no plain file; choose another name")
        if target.exists() and not replace:
            raise FileTakenError(
                f"{name}: the folder has this file already; replace it, or choose another name"
            )
        temporary = self.root / f".{uuid4().hex}.tmp"
        try:
            if not await _written(temporary, content, limit):
                raise InputError(f"{name}: found an empty file")
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        return _info(target)

    def without_path(self, message: str) -> str:
        """A message that names files without the folder that they are in."""
        for root in {str(self.root), str(self.root.resolve())}:
            message = message.replace(f"{root}/", "").replace(f"{root}\\", "")
        return message

    def _is_own(self, path: Path) -> bool:
        """Whether it is a file of the folder, and no link that leads out of it."""
        return path.is_file() and path.resolve().parent == self.root.resolve()


async def _written(path: Path, content: AsyncIterable[bytes], limit: int) -> int:
    """Write a stream; gives its bytes."""
    size = 0
    with path.open("wb") as file:
        async for part in content:
            size += len(part)
            if size > limit:
                raise TooLargeError(
                    f"the upload is larger than {limit / 2**20:.0f} MB; see `zhizao serve --help`"
                )
            file.write(part)
    return size


def check_name(name: str) -> None:
    """Refuse a name that is none of a plant or a log, or that could lead out of the folder.

    Raises
    ------
    InputError
        With what would be right.
    """
    plain = _NAME.fullmatch(name) and not _RESERVED.fullmatch(name)
    if not plain or name.startswith(".") or name != name.strip() or len(name.encode()) > 240:
        raise InputError(f"found the name {name[:200]!r}; right is a plain file name, such as log.csv")
    if Path(name).suffix.lower() not in (*_PLANTS, *_LOGS):
        raise InputError(f"{name}: found an unknown ending; right is one of {', '.join((*_PLANTS, *_LOGS))}")


def _is_listed(name: str) -> bool:
    try:
        check_name(name)
    except (InputError, UnicodeEncodeError):  # a name on the disk need not be text
        return False
    return True


def _info(path: Path) -> FileInfo:
    facts = path.stat()
    modified = datetime.fromtimestamp(facts.st_mtime, UTC)
    return FileInfo(name=path.name, kind=Folder.kind_of(path), size=facts.st_size, modified=modified)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_SNIFF)


def refuse_outside(name: str, data: Any) -> None:
    """Refuse a plant file that names something outside its folder.

    Every text of the file counts, whatever its key: `orders: ../orders.csv` reads a table as
    `{matrix: /etc/setups.csv}` does.

    Raises
    ------
    InputError
        It names an absolute path or one through a parent folder.
    """
    for text in texts_within(data):
        path = Path(text)  # of this system: on Windows `6:00` has a drive, and is no path
        if path.root or path.drive[:1].isalpha() or ".." in PureWindowsPath(text).parts:
            raise InputError(f"{name}: found {text[:80]!r}; a table must be in the folder of the plant file")


def texts_within(data: Any) -> Iterator[str]:
    """All texts within mappings and lists; a part that stands in several places (an anchor) counts once."""
    todo, seen = [data], set[int]()
    while todo:
        one = todo.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict | list) and id(one) not in seen:
            seen.add(id(one))
            todo += one.values() if isinstance(one, dict) else one


def named_in(root: Path, data: Any) -> list[Path]:
    """Files of the folder that texts within mappings and lists name, by path."""
    named = (root / one for one in set(texts_within(data)) if "." in one and len(one) < 256)
    return sorted(path for path in named if path.is_file())
