"""An interrupt that Python drops reaches the command all the same."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import NoReturn

import pytest

from zhizao.cli import main
from zhizao.cli.faults import CANCELLED
from zhizao.cli.interrupts import no_interrupt_is_lost
from zhizao.cli.progress import compile_once
from zhizao.engine import run


class _Cleaned:
    """A thing in whose finaliser the user presses Ctrl-C."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


class _Broken:
    def __del__(self) -> NoReturn:
        raise ValueError("not an interrupt")


def _work_on_after_a_finaliser() -> None:
    thing = _Cleaned()
    del thing
    until = time.perf_counter() + 10
    while time.perf_counter() < until:
        pass


def test_an_interrupt_within_a_finaliser_is_raised_again() -> None:
    with no_interrupt_is_lost(), pytest.raises(KeyboardInterrupt):
        _work_on_after_a_finaliser()


def test_other_errors_go_to_the_hook_that_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda dropped: seen.append(dropped.exc_type))
    mine = sys.unraisablehook
    with no_interrupt_is_lost():
        thing = _Broken()
        del thing
    assert seen == [ValueError]
    assert sys.unraisablehook is mine


COUNTED = """
import os, signal, threading
import numpy as np
import polars as pl
from zhizao.cli.interrupts import take_interrupts_once

take_interrupts_once()
frame = pl.DataFrame({"a": np.arange(2_000_000) % 1_000_003, "b": np.ones(2_000_000)})
for _ in range(3):
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    came = 0
    try:
        while True:
            frame.group_by("a").agg(pl.col("b").sum()).sort("b")
    except KeyboardInterrupt:
        came += 1
    try:
        timer.join()
        for _ in range(10_000):
            pass
    except KeyboardInterrupt:
        came += 1
    print(came)
"""


def test_an_interrupt_while_polars_computes_comes_once() -> None:
    done = subprocess.run([sys.executable, "-c", COUNTED], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.split() == ["1", "1", "1"]


# ---------------------------------------------------------------- commands
def _interrupted(*_: object, **__: object) -> NoReturn:
    raise KeyboardInterrupt


def test_an_interrupt_before_the_command_proper_ends_as_cancelled(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Typer turns it into an abort, with a code of its own."""
    monkeypatch.setattr(sys.modules["zhizao.cli.app"], "DEBUG", SimpleNamespace(set=_interrupted))
    assert main(["check", "nothing.yaml"]) == CANCELLED
    assert "Traceback" not in capsys.readouterr().err


def test_a_compilation_that_is_interrupted_at_its_end_ends_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys.modules["zhizao.engine.run"], "needs_compile", lambda: True)
    monkeypatch.setattr(
        "zhizao.engine.run", lambda plant, settings: replace(run(plant, settings), interrupted=True)
    )
    with pytest.raises(KeyboardInterrupt):
        compile_once()
