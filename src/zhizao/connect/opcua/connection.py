"""One connection to a server: secured channel, session, and the publish requests that run through it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from zhizao.connect.opcua.decode import Message, message
from zhizao.connect.opcua.security import (
    POLICIES,
    Login,
    Security,
    SecurityError,
    application_uri,
    check_peer,
    own_certificate,
)
from zhizao.connect.opcua.settings import Endpoint, Subscription

if TYPE_CHECKING:
    from asyncua import Client as UaClient
    from asyncua import ua

_LOG = logging.getLogger(__name__)
TIMEOUT_S = 3.0
"""How long a server may take to answer a request; recovery within 5 s leaves no more."""
_SESSION_S = 60.0  # the server keeps a session, and what it queued, so long after a connection broke
_CHANNEL_S = 3600.0  # life of the keys of a channel; renewed after three quarters of it


def lost() -> tuple[type[Exception], ...]:
    """Give the errors that end a connection, and no more than that: the next attempt may succeed."""
    from asyncua.ua import UaError

    return OSError, TimeoutError, UaError, struct.error, IndexError


async def prepared(endpoint: Endpoint) -> UaClient:
    """Make a client of asyncua whose channel is secured as the settings say; not yet connected.

    Raises
    ------
    SecurityError
        If the server offers no accepted policy, or its certificate is not trusted.
    """
    from asyncua import Client as UaClient

    client = UaClient(endpoint.url, timeout=TIMEOUT_S)
    client.uaclient.pre_request_hook = None
    client.name = client.description = "zhizao"
    client.application_uri = application_uri()
    client.session_timeout = int(_SESSION_S * 1000)
    client.secure_channel_timeout = int(_CHANNEL_S * 1000)
    if isinstance(endpoint.security, Security):
        await _secure(client, endpoint, endpoint.security)
    return client


async def _secure(client: UaClient, endpoint: Endpoint, security: Security) -> None:
    """Choose the best policy that the server offers, check its certificate, and set both."""
    from asyncua import ua
    from asyncua.crypto import security_policies
    from cryptography import x509

    certificate, key = own_certificate(security.folder)
    mode = ua.MessageSecurityMode.SignAndEncrypt
    endpoints = await client.connect_and_get_server_endpoints()
    offered = {e.SecurityPolicyUri.rpartition("#")[2]: e for e in endpoints if e.SecurityMode == mode}
    name = next((policy for policy in POLICIES if policy in offered), None)
    if name is None:
        found = sorted(
            {f"{e.SecurityPolicyUri.rpartition('#')[2]} ({e.SecurityMode.name})" for e in endpoints}
        )
        raise SecurityError(
            f"{endpoint.url} offers {', '.join(found) or 'no endpoint'}; signed and encrypted with "
            f"{', '.join(POLICIES)} is expected; set security to `Plain` if the network is to be trusted"
        )
    peer = x509.load_der_x509_certificate(_first(offered[name].ServerCertificate))
    check_peer(peer, security.folder, endpoint.url, host=security.host or endpoint.host)
    policy = getattr(security_policies, "SecurityPolicy" + name.replace("_", ""))
    client.security_policy = policy(peer, certificate, key, mode)
    client.uaclient.set_security(client.security_policy)


def _first(chain: bytes) -> bytes:
    """Give the first certificate of a chain in DER: two bytes of type and form, two of length, content."""
    return chain[: int.from_bytes(chain[2:4], "big") + 4]


async def open_session(client: UaClient, endpoint: Endpoint, *, resume: bool = False) -> bool:
    """Connect and activate a session; say whether it is the one of before, with what it queued."""
    await client.connect_socket()
    try:
        await client.send_hello()
        await client.open_secure_channel()
        resumed = resume and await _resumed(client, endpoint)
        if not resumed:
            await client.create_session()
            await _activate(client, endpoint)
    except BaseException:
        client.disconnect_socket()
        raise
    return resumed


async def _resumed(client: UaClient, endpoint: Endpoint) -> bool:
    """Whether the server still has the session and lets it go on in this channel."""
    from asyncua.ua import UaStatusCodeError

    client.uaclient.session.rebind_authentication_token()
    try:
        await _activate(client, endpoint)
    except UaStatusCodeError as error:
        _LOG.info("%s has forgotten the session (%s); a new one is made", endpoint.url, error)
        client.uaclient.session.reset_authentication_token()
        return False
    return True


async def _activate(client: UaClient, endpoint: Endpoint) -> None:
    if isinstance(endpoint.login, Login):
        await client.activate_session(username=endpoint.login.user, password=endpoint.login.password())
    else:
        await client.activate_session()


async def close(client: UaClient) -> None:
    """End session, channel and socket, as far as the server still takes part."""
    with contextlib.suppress(*lost()):
        await client.uaclient.close_session(True)
    with contextlib.suppress(*lost()):
        await client.close_secure_channel()
    client.disconnect_socket()


async def renew_channel(client: UaClient) -> None:
    """Renew the keys of the channel in time, for ever."""
    while True:
        await asyncio.sleep(client.secure_channel_timeout * 0.75 / 1000)
        await client.open_secure_channel(renew=True)
        client.uaclient.revolve_security_token()


async def publish(client: UaClient, acknowledged: Sequence[tuple[int, int]]) -> Message:
    """Send a publish request that acknowledges messages, and wait for the answer."""
    from asyncua import ua
    from asyncua.ua.ua_binary import nodeid_from_binary, struct_from_binary

    request = ua.PublishRequest()
    request.Parameters.SubscriptionAcknowledgements = [
        ua.SubscriptionAcknowledgement(SubscriptionId=one, SequenceNumber=number)
        for one, number in acknowledged
    ]
    protocol = client.uaclient.protocol
    if protocol is None:
        raise ConnectionError("the connection is closed")
    buffer = await protocol.send_request(request, timeout=0)
    nodeid_from_binary(buffer)
    struct_from_binary(ua.ResponseHeader, buffer).ServiceResult.check()
    data = buffer.read(len(buffer))
    return message(data, 0)


async def create_subscription(client: UaClient, publish_s: float) -> tuple[int, float]:
    """Create a subscription; give its id and after how many seconds without news it gives a sign of life."""
    from asyncua import ua
    from asyncua.ua.ua_binary import struct_from_binary

    request = ua.CreateSubscriptionRequest()
    parameters = request.Parameters
    parameters.RequestedPublishingInterval = publish_s * 1000
    parameters.RequestedMaxKeepAliveCount = max(1, round(1 / publish_s))
    parameters.RequestedLifetimeCount = max(3, round(_SESSION_S / publish_s))
    parameters.MaxNotificationsPerPublish = 10_000
    parameters.PublishingEnabled = True
    protocol = client.uaclient.protocol
    if protocol is None:
        raise ConnectionError("the connection is closed")
    buffer = await protocol.send_request(request, timeout=TIMEOUT_S)
    response = struct_from_binary(ua.CreateSubscriptionResponse, buffer)
    response.ResponseHeader.ServiceResult.check()
    made: ua.CreateSubscriptionResult = response.Parameters
    return made.SubscriptionId, made.RevisedPublishingInterval * made.RevisedMaxKeepAliveCount / 1000


async def republish(client: UaClient, subscription: int, sequence: int) -> Message | None:
    """Have a message sent again; None if the server has it no more, or never had it."""
    from asyncua import ua

    try:
        found = await client.uaclient.session.republish(subscription, sequence)
    except ua.UaStatusCodeError as error:
        if error.code == ua.StatusCodes.BadMessageNotAvailable:
            return None
        raise
    if found.SequenceNumber != sequence:  # asyncua's server answers with an empty message
        return None
    binary = ua.ua_binary.struct_to_binary(ua.PublishResult(subscription, NotificationMessage=found))
    return message(binary, 0)


async def transfer(client: UaClient, subscription: int) -> bool:
    """Whether the session of before still has its subscription, whose messages now come this way."""
    from asyncua import ua

    parameters = ua.TransferSubscriptionsParameters()
    parameters.SubscriptionIds = [subscription]
    try:
        (result,) = await client.uaclient.session.transfer_subscriptions(parameters)
    except ua.UaStatusCodeError as error:
        _LOG.info("subscription %d is not transferred: %s", subscription, error)
        return False
    return bool(result.StatusCode.is_good() or result.StatusCode.value == ua.StatusCodes.BadNothingToDo)


class Monitored(NamedTuple):
    """What a server says to the wish to monitor a node, and how often it looks at it."""

    status: ua.StatusCode
    sampling_s: float


async def monitor(
    client: UaClient, subscription: int, nodes: Mapping[int, str], settings: Subscription
) -> dict[int, Monitored]:
    """Ask for the values of nodes, by handle; give what the server says to each."""
    from asyncua import ua

    bad: dict[int, Monitored] = {}
    wanted = ua.CreateMonitoredItemsParameters()
    wanted.SubscriptionId = subscription
    wanted.TimestampsToReturn = ua.TimestampsToReturn.Both
    handles: list[int] = []
    for handle, text in nodes.items():
        try:
            node = ua.NodeId.from_string(text)
        except ua.UaError:
            bad[handle] = Monitored(ua.StatusCode(ua.StatusCodes.BadNodeIdInvalid), 0.0)
            continue
        item = ua.MonitoredItemCreateRequest()
        item.ItemToMonitor.NodeId = node
        item.ItemToMonitor.AttributeId = ua.AttributeIds.Value
        item.MonitoringMode = ua.MonitoringMode.Reporting
        item.RequestedParameters.ClientHandle = handle
        item.RequestedParameters.SamplingInterval = settings.sampling_s * 1000
        item.RequestedParameters.QueueSize = settings.queue
        item.RequestedParameters.DiscardOldest = True
        wanted.ItemsToCreate.append(item)
        handles.append(handle)
    results = await client.uaclient.session.create_monitored_items(wanted) if handles else []
    made = (Monitored(one.StatusCode, one.RevisedSamplingInterval / 1000) for one in results)
    return bad | dict(zip(handles, made, strict=True))
