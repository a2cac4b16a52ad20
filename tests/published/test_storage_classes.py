"""Hausman, Schwarz & Graves, Optimal storage assignment in automatic warehousing systems (1976).

Management Science 22, 629-638, doi 10.1287/mnsc.22.6.629. The share i of the pallets with the highest
turnover has the share G(i) = i^s of the demand, and each pallet's stock is half its economic order quantity:
the share j of the places nearest to the corner then has the share j^(2s/(s+1)) of the trips. One way to a
place, in units of the longer side of a square-in-time rack, takes 2/3 with random storage, 4s/(5s+1) with
full turnover. Eynan & Rosenblatt, Establishing zones in single-command class-based rectangular AS/RS (1994),
IIE Transactions 26, 38-46, doi 10.1080/07408179408966583: the same for racks of any shape.
"""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from tests.engine.shops import op, raw_run, shop
from tests.naive import wrappers
from zhizao.engine.lower import lower
from zhizao.kernels import loop
from zhizao.kernels import tables as k
from zhizao.kernels.compiling.options import JIT_ON
from zhizao.plant import Plant

LOTS = 2_000_000 if JIT_ON else 20_000
WITHIN = 0.001 if JIT_ON else 0.02
S_20_60, S_20_80 = log(0.6) / log(0.2), log(0.8) / log(0.2)


def demand(j: float, s: float) -> float:
    """Share of the trips to the nearest share j of the rack."""
    return float(j ** (2 * s / (s + 1)))


def one_way_square(radii: tuple[float, ...], s: float) -> float:
    """HSG, in a square rack: classes end at these travel times, the last at 1."""
    total, near = 0.0, 0.0
    for far in radii:
        share = demand(far**2, s) - demand(near**2, s)
        total += share * 2 / 3 * (far**3 - near**3) / (far**2 - near**2)
        near = far
    return total


def one_way_rectangular(radii: tuple[float, ...], s: float, b: float) -> float:
    """Eynan and Rosenblatt, in a rack of sides 1 and b: the integral of the time r over the area within r."""

    def area(r: float) -> float:
        return r**2 / b if r <= b else r

    def moment(r: float) -> float:
        return 2 * r**3 / (3 * b) if r <= b else 2 * b**2 / 3 + (r**2 - b**2) / 2

    total, near = 0.0, 0.0
    for far in radii:
        share = demand(area(far), s) - demand(area(near), s)
        total += share * (moment(far) - moment(near)) / (area(far) - area(near))
        near = far
    return total


def integrated(radii: tuple[float, ...], s: float, b: float, n: int = 2000) -> float:
    """The same by adding up over a grid of places, with no formula for areas or means."""
    x, y = np.meshgrid((np.arange(n) + 0.5) / n, (np.arange(n) + 0.5) * b / n)
    away = np.maximum(x, y)
    row = np.searchsorted(radii[:-1], away.ravel(), side="right")
    places = np.bincount(row, minlength=len(radii))
    ends = np.cumsum(places) / places.sum()
    trips = np.diff([0.0, *(demand(j, s) for j in ends)])
    return float((trips * np.bincount(row, away.ravel()) / places).sum())


def shares(radii: tuple[float, ...], b: float) -> list[float]:
    """Shares of the rack of the classes."""
    inside = [r**2 / b if r <= b else r for r in radii]
    return list(np.diff([0.0, *inside]))


def rack(radii: tuple[float, ...], s: float, b: float, every: float = 400.0) -> Plant:
    """A rack of 60 s by 60 b s; a product for each class, with its share of the trips."""
    own = shares(radii, b)
    trips = np.diff([0.0, *(demand(j, s) for j in np.cumsum(own))])
    classes = [{"share": float(share), "products": [f"p{i}"]} for i, share in enumerate(own)]
    crane = {"id": "asrs", "serves": ["m"], "length": 60, "height": 60 * b, "speed": 1, "lift": 1}
    return shop(
        [{"id": "m", "buffer": {"capacity": 0}}],
        [op("a", "m", takes="1 s")],
        [{"product": f"p{i}", "every": f"{every / share} s"} for i, share in enumerate(trips)],
        products={f"p{i}": {"route": "r"} for i in range(len(own))},
        transport={"cranes": [crane | {"command": "single", "classes": classes}]},
    )


