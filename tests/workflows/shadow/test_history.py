"""The event log of a live plant out of its store: that of the plant itself, and `learn` can read it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from zhizao import Session
from zhizao.cli import main
from zhizao.connect.store import Spool, open_store
from zhizao.plant import read_plant
from zhizao.quantities import InputError
from zhizao.records import values
from zhizao.workflows.shadow.emulate import Emulator
from zhizao.workflows.shadow.history import event_log
from zhizao.workflows.shadow.intake import Intake
from zhizao.workflows.shadow.site import read_site

PLANT = Path(__file__).parents[3] / "examples" / "plants" / "bracket-shop.yaml"
DAYS = 6


@pytest.fixture(name="kept", scope="module")
def _kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pl.DataFrame]:
    """A site whose store has six days of a plant, and the plant's own event log."""
    folder = tmp_path_factory.mktemp("site")
    site = folder / "site.yaml"
    site.write_text(
        f"zhizao-site: 1\nplant: {PLANT}\nzone: Asia/Shanghai\nstore: duckdb:///site.duckdb\nreplay: 30 d\n"
        "sources: [{sparkplug: 'mqtt://127.0.0.1'}]\n",
        encoding="utf-8",
    )
    found = read_site(site)
    plant = read_plant(PLANT)
    emulator = Emulator(plant, 1, start=plant.start, zone=found.time_zone)
    spool, intake = Spool(folder / "plant.spool", source="plant"), Intake(open_store(found.store_url))
    for _ in range(DAYS * 4):
        said, _ = emulator.step(6 * 3600.0)
        spool.append(values(said))
        intake.drain(spool)
    intake.store.close()
    spool.close()
    session = Session(emulator.plant, seed=1)
    session.advance(timedelta(days=DAYS))
    events = session.records().events
    assert events is not None
    return site, events


def begun(events: pl.DataFrame) -> datetime:
    start = events["start"].min()
    assert isinstance(start, datetime)
    return start


def facts(events: pl.DataFrame) -> list[tuple[object, ...]]:
    names = ("unit", "start", "end", "activity", "lot", "operation")
    return sorted(events.select(pl.col(names).cast(pl.String).fill_null("")).rows())


def works(events: pl.DataFrame) -> pl.DataFrame:
    """Rows that a tag can tell: what units do."""
    kinds = ["process", "inspect", "setup", "failure", "maintenance"]
    rows = events.filter(pl.col("activity").cast(pl.String).is_in(kinds) & pl.col("unit").is_not_null())
    return rows.with_columns(pl.col("activity").cast(pl.String).replace("inspect", "process"))


def test_the_log_is_that_of_the_plant(kept: tuple[Path, pl.DataFrame]) -> None:
    site, own = kept
    found = event_log(read_site(site))
    assert found["start"].is_sorted()
    assert found.filter(pl.col("end").is_not_null()).height > 100
    assert facts(found) == facts(works(own))


def test_a_part_of_the_log_is_what_ended_in_it_or_is_open(kept: tuple[Path, pl.DataFrame]) -> None:
    site, own = kept
    start = begun(own)
    since, until = start + timedelta(days=2), start + timedelta(days=4)
    found = event_log(read_site(site), since, until)
    ended = pl.col("end").is_between(since, until, closed="right")
    whole = works(own)
    done = whole.filter(ended)
    assert done.height > 30
    assert facts(found.filter(pl.col("end").is_not_null())) == facts(done)
    still = whole.filter((pl.col("start") <= until) & (pl.col("end").is_null() | (pl.col("end") > until)))
    assert facts(found.filter(pl.col("end").is_null())) == facts(still.with_columns(end=None))


def test_the_command_writes_what_learn_reads(
    kept: tuple[Path, pl.DataFrame], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site, _ = kept
    for name in ("log.parquet", "log.csv"):
        assert main(["connect", "log", str(site), "-o", str(tmp_path / name)]) == 0
    assert " rows" in capsys.readouterr().out
    assert main(["learn", str(tmp_path / "log.parquet"), "-o", str(tmp_path / "plant.yaml")]) == 0
    learned = read_plant(tmp_path / "plant.yaml")
    assert {c.id for c in learned.work_centers} == {c.id for c in read_plant(PLANT).work_centers}
    assert main(["connect", "log", str(site), "-o", str(tmp_path / "log.xls")]) == 2
    assert "FILE.parquet" in capsys.readouterr().err


def test_a_time_of_which_nothing_is_kept_is_named(kept: tuple[Path, pl.DataFrame]) -> None:
    site, own = kept
    late = begun(own) + timedelta(days=400)
    with pytest.raises(InputError, match="found no value from"):
        event_log(read_site(site), late, late + timedelta(days=1))
