"""However a run is cut into steps, saved and restored, it is one run to the bit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.shops import DAY, HOUR, START, op, orders, shop
from tests.laws.factories import factories
from tests.laws.test_same_bits import digest
from zhizao.engine import LogLevel, RunSettings, Session, run
from zhizao.plant import Plant, PlantState, read_plant
from zhizao.quantities import InputError

ROOT = Path(__file__).resolve().parents[3]
PLANTS = ROOT / "examples" / "plants"
NAMES = ("agv-cell", "assembly-kanban", "conveyor-line", "furnace", "garment", "litho-cell", "night-shift")
DAYS = 1.5
PROGRAM = """
import sys
from pathlib import Path
from tests.laws.test_same_bits import digest
from zhizao.engine import Session
from zhizao.plant import PlantState, read_plant
state = PlantState.model_validate_json(Path(sys.argv[2]).read_text(encoding="utf-8"))
session = Session(read_plant(sys.argv[1]), state=state)
session.advance(float(sys.argv[3]))
print(digest(session.records()))
"""
engine_run = import_module("zhizao.engine.run")  # its name in the package is that of its function


def one_run(plant: Plant, days: float = DAYS, **more: Any) -> str:
    return digest(run(plant, RunSettings(days=days, log=LogLevel.EVENTS, **more)).records[0])


def ended(session: Session, days: float = DAYS) -> str:
    session.advance(days * DAY)
    return digest(session.records())


def line() -> Plant:
    times = {"takes": "exponential(9 min)"}
    return shop([{"id": "m", "units": 2}, {"id": "n"}], [op("a", "m", **times), op("b", "n", **times)])


@pytest.mark.parametrize("name", NAMES)
def test_advance_snapshot_restore_and_go_on_is_one_run(name: str) -> None:
    plant = read_plant(PLANTS / f"{name}.yaml")
    session = Session(plant)
    session.advance(0.6 * DAY)
    state = session.snapshot()
    assert one_run(plant) == ended(Session(plant, state=state)) == ended(session)


@settings(max_examples=15)
@given(factories(), st.lists(st.floats(0.0, 2.0), min_size=1, max_size=3))
def test_it_is_one_run_in_every_factory_at_any_moments_however_often(
    plant: Plant, moments: list[float]
) -> None:
    session = Session(plant, seed=3)
    for moment in sorted(moments):
        session.advance(moment * DAY)
        session.records()  # to look changes nothing
        session = Session(plant, seed=3, state=session.snapshot())
    assert ended(session, 2.0) == one_run(plant, 2.0, seed=3)


@pytest.mark.parametrize("name", NAMES)
def test_many_small_steps_are_one_run(name: str) -> None:
    plant = read_plant(PLANTS / f"{name}.yaml")
    session = Session(plant, replication=2)
    for step in range(1, 200):
        session.advance(DAYS * DAY * step / 200)
    assert ended(session) == one_run(plant, first_replication=2)


def test_a_release_rule_is_asked_at_no_other_moments_because_a_session_stops() -> None:
    rule = "tests.engine.rules_of_mine:in_the_second_half_of_the_hour"
    plant = shop(orders=orders(40), release={"rule": rule, "every": "7 min"})
    session = Session(plant)
    for step in range(1, 300):
        session.advance(step * 100.0)
    assert ended(session) == one_run(plant)


def test_a_state_goes_on_in_another_process(tmp_path: Path) -> None:
    plant = PLANTS / "garment.yaml"
    session = Session(read_plant(plant))
    session.advance(10 * HOUR)
    (tmp_path / "state.json").write_text(session.snapshot().model_dump_json(), encoding="utf-8")
    env = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])}
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(plant), str(tmp_path / "state.json"), str(DAYS * DAY)],
        env=env, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr[-2000:]
    assert found.stdout.strip() == one_run(read_plant(plant))


def test_a_moment_may_be_a_date_a_time_from_now_on_or_seconds_from_the_start() -> None:
    session = Session(line())
    session.advance(HOUR)
    session.advance(timedelta(minutes=30))
    assert session.now_s == 1.5 * HOUR
    session.advance(START + timedelta(hours=2))
    assert session.now == START + timedelta(hours=2)


def test_what_has_passed_does_not_come_back() -> None:
    session = Session(line())
    session.advance(HOUR)
    with pytest.raises(InputError, match="has passed"):
        session.advance(START)
    for nothing in (float("nan"), "noon", True):
        with pytest.raises(InputError, match="give a datetime"):
            session.advance(nothing)  # type: ignore[arg-type]


def test_an_interrupted_session_can_go_on_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_run, "_BUDGET", 50)
    plant, session = line(), Session(line())
    looks: list[float] = []

    def look(*_: Any) -> None:
        looks.append(1.0)
        if len(looks) in (2, 5):
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(session._run, "watched_by", look)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            session.advance(DAYS * DAY)
        assert 0 < session.now_s < DAYS * DAY
        session.snapshot()
    assert ended(session) == one_run(plant)


# ---------------------------------------------------------------- refused
def state_of(plant: Plant, **more: Any) -> PlantState:
    session = Session(plant, **more)
    session.advance(HOUR)
    return session.snapshot()


def test_an_image_goes_on_only_with_its_plant_seed_and_replication() -> None:
    state = state_of(line())
    other = line().replace({"work_centers.m.units": 3})
    with pytest.raises(InputError, match="the plant, its rules or the plan"):
        Session(other, state=state)
    with pytest.raises(InputError, match="seed 1, this one has 2"):
        Session(line(), seed=2, state=state)
    with pytest.raises(InputError, match="replication 0, this one is 1"):
        Session(line(), replication=1, state=state)


def test_an_image_of_another_version_of_the_program_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    state = state_of(line())
    monkeypatch.setattr("zhizao.engine.session.image.program", lambda: "another")
    with pytest.raises(InputError, match="another version"):
        Session(line(), state=state)


@pytest.mark.parametrize("broken", ["", "abc", "AAAA", "%%%%"])
def test_a_damaged_image_is_refused(broken: str) -> None:
    state = state_of(line())
    assert state.exact is not None
    for text in (broken, state.exact[:-40], broken + state.exact[4:]):
        with pytest.raises(InputError, match="damaged"):
            Session(line(), state=state.model_copy(update={"exact": text}))
