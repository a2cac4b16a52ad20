"""What a worker process does: take a task, run its study, report progress, keep the result."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from zhizao.quantities import InputError
from zhizao.web.folder import Folder

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Event

    from zhizao.report import Result
    from zhizao.web.material import Material
    from zhizao.web.studies import Study

COMPILING = "compiling the kernels (once after an install, about half a minute)"
_EVERY_S = 0.2
"""Least time between two messages of progress; a person sees no more."""
_NICE = 19
"""The lowest priority, so that a page is served while studies run (benchmarks/web_load.py)."""


@dataclass(frozen=True, slots=True)
class Task:
    """A job as it is sent to a worker."""

    study: str
    key: str
    root: Path
    inputs: dict[str, str]
    options: dict[str, Any]
    allow_code: bool
    hashes: dict[str, str]
    """Of the inputs, which may change while the job waits or runs."""
    write: bool = True
    """Whether the study may write files into the folder; else they are kept with its result."""


@dataclass(frozen=True, slots=True)
class Doing:
    """What a worker does before the study has any progress; empty: the study itself."""

    message: str = ""


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
        task = line.recv()
        _compile(line)
        while True:
            line.send(do(task, _progress(line, cancel)))
            task = line.recv()


def _compile(line: Connection) -> None:
    """Compile the kernels if needed, and say so: it takes longer than a short study."""
    from zhizao.experiments.first_run import compile_kernels, needs_compile

    if needs_compile():
        line.send(Doing(COMPILING))
        compile_kernels()
        line.send(Doing())


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
    from zhizao.web.material import Material
    from zhizao.web.studies import STUDIES

    if task.allow_code and str(task.root) not in sys.path:
        sys.path.insert(0, str(task.root))  # `module:function` beside the plant file
    study = STUDIES[task.study]
    material = Material(folder, task.inputs, task.allow_code)
    options = study.check(task.inputs, task.options)
    result = study.run(material, options, progress)
    if material.hashes(study.plants) != task.hashes:  # the result would stand under the key of other inputs
        return Ended(False, message="an input has changed since the job was asked for; start it again")
    outputs = _keep(task, study, material, result)
    cut = result.interrupted
    said = "cancelled; the result covers what was finished so far" if cut else ""
    return Ended(True, cancelled=cut, message=said, outputs=tuple(outputs))


def _keep(task: Task, study: Study, material: Material, result: Result) -> list[str]:
    """Keep a result and the files that it leaves; gives those that were written into the folder."""
    from zhizao.web.jobs.store import Store

    store = Store(material.folder, keeps_jobs=False)
    more = study.forms(result) if study.forms else {}
    if task.write or study.keep is None:
        outputs = study.keep(material, result) if study.keep else []
        store.keep(task.key, result, outputs, more=more)
        return outputs
    with TemporaryDirectory() as apart:
        study.keep(replace(material, folder=Folder(Path(apart))), result)
        store.keep(task.key, result, [], unwritten=Path(apart), more=more)
    return []
