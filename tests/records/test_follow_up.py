"""Whether a log followed its lots to one date, or each for the same time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhizao.records import fixed_follow_up_s

DAY_S = 86400.0


def follow_up_days(
    release: list[float], last: list[float], running: list[bool], end: float, asked: float | None = None
) -> float | None:
    found = fixed_follow_up_s(
        np.array(release) * DAY_S,
        np.array(last) * DAY_S,
        np.array(running, bool),
        end * DAY_S,
        asked_s=None if asked is None else asked * DAY_S,
    )
    return None if found is None else found / DAY_S


def test_lots_that_run_on_at_one_age_while_the_log_goes_on_were_followed_to_that_age() -> None:
    assert follow_up_days([0, 5, 20, 30], [20.9, 25.8, 24, 40], [True, True, False, False], 50) == 21.0


def test_lots_that_run_on_at_the_end_of_the_log_were_followed_to_its_end() -> None:
    assert follow_up_days([0, 5, 45, 49], [20.9, 25.8, 49.5, 49.9], [False, False, True, True], 50) is None


def test_an_end_that_somebody_forgot_is_no_follow_up() -> None:
    assert follow_up_days([0, 5, 20, 30], [20.9, 25.8, 21, 31], [False, False, True, True], 60) is None


def test_a_log_of_finished_lots_is_taken_at_its_word_if_none_was_seen_for_longer() -> None:
    done = [False] * 4
    assert follow_up_days([0, 5, 20, 30], [20.5, 20, 24, 40], done, 45, asked=21) == 21.0
    assert follow_up_days([0, 5, 20, 30], [20.5, 20, 24, 40], done, 45, asked=14) is None
    assert follow_up_days([0, 5, 20, 44], [20.5, 20, 24, 45], done, 45, asked=21) is None


def test_a_log_without_lots_has_no_follow_up() -> None:
    assert follow_up_days([], [], [], 10) is None


@given(st.integers(2, 40), st.integers(0, 2**32 - 1))
@pytest.mark.filterwarnings("error")
def test_cutting_a_plants_lots_after_so_many_days_is_found_again(days: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    release = np.sort(rng.uniform(0, 10 * days, 200))
    span = rng.exponential(0.8 * days, 200)
    running = span > days
    last = release + np.where(running, days * rng.uniform(0.97, 1.0, 200), span)
    found = follow_up_days(release.tolist(), last.tolist(), running.tolist(), float(last.max()))
    assert found == days
