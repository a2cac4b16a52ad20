"""Address, encryption and credentials of a service that samples come from or go to."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from pathlib import Path

from zhizao.quantities.errors import InputError


class EndpointError(InputError):
    """A service cannot be addressed so: the message says which setting, what was found, what is right."""


class Encryption(Enum):
    """How the connection is protected."""

    TLS = "tls"  # the certificate and the name of the host are checked
    PLAIN = "plain"  # anybody on the way can read and change everything


@dataclass(frozen=True)
class Secret:
    """Where a password is: a variable of the environment or a file, never the password itself.

    It is read when a connection is opened, so that it can change and stands in no settings, log or argument.
    """

    variable: str | None = None
    file: Path | None = None

    def __post_init__(self) -> None:
        if (self.variable is None) == (self.file is None):
            raise EndpointError("a secret: give either a variable of the environment or a file")

    def read(self) -> str:
        """Read the secret; a file may end with one line break."""
        if self.variable is not None:
            value = os.environ.get(self.variable)
            if value is None:
                raise EndpointError(f"environment: found no variable {self.variable!r}; set it to the secret")
            return value
        assert self.file is not None
        try:
            return self.file.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
        except OSError as error:
            raise EndpointError(f"{self.file}: the secret cannot be read: {error.strerror}") from error


@dataclass(frozen=True)
class Credentials:
    """A user and where the password is."""

    user: str
    password: Secret


@dataclass(frozen=True)
class Certificates:
    """Files in PEM form: certificates that are trusted, and our own with its key."""

    authority: Path | None = None  # None: the authorities that the system trusts
    own: Path | None = None
    key: Path | None = None


@dataclass(frozen=True)
class Endpoint:
    """A service: host, port, encryption (None: TLS, except on this machine), credentials, certificates."""

    host: str
    port: int
    encryption: Encryption | None = None
    credentials: Credentials | None = None
    certificates: Certificates = Certificates()

    def __post_init__(self) -> None:
        if not self.host or any(sign in self.host for sign in "/@ "):
            raise EndpointError(f"host: found {self.host!r}; give a name or an address, without user or path")
        if not 0 < self.port < 1 << 16:
            raise EndpointError(f"port: found {self.port}; give a number from 1 to 65535")

    @property
    def encrypted(self) -> bool:
        """Whether it is encrypted: always, unless plain was asked for or nothing leaves the machine."""
        if self.encryption is None:
            return not _on_loopback(self.host)
        return self.encryption is Encryption.TLS

    def tls(self) -> ssl.SSLContext | None:
        """Give what checks the certificate and the host's name; None for a plain connection."""
        if not self.encrypted:
            return None
        files = self.certificates
        try:
            context = ssl.create_default_context(cafile=files.authority)
            if files.own is not None:
                context.load_cert_chain(files.own, files.key)
        except (OSError, ssl.SSLError) as error:
            named = ", ".join(str(file) for file in (files.authority, files.own, files.key) if file)
            raise EndpointError(
                f"certificates {named}: cannot be read ({error}); give files in PEM form"
            ) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


def _on_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
