"""What follows what: by hand, against plain loops, log beside twin."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

import polars as pl
import pytest

import zhizao
from tests.studies.plants import line
from tests.studies.validate.plants import log_of, roomy
from zhizao.records import EVENTS, Records, conform, records_from_events
from zhizao.studies.process_map.paths import END, START, paths_of


def by_hand() -> Records:
    """Two lots through saw and press; one goes back to the saw, with a set-up before its work."""
    rows = [
        ("A", "cut", "saw", "setup", 8, 9),
        ("A", "cut", "saw", "process", 9, 10),
        ("A", "drill", "press", "process", 12, 13),
        ("A", "drill", "press", "inspect", 13, 14),
        ("B", "cut", "saw", "process", 10, 11),
        ("B", "drill", "press", "process", 15, 16),
        ("B", "cut", "saw", "process", 16, 18),
    ]
    frame = pl.DataFrame(
        rows, schema=["lot", "operation", "work_center", "activity", "start", "end"], orient="row"
    )
    hours = [
        pl.datetime(2026, 6, 1, pl.col(name)).cast(pl.Datetime("us")).alias(name) for name in ("start", "end")
    ]
    return records_from_events(conform(frame.with_columns(hours), EVENTS))


def test_steps_waits_and_ways_by_hand() -> None:
    found = paths_of(by_hand(), "operation")
    steps = {(r["source"], r["target"]): (r["count"], r["wait_h"]) for r in found.steps.to_dicts()}
    assert steps == {
        (START, "cut"): (2, None),
        ("cut", "drill"): (2, 3.0),  # 2 h and 4 h
        ("drill", "cut"): (1, 0.0),
        ("drill", END): (1, None),
        ("cut", END): (1, None),
    }
    places = {r["place"]: (r["visits"], r["work_h"]) for r in found.places.to_dicts()}
    assert places == {"cut": (3, 2.0), "drill": (2, 1.5)}
    assert {tuple(r["way"]): r["lots"] for r in found.ways.to_dicts()} == {
        ("cut", "drill"): 1,
        ("cut", "drill", "cut"): 1,
    }


def test_where_lots_wait_most_goes_by_all_their_waiting() -> None:
    """Most lots do not wait before the press, but one waits 40 h; before the oven each waits half an hour."""
    start = datetime(2026, 6, 1)
    rows = []
    for lot in range(9):
        begun = start + timedelta(hours=lot)
        late = timedelta(hours=40) if lot == 0 else timedelta()
        for place, after_h in (("saw", 0.0), ("press", 1.0), ("oven", 2.5)):
            at = begun + timedelta(hours=after_h) + (late if place != "saw" else timedelta())
            rows.append((f"L{lot}", place, place, "process", at, at + timedelta(hours=1)))
    names = ["lot", "operation", "work_center", "activity", "start", "end"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    found = zhizao.process_map(records_from_events(conform(frame, EVENTS)))
    assert "from saw to press, 9 times, mean 4.44 h, median 0 h" in found.key_points()[1]


def test_a_second_way_to_the_same_numbers() -> None:
    log = log_of(line(), days=4)
    assert log.events is not None
    of: dict[str, list[tuple[datetime, datetime | None, str]]] = defaultdict(list)
    begun = {r["lot"]: r["release"] >= log.start for r in log.lots.to_dicts()}
    for row in log.events.sort("start", "end").to_dicts():
        if row["lot"] is None or row["operation"] is None or not begun[row["lot"]]:
            continue
        if row["activity"] in ("process", "setup", "inspect"):
            of[row["lot"]].append((row["start"], row["end"], row["operation"]))
    counts: Counter[tuple[str, str]] = Counter()
    waits = defaultdict(list)
    for rows in of.values():
        for (_, end, one), (start, _, other) in pairwise(rows):
            if one != other and end is not None:
                counts[one, other] += 1
                waits[one, other].append((start - end).total_seconds() / 3600)
    found = paths_of(log, "operation")
    steps = {(r["source"], r["target"]): r for r in found.steps.to_dicts() if r["wait_h"] is not None}
    assert counts
    for step, count in counts.items():
        assert steps[step]["count"] == count
        assert steps[step]["wait_h"] == pytest.approx(median(waits[step]))


def test_a_twin_beside_its_own_log_takes_the_same_steps() -> None:
    plant = roomy()
    found = zhizao.process_map(log_of(plant, days=200), plant, days=100, seed=3)
    table = found.table().filter(pl.col("log_per_lot").is_not_null())
    assert table["twin_per_lot"].null_count() == 0
    assert ((table["log_per_lot"] - table["twin_per_lot"]).abs() < 0.06).all()
    assert found.paths["twin"].lots > 5 * 100 * 5, "five runs are pooled"
    one = zhizao.process_map(log_of(plant, days=200), plant, days=100, seed=3, products=["door"])
    assert set(one.table()["source"]) == {START, "cut", "coat"}


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(zhizao.InputError, match="neither a log nor a plant"):
        zhizao.process_map()
    with pytest.raises(zhizao.InputError, match="did you mean 'door'"):
        zhizao.process_map(log_of(roomy(), days=4), products=["dor"])
    with pytest.raises(zhizao.InputError, match="operation or work_center"):
        zhizao.process_map(by_hand(), level="unit")
    with pytest.raises(zhizao.InputError, match="no lot that starts within"):
        zhizao.process_map(
            Records(datetime(2026, 7, 1), datetime(2026, 7, 2), by_hand().lots, by_hand().events)
        )
