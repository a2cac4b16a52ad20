"""An interrupt that Python drops reaches the command all the same."""

from __future__ import annotations

import signal
import sys
import time
from typing import NoReturn

import pytest

from zhizao.cli.interrupts import no_interrupt_is_lost


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
