"""A cancel (Ctrl-C) ends the work in hand and keeps what is done: once, for all studies."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zhizao.quantities.errors import InputError

if TYPE_CHECKING:
    from zhizao.engine.settings import Progress


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


@dataclass(slots=True)
class Deadline:
    """The moment at which a study must end, `seconds` after this is made.

    Raises
    ------
    InputError
        The seconds are not above 0.
    """

    seconds: float
    _begun: float = field(default_factory=time.monotonic, init=False)

    def __post_init__(self) -> None:
        if not 0 < self.seconds < float("inf"):
            raise InputError(f"seconds: found {self.seconds:g}; right is more than 0")

    @property
    def left(self) -> float:
        """Seconds until the moment; 0 once it has passed."""
        return max(self.seconds - (time.monotonic() - self._begun), 0.0)

    def shorten(self, left: float) -> None:
        """End in so many seconds from now, if that is earlier."""
        self.seconds = min(self.seconds, time.monotonic() - self._begun + left)

    def watch(self, progress: Progress | None, left: float = 0.0) -> Progress:
        """A progress callback that cancels the work, as Ctrl-C does, when only `left` seconds are left."""

        def on(share: float) -> None:
            if self.left <= left:
                raise KeyboardInterrupt
            if progress is not None:
                progress(share)

        return on
