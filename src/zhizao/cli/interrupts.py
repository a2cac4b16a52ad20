"""Ctrl-C that arrives, and arrives once.

Python drops a KeyboardInterrupt that is raised inside a finaliser or a callback from C, and only prints it
(docs.python.org: sys.unraisablehook). Compilers and tables run many of both.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_AGAIN_S = 0.05
"""After so long the finaliser is done, and the interrupt can reach the command."""


@contextmanager
def no_interrupt_is_lost() -> Iterator[None]:
    """Inside, raise an interrupt that Python has dropped once more."""
    before = sys.unraisablehook

    def hook(dropped: sys.UnraisableHookArgs) -> None:
        if not issubclass(dropped.exc_type, KeyboardInterrupt):
            before(dropped)
            return
        again = threading.Timer(_AGAIN_S, _thread.interrupt_main)
        again.daemon = True
        again.start()

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


def take_interrupts_once() -> None:
    """Let Python alone raise KeyboardInterrupt.

    Polars, once imported, raises one of its own while it computes, and Python's comes after it; the second
    would end a command that is about to give what was done by the first.
    """
    import polars  # noqa: F401  it takes the signal when it is imported

    main = threading.current_thread() is threading.main_thread()
    if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.default_int_handler)
