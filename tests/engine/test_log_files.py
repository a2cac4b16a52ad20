"""Event logs that go to files while the twin runs."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest

from tests.engine.shops import op, records, shop
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.experiments.window import wip_growth
from zhizao.kpi import elements, values
from zhizao.kpi.series import lead_times, wip_over_time
from zhizao.kpi.steady import steady_lead_time
from zhizao.plant import Plant
from zhizao.quantities import InputError
from zhizao.records import (
    EVENTS,
    LOTS,
    Records,
    TableFile,
    read_records,
    scan_events,
    with_events,
    write_records,
)

engine_run = import_module("zhizao.engine.run")  # its name in the package is that of its function
engine_state = import_module("zhizao.engine.state")
stream = import_module("zhizao.engine.stream")
BROKEN = [{"between": "exponential(3 h)", "repair": "exponential(20 min)"}]
ROOT = Path(__file__).resolve().parents[2]
PLANT = shop(
    [{"id": "m", "failures": BROKEN}, {"id": "n"}],
    [op("a", "m", takes="exponential(8 min)"), op("b", "n", takes="exponential(9 min)", delay="2 d")],
    orders=[
        {"product": "p", "every": "exponential(12 min)"},
        {"product": "p", "every": "exponential(60 min)", "pieces": 3},
        {"id": "by hand", "product": "p", "pieces": 40, "release": 3600.0},
    ],
    products={"p": {"route": "r", "lot": 2}},
)


def events(found: Records) -> pl.DataFrame:
    read = with_events(found).events
    assert read is not None
    return read


@pytest.fixture
def little_by_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs of a few days are written in many groups of rows."""
    monkeypatch.setattr(engine_state, "_LOG_ROWS", 64)
    monkeypatch.setattr(engine_state, "_EXIT_ROWS", 16)
    monkeypatch.setattr(stream, "_GROUP_ROWS", 256)


@pytest.mark.usefixtures("little_by_little")
@pytest.mark.parametrize("warm_up", [0, 4])
def test_a_log_in_a_file_is_the_log_in_memory(tmp_path: Path, warm_up: int) -> None:
    settings = RunSettings(days=10, warm_up_days=warm_up, replications=2, log=LogLevel.EVENTS)
    inside = run(PLANT, settings).records
    outside = run(PLANT, replace(settings, log_folder=tmp_path)).records
    for a, b, number in zip(inside, outside, (0, 1), strict=True):
        assert b.events is None
        assert b.event_file is not None
        assert b.event_file.path == tmp_path / f"replication-{number}.parquet"
        assert dict(events(b).schema) == EVENTS
        assert events(b).equals(events(a))
        assert isinstance(b.lot_table, TableFile)
        assert b.lots.equals(a.lots)
        assert dict(b.lots.schema) == LOTS
        assert a.states is not None
        assert b.states is not None
        assert b.states.equals(a.states)
    names = [f"replication-{n}{kind}.parquet" for n in (0, 1) for kind in ("-lots", "")]
    assert sorted(p.name for p in tmp_path.iterdir()) == names


def kanban(others: bool) -> Plant:
    """Cards release lots that have no order; `others`: beside lots that have one."""
    feed = [op("feed", "n", takes="exponential(4 min)")]
    build = [op("build", "m", takes="exponential(5 min)", parts={"part": 2})]
    return Plant.model_validate(
        {
            "plant": "cards",
            "work_centers": [{"id": "m"}, {"id": "n"}],
            "routes": {"feed": feed, "build": build},
            "products": {
                "part": {"route": "feed", "lot": 4, "stock": {"kanban": 3}},
                "whole": {"route": "build"},
            },
            "orders": [{"product": "whole", "every": "exponential(12 min)" if others else "40 d"}],
        }
    )


@pytest.mark.usefixtures("little_by_little")
@pytest.mark.parametrize("others", [True, False], ids=["beside orders", "alone"])
@pytest.mark.parametrize("level", [LogLevel.EVENTS, LogLevel.LOTS], ids=str)
def test_lots_of_cards_which_have_no_order_go_to_a_file(
    tmp_path: Path, level: LogLevel, others: bool
) -> None:
    plant, settings = kanban(others), RunSettings(days=10, log=level)
    inside = run(plant, settings).records[0]
    outside = run(plant, replace(settings, log_folder=tmp_path)).records[0]
    assert inside.lots["order"].null_count() > 0
    assert outside.lots.equals(inside.lots)
    if level is LogLevel.EVENTS:
        assert events(outside).equals(events(inside))


@pytest.mark.usefixtures("little_by_little")
@pytest.mark.parametrize("level", [LogLevel.EVENTS, LogLevel.LOTS], ids=str)
def test_kpis_are_the_same_to_the_bit_with_lots_in_a_file(tmp_path: Path, level: LogLevel) -> None:
    settings = RunSettings(days=10, warm_up_days=2, log=level)
    inside = replace(run(PLANT, settings).records[0], events=None)
    outside = run(PLANT, replace(settings, log_folder=tmp_path)).records[0]
    assert isinstance(outside.lot_table, TableFile)
    a, b = (values(elements(found, PLANT)) for found in (inside, outside))
    assert {name: value.hex() for name, value in a.items()} == {n: value.hex() for n, value in b.items()}
    assert wip_over_time(inside).equals(wip_over_time(outside))
    assert lead_times(inside).equals(lead_times(outside))
    assert steady_lead_time(inside) == steady_lead_time(outside)
    assert wip_growth([inside, inside]) == wip_growth([outside, outside])


