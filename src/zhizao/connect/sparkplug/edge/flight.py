"""Samples under way: sent, and not yet confirmed by the consumer."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field


@dataclass
class Flight:
    """Batches without confirmation, in the order in which they were sent."""

    sent: deque[tuple[int, int, int]] = field(default_factory=deque)  # epoch, last sequence, samples
    position: tuple[int, int] | None = None  # key of the last sample sent; None: begin with the oldest
    count: int = 0  # samples
    progress: float = 0.0  # monotonic time of the last confirmation, or of the first batch since

    def restart(self) -> None:
        """Begin again with the oldest sample of the outbox."""
        self.sent.clear()
        self.position, self.count = None, 0

    def add(self, epoch: int, last: int, samples: int) -> None:
        """Note a batch that has been sent."""
        if not self.sent:
            self.progress = time.monotonic()
        self.sent.append((epoch, last, samples))
        self.position = (epoch, last)
        self.count += samples

    def confirm(self, epoch: int, sequence: int) -> bool:
        """Drop what is confirmed; False if that sample was not sent since the last restart."""
        lasts = [last for known, last, _ in self.sent if known == epoch]
        if not lasts or not 0 <= sequence <= lasts[-1]:
            return False
        done = [at for at, (e, last, _) in enumerate(self.sent) if e == epoch and last <= sequence]
        for _ in range(done[-1] + 1 if done else 0):
            self.count -= self.sent.popleft()[2]
        self.progress = time.monotonic()
        return True
