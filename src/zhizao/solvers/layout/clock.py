"""A search in short calls: progress, a limit of time, and Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable

Progress = Callable[[float, float], None]
"""Called with the share of the time that has passed, and the best objective so far."""


def repeat(step: Callable[[], float], seconds: float, progress: Progress | None) -> bool:
    """Call a step until the time is over; whether Ctrl-C ended it.

    A step gives the best objective so far, and minus infinity if there is nothing left to do.
    """
    begun = time.monotonic()
    try:
        while (passed := time.monotonic() - begun) < seconds:
            objective = step()
            if objective == float("-inf"):
                return False
            if progress is not None:
                progress(min(passed / seconds, 1.0), objective)
    except KeyboardInterrupt:
        return True
    return False
