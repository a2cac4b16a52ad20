"""The largest body of a request: it is refused before it fills the memory."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from zhizao.web.api.guard import App, Receive, Scope, Send

BODY_BYTES = 2**20
"""Largest JSON body; a job with all its options takes a few thousand bytes."""
_UPLOAD = re.compile(r"/api/files/[^/]*")
"""Uploads are written as they come in; their route counts them itself."""


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """Refuse larger bodies, whether they say their length or not."""

    app: App
    most: int = BODY_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; reading more than the limit ends it."""
        if scope["type"] != "http" or (scope["method"] == "PUT" and _UPLOAD.fullmatch(scope["path"])):
            await self.app(scope, receive, send)
            return
        await self.app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        from fastapi import HTTPException

        size = 0

        async def on() -> MutableMapping[str, Any]:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self.most:
                raise HTTPException(413, f"the body is larger than {self.most / 2**20:g} MB")
            return message

        return on
