"""Machines that share repairmen: a finite source, whose exact results are published."""

from __future__ import annotations

from math import comb, factorial

import pytest

from tests.engine.shops import DAY, op, raw_run, shop
from zhizao.kernels import tables as k


def mean_down(machines: int, repairmen: int, up_h: float, repair_h: float) -> float:
    """Mean number of machines down in M/M/c//N (Gross & Harris 1998, Fundamentals of Queueing Theory, 2.7).

    p(n) / p(0) = C(N, n) a^n for n <= c, and C(N, n) n! / (c! c^(n-c)) a^n beyond; a = repair / up.
    """
    a = repair_h / up_h
    weights = [comb(machines, n) * a**n for n in range(machines + 1)]
    for n in range(repairmen, machines + 1):
        weights[n] *= factorial(n) / (factorial(repairmen) * repairmen ** (n - repairmen))
    return sum(n * weight for n, weight in enumerate(weights)) / sum(weights)


@pytest.mark.parametrize(("machines", "repairmen"), [(1, 1), (4, 1), (6, 2)])
def test_machines_that_share_repairmen_are_up_as_the_machine_repair_model_says(
    machines: int, repairmen: int
) -> None:
    """Up for 10 h and in repair for 3 h on average: one repairman for four is busy 71 % of his time."""
    failing = {
        "clock": "calendar", "between": "exponential(10 h)", "repair": "exponential(3 h)",
        "needs": {"fitters": 1},
    }  # fmt: skip
    plant = shop(
        [{"id": "m", "units": machines, "failures": [failing]}],
        [op("a", "m")],
        [{"product": "p", "every": "1000 d"}],
        personnel=[{"id": "fitters", "count": repairmen}],
    )
    days = 40_000.0
    raw = raw_run(plant, days, log=k.LOG_NONE)
    down = mean_down(machines, repairmen, 10.0, 3.0)
    assert raw.seconds[:, k.DOWN].sum() / (days * DAY) == pytest.approx(down, rel=0.02)
    assert raw.worked[0] / (days * DAY) == pytest.approx((machines - down) * 3.0 / 10.0, rel=0.02)
