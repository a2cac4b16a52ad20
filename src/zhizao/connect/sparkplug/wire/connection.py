"""A connection to a broker as Sparkplug wants it: MQTT 3.1.1, clean session, a will."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from zhizao.records.endpoint import Endpoint

if TYPE_CHECKING:
    from aiomqtt import Client

_TIMEOUT_S = 5.0  # for every answer of the broker
_KEEPALIVE_S = 10  # a silent network is noticed after one and a half times this


def client(broker: Endpoint, *, identifier: str, will: tuple[str, bytes, bool]) -> Client:
    """Give a client that is not connected yet.

    Parameters
    ----------
    broker : address, encryption and credentials; the secret is read now.
    identifier : a second client of the same name takes the connection over.
    will : topic, payload and whether the broker retains it; quality of service 1.
    """
    import aiomqtt

    user = broker.credentials
    topic, payload, retain = will
    return aiomqtt.Client(
        broker.host,
        broker.port,
        username=user.user if user else None,
        password=user.password.read() if user else None,
        identifier=identifier,
        protocol=aiomqtt.ProtocolVersion.V311,
        clean_session=True,
        will=aiomqtt.Will(topic, payload, qos=1, retain=retain),
        timeout=_TIMEOUT_S,
        keepalive=_KEEPALIVE_S,
        tls_context=broker.tls(),
    )


def now_us() -> int:
    """Microseconds since 1970 by the clock of this machine."""
    return time.time_ns() // 1000


def now_ms() -> int:
    """Milliseconds since 1970 by the clock of this machine."""
    return time.time_ns() // 1_000_000
