"""Certificates, trust and secrets of a connection: signed and encrypted unless the settings say otherwise."""

from __future__ import annotations

import ipaddress
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from zhizao.quantities.errors import InputError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

_DAYS_VALID = 5 * 365
_KEPT = 100  # certificates in `rejected`; a stranger who makes many does not fill the disk
POLICIES = ("Aes256_Sha256_RsaPss", "Aes128_Sha256_RsaOaep", "Basic256Sha256")
"""Security policies that are accepted, best first (OPC 10000-7; older ones are broken)."""


class SecurityError(InputError):
    """A peer is not trusted, or a setting of security cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Security:
    """Signed and encrypted messages between applications that trust each other's certificate.

    `folder` holds `own/` (certificate and key, made on first use), `trusted/` (certificates of peers or of
    their issuers, DER or PEM) and `rejected/` (those that asked in vain; move a file to trust it).
    """

    folder: Path
    host: str | None = None
    """Host that the server's certificate names, if it is not the one that is dialled."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Neither signed nor encrypted: anyone on the network reads and forges values."""


@dataclass(frozen=True, slots=True)
class Login:
    """A user; the password stands in an environment variable or in a file, never in a setting."""

    user: str
    password_env: str | None = None
    password_file: Path | None = None

    def password(self) -> str:
        """Read the password from where it stands."""
        if self.password_env is not None:
            found = os.environ.get(self.password_env)
            if found is None:
                raise SecurityError(f"user {self.user}: environment variable {self.password_env} is not set")
            return found
        if self.password_file is not None:
            try:
                return self.password_file.read_text(encoding="utf-8").rstrip("\r\n")
            except OSError as error:
                raise SecurityError(f"user {self.user}: {self.password_file}: {error.strerror}") from None
        raise SecurityError(f"user {self.user} has no password; set `password_env` or `password_file`")


@dataclass(frozen=True, slots=True)
class Anonymous:
    """No user: the server sees the certificate of the application alone."""


def application_uri() -> str:
    """Give the name of this application, which its certificate carries."""
    return f"urn:{socket.gethostname()}:zhizao"


def own_certificate(folder: Path) -> tuple[Certificate, RSAPrivateKey]:
    """Load the certificate and key of this application from `folder/own`, or make them."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

    own = folder / "own"
    certificate, key = own / "certificate.der", own / "key.pem"
    for place in (own, folder / "trusted", folder / "rejected"):
        place.mkdir(parents=True, exist_ok=True)
    if not (certificate.exists() and key.exists()):
        made, private, pem = _made()
        _write_private(key, pem)
        certificate.write_bytes(made.public_bytes(Encoding.DER))
        return made, private
    loaded = load_pem_private_key(key.read_bytes(), password=None)
    if not isinstance(loaded, RSAPrivateKey):
        raise SecurityError(f"{key}: found a key that is not RSA; OPC UA needs RSA of 2048 bits or more")
    return x509.load_der_x509_certificate(certificate.read_bytes()), loaded


def _made() -> tuple[Certificate, RSAPrivateKey, bytes]:
    """Make a self-signed certificate of an application (OPC 10000-6, 6.2.2), for client and server."""
    from asyncua.crypto import cert_gen
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = cert_gen.generate_private_key()
    names = [
        x509.UniformResourceIdentifier(application_uri()),
        x509.DNSName(socket.gethostname()),
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    uses = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    made = cert_gen.generate_self_signed_app_certificate(key, "zhizao", {}, names, uses, _DAYS_VALID)
    return made, key, cert_gen.dump_private_key_as_pem(key)


def _write_private(path: Path, content: bytes) -> None:
    """Write a file that nobody but its owner ever reads."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, 0o600)
        file.write(content)


def fingerprint(certificate: Certificate) -> str:
    """Give the SHA-256 fingerprint as administrators compare it: pairs of digits with colons."""
    from cryptography.hazmat.primitives.hashes import SHA256

    return certificate.fingerprint(SHA256()).hex(":").upper()


def check_peer(certificate: Certificate, folder: Path, peer: str, *, host: str | None = None) -> None:
    """Refuse a peer whose certificate is not trusted, has expired or belongs to another host.

    Raises
    ------
    SecurityError
        With the fingerprint, and the file to move if the certificate is the right one.
    """
    now = datetime.now(UTC)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        span = f"{certificate.not_valid_before_utc:%Y-%m-%d} to {certificate.not_valid_after_utc:%Y-%m-%d}"
        raise SecurityError(f"{peer}: its certificate is valid from {span}; renew it, or set the clock")
    if not _is_trusted(certificate, folder / "trusted"):
        kept = _keep(certificate, folder / "rejected")
        raise SecurityError(
            f"{peer}: its certificate is not trusted (SHA-256 {fingerprint(certificate)}); compare the "
            f"fingerprint with the one that the peer shows, then move {kept} to {folder / 'trusted'}"
        )
    if host is not None:
        _check_host(certificate, peer, host)


def _is_trusted(certificate: Certificate, trusted: Path) -> bool:
    """Whether the certificate, or the authority that issued it, is in the folder."""
    own = fingerprint(certificate)
    return any(fingerprint(known) == own or _issued(certificate, known) for known in _certificates(trusted))


def _certificates(folder: Path) -> list[Certificate]:
    from cryptography import x509

    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix.lower() not in {".der", ".pem", ".crt", ".cer"}:
            continue
        content = path.read_bytes()
        try:
            pem = content.lstrip().startswith(b"-----BEGIN")
            found += (
                x509.load_pem_x509_certificates(content) if pem else [x509.load_der_x509_certificate(content)]
            )
        except ValueError:
            raise SecurityError(f"{path}: found no certificate; DER or PEM is expected") from None
    return found


def _issued(certificate: Certificate, authority: Certificate) -> bool:
    """Whether an authority signed the certificate; a self-signed one is no authority for others."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        may = authority.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        certificate.verify_directly_issued_by(authority)
    except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature):
        return False
    return may


def _keep(certificate: Certificate, rejected: Path) -> Path:
    """Keep a certificate that was refused, so that it can be trusted by moving a file."""
    from cryptography.hazmat.primitives.serialization import Encoding

    rejected.mkdir(parents=True, exist_ok=True)
    for old in sorted(rejected.glob("*.der"), key=lambda path: path.stat().st_mtime)[: -_KEPT + 1]:
        old.unlink()
    path = rejected / f"{fingerprint(certificate).replace(':', '')[:40].lower()}.der"
    path.write_bytes(certificate.public_bytes(Encoding.DER))
    return path


def _check_host(certificate: Certificate, peer: str, host: str) -> None:
    """Refuse a certificate that does not name the host that was dialled."""
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        raise SecurityError(f"{peer}: its certificate names no host; {host} is expected") from None
    valid = [name.lower() for name in names.get_values_for_type(x509.DNSName)]
    valid += [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    if host.lower() not in valid:
        raise SecurityError(
            f"{peer}: its certificate is for {', '.join(valid) or 'no host'}, not for {host}; "
            "dial a name that it carries, renew it, or say with `host` which name is right"
        )
