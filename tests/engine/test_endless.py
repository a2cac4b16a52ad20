"""What goes round within one moment ends with an error that names it; whoever cancels is heard."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import pytest

from tests.engine.shops import op, order, orders, records, shop
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.engine import moment as engine_moment
from zhizao.plant import Plant
from zhizao.quantities import InputError

engine_run = import_module("zhizao.engine.run")  # its name in the package is that of its function


def self_made() -> Plant:
    """A lot goes round in no time: its branch leads on once in 10^15 times, which no check sees."""
    round_and_round = op("a", "mill", takes="0 s", next={"a": 1.0, "b": 1e-15})
    return shop(
        [{"id": "mill", "dispatch": "earliest-due-date"}],
        [round_and_round, op("b", "mill", takes="1 s")],
        [order("A", release=3600)],
    )


def endless_loops() -> dict[str, Plant]:
    """Plants that are caught by no check of the file and never get past one moment."""
    branch = [op("a", "m", takes="0 s", next={"a": 1.0, "b": 1e-15}), op("b", "m", takes="1 s")]
    never = {"clock": "calendar", "between": "1e-15 s", "repair": "0 s"}
    return {
        "a branch that only leads back": shop([{"id": "m"}], branch, [order("A", release=3600)]),
        "failures with next to no time between them": shop([{"id": "m", "failures": [never]}]),
    }


@pytest.mark.parametrize("name", endless_loops())
def test_a_moment_that_never_ends_is_reported_as_one(name: str) -> None:
    with pytest.raises(InputError, match="does not get past"):
        records(endless_loops()[name], days=1, turns_at_once=3000)


def test_the_error_names_time_lots_work_centers_and_rules() -> None:
    with pytest.raises(InputError) as info:
        records(self_made(), days=1, turns_at_once=3000)
    text = str(info.value)
    assert "2026-01-05 01:00:00 (0.04167 d after the start)" in text
    assert "work centers mill (dispatch earliest-due-date)" in text
    assert re.search(r"lots? L\d{6} \(p\)", text)


def test_by_default_a_moment_may_take_millions_of_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of lots that do many operations in no time, at one moment, are no loop."""
    monkeypatch.setattr(engine_moment, "LEAST_TURNS", 0)
    route = [op(f"o{n}", "m", takes="0 s") for n in range(20)]
    found = records(shop([{"id": "m"}], route, orders(2000)), days=1, log=LogLevel.LOTS)
    assert found.lots["completed"].is_not_null().all()


def test_the_lots_of_a_large_order_of_a_stream_are_no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_moment, "LEAST_TURNS", 0)
    monkeypatch.setattr(engine_moment, "TURNS_PER_STEP", 8)
    monkeypatch.setattr(engine_run, "_BUDGET", 500)
    stream = {"product": "p", "every": "20 h", "pieces": 30_000}
    found = records(shop([{"id": "m"}], [op("a", "m", takes="0 s")], [stream]), days=1, log=LogLevel.LOTS)
    assert found.lots.height == 30_000


def test_by_default_a_loop_ends_too() -> None:
    with pytest.raises(InputError, match="does not get past"):
        run(self_made(), RunSettings(days=1, log=LogLevel.NONE))


def test_whoever_cancels_is_heard_within_a_moment() -> None:
    """Nothing happens but that one moment, so that progress is called again and again there."""
    shares: list[float] = []

    def stop(share: float) -> None:
        shares.append(share)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(self_made(), RunSettings(days=1, turns_at_once=10**15), progress=stop)
    assert shares


def test_control_comes_back_soon_though_a_turn_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of the test says that each call takes 2 s: then turns become few."""
    now = iter(range(0, 10**9, 2))
    monkeypatch.setattr(engine_run, "perf_counter", lambda: float(next(now)))
    asked: list[int] = []
    loop_run = engine_run.loop.run

    def counted(*arguments: Any) -> int:
        asked.append(arguments[3])
        return int(loop_run(*arguments))

    monkeypatch.setattr(engine_run.loop, "run", counted)
    records(shop(orders=orders(3000)), days=30, log=LogLevel.NONE)
    asked = [turns for turns in asked if turns]
    assert asked[:3] == [20_000, 2_000, 200]


def test_what_is_asked_of_a_run_has_a_bound_of_at_least_one_turn() -> None:
    with pytest.raises(InputError, match="turns_at_once"):
        RunSettings(days=1, turns_at_once=0)
