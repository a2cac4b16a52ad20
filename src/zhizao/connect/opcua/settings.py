"""What a client is to read, from where and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from zhizao.connect.opcua.security import Anonymous, Login, Plain, Security, SecurityError
from zhizao.quantities.errors import InputError


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server to connect to: where it is, how the connection is secured, and who asks."""

    url: str
    security: Security | Plain
    login: Login | Anonymous

    def __post_init__(self) -> None:
        """Refuse an address that cannot be dialled, and secrets where others read them."""
        parts = urlsplit(self.url)
        if "@" in parts.netloc:
            raise SecurityError(
                f"{parts.scheme}://{parts.hostname}: found a user in the address; use `Login`, "
                "whose password stands in an environment variable or a file"
            )
        if parts.scheme != "opc.tcp" or not parts.hostname:
            raise InputError(f"{self.url!r} is no address of a server; opc.tcp://HOST:PORT is expected")
        if isinstance(self.security, Plain) and isinstance(self.login, Login):
            raise SecurityError(f"{self.url}: a password is not sent without encryption; use `Security`")

    @property
    def host(self) -> str:
        """Name or address of the host that is dialled."""
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is read of a server: node ids by tag, and how often."""

    nodes: Mapping[str, str] = field(default_factory=dict)
    """Node id (`ns=2;s=Press/State`) of every tag."""
    publish_s: float = 0.1
    """How often the server sends what has changed."""
    sampling_s: float = 0.0
    """How often the server looks at a node; 0: as often as it can."""
    queue: int = 1000
    """Values that the server keeps of each node while they cannot be sent."""
    silence_s: float = 3.0
    """A connection on which nothing has come for so long, not even a sign of life, is given up."""

    def __post_init__(self) -> None:
        """Refuse times and queues that cannot be."""
        if not (self.publish_s > 0 and self.sampling_s >= 0 and self.queue >= 1 and self.silence_s >= 1):
            raise InputError(
                f"subscription: found publish_s {self.publish_s}, sampling_s {self.sampling_s}, queue "
                f"{self.queue}, silence_s {self.silence_s}; expected are > 0, >= 0, >= 1 and >= 1"
            )
