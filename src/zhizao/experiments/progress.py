"""Progress of a part as progress of the whole: a study is many runs, with one completed fraction."""

from __future__ import annotations

from dataclasses import dataclass

from zhizao.engine.settings import Progress


def part(progress: Progress | None, begin: float, share: float) -> Progress | None:
    """Progress of a part that begins at `begin` and is this share of all."""
    if progress is None:
        return None
    whole = progress
    return lambda done: whole(min(begin + share * done, 1.0))


@dataclass(slots=True)
class Parts:
    """Parts one after the other, each of which says how large it is."""

    progress: Progress | None
    begun: float = 0.0

    def next(self, share: float) -> Progress | None:
        """Progress of the next part, which is this share of all."""
        begin = self.begun
        self.begun += share
        return part(self.progress, begin, share)
