"""Keep what a C library prints away from stdout, which may hold JSON."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_stdout() -> Iterator[None]:
    """Send what is written to file descriptor 1 to nowhere.

    HiGHS 1.12 prints a line of debugging from `transformNewIntegerFeasibleSolution` whatever its options say.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123  not a path of the user's
            os.dup2(nowhere.fileno(), 1)
            yield
    finally:
        _flush()
        os.dup2(kept, 1)
        os.close(kept)


def _flush() -> None:
    """Write out the buffers of C, where there is a C library to ask."""
    try:
        ctypes.CDLL(None).fflush(None)
    except (OSError, AttributeError, TypeError):
        return
