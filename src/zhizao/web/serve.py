"""Run the app until it is stopped."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from zhizao.quantities import InputError

if TYPE_CHECKING:
    from fastapi import FastAPI

_KEEP_ALIVE_S = 60
"""A reader who comes back to the page within a minute needs no new connections."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,200}")


def check_token(token: str | None) -> None:
    """Refuse a token that is short, or that an address or a cookie would change.

    Raises
    ------
    InputError
        With what would be right.
    """
    if token is not None and not _TOKEN.fullmatch(token):
        raise InputError("--token: right is 8 to 200 letters, digits, - and _")


def run(app: FastAPI, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C; `ready` is called with the address once it is open.

    Raises
    ------
    InputError
        The address is in use, or is none of this computer.
    """
    import uvicorn

    try:
        line = _listen(host, port)
    except OSError as error:
        raise InputError(f"{host}:{port}: cannot listen there ({error.strerror or error})") from error
    name = f"[{host}]" if ":" in host else host
    ready(f"http://{name}:{line.getsockname()[1]}")
    settings = uvicorn.Config(
        app,
        log_level="warning",
        timeout_graceful_shutdown=2,
        timeout_keep_alive=_KEEP_ALIVE_S,
        server_header=False,
    )
    with contextlib.suppress(KeyboardInterrupt):  # raised again by uvicorn once it has ended all
        uvicorn.Server(settings).run(sockets=[line])


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket of a name or an address."""
    family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    line = socket.socket(family, kind, protocol)
    try:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        line.bind(place)
        line.listen(128)
    except OSError:
        line.close()
        raise
    return line
