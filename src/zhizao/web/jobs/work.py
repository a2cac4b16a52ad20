"""What a worker process does: take a task, run its study, report progress, keep the result."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhizao.quantities import InputError
from zhizao.web.folder import Folder

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Event

_EVERY_S = 0.2
"""Least time between two messages of progress; a person sees no more."""
_NICE = 5
"""Priority below the server's, so that a page is served while studies run."""


@dataclass(frozen=True, slots=True)
class Task:
    """A job as it is sent to a worker."""

    study: str
    key: str
    root: Path
    inputs: dict[str, str]
    options: dict[str, Any]
    allow_code: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """How a task ended: with a result, perhaps of a part, or why not."""

    kept: bool
    cancelled: bool = False
    message: str = ""
    outputs: tuple[str, ...] = ()


def serve_tasks(line: Connection, cancel: Event) -> None:
    """Do tasks until the server closes the line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends its workers
    if hasattr(os, "nice"):
        os.nice(_NICE)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the server is gone
        while True:
            task = line.recv()
            line.send(do(task, _progress(line, cancel)))


def _progress(line: Connection, cancel: Event) -> Callable[[float], None]:
    """Send the completed fraction now and then; raise what Ctrl-C raises once the job is cancelled."""
    last = 0.0

    def on(share: float) -> None:
        nonlocal last
        if cancel.is_set():
            raise KeyboardInterrupt
        if time.monotonic() - last >= _EVERY_S:
            last = time.monotonic()
            line.send(min(max(float(share), 0.0), 1.0))

    return on


def do(task: Task, progress: Callable[[float], None]) -> Ended:
    """Run one study and keep its result."""
    folder = Folder(task.root)
    try:
        return _run(task, folder, progress)
    except KeyboardInterrupt:
        return Ended(False, cancelled=True, message="cancelled before there was a result")
    except InputError as error:
        return Ended(False, message=folder.without_path(str(error)))
    except OSError as error:
        if isinstance(error, BrokenPipeError | ConnectionResetError):
            raise
        return Ended(False, message=f"cannot be written ({error.strerror or type(error).__name__})")
    except Exception as error:  # noqa: BLE001  an internal error ends the job, not the worker
        traceback.print_exc()
        return Ended(False, message=f"internal error: {type(error).__name__}; the server's output has more")


def _run(task: Task, folder: Folder, progress: Callable[[float], None]) -> Ended:
    from zhizao.web.jobs.store import Store
    from zhizao.web.material import Material
    from zhizao.web.studies import STUDIES

    if task.allow_code and str(task.root) not in sys.path:
        sys.path.insert(0, str(task.root))  # `module:function` beside the plant file
    study = STUDIES[task.study]
    material = Material(folder, task.inputs, task.allow_code)
    options = study.check(task.inputs, task.options)
    result = study.run(material, options, progress)
    outputs = study.keep(material, result)
    Store(folder).keep(task.key, result, outputs, study.forms(result))
    cut = result.interrupted
    said = "cancelled; the result covers what was finished so far" if cut else ""
    return Ended(True, cancelled=cut, message=said, outputs=tuple(outputs))
