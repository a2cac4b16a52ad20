"""Values of tags as a frame."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import polars as pl

from zhizao.records import GOOD, SAMPLES, STALE, values

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_values_have_the_types_of_samples() -> None:
    frame = values([("a/State", NOON, None, "busy", GOOD), ("a/Count", NOON, 3, None, STALE)])
    assert dict(frame.schema) == {n: SAMPLES[n] for n in ("tag", "time", "number", "text", "status")}
    assert frame["status"].to_list() == [0, 0x80310000]


def test_times_are_utc_whatever_their_zone() -> None:
    shanghai = datetime(2026, 3, 2, 20, tzinfo=timezone(timedelta(hours=8)))
    rows = [("a", t, 1.0, None, GOOD) for t in (NOON, shanghai, NOON.replace(tzinfo=None))]
    assert values(rows)["time"].to_list() == [NOON] * 3


def test_no_values_are_a_frame_without_rows() -> None:
    assert values([]).height == 0
    assert values([]).schema["time"] == pl.Datetime("us", "UTC")
