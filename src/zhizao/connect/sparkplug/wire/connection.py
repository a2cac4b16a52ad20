"""What Sparkplug wants of a connection: a clean session and a will; and the clock of its messages."""

from __future__ import annotations

import time

from zhizao.records.link import Caller


def caller(identifier: str, *, will: tuple[str, bytes, bool]) -> Caller:
    """Give who connects.

    Parameters
    ----------
    identifier : a second client of the same name takes the connection over.
    will : topic, payload and whether the broker retains it; quality of service 1.
    """
    from aiomqtt import Will

    topic, payload, retain = will
    return Caller(identifier, will=Will(topic, payload, qos=1, retain=retain))


def now_us() -> int:
    """Microseconds since 1970 by the clock of this machine."""
    return time.time_ns() // 1000


def now_ms() -> int:
    """Milliseconds since 1970 by the clock of this machine."""
    return time.time_ns() // 1_000_000
