"""Outcomes of an operation: time, defects and energy of a lot belong together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.engine.shops import op, records, seconds, shop
from zhizao import simulate
from zhizao.plant import Plant, parse_plant, read_plant
from zhizao.plant.certain import left_out, without_randomness
from zhizao.quantities import InputError

THREE = [
    {"takes": "10 min", "defects": 0.0, "energy": "1 kWh"},
    {"takes": "30 min", "defects": 0.5, "energy": "4 kWh"},
    {"takes": "20 min", "defects": 1.0, "energy": "9 kWh"},
]


def brew(outcomes: Any = None, **more: Any) -> Plant:
    """Batches of 100 pieces, one an hour; at the end of each it is known what was made."""
    step = {"id": "ferment", "on": ["tank"], "outcomes": outcomes or THREE, "defects": {}, **more}
    return shop(
        [{"id": "tank"}],
        [step],
        [{"product": "p", "every": "1 h"}],
        products={"p": {"route": "r", "lot": 100}},
    )


def test_each_lot_has_the_time_the_defects_and_the_energy_of_one_outcome() -> None:
    found = records(brew(), days=100)
    assert found.events is not None
    assert found.states is not None
    work = found.events.filter(pl.col("activity").cast(pl.String) == "process", pl.col("end").is_not_null())
    starts, ends = (np.array(seconds(work[name]), float) for name in ("start", "end"))
    minutes = ((ends - starts) / 60).round(3)
    scrap = work["pieces_scrap"].to_numpy()
    assert set(minutes) == {10.0, 20.0, 30.0}
    assert (scrap[minutes == 10] == 0).all()
    assert (scrap[minutes == 20] == 100).all()
    assert abs(scrap[minutes == 30].mean() - 50) < 2
    shares = [float((minutes == one).mean()) for one in (10, 20, 30)]
    assert shares == pytest.approx([1 / 3] * 3, abs=0.04)
    kwh = {10.0: 1.0, 20.0: 9.0, 30.0: 4.0}
    busy = found.states.filter(pl.col("state").cast(pl.String) == "busy")["energy_kwh"].sum()
    assert busy == pytest.approx(sum(kwh[one] for one in minutes))


def test_outcomes_of_equal_time_stay_apart() -> None:
    twice = [{"takes": "10 min", "energy": "1 kWh"}, {"takes": "10 min", "energy": "3 kWh"}]
    found = records(brew(twice), days=100)
    assert found.states is not None
    busy = found.states.filter(pl.col("state").cast(pl.String) == "busy")
    lots = found.lots["completed"].is_not_null().sum()
    assert float(busy["energy_kwh"].sum()) / int(lots) == pytest.approx(2.0, rel=0.04)


def test_outcomes_are_those_of_their_mean_where_nothing_is_random() -> None:
    certain = without_randomness(brew())
    (one,) = certain.routes["r"][0].outcomes
    assert (one.takes, one.defects) == (20 * 60, 0.0)
    assert one.energy == pytest.approx(14 / 3)
    assert "the spread of outcomes (every lot has their mean)" in left_out(brew())


def test_outcomes_may_stand_in_a_table_beside_the_plant(tmp_path: Path) -> None:
    text = """
zhizao: 1
plant: brewery
work_centers: [{id: tank}]
routes: {r: [{id: ferment, on: tank, outcomes: batches.csv, defects: {}}]}
products: {p: {route: r, lot: 100}}
orders: [{product: p, every: 1 h}]
"""
    (tmp_path / "plant.yaml").write_text(text)
    (tmp_path / "batches.csv").write_text("takes,defects,energy\n10 min,2 %,1 kWh\n12 min,,\n")
    plant = read_plant(tmp_path / "plant.yaml")
    first, second = plant.routes["r"][0].outcomes
    assert (first.takes, first.defects, first.energy) == (600.0, 0.02, 1.0)
    assert (second.takes, second.defects, second.energy) == (720.0, 0.0, 0.0)
    assert simulate(plant, days=2, replications=2).kpis["throughput"].mean > 0
    (tmp_path / "batches.csv").write_text("takes,defects\n10 min,2 %\nsoon,0\n")
    with pytest.raises(InputError, match=r"batches\.csv:3"):
        read_plant(tmp_path / "plant.yaml")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"takes": "5 min"}, "found takes beside outcomes"),
        ({"on": [{"work_center": "tank", "takes": "5 min"}]}, "found takes beside outcomes"),
        ({"batch": {"lots": 2}}, "found batch beside outcomes: not honoured yet"),
        ({"defects": {"share": 0.1}}, "found a share of defects beside outcomes"),
        ({"defects": None}, "found defects among outcomes"),
    ],
)
def test_what_does_not_go_with_outcomes_is_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        brew(**more)


def test_outcomes_without_a_time_are_refused() -> None:
    with pytest.raises(InputError, match="takes"):
        parse_plant(
            "zhizao: 1\nplant: x\nwork_centers: [{id: m}]\n"
            "routes: {r: [{id: o, on: m, outcomes: [{energy: 3 kWh}]}]}\n"
            "products: {p: {route: r}}\norders: [{product: p, every: 1 h}]\n"
        )


def test_energy_of_outcomes_is_energy_of_the_plant() -> None:
    """By hand: 14 kWh over three outcomes; 100 pieces a lot, half of them good."""
    found = simulate(brew(), days=60, replications=3, seed=3)
    assert found.kpis["unit_energy"].mean == pytest.approx(14 / 3 / 50, rel=0.05)


def test_a_plain_operation_is_as_before() -> None:
    same = [{"takes": "10 min"}]
    by_outcome = records(brew(same), days=3).lots["completed"].to_list()
    plain = shop([{"id": "tank"}], [op("ferment", "tank")], [{"product": "p", "every": "1 h"}],
                 products={"p": {"route": "r", "lot": 100}})  # fmt: skip
    assert by_outcome == records(plain, days=3).lots["completed"].to_list()
