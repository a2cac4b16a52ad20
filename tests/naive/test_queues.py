"""Whole runs against textbook recursions with common random numbers: equal to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engine.shops import DAY, op, raw_run, shop
from tests.naive import twin
from zhizao.engine.lift import Raw
from zhizao.quantities import Distribution

EVERY = Distribution.exponential(600.0)
SERVICES = [
    Distribution.constant(400),
    Distribution.uniform(60, 900),
    Distribution.triangular(100, 200, 1000),
    Distribution.exponential(420),
    Distribution.gamma(420, cv=1.4),
    Distribution.erlang(3, 420),
    Distribution.weibull(420, cv=0.6),
    Distribution.lognormal(420, cv=0.8),
    Distribution.normal(400, sd=300),
    Distribution.beta(10, 1500, mean=420, cv=0.5),
    Distribution.discrete({120: 0.5, 600: 0.4, 1200: 0.1}),
    Distribution.empirical([180, 240, 420, 900]),
]


def ends(raw: Raw) -> Any:
    """Moments at which lots left, by serial number."""
    return raw.exits["end"][np.argsort(raw.exits["serial"])]


@pytest.mark.parametrize("service", SERVICES, ids=lambda d: d.kind.value)
def test_one_unit_has_the_digits_of_lindleys_recursion(service: Distribution) -> None:
    """Lindley (1952, doi 10.1017/S0305004100027638)."""
    raw = raw_run(shop(route=[op("a", "m", takes=service)], orders=[{"product": "p", "every": EVERY}]), 20)
    lots = list(twin.arrivals(EVERY, 20 * DAY))
    plain = twin.kiefer_wolfowitz([t for t, _ in lots], [twin.work(service, key) for _, key in lots], 1)
    assert len(lots) > 2000
    np.testing.assert_array_equal(ends(raw), [t for t in plain if t <= 20 * DAY])


@pytest.mark.parametrize("units", [2, 5])
def test_equal_units_have_the_digits_of_kiefer_and_wolfowitz(units: int) -> None:
    """Kiefer & Wolfowitz (1955, doi 10.2307/1992945)."""
    service = Distribution.gamma(550.0 * units, cv=1.2)
    plant = shop(
        [{"id": "m", "units": units}],
        [op("a", "m", takes=service)],
        [{"product": "p", "every": EVERY}],
    )
    raw = raw_run(plant, 20, seed=9)
    lots = list(twin.arrivals(EVERY, 20 * DAY, seed=9))
    plain = twin.kiefer_wolfowitz([t for t, _ in lots], [twin.work(service, key) for _, key in lots], units)
    left = {lot: end for lot, end in enumerate(plain) if end <= 20 * DAY}
    assert dict(zip(raw.exits["serial"].tolist(), raw.exits["end"].tolist(), strict=True)) == left


@pytest.mark.parametrize("places", [[0, 0, 0], [1, 0, 3], [5, 5, 5]], ids=str)
@pytest.mark.parametrize("block", ["after", "before"])
def test_a_line_with_buffers_has_the_digits_of_its_recursion(places: list[int], block: str) -> None:
    names = ["m0", "m1", "m2", "m3"]
    service = Distribution.exponential(380.0)
    centers = [{"id": names[0]}] + [
        {"id": name, "buffer": {"capacity": room, "full": f"block-{block}-service"}}
        for name, room in zip(names[1:], places, strict=True)
    ]
    route = [op(f"a{i}", name, takes=service) for i, name in enumerate(names)]
    raw = raw_run(shop(centers, route, [{"product": "p", "every": EVERY}]), 20)
    lots = list(twin.arrivals(EVERY, 20 * DAY))
    works = [[twin.work(service, key, f"a{i}") for _, key in lots] for i in range(4)]
    recursion = twin.tandem if block == "after" else twin.tandem_before
    plain = recursion([t for t, _ in lots], works, places)
    np.testing.assert_array_equal(ends(raw), [t for t in plain if t <= 20 * DAY])


@pytest.mark.parametrize(("least", "most", "wait_min"), [(3, 3, 1e6), (2, 5, 1e6), (4, 6, 25), (1, 4, 0)])
def test_a_batch_server_has_the_digits_of_its_recursion(least: int, most: int, wait_min: float) -> None:
    service = Distribution.gamma(1500, cv=0.7)
    batch = {"lots": f"{least}..{most}", "wait_at_most": wait_min * 60}
    plant = shop(route=[op("a", "m", takes=service, batch=batch)], orders=[{"product": "p", "every": EVERY}])
    raw = raw_run(plant, 10)
    lots = list(twin.arrivals(EVERY, 10 * DAY))
    works = [twin.work(service, key) for _, key in lots]
    plain = twin.batch_server([t for t, _ in lots], works, least, most, wait_min * 60)
    np.testing.assert_array_equal(ends(raw), [t for t in plain if t <= 10 * DAY])


def test_a_cascade_has_the_digits_of_its_recursion() -> None:
    service, interval = Distribution.uniform(900, 2400), Distribution.exponential(500)
    plant = shop(
        route=[op("a", "m", takes=service, cascade=interval)], orders=[{"product": "p", "every": EVERY}]
    )
    raw = raw_run(plant, 10)
    lots = list(twin.arrivals(EVERY, 10 * DAY))
    works = [twin.work(service, key) for _, key in lots]
    intervals = [twin.work(interval, key, purpose=twin.CASCADE) for _, key in lots]
    plain = twin.cascade([t for t, _ in lots], works, intervals)
    here = dict(zip(raw.exits["serial"].tolist(), raw.exits["end"].tolist(), strict=True))
    assert here == {lot: end for lot, end in enumerate(plain) if end <= 10 * DAY}
