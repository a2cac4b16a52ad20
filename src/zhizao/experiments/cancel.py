"""A cancel (Ctrl-C) ends the work in hand and keeps what is done: once, for all studies."""

from __future__ import annotations

import time
from collections.abc import Callable


def interrupted(work: Callable[[], None]) -> bool:
    """Do some work; gives whether Ctrl-C ended it.

    Polars, while it computes, raises a KeyboardInterrupt of its own for a Ctrl-C, and Python's comes after
    it. The second is taken too: it would end the study that is about to give what was done. (No context
    manager: the second comes on the way into its `__exit__`.)
    """
    try:
        work()
    except KeyboardInterrupt:
        try:  # noqa: SIM105  as above
            time.sleep(0.0)  # Python delivers a pending signal at a call
        except KeyboardInterrupt:
            pass
        return True
    return False
