"""Rows come back from chunks as they were, to the bit."""

from __future__ import annotations

import math
import struct

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from zhizao.connect.store.base import ROWS
from zhizao.connect.store.chunks import CHUNK, HOUR_US, packed, unpacked

ROW = st.tuples(
    st.integers(1, 3),
    st.integers(-3 * HOUR_US, 3 * HOUR_US),
    st.integers(1, 2),
    st.integers(0, 2**63 - 1),
    st.integers(-(2**63), 2**63 - 1),
    st.none() | st.floats(),
    st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from([0, 1, 0x80000000, 0xFFFFFFFF]),
)


def bits(rows: list[tuple[object, ...]]) -> list[str]:
    """Rows as texts that tell -0.0 from 0.0 and compare NaN."""
    return sorted(
        repr([struct.pack(">d", x).hex() if isinstance(x, float) and not math.isnan(x) else x for x in row])
        for row in rows
    )


@given(st.lists(ROW, min_size=1, max_size=40))
def test_rows_come_back_and_no_chunk_mixes_tags_origins_or_hours(rows: list[tuple[object, ...]]) -> None:
    frame = pl.DataFrame(rows, schema=ROWS, orient="row")
    chunks = [dict(zip(CHUNK, chunk, strict=True)) for chunk in packed(frame)]
    keys = [(c["tag"], c["origin"], c["first_us"] // HOUR_US) for c in chunks]
    assert len(set(keys)) == len(keys)
    assert set(keys) == {(tag, origin, time // HOUR_US) for tag, time, origin, *_ in rows}  # type: ignore[operator]
    names = ["tag", "count", *(name for name in ROWS if name != "tag")]
    found = unpacked([tuple(c[name] for name in names) for c in chunks], names).select(*ROWS)
    assert found.schema == frame.schema
    assert bits(found.rows()) == bits(frame.rows())
    times = found.group_by("tag", "origin", pl.col("time_us").alias("hour") // HOUR_US).agg(
        pl.col("time_us").min().alias("first"), pl.col("time_us").max().alias("last"), pl.len()
    )
    stated = [(c["tag"], c["origin"], c["first_us"], c["last_us"], c["count"]) for c in chunks]
    assert sorted(stated) == sorted(times.select("tag", "origin", "first", "last", "len").rows())


def test_columns_of_no_chunk_have_their_types() -> None:
    assert unpacked([], ["tag", "count", "time_us", "text"]).schema == {
        "tag": pl.Int32,
        "time_us": pl.Int64,
        "text": pl.String,
    }
