"""One server for a folder: two would each take the other's running jobs for interrupted ones."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from zhizao.quantities import InputError
from zhizao.web.folder import STORE, Folder

if TYPE_CHECKING:
    from filelock import BaseFileLock

_LOCK, _OWNER = "server.lock", "server.pid"


def lock_folder(folder: Folder) -> BaseFileLock:
    """Take a folder for this process, until the lock is released or the process ends, however it ends.

    Raises
    ------
    InputError
        Another server has it.
    """
    from filelock import FileLock, Timeout

    place = folder.root / STORE
    lock = FileLock(place / _LOCK, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise InputError(
            f"{folder.root}: another `zhizao serve`{_owner(folder)} works on this folder; open its page, or "
            "stop it first"
        ) from None
    (place / _OWNER).write_text(str(os.getpid()), encoding="utf-8")
    return lock


def _owner(folder: Folder) -> str:
    """The process that has it, where it has said so."""
    with contextlib.suppress(OSError, ValueError):
        return f" (process {int((folder.root / STORE / _OWNER).read_text(encoding='utf-8'))})"
    return ""
