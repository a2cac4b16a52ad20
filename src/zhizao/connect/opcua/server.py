"""A server that shows a plant: work centers, units and what is known of them."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from zhizao.connect.opcua.folders import Folders
from zhizao.connect.opcua.security import (
    Plain,
    Security,
    SecurityError,
    application_uri,
    check_peer,
    own_certificate,
)
from zhizao.plant import Plant
from zhizao.quantities.errors import InputError
from zhizao.records.samples import Value
from zhizao.records.tags import NUMBERS, TEXTS

if TYPE_CHECKING:
    from asyncua import Server as UaServer
    from asyncua import ua
    from cryptography.x509 import Certificate

_LOG = logging.getLogger(__name__)
_BATCH = 500
"""Values that are published before clients are served again; they take about 20 ms."""


class Server:
    """Shows a plant to OPC UA clients; values come by `publish`, clients only read.

    Every tag is a variable whose node id is its path (`ns=2;s=Press/Press-1/State`); folders follow the path,
    below one object for the plant. A folder with more than a hundred entries is divided.

    Parameters
    ----------
    plant : work centers and units that are there from the start.
    security : clients need a trusted certificate, or, with `Plain`, nothing at all.
    url : where to listen; other hosts reach it only if `exposed` says so.

    Examples
    --------
    >>> async with Server(plant, Security(Path("opcua"))) as server:
    ...     await server.publish([("Press/Press-1/State", datetime.now(UTC), None, "busy", 0)])
    """

    def __init__(
        self,
        plant: Plant,
        security: Security | Plain,
        *,
        url: str = "opc.tcp://127.0.0.1:4840",
        exposed: bool = False,
    ) -> None:
        self.plant = plant
        self.security = security
        self.url = _checked(url, exposed=exposed)
        self._server: UaServer | None = None
        self._folders: Folders | None = None

    async def __aenter__(self) -> Server:
        from asyncua import Server as UaServer
        from asyncua import ua

        server = UaServer()
        await server.init()
        server.set_endpoint(self.url)
        server.set_server_name(f"zhizao: {self.plant.name}")
        server.allow_remote_admin(False)
        server.set_identity_tokens([ua.AnonymousIdentityToken])
        await server.set_application_uri(application_uri())
        await self._secure(server)
        space = await server.register_namespace(f"urn:zhizao:{self.plant.name}")
        self._folders = await Folders.made(server, space, self.plant.name)
        await self._show_plant(self._folders)
        await server.start()
        self._server = server
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            await self._server.stop()
            self._server = None

    async def publish(self, values: Iterable[Value]) -> None:
        """Set values of tags with their times and states; a tag that is new gets its folders and its node."""
        from asyncua import ua

        if self._server is None or self._folders is None:
            raise InputError("the OPC UA server is not running; use it as `async with Server(...) as server`")
        space = self._server.iserver.aspace
        made = _fixed_data_value()
        for count, (tag, time, number, text, status) in enumerate(values, 1):
            if count % _BATCH == 0:
                await asyncio.sleep(0)
            is_text = text is not None or (number is None and tag.rpartition("/")[2] in TEXTS)
            node = await self._folders.variable(tag, is_text=is_text)
            value = number if number is not None else text
            result = await space.write_attribute_value(
                node, ua.AttributeIds.Value, _data_value(made, value, time, status)
            )
            if not result.is_good():
                kind = "number" if text is not None else "text"
                raise InputError(f"tag {tag}: found {value!r}; a {kind} is expected, as before")

    def watched(self) -> int:
        """Count the variables that clients have subscribed to, each once per client."""
        if self._server is None:
            return 0
        found = self._server.iserver.subscription_service.subscriptions.values()
        return sum(len(one.monitored_item_srv._monitored_items) for one in found)

    async def _show_plant(self, folders: Folders) -> None:
        """Make the folders of work centers and units, and their tags, of which nothing is known yet."""
        for center in self.plant.work_centers:
            await folders.folder(center.id, "WorkCenter")
            for unit in center.units:
                place = f"{center.id}/{unit.id}"
                await folders.folder(place, "WorkUnit")
                for name in (*TEXTS, *NUMBERS):
                    await folders.variable(f"{place}/{name}", is_text=name in TEXTS)

    async def _secure(self, server: UaServer) -> None:
        """Offer signed and encrypted endpoints to trusted clients alone, or an open one if that is set."""
        from asyncua import ua

        if isinstance(self.security, Plain):
            server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
            return
        certificate, key = own_certificate(self.security.folder)
        server.iserver.certificate, server.iserver.private_key = certificate, key
        server.set_security_policy(
            [
                ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
                ua.SecurityPolicyType.Aes128Sha256RsaOaep_SignAndEncrypt,
                ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
            ]
        )
        server.set_certificate_validator(self._check_client)

    async def _check_client(self, certificate: Certificate, client: ua.ApplicationDescription) -> None:
        """Refuse a client that is not trusted; the log says how to trust it."""
        from asyncua import ua
        from asyncua.common.utils import ServiceError

        assert isinstance(self.security, Security)
        try:
            check_peer(certificate, self.security.folder, client.ApplicationUri or "a client")
        except SecurityError as error:
            _LOG.warning("refused: %s", error)
            raise ServiceError(ua.StatusCodes.BadCertificateUntrusted) from None


@cache
def _fixed_data_value() -> type[ua.DataValue]:
    """Give a DataValue that nobody changes, so that it need not be copied.

    asyncua copies each value in depth for each subscriber; nine tenths of the time of a server went there
    under load (benchmarks/connect_opcua.py).
    """
    from asyncua import ua

    return type("FixedDataValue", (ua.DataValue,), {"__slots__": (), "__deepcopy__": lambda self, _: self})


def _data_value(
    made: type[ua.DataValue], value: float | str | None, time: datetime, status: int
) -> ua.DataValue:
    from asyncua import ua

    kind = ua.VariantType.String if isinstance(value, str) else ua.VariantType.Double
    return made(
        ua.Variant(value, kind if value is not None else ua.VariantType.Null),
        ua.StatusCode(status),
        SourceTimestamp=time,
        ServerTimestamp=datetime.now(UTC),
    )


def _checked(url: str, *, exposed: bool) -> str:
    """Refuse an address that other hosts reach, unless that is meant."""
    parts = urlsplit(url)
    if parts.scheme != "opc.tcp" or not parts.hostname or not parts.port:
        raise InputError(f"{url!r} is no address to listen on; opc.tcp://127.0.0.1:4840 is expected")
    try:
        local = ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        local = parts.hostname == "localhost"
    if not (local or exposed):
        raise SecurityError(f"{url} is reached from other hosts; set `exposed` if that is meant")
    return url
