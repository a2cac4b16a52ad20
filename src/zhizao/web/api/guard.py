"""Who may ask: only pages of this server change anything, and where there is a token, only who has it."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "zhizao-token"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SAFE = ("GET", "HEAD", "OPTIONS")
_POLICY = (  # nothing from another host, no script in the page's text; charts carry colours as styles
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-cache"),
)


@dataclass(frozen=True, slots=True)
class Guard:
    """Checks of every request, before the app sees it.

    `hosts` are the names under which the server may be called; a page of another name that a DNS server
    points here (DNS rebinding) is refused. Empty: any name, which needs a token.
    """

    app: App
    hosts: frozenset[str]
    token: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if self.hosts and _name(host) not in self.hosts:
            await _refuse(send, 403, f"found the host {host[:80]}; right is {', '.join(sorted(self.hosts))}")
        elif scope["method"] not in _SAFE and _is_foreign(headers, host):
            await _refuse(send, 403, "found a request from a page of another origin")
        elif self.token is None:
            await self.app(scope, receive, _with_headers(send))
        elif scope["path"] == "/" and asked and self._is_right(asked):
            await _let_in(send, self.token)
        elif not self._is_right(_token_of(headers)):
            await _refuse(send, 401, "found no valid token; open the address that `zhizao serve` has printed")
        else:
            await self.app(scope, receive, _with_headers(send))

    def _is_right(self, token: str) -> bool:
        return self.token is not None and secrets.compare_digest(token.encode(), self.token.encode())


def _name(host: str) -> str:
    """Host without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_foreign(headers: dict[str, str], host: str) -> bool:
    """Whether a browser says that a page from elsewhere asks; programs say nothing, and are no page."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != host.lower()


def _token_of(headers: dict[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[COOKIE].value if COOKIE in cookies else ""


def _with_headers(send: Send) -> Send:
    """Add the headers of safety to an answer that lacks them."""

    async def on(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            there = {name.lower() for name, _ in message.get("headers", ())}
            more = [one for one in _HEADERS if one[0] not in there]
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        await send(message)

    return on


async def _refuse(send: Send, status: int, detail: str) -> None:
    body = detail.encode("utf-8", "replace")
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _let_in(send: Send, token: str) -> None:
    """Keep the token as a cookie that no script and no other site can use, and take it out of the address."""
    cookie = f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict"
    headers = [(b"location", b"/"), (b"set-cookie", cookie.encode()), *_HEADERS]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