CASES = [((0.5, 1.0), 1.0), ((0.3, 0.65, 1.0), 1.0), ((0.4, 1.0), 0.6), ((0.3, 0.8, 1.0), 0.5)]


@pytest.mark.parametrize("s", [S_20_60, S_20_80])
@pytest.mark.parametrize(("radii", "b"), CASES)
def test_places_in_classes_have_the_mean_of_hausman_schwarz_and_graves(
    radii: tuple[float, ...], b: float, s: float
) -> None:
    published = one_way_rectangular(radii, s, b)
    if b == 1.0:
        assert one_way_square(radii, s) == pytest.approx(published, rel=1e-12)
    assert integrated(radii, s, b) == pytest.approx(published, rel=1e-3)
    plant = rack(radii, s, b)
    trips = np.diff([0.0, *(demand(j, s) for j in np.cumsum(shares(radii, b)))])
    products = np.repeat(np.arange(len(radii)), np.round(trips * LOTS).astype(int))
    tables = loop.pointers(lower(plant, k.LOG_NONE).tables)
    with np.errstate(over="ignore"):
        places = wrappers.rack_places(tables, np.uint64(78), products)
    away = places.max(axis=1)
    assert away.mean() / 60 == pytest.approx(published, rel=WITHIN)
    near = np.array([0.0, *radii])
    assert np.all(away > near[products] * 60 - 1e-9)
    assert np.all(away < near[products + 1] * 60 + 1e-9)


@pytest.mark.parametrize("b", [1.0, 0.6])
def test_places_are_spread_evenly_over_the_region_of_their_class(b: float) -> None:
    """The share of the places in each of 12 by 12 cells, beside the area of the cell in the region."""
    radii = (0.45, 1.0)
    tables = loop.pointers(lower(rack(radii, S_20_80, b), k.LOG_NONE).tables)
    with np.errstate(over="ignore"):
        places = wrappers.rack_places(tables, np.uint64(5), np.ones(LOTS, dtype=np.int64))
    found, *_ = np.histogram2d(places[:, 0] / 60, places[:, 1] / (60 * b), 12, [[0, 1], [0, 1]])
    fine = 1200
    x, y = np.meshgrid((np.arange(fine) + 0.5) / fine, (np.arange(fine) + 0.5) * b / fine, indexing="ij")
    inside = (np.maximum(x, y) > radii[0]).reshape(12, 100, 12, 100).sum(axis=(1, 3))
    expected = LOTS * inside / inside.sum()
    assert np.abs(found - expected).max() < 6 * np.sqrt(expected.max()) + 0.01 * expected.max()


@pytest.mark.parametrize("s", [S_20_60, S_20_80])
def test_many_classes_come_close_to_full_turnover(s: float) -> None:
    radii = tuple(np.linspace(0, 1, 41)[1:] ** 2)
    full = 4 * s / (5 * s + 1)
    assert one_way_square(radii, s) == pytest.approx(full, rel=0.004)
    assert one_way_square((1.0,), s) == pytest.approx(2 / 3)
    assert full < one_way_square((0.3, 0.65, 1.0), s) < one_way_square((0.5, 1.0), s) < 2 / 3


@pytest.mark.parametrize(("radii", "b"), CASES[1:3])
def test_a_run_of_the_twin_has_the_mean_of_classes(radii: tuple[float, ...], b: float) -> None:
    """Single commands: each lot takes two trips out and back."""
    days = 400 if JIT_ON else 2
    raw = raw_run(rack(radii, S_20_80, b), days, log=k.LOG_NONE)
    trips = raw.seconds[1, k.BUSY] / (4 * raw.state.clock[0].serial * 60)
    assert trips == pytest.approx(one_way_rectangular(radii, S_20_80, b), rel=0.003 if JIT_ON else 0.1)