@pytest.mark.usefixtures("little_by_little")
def test_lots_that_leave_in_any_order_stand_in_the_file_as_in_memory(tmp_path: Path) -> None:
    center = {"id": "m", "units": 3}
    route = [op("a", "m", takes="exponential(30 min)", defects={"share": 0.1, "then": "scrap"})]
    plant = shop([center], route, orders=[{"product": "p", "every": "exponential(9 min)"}])
    inside = records(plant, days=20, log=LogLevel.LOTS)
    outside = records(plant, days=20, log=LogLevel.LOTS, log_folder=tmp_path)
    left = inside.lots["completed"].drop_nulls()
    assert not left.is_sorted()
    assert inside.lots["status"].n_unique() == 3
    assert outside.lots.equals(inside.lots)


@pytest.mark.usefixtures("little_by_little")
def test_a_log_too_large_for_memory_goes_to_files_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = RunSettings(days=10, replications=3, threads=1, log=LogLevel.EVENTS)
    inside = run(PLANT, settings).records
    height = events(inside[0]).height
    lots = inside[0].lots.height
    monkeypatch.setattr(stream.LogRoom.__init__, "__defaults__", (height + lots + 100,))
    with pytest.warns(UserWarning, match="log_folder"):
        found = run(PLANT, settings).records
    assert [r.events is not None for r in found] == [True, False, False]
    assert [events(r).equals(events(a)) for r, a in zip(found, inside, strict=True)] == [True] * 3
    assert [r.lots.equals(a.lots) for r, a in zip(found, inside, strict=True)] == [True] * 3
    assert found[1].event_file is not None
    folder = found[1].event_file.path.parent
    assert len(list(folder.iterdir())) == 4
    del found
    gc.collect()
    assert not folder.exists()


def test_a_log_in_a_file_can_be_asked_without_reading_it(tmp_path: Path) -> None:
    found = records(PLANT, days=3, log_folder=tmp_path)
    scanned = scan_events(found)
    assert scanned is not None
    by_hand = scanned.filter(pl.col("order") == "by hand", pl.col("activity") == "process").collect()
    inside = scan_events(records(PLANT, days=3))
    assert inside is not None
    assert by_hand.equals(inside.filter(order="by hand").filter(pl.col("activity") == "process").collect())
    assert by_hand["lot"].n_unique() == 20
    assert scan_events(records(PLANT, days=1, log=LogLevel.LOTS)) is None


def test_records_with_a_log_in_a_file_are_written_like_others(tmp_path: Path) -> None:
    found = records(PLANT, days=3, log_folder=tmp_path / "logs")
    again = read_records(write_records(found, tmp_path / "records"))
    assert again.events is not None
    assert again.events.equals(events(found))
    assert again.lots.equals(found.lots)


@pytest.mark.usefixtures("little_by_little")
def test_lots_too_many_for_memory_go_to_files_without_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = RunSettings(days=10, replications=2, threads=1)
    inside = run(PLANT, settings).records
    monkeypatch.setattr(stream.LogRoom.__init__, "__defaults__", (inside[0].lots.height + 100,))
    with pytest.warns(UserWarning, match="log_folder"):
        found = run(PLANT, settings).records
    assert [isinstance(r.lot_table, TableFile) for r in found] == [False, True]
    assert [r.lots.equals(a.lots) for r, a in zip(found, inside, strict=True)] == [True, True]


def test_a_run_that_is_cancelled_leaves_no_half_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, little_by_little: None
) -> None:
    monkeypatch.setattr(engine_run, "_BUDGET", 1000)

    def cancel(share: float) -> None:
        if list(tmp_path.iterdir()):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(PLANT, RunSettings(days=3000, log=LogLevel.EVENTS, log_folder=tmp_path), progress=cancel)
    assert list(tmp_path.iterdir()) == []


PROGRAM = """
import sys
from pathlib import Path
from tests.engine.test_log_files import PLANT
from zhizao.engine import LogLevel, RunSettings, run
run(PLANT, RunSettings(days=100_000, log=LogLevel.EVENTS, log_folder=Path(sys.argv[1])))
"""


@pytest.mark.slow
def test_a_run_that_is_killed_leaves_no_half_table(tmp_path: Path) -> None:
    env = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])}
    child = subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path)], env=env, cwd=ROOT)
    until = time.monotonic() + 120
    while not list(tmp_path.glob(".*.tmp")) and child.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    child.kill()
    assert child.wait() != 0
    assert [path.suffix for path in tmp_path.iterdir()] == [".tmp"]  # the log's; of the lots nothing


def test_a_folder_for_a_log_that_nobody_asked_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="right is"):
        RunSettings(days=1, log=LogLevel.NONE, log_folder=tmp_path)
