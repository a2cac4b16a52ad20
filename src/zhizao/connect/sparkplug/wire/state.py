"""STATE: whether a host is online, as JSON with `online` and `timestamp` (Sparkplug 3.0)."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class State:
    """What a host says about itself."""

    online: bool
    timestamp: int  # ms since 1970

    def payload(self) -> bytes:
        """Write it as the payload of a message."""
        return json.dumps({"online": self.online, "timestamp": self.timestamp}).encode()


def parse(payload: bytes) -> State | None:
    """Read a payload; None if it is none of version 3.0."""
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    online, timestamp = content.get("online"), content.get("timestamp")
    if not isinstance(online, bool) or not isinstance(timestamp, int) or isinstance(timestamp, bool):
        return None
    return State(online, timestamp)


@dataclass
class Watch:
    """What an edge node knows about its primary host; older messages than the newest do not count."""

    latest: State | None = None

    @property
    def online(self) -> bool:
        """Whether the newest message says so."""
        return self.latest is not None and self.latest.online

    def hear(self, payload: bytes) -> bool:
        """Take a message; False if it is malformed or older than the newest."""
        state = parse(payload)
        if state is None or (self.latest is not None and state.timestamp < self.latest.timestamp):
            return False
        self.latest = state
        return True
