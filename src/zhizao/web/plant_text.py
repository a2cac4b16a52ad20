"""The text of plant files: read with its hash, checked before it is written, and written if unchanged."""

from __future__ import annotations

from dataclasses import asdict
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING
from uuid import uuid4

from pydantic import BaseModel, Field

from zhizao.quantities import InputError, PlantError
from zhizao.web.folder import ChangedMeanwhileError, FileKind, Folder, TooLargeError
from zhizao.web.read import parse_plant_in

if TYPE_CHECKING:
    from pathlib import Path

    from zhizao.quantities import Fault

TEXT_BYTES = 900_000
"""Largest plant file that is edited as text: as JSON it fits into the largest body (`web.api.limit`)."""
MOST_FAULTS = 200
ONE_WRITES = Lock()
"""Between the look at a hash and the write nobody else writes."""


class FaultInfo(BaseModel):
    """A fault or a doubtful place."""

    file: str = Field(description="File within the folder.")
    line: int = Field(description="Line, from 1; 0: the place has none.")
    where: str = Field(description="Name of the place.")
    found: str = Field(description="What was found.")
    right: str = Field(description="What would be right.")
    nearest: str | None = Field(description="Nearest valid name.")


class TextCheck(BaseModel):
    """What is wrong with the text of a plant."""

    faults: list[FaultInfo] = Field(description="What must be changed, in the order of the file.")
    warnings: list[FaultInfo] = Field(description="What is doubtful.")


class PlantText(TextCheck):
    """The text of a plant file."""

    text: str = Field(description="The file.")
    hash: str = Field(description="SHA-256 of the file; a write names it.")


def read_text(folder: Folder, name: str, *, allow_code: bool) -> PlantText:
    """The text of a plant file, its hash, and what is wrong with it.

    Raises
    ------
    InputError
        It is no plant file of the folder, no text, or too large to be edited.
    """
    path = _path(folder, name)
    if path.stat().st_size > TEXT_BYTES:
        raise TooLargeError(f"{name}: is larger than {TEXT_BYTES / 1000:g} kB; edit it elsewhere")
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{name}:{line}: found bytes that are not UTF-8; save the file as UTF-8") from None
    found = check_text(folder, name, text, allow_code=allow_code)
    return PlantText(text=text, hash=sha256(data).hexdigest(), **found.model_dump())


def check_text(folder: Folder, name: str, text: str, *, allow_code: bool) -> TextCheck:
    """What is wrong with a text if it stood in a plant file of the folder; nothing is written."""
    _path(folder, name)
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    try:
        _, warnings = parse_plant_in(folder, name, plain, allow_code=allow_code)
    except PlantError as error:
        return TextCheck(faults=_infos(folder, error.faults), warnings=[])
    except InputError as error:
        said = folder.without_path(str(error)).removeprefix(f"{name}: ")
        one = FaultInfo(file=name, line=0, where="plant", found=said, right="", nearest=None)
        return TextCheck(faults=[one], warnings=[])
    return TextCheck(faults=[], warnings=_infos(folder, warnings))


def write_text(folder: Folder, name: str, text: str, *, was: str) -> None:
    """Write the text of a plant file; it is changed at once, or not at all.

    Parameters
    ----------
    was : hash of the file that the text was made from.

    Raises
    ------
    ChangedMeanwhileError
        The file has another hash.
    """
    path = _path(folder, name)
    with ONE_WRITES:
        if sha256(path.read_bytes()).hexdigest() != was:
            raise ChangedMeanwhileError(
                f"{name}: has been changed since it was read here; load it again, then repeat the change"
            )
        replace_text(path, text)


def replace_text(path: Path, text: str) -> None:
    """Put a text in the place of a file."""
    temporary = path.with_name(f".{uuid4().hex}.tmp")
    try:
        temporary.write_bytes(text.encode("utf-8"))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _path(folder: Folder, name: str) -> Path:
    path = folder.path(name)
    if folder.kind(name) is not FileKind.PLANT:
        raise InputError(f"{name}: found no plant file by its ending; give the name of one")
    return path


def _infos(folder: Folder, faults: tuple[Fault, ...]) -> list[FaultInfo]:
    return [
        FaultInfo(**asdict(one) | {"file": folder.without_path(one.file)}) for one in faults[:MOST_FAULTS]
    ]
