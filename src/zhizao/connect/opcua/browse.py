"""What a server offers: its variables with their paths."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import polars as pl

from zhizao.connect.opcua import connection
from zhizao.connect.opcua.settings import Endpoint
from zhizao.quantities.errors import InputError

if TYPE_CHECKING:
    from asyncua import Client as UaClient
    from asyncua import ua

_AT_ONCE = 100  # nodes of one request
VARIABLES = {"path": pl.String, "node": pl.String, "type": pl.String, "access": pl.String}
"""Columns of `browse`: names from the Objects folder down, node id, data type, `read`, `write` or both."""
_READ, _WRITE = 1, 2  # bits of an access level (OPC 10000-3, 8.57)


def browse(endpoint: Endpoint, *, server_nodes: bool = False) -> pl.DataFrame:
    """List the variables of a server.

    Parameters
    ----------
    endpoint : the server and how to connect to it.
    server_nodes : list what the server says of itself, too (some hundred nodes of namespace 0).

    Raises
    ------
    SecurityError
        If the server is not trusted, or offers no encryption.
    InputError
        If it does not answer.
    """
    return asyncio.run(browse_async(endpoint, server_nodes=server_nodes))


async def browse_async(endpoint: Endpoint, *, server_nodes: bool = False) -> pl.DataFrame:
    """List the variables of a server, within a running event loop; see `browse`."""
    try:
        client = await connection.prepared(endpoint)
        await connection.open_session(client, endpoint)
        try:
            found = await _variables(client, server_nodes)
            rows = await _described(client, found)
        finally:
            await connection.close(client)
    except connection.lost() as error:
        raise InputError(f"{endpoint.url}: {error or type(error).__name__}; is the server running?") from None
    return pl.DataFrame(rows, schema=VARIABLES, orient="row").sort("path")


async def _variables(client: UaClient, server_nodes: bool) -> dict[ua.NodeId, str]:
    """Walk down from the Objects folder; a node that is reached twice keeps its first path."""
    from asyncua import ua

    level = {ua.NodeId(ua.ObjectIds.ObjectsFolder): ""}
    seen = set(level)
    if not server_nodes:
        seen.add(ua.NodeId(ua.ObjectIds.Server))
    variables: dict[ua.NodeId, str] = {}
    while level:
        below: dict[ua.NodeId, str] = {}
        for parent, reference in await _children(client, list(level)):
            node = ua.NodeId(reference.NodeId.Identifier, reference.NodeId.NamespaceIndex)
            if node in seen:
                continue
            seen.add(node)
            path = f"{level[parent]}/{reference.BrowseName.Name}".lstrip("/")
            below[node] = path
            if reference.NodeClass == ua.NodeClass.Variable and (node.NamespaceIndex or server_nodes):
                variables[node] = path
        level = below
    return variables


async def _children(
    client: UaClient, nodes: list[ua.NodeId]
) -> list[tuple[ua.NodeId, ua.ReferenceDescription]]:
    """Give objects and variables directly below nodes, in as many answers as the server needs."""
    from asyncua import ua

    session = client.uaclient.session
    found: list[tuple[ua.NodeId, ua.ReferenceDescription]] = []
    for start in range(0, len(nodes), _AT_ONCE):
        batch = nodes[start : start + _AT_ONCE]
        parameters = ua.BrowseParameters()
        parameters.NodesToBrowse = [_below(node) for node in batch]
        results = list(zip(batch, await session.browse(parameters), strict=True))
        while results:
            found += [(node, reference) for node, result in results for reference in result.References or ()]
            rest = [(node, result.ContinuationPoint) for node, result in results if result.ContinuationPoint]
            if not rest:
                break
            more = ua.BrowseNextParameters()
            more.ContinuationPoints = [point for _, point in rest]
            answers = await session.browse_next(more)
            results = [(node, answer) for (node, _), answer in zip(rest, answers, strict=True)]
    return found


def _below(node: ua.NodeId) -> ua.BrowseDescription:
    from asyncua import ua

    return ua.BrowseDescription(
        NodeId=node,
        BrowseDirection=ua.BrowseDirection.Forward,
        ReferenceTypeId=ua.NodeId(ua.ObjectIds.HierarchicalReferences),
        IncludeSubtypes=True,
        NodeClassMask=ua.NodeClass.Object | ua.NodeClass.Variable,
        ResultMask=ua.BrowseResultMask.All,
    )


async def _described(client: UaClient, variables: dict[ua.NodeId, str]) -> list[tuple[str, str, str, str]]:
    """Add data type and access to the variables."""
    from asyncua import ua

    nodes = list(variables)
    rows: list[tuple[str, str, str, str]] = []
    session = client.uaclient.session
    for start in range(0, len(nodes), _AT_ONCE):
        batch = nodes[start : start + _AT_ONCE]
        types = await session.read_attributes(batch, ua.AttributeIds.DataType)
        levels = await session.read_attributes(batch, ua.AttributeIds.UserAccessLevel)
        for node, kind, level in zip(batch, types, levels, strict=True):
            rows.append((variables[node], node.to_string(), _type(kind), _access(level)))
    return rows


def _type(found: ua.DataValue) -> str:
    """Give the name of a data type of OPC UA itself, or the node id of another."""
    from asyncua import ua

    kind = found.Value.Value if found.Value is not None else None
    if not isinstance(kind, ua.NodeId):
        return ""
    if kind.NamespaceIndex == 0 and isinstance(kind.Identifier, int):
        return str(ua.ObjectIdNames.get(kind.Identifier, kind.to_string()))
    return str(kind.to_string())


def _access(found: ua.DataValue) -> str:
    level = found.Value.Value if found.Value is not None else None
    bits = level if isinstance(level, int) else 0
    return " ".join(word for bit, word in ((_READ, "read"), (_WRITE, "write")) if bits & bit)
