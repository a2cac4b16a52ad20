"""Runs from a state: kept in a checkpoint folder, on a Ray cluster, and with the kernels as plain Python."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.engine.shops import DAY, START, op, orders, shop
from tests.laws.test_same_bits import digest, needs_ray
from zhizao.engine import Backend, LogLevel, Run, RunSettings, Session, run
from zhizao.engine.cluster import connected
from zhizao.plant import LotState, Plant, PlantState

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = RunSettings(days=0.5, replications=2, log=LogLevel.EVENTS)
PROGRAM = """
from tests.engine.session.test_resumed_runs import cut_and_going_on
from zhizao.kernels.compiling.options import JIT_ON
assert not JIT_ON
print(*cut_and_going_on())
"""


def line() -> Plant:
    times = {"takes": "exponential(9 min)"}
    failing = [{"clock": "busy", "between": "exponential(2 h)", "repair": "exponential(9 min)"}]
    centers = [{"id": "m", "units": 2, "failures": failing}, {"id": "n"}]
    return shop(centers, [op("a", "m", **times), op("b", "n", **times)])


def states() -> tuple[PlantState, PlantState, PlantState]:
    """A snapshot with its exact image, its readable part, and a state that a person wrote."""
    session = Session(line())
    session.advance(0.3 * DAY)
    found = session.snapshot()
    lot = LotState(id="A", product="p", pieces=1, operation="b")
    return found, found.readable(), PlantState(plant="shop", moment=START + timedelta(hours=10), lots=(lot,))


def digests(found: Run) -> list[str]:
    return [digest(records) for records in found.records]


def test_a_run_from_a_state_is_kept_and_given_back(tmp_path: Path) -> None:
    kept: list[list[str]] = []
    for number, state in enumerate(states(), 1):
        first = run(line(), SETTINGS, state=state, checkpoint=tmp_path)
        files = sorted(tmp_path.iterdir())
        assert len(files) == 2 * number  # the key depends on the state
        times = [file.stat().st_mtime_ns for file in files]
        again = run(line(), SETTINGS, state=state, checkpoint=tmp_path)
        assert [file.stat().st_mtime_ns for file in sorted(tmp_path.iterdir())] == times
        kept.append(digests(first))
        assert digests(again) == kept[-1] == digests(run(line(), SETTINGS, state=state))
    assert len({one for each in kept for one in each}) == 6


def cut_and_going_on() -> tuple[str, str]:
    """One run, and the same one that is saved and restored on the way."""
    whole = run(shop(orders=orders(20)), RunSettings(days=0.2, log=LogLevel.EVENTS)).records[0]
    session = Session(shop(orders=orders(20)))
    session.advance(3000.0)
    later = Session(shop(orders=orders(20)), state=session.snapshot())
    later.advance(0.2 * DAY)
    return digest(whole), digest(later.records())


@pytest.mark.slow
def test_plain_python_goes_on_to_the_digits_of_the_compiled_kernels() -> None:
    env = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])}
    plain = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=env, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert plain.returncode == 0, plain.stderr[-2000:]
    one, other = plain.stdout.split()
    assert one == other
    assert (one, other) == cut_and_going_on()


@needs_ray
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_a_cluster_gives_the_runs_of_threads_from_a_state() -> None:
    with connected(1):
        for state in states():
            found = run(line(), SETTINGS, state=state, backend=Backend.RAY)
            assert digests(found) == digests(run(line(), SETTINGS, state=state))
