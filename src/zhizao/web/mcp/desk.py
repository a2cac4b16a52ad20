"""What the tools work on: one folder, its results, and workers that run studies."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zhizao.quantities import InputError
from zhizao.web.folder import Folder
from zhizao.web.jobs.job import Job
from zhizao.web.jobs.pool import Pool
from zhizao.web.jobs.store import Store
from zhizao.web.studies import Study


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder and its workers; `write` lets studies write plants and plans into the folder."""

    folder: Folder
    store: Store
    pool: Pool
    write: bool
    allow_code: bool
    _askers: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, study: Study, arguments: dict[str, Any]) -> Job:
        """Queue a study; its arguments are its inputs and its options, side by side.

        Raises
        ------
        InputError
            An argument is missing, unknown or wrong.
        """
        names = {role: arguments[role] for role in study.inputs if arguments.get(role) is not None}
        for role, name in names.items():
            if not isinstance(name, str):
                raise InputError(f"{study.name}: {role}: found {name!r}; right is the name of a file")
        rest = {name: value for name, value in arguments.items() if name not in study.inputs}
        with self._lock:
            job = self.pool.ask(study, names, study.check(names, rest))
            self._askers[job.id] += 1
        return job

    def leave(self, job: Job) -> None:
        """Wait no longer for a job; once nobody waits for it, it is cancelled if it runs still."""
        with self._lock:
            self._askers[job.id] -= 1
            if self._askers[job.id] <= 0:
                del self._askers[job.id]
                self.pool.cancel(job.id)


def open_desk(folder: Path, *, write: bool = False, allow_code: bool = False, workers: int = 2) -> Desk:
    """Begin to work on a folder; its results are shared with the page, its jobs are not.

    Raises
    ------
    InputError
        There is no such folder, or its results cannot be written.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: found no folder; give one that holds plants and logs")
    place = Folder(folder.resolve())
    try:
        store = Store(place, keeps_jobs=False)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror or error})") from error
    return Desk(
        place,
        store,
        Pool(place, store, workers=workers, allow_code=allow_code, write=write),
        write,
        allow_code,
    )
