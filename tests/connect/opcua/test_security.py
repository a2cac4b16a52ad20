"""Peers trust each other by certificate; secrets stay where they are."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from tests.connect.opcua.peers import free_port, works
from zhizao.connect.opcua import (
    Anonymous,
    Client,
    Endpoint,
    Login,
    Plain,
    Security,
    SecurityError,
    Server,
    Subscription,
    browse_async,
)
from zhizao.connect.opcua.security import check_peer, fingerprint, own_certificate
from zhizao.quantities.errors import InputError


def trust(security: Security) -> None:
    """Do what the message says: move what was rejected to what is trusted."""
    for path in (security.folder / "rejected").iterdir():
        path.rename(security.folder / "trusted" / path.name)


def test_strangers_are_refused_until_both_sides_trust(loop: asyncio.Runner, tmp_path: Path) -> None:
    async def scene() -> None:
        ours, theirs = Security(tmp_path / "client"), Security(tmp_path / "server")
        url = f"opc.tcp://127.0.0.1:{free_port()}"
        endpoint = Endpoint(url, ours, Anonymous())
        async with Server(works(), theirs, url=url):
            shown = fingerprint(own_certificate(theirs.folder)[0])
            with pytest.raises(SecurityError, match=f"not trusted .SHA-256 {shown}.*then move"):
                await browse_async(endpoint)
            with pytest.raises(SecurityError):
                await Client(endpoint, Subscription({"x": "ns=2;s=x"})).run(print)
            trust(ours)
            with pytest.raises(InputError, match="BadCertificateUntrusted"):
                await browse_async(endpoint)
            trust(theirs)
            assert (await browse_async(endpoint)).height == 26
            with pytest.raises(InputError, match=r"opc\.tcp://127"):
                await browse_async(Endpoint(url, Plain(), Anonymous()))

    loop.run(scene())


def test_the_key_is_readable_by_its_owner_alone_and_made_once(tmp_path: Path) -> None:
    first, _ = own_certificate(tmp_path)
    again, _ = own_certificate(tmp_path)
    assert fingerprint(first) == fingerprint(again)
    assert stat.S_IMODE((tmp_path / "own" / "key.pem").stat().st_mode) == 0o600


def test_a_certificate_of_another_host_is_refused(tmp_path: Path) -> None:
    certificate, _ = own_certificate(tmp_path)
    (tmp_path / "trusted" / "peer.der").write_bytes((tmp_path / "own" / "certificate.der").read_bytes())
    check_peer(certificate, tmp_path, "opc.tcp://localhost:4840", host="localhost")
    with pytest.raises(SecurityError, match=r"is for .*localhost.*, not for press\.example"):
        check_peer(certificate, tmp_path, "opc.tcp://press.example:4840", host="press.example")


def test_a_server_without_encryption_is_refused(loop: asyncio.Runner, shown: Server, tmp_path: Path) -> None:
    with pytest.raises(SecurityError, match=r"offers None \(None_\); signed and encrypted"):
        loop.run(browse_async(Endpoint(shown.url, Security(tmp_path), Anonymous())))


def test_secrets_are_in_no_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESS_PASSWORD", "s3cret")
    login = Login("reader", password_env="PRESS_PASSWORD")
    endpoint = Endpoint("opc.tcp://press:4840", Security(tmp_path), login)
    assert login.password() == "s3cret"
    assert "s3cret" not in repr(endpoint)
    with pytest.raises(SecurityError, match="not sent without encryption"):
        Endpoint("opc.tcp://press:4840", Plain(), login)
    with pytest.raises(SecurityError, match="found a user in the address") as caught:
        Endpoint("opc.tcp://reader:s3cret@press:4840", Security(tmp_path), Anonymous())
    assert "s3cret" not in str(caught.value)
