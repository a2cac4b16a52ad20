"""Where a service is, and that nothing of it leaks."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from zhizao.records.endpoint import (
    Certificates,
    Credentials,
    Encryption,
    Endpoint,
    EndpointError,
    Secret,
)


@pytest.mark.parametrize(
    ("host", "asked", "encrypted"),
    [
        ("localhost", None, False),
        ("127.0.0.1", None, False),
        ("::1", None, False),
        ("broker.works.example", None, True),
        ("192.0.2.7", None, True),
        ("localhost.works.example", None, True),
        ("localhost", Encryption.TLS, True),
        ("broker.works.example", Encryption.PLAIN, False),
    ],
)
def test_a_connection_is_plain_only_when_asked_for_or_on_this_machine(host, asked, encrypted) -> None:
    assert Endpoint(host, 8883, asked).encrypted is encrypted


def test_the_certificate_and_the_name_of_the_host_are_checked() -> None:
    context = Endpoint("broker.works.example", 8883).tls()
    assert context is not None
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_a_secret_is_read_from_the_environment_or_a_file_and_shown_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANT_PASSWORD", "s3cret")
    (tmp_path / "password").write_text("s3cret\n", encoding="utf-8")
    for secret in (Secret(variable="PLANT_PASSWORD"), Secret(file=tmp_path / "password")):
        assert secret.read() == "s3cret"
        assert "s3cret" not in repr(Endpoint("broker", 1883, credentials=Credentials("press", secret)))


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLANT_PASSWORD", raising=False)
    with pytest.raises(EndpointError, match="PLANT_PASSWORD"):
        Secret(variable="PLANT_PASSWORD").read()
    with pytest.raises(EndpointError, match="nothing"):
        Secret(file=tmp_path / "nothing").read()
    with pytest.raises(EndpointError, match=r"ca\.pem"):
        Endpoint("broker", 1883, certificates=Certificates(tmp_path / "ca.pem")).tls()
    with pytest.raises(EndpointError, match="either"):
        Secret()


@pytest.mark.parametrize(("host", "port"), [("", 1), ("user@broker", 1), ("broker/path", 1), ("broker", 0)])
def test_an_address_that_cannot_be_is_refused(host: str, port: int) -> None:
    with pytest.raises(EndpointError, match=r"host|port"):
        Endpoint(host, port)
