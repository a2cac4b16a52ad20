"""The bytes of a log, compressed or not, in pieces; a damaged file is no internal error."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from zhizao.quantities.errors import LogError

PIECE = 1 << 18  # bytes
LINE_LIMIT = 1_000_000  # bytes; a longer line or element is a damaged file, not a log row
_GZIP = b"\x1f\x8b"


def open_log(path: Path) -> BinaryIO:
    """Open a log for reading; what is compressed with gzip is unpacked on the way, whatever its name."""
    try:
        return cast(BinaryIO, gzip.open(path, "rb")) if is_packed(path) else path.open("rb")
    except OSError as error:
        raise LogError(f"{path}: cannot be read: {error.strerror or error}") from error


def is_packed(path: Path) -> bool:
    """Whether a file is compressed with gzip."""
    with path.open("rb") as stream:
        return stream.read(2) == _GZIP


def pieces(path: Path) -> Iterator[bytes]:
    """The content of a log piece by piece.

    Raises
    ------
    LogError
        The file cannot be read, or ends before its compressed content does.
    """
    with open_log(path) as stream:
        while piece := _read(stream, path, PIECE):
            yield piece


def _read(stream: BinaryIO, path: Path, count: int) -> bytes:
    try:
        return stream.read(count)
    except EOFError as error:
        raise LogError(
            f"{path}: the compressed file ends too early; it was cut short: copy or export it again"
        ) from error
    except (OSError, zlib.error) as error:
        raise LogError(f"{path}: cannot be read: {error}; copy or export it again") from error


def first_bytes(path: Path, count: int) -> bytes:
    """The first bytes of a log's content."""
    with open_log(path) as stream:
        return _read(stream, path, count)
