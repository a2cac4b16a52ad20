"""The cheapest slots of one job, against all choices in plain lines."""

from __future__ import annotations

import numpy as np
import pytest

from tests.naive.shifting import cheapest_plainly
from zhizao.solvers.shifting.kernels.windows import (
    NEW,
    PAUSED,
    RESTART,
    RUNNING,
    WORK,
    Doubles,
    Uses,
    block,
    blocks,
    choose,
)

STATES = {"new": NEW, "paused": PAUSED, "running": RUNNING}


def paid(cost: Doubles, use: Uses) -> float:
    return float(cost[use > 0].sum())


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("interruptible", "restart"), [(True, 0), (True, 1), (True, 2), (False, 0)])
def test_the_cheapest_slots_are_those_of_all_choices(seed: int, interruptible: bool, restart: int) -> None:
    generator = np.random.default_rng([seed, restart])
    cost = generator.gamma(0.5, size=int(generator.integers(5, 10)))
    need = int(generator.integers(1, 5))
    use = np.zeros(len(cost), np.int8)
    found = choose(cost, need, interruptible, restart, use)
    right = cheapest_plainly(cost.tolist(), need, interruptible=interruptible, restart=restart)
    assert found == pytest.approx(right)
    assert paid(cost, use) == pytest.approx(found)
    assert (use == WORK).sum() == need


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("state", STATES)
def test_a_job_goes_on_from_its_state(seed: int, state: str) -> None:
    generator = np.random.default_rng([seed, 7])
    cost = generator.gamma(0.5, size=8)
    use = np.zeros(8, np.int8)
    found = blocks(cost, 3, 2, STATES[state], use)
    assert found == pytest.approx(
        cheapest_plainly(cost.tolist(), 3, interruptible=True, restart=2, state=state)
    )
    assert paid(cost, use) == pytest.approx(found)


def test_a_dear_restart_keeps_a_job_in_one_block() -> None:
    cost = np.array([1.0, 9.0, 9.0, 9.0, 1.0, 2.5, 2.5, 2.5])
    use = np.zeros(8, np.int8)
    assert choose(cost, 2, True, 0, use) == 2.0
    assert choose(cost, 2, True, 2, use) == 3.5
    assert (use == RESTART).sum() == 0


def test_closed_slots_are_not_used() -> None:
    cost = np.array([1.0, np.inf, 1.0, 2.0, 2.0])
    use = np.zeros(5, np.int8)
    assert block(cost, 2, use) == 3.0
    assert use.tolist() == [0, 0, 1, 1, 0]
    assert block(cost, 4, use) == np.inf
    assert choose(cost, 5, True, 0, use) == np.inf
    assert choose(cost, 5, True, 1, use) == np.inf
