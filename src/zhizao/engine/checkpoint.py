"""Replications that are done, kept in a folder: a long sweep goes on where it was stopped."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import polars as pl

from zhizao.engine.lower import Lowered
from zhizao.engine.packed import pack, unpack
from zhizao.engine.rules import load_rules
from zhizao.engine.run import Done, Task
from zhizao.engine.stream import LogRoom
from zhizao.quantities import InputError

_ROOMS = ("kernels", "engine", "records")


class Checkpoint:
    """A folder with one file per replication, named after all that its result depends on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder}: this folder for checkpoints cannot be made ({error})") from None

    def read(self, task: Task, room: LogRoom, name: str) -> Done | None:
        """What an earlier run kept; None if nothing did. A file that cannot be read is made anew."""
        path = self._path(task)
        try:
            return unpack(path, room, name) if path.exists() else None
        except (OSError, KeyError, ValueError, zipfile.BadZipFile, pl.exceptions.PolarsError):
            return None

    def write(self, task: Task, done: Done | bytes) -> None:
        """Keep a replication (packed, if it comes so); its file is complete or not there at all."""
        path = self._path(task)
        temporary = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
        try:
            with temporary.open("wb") as target:
                if isinstance(done, bytes):
                    target.write(done)
                else:
                    pack(done, target)
            temporary.replace(path)
        except OSError as error:
            raise InputError(
                f"{self._folder}: a replication cannot be kept here ({error.strerror or error}); "
                "make room, or name another folder"
            ) from error
        finally:
            temporary.unlink(missing_ok=True)

    def _path(self, task: Task) -> Path:
        return self._folder / f"{key(task)}.zip"


def key(task: Task) -> str:
    """Hash of the plant, settings, seed, replication, rules and program."""
    settings = task.settings
    asked = settings.days, settings.warm_up_days, settings.seed, settings.log.value, task.number
    return hash_of(task.lowered, repr((program(), asked)))


def hash_of(lowered: Lowered, more: str = "") -> str:
    """Hash of a plant, its tables and its rules, and of what else a result depends on."""
    digest = hashlib.blake2b(digest_size=16)
    opening = None if lowered.opening is None else lowered.opening.digest
    digest.update(repr((more, opening, replace(lowered.names, rules=()))).encode())
    digest.update(lowered.plant.model_dump_json().encode())
    for table in lowered.tables:
        for column in [table[name] for name in table.dtype.names or ()] or [table]:
            digest.update(column.tobytes())  # not the rows: what lies between columns is any memory
    for rule in load_rules(lowered.names.rules, lowered.names.numbers).loaded:
        digest.update(repr((rule.kind.value, rule.name)).encode() + _text_of(rule.function))
    return digest.hexdigest()


def _text_of(function: Callable[..., Any]) -> bytes:
    """The file that a rule is in: it may use what stands around it. Without a file, its code."""
    path = Path(function.__code__.co_filename)
    if path.is_file():
        return path.read_bytes()
    return function.__code__.co_code + repr(function.__code__.co_consts).encode()


@cache
def program() -> str:
    """Hash of the text of all that makes a result, and the versions below it."""
    digest = hashlib.blake2b(digest_size=16)
    for room in _ROOMS:
        folder = Path(__file__).parents[1] / room
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    digest.update(repr((np.__version__, sys.platform)).encode())
    return digest.hexdigest()
