"""Rows in a few wide rows: the samples of one tag in one hour as arrays of bytes, to be read as arrays.

A database that handles rows one by one then handles a hundredth of them. Times, sequences and numbers are
big-endian 64-bit words, so that SQL can read them as well (`postgres.py`, the view `samples`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import polars as pl

from zhizao.connect.store.base import ROWS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HOUR_US = 3600 * 1_000_000
"""No chunk goes across a full hour (UTC), so that its last time tells the least that its first can be."""

NO_NUMBER = 0x7FF87A68697A616F
"""The bits of a number that is null: a NaN that no arithmetic makes ("zhizao" in its payload)."""

WORDS = ("time_us", "sequence", "received_us")

CHUNK: dict[str, str] = {
    "tag": "int4",
    "origin": "int4",
    "first_us": "int8",
    "last_us": "int8",
    "count": "int4",
    "time_us": "bytea",
    "sequence": "bytea",
    "received_us": "bytea",
    "number": "bytea",
    "status": "bytea",
    "text": "text[]",
}
"""Columns of the table `chunk`, and types. `number` and `text` are null if all are, `status` if all are 0."""

Chunk = tuple[Any, ...]
"""Values of `CHUNK`."""


def packed(rows: pl.DataFrame) -> list[Chunk]:
    """Give the chunks of rows (`ROWS`): one per tag, origin and hour, by time and sequence inside."""
    import numpy as np

    hour = pl.col("time_us") // HOUR_US
    by_chunk = rows.sort("tag", "origin", hour, "time_us", "sequence")
    key = by_chunk.select(pl.struct("tag", "origin", hour).rle_id()).to_series().to_numpy()
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    ends = np.append(starts[1:], len(by_chunk))
    tags, origins, times, status = (
        by_chunk[name].to_numpy() for name in ("tag", "origin", "time_us", "status")
    )
    bounds = list(zip(starts.tolist(), ends.tolist(), strict=True))
    numbers = by_chunk["number"]
    return list(
        zip(
            tags[starts].tolist(),
            origins[starts].tolist(),
            times[starts].tolist(),
            times[ends - 1].tolist(),
            (ends - starts).tolist(),
            *(_sliced(by_chunk[name].to_numpy().astype(">i8"), bounds) for name in WORDS),
            _sliced(_bits(numbers), bounds, numbers.is_not_null().to_numpy()),
            _sliced(status.astype(">u4"), bounds, status != 0),
            _texts(by_chunk["text"], bounds),
            strict=True,
        )
    )


def unpacked(chunks: Sequence[Chunk], columns: Sequence[str]) -> pl.DataFrame:
    """Give columns of rows (`ROWS`) from `columns` of chunks, which begin with `tag` and `count`."""
    import numpy as np

    if not chunks:
        return pl.DataFrame(schema={name: ROWS[name] for name in columns if name != "count"})
    by_name = dict(zip(columns, zip(*chunks, strict=True), strict=True))
    counts = by_name.pop("count")
    found: dict[str, pl.Series] = {}
    for name, values in by_name.items():
        if name in ("tag", "origin"):
            found[name] = pl.Series(np.repeat(np.array(values, np.int32), counts))
        elif name == "text":
            found[name] = _column_of_texts(values, counts)
        elif name == "status":
            found[name] = pl.Series(_array(values, counts, ">u4", b"\0\0\0\0").astype(np.int64))
        else:
            bits = _array(values, counts, ">i8", NO_NUMBER.to_bytes(8, "big")).astype(np.int64)
            found[name] = pl.Series(bits) if name in WORDS else _column_of_numbers(bits)
    return pl.DataFrame(found)


def _bits(numbers: pl.Series) -> NDArray[Any]:
    import numpy as np

    bits = numbers.fill_null(0.0).to_numpy().view(np.int64).astype(">i8")
    bits[numbers.is_null().to_numpy()] = NO_NUMBER
    return bits


def _sliced(
    values: NDArray[Any], bounds: list[tuple[int, int]], matters: NDArray[np.bool_] | None = None
) -> Iterator[bytes | None]:
    """Give the bytes of each chunk, or None for one in which no value matters."""
    data, size = values.tobytes(), values.itemsize
    for some, (a, z) in zip(_any(matters, bounds), bounds, strict=True):
        yield data[size * a : size * z] if some else None


def _texts(texts: pl.Series, bounds: list[tuple[int, int]]) -> Iterator[list[str | None] | None]:
    for some, (a, z) in zip(_any(texts.is_not_null().to_numpy(), bounds), bounds, strict=True):
        yield texts[a:z].to_list() if some else None


def _any(matters: NDArray[np.bool_] | None, bounds: list[tuple[int, int]]) -> list[bool]:
    import numpy as np

    if matters is None:
        return [True] * len(bounds)
    found: list[bool] = np.logical_or.reduceat(matters, [a for a, _ in bounds]).tolist()
    return found


def _array(values: Sequence[bytes | None], counts: Sequence[int], kind: str, empty: bytes) -> NDArray[Any]:
    import numpy as np

    data = b"".join(
        empty * count if value is None else value for value, count in zip(values, counts, strict=True)
    )
    return np.frombuffer(data, kind)


def _column_of_numbers(bits: NDArray[np.int64]) -> pl.Series:
    import numpy as np

    numbers = pl.Series(bits.view(np.float64))
    lacking = bits == NO_NUMBER
    return numbers.set(pl.Series(lacking), None) if lacking.any() else numbers


def _column_of_texts(values: Sequence[list[str | None] | None], counts: Sequence[int]) -> pl.Series:
    flat = chain.from_iterable(
        [None] * count if value is None else value for value, count in zip(values, counts, strict=True)
    )
    return pl.Series(list(flat), dtype=pl.String)
