"""The page's own files, from memory.

A page view takes a file for each module. `StaticFiles` hands each of them to threads several times, and each
time the answer waits for a processor that studies keep busy.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import Response

_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml", ".html": "text/html"}
"""Said here, since a system may know them otherwise or not at all."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file as it was read."""

    state: tuple[int, int]
    content: bytes
    tag: str


@dataclass(frozen=True, slots=True)
class PageFiles:
    """Files below a folder; one that has changed is read again."""

    root: Path
    _kept: dict[str, _Kept] = field(default_factory=dict)

    def answer(self, name: str, headers: Mapping[str, str]) -> Response:
        """The file of a name (`index.html` for none); 304 where the browser has it as it is."""
        from fastapi import HTTPException, Response

        kept = self._read(name or "index.html")
        if kept is None:
            raise HTTPException(404, "Not Found")
        said = {"etag": kept.tag}
        if kept.tag in headers.get("if-none-match", ""):
            return Response(status_code=304, headers=said)
        return Response(kept.content, headers=said, media_type=_type_of(name or "index.html"))

    def _read(self, name: str) -> _Kept | None:
        """Content and tag; None: there is no such file below the folder."""
        if name not in self._kept and not self._is_below(name):
            return None
        path = self.root / name
        try:
            facts = path.stat()
            state = facts.st_mtime_ns, facts.st_size
            kept = self._kept.get(name)
            if kept is None or kept.state != state:
                content = path.read_bytes()
                kept = self._kept[name] = _Kept(state, content, f'"{sha256(content).hexdigest()[:32]}"')
        except OSError:
            return None
        return kept

    def _is_below(self, name: str) -> bool:
        try:
            path = (self.root / name).resolve()
            return path.is_file() and path.is_relative_to(self.root.resolve())
        except (OSError, ValueError):  # a name that no system takes
            return False


def _type_of(name: str) -> str:
    ending = Path(name).suffix
    return _TYPES.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"
