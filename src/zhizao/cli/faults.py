"""How a command ends: 0 success, 1 internal error, 2 invalid input, 130 cancelled."""

from __future__ import annotations

import errno
import functools
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import ParamSpec, TextIO

import typer

from zhizao.cli.interrupts import take_interrupts_once
from zhizao.quantities.errors import InputError

OK, INTERNAL, INPUT, CANCELLED = 0, 1, 2, 130
DEBUG: ContextVar[bool] = ContextVar("debug", default=False)
WRITTEN: ContextVar[tuple[Path, ...]] = ContextVar("written", default=())
"""Outputs that the command has written: one that is cancelled names them."""
P = ParamSpec("P")
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
"""System errors of a disk that is full or read-only: the user can fix them."""


def guarded(command: Callable[P, None]) -> Callable[P, None]:
    """Turn what a command raises into a message and an exit code; a traceback only where asked for."""

    @functools.wraps(command)
    def _inner(*args: P.args, **kwargs: P.kwargs) -> None:
        WRITTEN.set(())
        take_interrupts_once()
        try:
            command(*args, **kwargs)
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except InputError as error:
            _stop(f"error: {error}", INPUT)
        except KeyboardInterrupt:
            if kwargs.get("as_json"):
                print(json.dumps({"study": command.__name__, "interrupted": True}, indent=2), flush=True)
            _stop(cancelled(), CANCELLED)
        except BrokenPipeError:
            stop_quietly()
        except OSError as error:
            if error.errno not in _DISK_FULL:
                _stop(_internal(error), INTERNAL)
            _stop(f"error: {error.filename or 'an output'}: {not_written(error)}", INPUT)
        except Exception as error:  # noqa: BLE001  any other error is internal; users get no traceback
            _stop(_internal(error), INTERNAL)

    return _inner


def not_written(error: OSError) -> str:
    """Say why an output cannot be written, and where the disk is full what to do."""
    remedy = "; make room, or write to another disk" if error.errno in _DISK_FULL else ""
    return f"cannot be written ({error.strerror or error}){remedy}"


def cancelled() -> str:
    """Say that a command was cancelled before it had a result, and what it has written nevertheless."""
    files = ", ".join(str(path) for path in WRITTEN.get())
    return f"cancelled; files already written: {files}" if files else "cancelled; no result was written"


def stop_quietly() -> None:
    """End well although nobody reads on (`| head`): it has what it wants."""
    discard_rest(sys.stdout)
    discard_rest(sys.stderr)
    raise typer.Exit(OK)


def discard_rest(stream: TextIO) -> None:
    """Let what a stream still holds go nowhere, so that Python does not fail over it at its end."""
    try:
        place = stream.fileno()
    except (OSError, ValueError):  # no file of the system, as in a notebook
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, place)
    os.close(nowhere)


def _stop(message: str, code: int) -> None:
    if code != CANCELLED and wants_traceback():
        traceback.print_exc()
    print(message, file=sys.stderr)
    raise typer.Exit(code)


def wants_traceback() -> bool:
    """Whether `--debug` or ZHIZAO_DEBUG asks for tracebacks."""
    return DEBUG.get() or os.environ.get("ZHIZAO_DEBUG", "0") not in ("", "0")


def _internal(error: Exception) -> str:
    """The error in one line, and the file that holds its traceback."""
    reason = str(error).strip().splitlines()
    said = f"{type(error).__name__}: {reason[0]}" if reason else type(error).__name__
    return f"internal error: {said}\n{_details()}"


def _details() -> str:
    name = f"zhizao-failure-{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    path = Path(tempfile.gettempdir()) / name
    text = f"{' '.join(sys.argv)}\nPython {sys.version}\n\n{traceback.format_exc()}"
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError:
        return "This is a bug in zhizao. Run the command again with --debug to see the traceback."
    return f"This is a bug in zhizao. Please report it with the traceback in {path}."
