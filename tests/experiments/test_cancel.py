"""A cancel is taken once, and keeps what is done."""

from __future__ import annotations

import os
import signal
import threading

import numpy as np
import polars as pl
import pytest

from zhizao.experiments.cancel import interrupted


def test_work_that_ends_is_not_interrupted_and_other_errors_pass() -> None:
    done: list[int] = []
    assert not interrupted(lambda: done.append(1))
    assert done == [1]

    def fails() -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        interrupted(fails)


def test_an_interrupt_ends_the_work() -> None:
    def cancelled() -> None:
        raise KeyboardInterrupt

    assert interrupted(cancelled)


def test_a_ctrl_c_while_polars_computes_is_taken_whole() -> None:
    frame = pl.DataFrame({"a": np.arange(2_000_000) % 1_000_003, "b": np.ones(2_000_000)})

    def long() -> None:
        while True:
            frame.group_by("a").agg(pl.col("b").sum()).sort("b")

    for _ in range(3):
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        assert interrupted(long)
        timer.join()  # a second interrupt would end the test here
