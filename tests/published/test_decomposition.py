"""Lines of unreliable machines: the exact line of two, the decomposition of longer ones (Gershwin; DDX)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp

import pytest

from tests.engine.shops import op, records, shop
from zhizao.engine import LogLevel


@dataclass(frozen=True)
class Machine:
    """Fails at rate `fails` while it works, is repaired at rate `mends`; makes one part a minute."""

    fails: float
    mends: float

    @property
    def ratio(self) -> float:
        return self.fails / self.mends


@dataclass(frozen=True)
class Pair:
    """What two machines with a buffer make: rate, share of time starved (the second), blocked (the first)."""

    rate: float
    starved: float
    blocked: float


def two(first: Machine, second: Machine, places: float) -> Pair:
    """Two machines and a buffer, as a flow (Gershwin & Schick 1980; Gershwin 1994, sec. 3.3).

    With one machine down the buffer holds x with density exp(a x); the rest follows from balance.
    """
    fails, mends = first.fails + second.fails, first.mends + second.mends
    a = first.mends * fails / mends + second.fails * mends / fails - first.fails - second.mends
    full, inside = exp(a * places), places if abs(a * places) < 1e-9 else (exp(a * places) - 1) / a
    both_when_empty, both_when_full = 1 / second.fails, full / first.fails
    starved, blocked = both_when_empty * fails / first.mends, both_when_full * fails / second.mends
    total = (
        inside * (2 + mends / fails + fails / mends) + both_when_empty + both_when_full + starved + blocked
    )
    made = inside * (mends / fails + 1) + both_when_empty + both_when_full
    return Pair(made / total, starved / total, blocked / total)


def line(machines: list[Machine], places: float) -> float:
    """Rate of a line by the algorithm of Dallery, David & Xie (1988, IIE Transactions 20, 280-283; as a
    flow 1989, IEEE Trans. Automatic Control 34, 943-953) for the equations of Gershwin (1987, doi
    10.1287/opre.35.2.291).

    Each buffer is seen as a line of two: what comes before it is one machine, what comes behind it another.
    """
    before, behind = machines[:-1], machines[1:]
    last = len(before) - 1
    for _ in range(200):
        for i in range(1, last + 1):
            pair = two(before[i - 1], behind[i - 1], places)
            ratio = 1 / pair.rate + machines[i].ratio - 1 - behind[i - 1].ratio
            share = pair.starved / (ratio * pair.rate)
            mends = share * before[i - 1].mends + (1 - share) * machines[i].mends
            before[i] = replace(before[i], fails=ratio * mends, mends=mends)
        for i in range(last - 1, -1, -1):
            pair = two(before[i + 1], behind[i + 1], places)
            ratio = 1 / pair.rate + machines[i + 1].ratio - 1 - before[i + 1].ratio
            share = pair.blocked / (ratio * pair.rate)
            mends = share * behind[i + 1].mends + (1 - share) * machines[i + 1].mends
            behind[i] = replace(behind[i], fails=ratio * mends, mends=mends)
    rates = [two(a, b, places).rate for a, b in zip(before, behind, strict=True)]
    assert max(rates) - min(rates) < 1e-6  # what one buffer lets through, all do
    return rates[0]


def simulated(machines: list[Machine], capacity: int, rate: float, days: float) -> float:
    """Parts a minute; orders come a tenth faster than the line is thought to be."""
    centers = [
        {
            "id": f"m{i}",
            "failures": [
                {"clock": "busy", "between": f"exponential({1 / m.fails} min)",
                 "repair": f"exponential({1 / m.mends} min)"}
            ],
            **({"buffer": {"capacity": capacity}} if i else {}),
        }
        for i, m in enumerate(machines)
    ]  # fmt: skip
    route = [op(f"o{i}", f"m{i}", takes="1 min") for i in range(len(machines))]
    plant = shop(centers, route, [{"product": "p", "every": f"{1 / (1.1 * rate)} min"}])
    found = records(plant, days, log=LogLevel.LOTS, warm_up_days=5.0)
    done = found.lots["completed"].drop_nulls()
    inside = done.filter(done >= found.start)
    return len(inside) / ((days - 5.0) * 1440)


PLACES = 20


def test_two_unreliable_machines_make_what_the_exact_line_of_two_does() -> None:
    """Parts instead of a flow: the unit offers a place besides those of the buffer."""
    pair = Machine(1 / 200, 1 / 20), Machine(1 / 150, 1 / 25)
    exact = two(*pair, PLACES + 1)
    assert two(*pair, 2e3).rate == pytest.approx(1 / (1 + 25 / 150), rel=1e-3)  # the slower alone
    assert simulated(list(pair), PLACES, exact.rate, 200.0) == pytest.approx(exact.rate, rel=0.015)


def test_a_line_of_unreliable_machines_makes_nearly_what_its_decomposition_says() -> None:
    """Within 2 %, as usual for lines like this (Dallery & Gershwin 1992, Queueing Systems 12, 3-94)."""
    machines = [
        Machine(1 / 200, 1 / 20),
        Machine(1 / 150, 1 / 15),
        Machine(1 / 250, 1 / 30),
        Machine(1 / 200, 1 / 20),
    ]
    thought = line(list(machines), PLACES + 1)
    assert thought < min(1 / (1 + m.ratio) for m in machines)
    assert simulated(machines, PLACES, thought, 250.0) == pytest.approx(thought, rel=0.02)
