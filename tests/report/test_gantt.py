"""The columns of a Gantt chart: what the widget is given."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from zhizao.report import Closed, Gantt, GanttRow
from zhizao.report.gantt import NONE, columns

DAY = datetime(2026, 1, 5, 8)
HOUR = timedelta(hours=1)


def test_rows_become_columns_with_each_name_once() -> None:
    rows = [
        GanttRow(
            "saw", DAY, DAY + HOUR, "process", "A", lot="A-1", order="A", due=DAY + 2 * HOUR, late_s=-60.0
        ),
        GanttRow("saw", DAY + HOUR, DAY + 1.5 * HOUR, "setup", "", frozen=True),
        GanttRow("press", DAY + HOUR, DAY + 3 * HOUR, "process", "A", lot="A-2", order="A"),
    ]
    found = columns(Gantt("g", rows, closed=[Closed(["press", "none"], [(DAY, DAY + HOUR)])]))
    assert found["origin"] == "2026-01-05T08:00:00"
    assert (found["start"], found["end"]) == ([0, 3600, 3600], [3600, 5400, 10800])
    assert [found["names"]["unit"][place] for place in found["unit"]] == ["saw", "saw", "press"]
    assert found["order"] == [0, NONE, 0]
    assert found["due"] == [7200, None, None]
    assert found["late"] == [-60, None, None]
    assert found["frozen"] == [0, 1, 0]
    assert found["off"] == [{"units": [1], "spans": [0, 3600]}]
    assert found["frozen_until"] is None
    assert not {"worker", "batch", "product"} & found.keys(), "what no row knows is left out"


def test_times_count_from_a_whole_second_so_that_the_axis_is_right() -> None:
    late = DAY + timedelta(seconds=0.75)
    found = columns(Gantt("g", [GanttRow("m", late, late + HOUR, "process")]))
    assert (found["origin"], found["start"]) == ("2026-01-05T08:00:00", [0.75])


def test_lots_of_a_batch_share_its_number_and_batches_of_other_units_do_not() -> None:
    rows = [GanttRow(unit, DAY, DAY + HOUR, "process", batch=batch) for unit, batch in
            (("oven", "b1"), ("oven", "b1"), ("kiln", "b1"), ("oven", ""))]  # fmt: skip
    found = columns(Gantt("g", rows))["batch"]
    assert found[0] == found[1] != found[2] != NONE
    assert found[3] == NONE


def test_columns_of_many_rows_are_small() -> None:
    """Under 100 bytes for a row, where a row as an object takes three times that."""
    import json

    times = [DAY + n * HOUR for n in range(2001)]
    rows = [
        GanttRow("m", one, other, "process", f"O{n // 9}", f"L{n // 3}", f"O{n // 9}", "p", f"o{n % 3}")
        for n, (one, other) in enumerate(pairwise(times))
    ]
    assert len(json.dumps(columns(Gantt("g", rows)), separators=(",", ":"))) < 100 * len(rows)
