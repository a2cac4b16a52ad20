"""Ranges of sequences against a set of keys, whatever arrives in whatever order."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from zhizao.connect.store.held import HELD, extended, fresh, missing

KEYS = st.lists(st.tuples(st.integers(1, 2), st.integers(0, 30)), max_size=12)


def frame(keys: list[tuple[int, int]]) -> pl.DataFrame:
    return pl.DataFrame(keys, schema={"origin": pl.Int64, "sequence": pl.Int64}, orient="row")


def covered(ranges: pl.DataFrame) -> list[tuple[int, int]]:
    return [(origin, k) for origin, first, last in ranges.rows() for k in range(first, last + 1)]


@given(st.lists(KEYS, max_size=6))
def test_ranges_hold_the_keys_of_all_batches_and_each_is_new_once(
    batches: list[list[tuple[int, int]]],
) -> None:
    held, naive = pl.DataFrame(schema=HELD), set[tuple[int, int]]()
    for batch in batches:
        new = fresh(frame(batch), held)
        assert new.rows() == sorted(set(batch) - naive)
        held, naive = extended(held, new), naive | set(batch)
        assert covered(held) == sorted(naive)
    tops = {origin: max(k for o, k in naive if o == origin) for origin, _ in naive}
    lacking = [
        (origin, k) for origin in sorted(tops) for k in range(tops[origin]) if (origin, k) not in naive
    ]
    assert covered(missing(held)) == lacking
    touching = held.filter(pl.col("first") == pl.col("last").shift(1).over("origin") + 1)
    assert touching.is_empty(), "ranges that touch are one"
