"""Load moved under a tariff, as a user sees it; then the laws, and the corners."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tests.naive.transport import least_cost
from tests.studies.monitor.meters import metered, written_meter
from zhizao import EnergyOptions, InputError, Shifting, energy_baseline
from zhizao.plant import Plant, parse_plant
from zhizao.studies.monitor.energy.moves import Limits, moves
from zhizao.studies.monitor.energy.shifting import interval_prices, shift_of

MONDAY = date(2025, 1, 6)


def plant(tariff: str) -> Plant:
    return parse_plant(f"""
zhizao: 1
plant: mill
work_centers: [{{id: press}}]
routes: {{r: [{{id: a, on: press, takes: 6 min}}]}}
products: {{p: {{route: r}}}}
orders: [{{product: p, every: 10 min}}]
{tariff}
""")


DEAR = plant('tariff: {default: 0.5/kWh, periods: [{when: "09:00-12:00", price: 1.5/kWh}]}')
FLAT = plant("tariff: {default: 0.5/kWh}")


# ---------------------------------------------------------------- what a user sees
def test_load_leaves_the_dear_hours_and_the_saving_is_shown(tmp_path: Path) -> None:
    table = written_meter(tmp_path / "meter.csv", metered(160))
    how = Shifting(DEAR, movable=0.2, within_s=4 * 3600)
    found = energy_baseline(table, "kwh", options=EnergyOptions(shifting=how))
    one = found.shift
    assert one is not None
    assert one.shown
    dear = found.metered[:, 9:12].sum() / len(found.dates)
    assert one.saved == pytest.approx(0.2 * dear * 1.0, rel=0.02)  # all that can move leaves, for 1.0 less
    assert found.answer.startswith("Moving load saves ")
    assert "Stated, not measured: 20.0% of each interval can move by up to 4 h" in " ".join(found.notes)
    assert found.details()["shift"]["shown"] is True
    assert [one.kind for one in found.inputs] == ["consumption", "plant"]


def test_a_flat_tariff_saves_nothing_and_nothing_is_shown(tmp_path: Path) -> None:
    table = written_meter(tmp_path / "meter.csv", metered(120))
    how = Shifting(FLAT, movable=0.5, within_s=6 * 3600)
    found = energy_baseline(table, "kwh", options=EnergyOptions(shifting=how))
    one = found.shift
    assert one is not None
    assert (one.saved, one.perfect, one.moved, one.low, one.high) == (0, 0, 0, 0, 0)
    assert one.highest_after == one.highest_before
    assert "not shown" in found.answer


# ---------------------------------------------------------------- laws
@pytest.mark.parametrize("seed", range(12))
def test_the_least_cost_is_that_of_successive_shortest_paths(seed: int) -> None:
    rng = np.random.default_rng(seed)
    supply, prices, reach = rng.integers(0, 6, 8), rng.integers(1, 9, 8), int(rng.integers(1, 5))
    load, limits = 4.0 * supply, Limits(0.25, reach)
    shares = moves(np.array(load, np.float64), prices.astype(np.float64), limits)
    after = load - (shares * load[:, None]).sum(axis=1) + (shares * load[:, None]).sum(axis=0)
    room = load.max() - 3 * supply
    by_hand = least_cost(supply.tolist(), room.astype(int).tolist(), prices.tolist(), reach)
    assert after @ prices == pytest.approx(by_hand + 3 * supply @ prices, rel=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_moves_keep_the_sum_the_share_the_reach_and_the_highest_load(seed: int) -> None:
    rng = np.random.default_rng(seed)
    load, prices = rng.uniform(0, 50, 24), rng.choice([0.3, 0.7, 1.1], 24)
    shares = moves(load, prices, Limits(0.3, 3))
    out = shares * load[:, None]
    after = load - out.sum(axis=1) + out.sum(axis=0)
    assert after.sum() == pytest.approx(load.sum())
    assert shares.sum(axis=1).max() <= 0.3 + 1e-9
    assert (shares >= 0).all()
    assert after.max() <= load.max() * (1 + 1e-6)
    assert (after >= 0.7 * load - 1e-6).all()
    here, there = np.nonzero(shares > 1e-9)
    assert np.abs(here - there).max() <= 3
    here, there = np.nonzero(moves(load, prices, Limits(0.3, 3, 1e6)) > 1e-9)  # no load makes room
    assert (prices[here] > prices[there]).all()


def test_a_peak_limit_is_kept_where_it_can_be_and_else_exceeded_by_the_least() -> None:
    load, prices = np.array([10.0, 40.0, 10.0, 10.0]), np.array([1.0, 1.0, 1.0, 1.0])
    for most, expected in ((35.0, 35.0), (20.0, 32.0)):  # a fifth of 40 can leave
        out = moves(load, prices, Limits(0.2, 1, most)) * load[:, None]
        after = load - out.sum(axis=1) + out.sum(axis=0)
        assert after.max() == pytest.approx(expected, rel=1e-6)


def test_of_plans_at_equal_cost_the_load_is_spread() -> None:
    load, prices = np.full(6, 10.0), np.array([2.0, 1, 1, 1, 1, 1])
    received = (moves(load, prices, Limits(0.5, 5, 100.0)) * load[:, None]).sum(axis=0)
    np.testing.assert_allclose(received, [0, 1, 1, 1, 1, 1], atol=1e-3)


def test_prices_of_intervals_are_those_of_the_tariff_by_hand() -> None:
    one = plant('tariff: {default: 1/kWh, periods: [{when: "mon 06:30-08:00", price: 3/kWh}]}')
    found = interval_prices(one, MONDAY, 24)
    assert found[:9] == pytest.approx([1, 1, 1, 1, 1, 1, 2, 3, 1])
    assert interval_prices(one, date(2025, 1, 7), 24) == pytest.approx(np.ones(24))


def test_what_was_metered_settles_and_a_perfect_forecast_saves_what_it_plans() -> None:
    rng = np.random.default_rng(0)
    actual = rng.uniform(5, 50, (35, 24))
    dates = tuple(date.fromordinal(MONDAY.toordinal() + day) for day in range(35))
    how = Shifting(DEAR, 0.3, 7200)
    true = shift_of(dates, actual, actual, how, seed=1)
    assert true.saved == pytest.approx(true.perfect, rel=1e-3)
    assert true.highest_after <= true.highest_before * (1 + 1e-6)
    assert true.raised == 0
    wrong = shift_of(dates, actual, actual[:, ::-1], how, seed=1)
    assert wrong.perfect == true.perfect
    assert wrong.cost == true.cost == pytest.approx((actual @ interval_prices(DEAR, MONDAY, 24)).mean())


def test_the_interval_is_by_days_and_narrows_with_them() -> None:
    rng = np.random.default_rng(1)
    actual = rng.uniform(5, 50, (140, 24))
    dates = tuple(date.fromordinal(MONDAY.toordinal() + day) for day in range(140))
    how = Shifting(DEAR, 0.3, 7200)
    long, short = (shift_of(dates[:n], actual[:n], actual[:n], how, seed=1) for n in (140, 35))
    assert long.low is not None
    assert long.high is not None
    assert short.low is not None
    assert short.high is not None
    assert long.low < long.saved < long.high
    assert long.high - long.low < short.high - short.low
    few = shift_of(dates[:27], actual[:27], actual[:27], how, seed=1)
    assert (few.low, few.high, few.shown) == (None, None, False)


# ---------------------------------------------------------------- corners
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"movable": 0}, "movable"),
        ({"movable": 1.5}, "movable"),
        ({"within_s": 0}, "within"),
        ({"within_s": 90000}, "within"),
        ({"peak_kw": 0}, "peak_at_most"),
        ({"plant": plant("")}, "the plant has no tariff"),
    ],
)
def test_what_is_stated_is_checked(changes: dict[str, object], said: str) -> None:
    stated: dict[str, object] = {"plant": DEAR, "movable": 0.2, "within_s": 3600.0}
    with pytest.raises(InputError, match=said):
        Shifting(**(stated | changes))  # type: ignore[arg-type]


def test_days_that_cannot_be_settled() -> None:
    dates, how = (MONDAY, date(2025, 1, 7)), Shifting(DEAR, 0.2, 7200)
    day = np.full((2, 24), 10.0)
    gap, back = day.copy(), day.copy()
    gap[0, 3], back[0, 3] = np.nan, -1
    assert shift_of(dates, gap, day, how, seed=1).days == 1
    with pytest.raises(InputError, match="no forecast day"):
        shift_of(dates, np.full((2, 24), np.nan), day, how, seed=1)
    with pytest.raises(InputError, match="feed-in"):
        shift_of(dates, back, day, how, seed=1)
    with pytest.raises(InputError, match="less than an interval"):
        shift_of(dates, day, day, Shifting(DEAR, 0.2, 600), seed=1)
    still = shift_of(dates, 0 * day, 0 * day, how, seed=1)
    assert (still.saved, still.cost, still.raised) == (0, 0, 0)
