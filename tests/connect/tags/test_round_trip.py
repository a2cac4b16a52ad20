"""What a plant did, said as values of tags and read again, is what it did."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from zhizao import Session, read_plant
from zhizao.connect.tags import TagReader, TagRules, TagWriter
from zhizao.plant import Plant
from zhizao.quantities import InputError
from zhizao.records import Value, values

EXAMPLES = Path(__file__).parents[3] / "examples" / "plants"
ROW = ["unit", "start", "end", "lot", "order", "product", "operation", "work_center", "activity"]
WORK = ["pieces_in", "pieces_good", "pieces_scrap", "pieces_rework"]


def said(plant: Plant, hours: float, every_s: float = 900.0) -> tuple[Session, list[list[Value]]]:
    """A run in steps, and the values of each."""
    session, writer = Session(plant, seed=1), TagWriter(plant)
    steps = []
    for _ in range(round(hours * 3600 / every_s)):
        session.advance(timedelta(seconds=every_s))
        steps.append(writer.step(session.records(), session.snapshot(exact=False)))
    return session, steps


@pytest.mark.parametrize(
    "name", ["bracket-shop", "garment", "one-machine", "furnace", "assembly-kanban", "night-shift"]
)
def test_what_is_read_is_what_was_done(name: str) -> None:
    plant = read_plant(EXAMPLES / f"{name}.yaml")
    session, steps = said(plant, hours=12)
    reader = TagReader(TagRules(plant, {}))
    for step in steps:
        reader.feed(values(step))
        assert reader.clock is not None
        reader.read(reader.clock)
    units = [unit.id for center in plant.work_centers for unit in center.units]
    done = session.records().events
    assert done is not None
    done, read = done.filter(pl.col("unit").is_in(units)).sort(ROW), reader.events().sort(ROW)
    assert done.height > 2
    assert read.select(ROW).equals(done.select(ROW))
    ended = pl.col("end").is_not_null() & (pl.col("activity").cast(pl.String) == "process")
    assert read.filter(ended).select(WORK).equals(done.filter(ended).select(WORK))
    batches = ((f.filter(pl.col("batch").is_not_null()).group_by("batch").len().height) for f in (done, read))
    assert len(set(batches)) == 1
    lots = session.records().lots
    assert (
        reader.lots()
        .select("lot", "completed")
        .sort("lot")
        .equals(lots.select("lot", "completed").sort("lot"))
    )


def test_local_times_are_those_of_the_zone_of_the_plant() -> None:
    plant = read_plant(EXAMPLES / "one-machine.yaml")
    session, shanghai = Session(plant), ZoneInfo("Asia/Shanghai")
    session.advance(3600.0)
    step = TagWriter(plant, shanghai).step(session.records(), session.snapshot(exact=False))
    first = values(step)["time"].min()
    assert isinstance(first, datetime)
    assert plant.start - first.replace(tzinfo=None) == timedelta(hours=8)
    reader = TagReader(TagRules(plant, {}), shanghai)
    reader.feed(values(step))
    reader.read(session.now)
    assert reader.events()["start"].min() == session.records().events["start"].min()  # type: ignore[index]


def test_a_cascade_is_refused() -> None:
    plant = read_plant(EXAMPLES / "litho-cell.yaml")
    with pytest.raises(InputError, match="cascade"):
        said(plant, hours=2)
