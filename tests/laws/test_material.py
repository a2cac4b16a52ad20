"""What holds of material in every plant that builds, splits and stocks."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.shops import START, op, raw_run
from tests.laws.checks import limits_hold
from tests.laws.factories import factories
from tests.laws.test_factories import moments
from zhizao.engine.lift import Raw
from zhizao.kernels import tables as k
from zhizao.plant import Plant

DAYS = 1.0
some = settings(max_examples=15)
minutes = st.integers(1, 12).map(lambda m: f"exponential({m} min)")


@st.composite
def builders(draw: st.DrawFn) -> Plant:
    """A plant that builds `p` of parts `a` and `b`, and `b` of `a`, with defects and people."""
    parts = st.fixed_dictionaries({"a": st.integers(1, 2)}, optional={"b": st.integers(1, 2)})
    defects = {
        "share": draw(st.sampled_from([0.0, 0.2])),
        "then": draw(st.sampled_from(["scrap", "rework build"])),
    }
    build = op("build", "m", takes=draw(minutes), parts=draw(parts), defects=defects, needs={"people": 1})
    if draw(st.booleans()):
        size = draw(st.sampled_from(["1..3", "2..4", "2"]))
        build["batch"] = {"lots": size, "wait_at_most": draw(st.sampled_from(["0 s", "1 h"]))}
    form: dict[str, Any] = {
        "plant": "builder",
        "start": START,
        "work_centers": [{"id": "m", "units": 2}, {"id": "x", "dispatch": "earliest-due-date"}],
        "personnel": [{"id": "people", "count": draw(st.integers(1, 2))}],
        "routes": {
            "of-p": [build],
            "of-a": [op("make-a", "x", takes=draw(minutes))],
            "of-b": [op("make-b", "x", "m", takes=draw(minutes), parts={"a": 1})],
        },
        "products": {
            "p": {"route": "of-p", "lot": draw(st.integers(1, 3))},
            "a": {
                "route": "of-a",
                "lot": draw(st.integers(1, 4)),
                "stock": {"initial": draw(st.integers(0, 9))},
            },
            "b": {"route": "of-b", "stock": {"initial": draw(st.integers(0, 9))}},
        },
        "orders": [{"mix": {"p": 2, "a": 3, "b": 2}, "every": draw(minutes), "pieces": 2, "due": "2 h"}],
    }
    if "b" not in build["parts"]:  # then nobody takes it, and it is sold
        form["products"]["b"] = {"route": "of-b"}
    return Plant.model_validate(form)


def taken(plant: Plant, raw: Raw, product: str) -> int:
    """Pieces of a product that were built in, by the rows of the log and the work in hand at the end."""
    steps = [operation for route in plant.routes.values() for operation in route]
    need = np.array([operation.parts.get(product, 0) for operation in steps])
    log = raw.log[raw.log.activity == k.A_PROCESS]
    held = raw.state.lots[(raw.state.lots.used > 0) & (raw.state.lots.unit >= 0)]
    return int((need[log.step] * log.pieces_in).sum() + (need[held.step] * held.active).sum())


@some
@given(builders())
def test_parts_made_and_at_the_start_are_built_in_or_in_stock(plant: Plant) -> None:
    raw = raw_run(plant, DAYS)
    for row, (name, product) in enumerate(plant.products.items()):
        stocked = raw.exits[(raw.exits["status"] == k.STOCKED) & (raw.exits["product"] == row)]
        left = int(raw.state.stocks.pieces[row])
        assert left >= 0
        assert stocked["good"].sum() + product.stock.initial == taken(plant, raw, name) + left


@st.composite
def splitters(draw: st.DrawFn) -> Plant:
    """A plant that opens `p` into frames and screws, splits, holds and branches, with defects and places."""
    defects = {"share": 0.2, "then": draw(st.sampled_from(["scrap", "rework open", "rework part"]))}
    makes = {"screw": draw(st.integers(1, 3)), "frame": 1}
    opening = op("open", "x", takes=draw(minutes), makes=makes)
    split = {"split": draw(st.integers(1, 4)), "hold": {"share": 0.3, "for": draw(minutes)}}
    parting = op("part", "y", takes=draw(minutes), **split)
    test = op("test", "x", "y", takes=draw(minutes), defects=defects, next={"part": 1, "end": 3})
    room = draw(st.none() | st.integers(1, 3).map(lambda n: {"capacity": n}))
    output = {"output": draw(st.integers(0, 2)), "capacity": draw(st.none() | st.integers(0, 2))}
    form: dict[str, Any] = {
        "plant": "splitter",
        "start": START,
        "work_centers": [
            {"id": "x", "units": 2, "buffer": output},
            {"id": "y", "buffer": room, "dispatch": "priority"},
        ],
        "routes": {"r": [opening, parting, test], "clean": [op("wash", "y", takes=draw(minutes))]},
        "products": {
            "p": {"route": "r", "lot": draw(st.integers(1, 9))},
            "frame": {"route": {"clean": 1, "r": 0.05}},
            "screw": {"route": None},
        },
        "orders": [{"product": "p", "every": "exponential(40 min)", "pieces": 7}],
    }
    return Plant.model_validate(form)


@some
@given(splitters())
def test_splitting_loses_no_piece(plant: Plant) -> None:
    raw = raw_run(plant, DAYS)
    exits, inside = raw.exits, raw.state.lots[raw.state.lots.used > 0]
    np.testing.assert_array_equal(exits["pieces"], exits["good"] + exits["scrap"])
    np.testing.assert_array_equal(inside.started, inside.pieces + inside.scrap)
    ordered = 7 * int(raw.state.sources.number.sum())
    p = list(plant.products).index("p")
    started = exits["pieces"][exits["product"] == p].sum() + inside.started[inside["product"] == p].sum()
    assert started == ordered


@some
@given(splitters())
def test_by_products_are_so_many_for_each_piece_that_goes_on(plant: Plant) -> None:
    """Screws go out at once, so those that are out tell the pieces that were opened for the first time."""
    raw = raw_run(plant, DAYS)
    names = list(plant.products)
    exits, inside = raw.exits, raw.state.lots[raw.state.lots.used > 0]
    made = {
        name: exits["pieces"][exits["product"] == names.index(name)].sum()
        + inside.started[inside["product"] == names.index(name)].sum()
        for name in ("screw", "frame")
    }
    assert made["screw"] == plant.routes["r"][0].makes["screw"] * made["frame"]


@settings(max_examples=8)
@given(splitters())
def test_limits_hold_where_lots_are_split_and_held(plant: Plant) -> None:
    for t, s in moments(plant, 0.3):
        limits_hold(t, s)
        parked = s.lot_extra.center[(s.lots.used == 2) & (s.lots.special & k.PARKED > 0)]
        assert (np.bincount(parked, minlength=2) == s.centers.parked).all()
        assert (s.centers.parked <= t.centers.output).all()
        for x in s.units:  # no unit is blocked while an output place is free
            blocked = x.phase == k.HOLDS and t.centers.output[t.units.center[s.lots.unit[x.lot]]] > 0
            assert not blocked or s.centers.parked[t.units.center[s.lots.unit[x.lot]]] > 0


@settings(max_examples=8)
@given(builders(), st.integers(1, 3), st.integers(1, 4))
def test_there_are_never_more_lots_than_cards_in_a_kanban_loop(plant: Plant, cards: int, lot: int) -> None:
    form = plant.model_dump(mode="json", by_alias=True)
    form["products"]["a"] |= {"lot": lot, "stock": {"kanban": cards, "initial": cards // 2 * lot}}
    form["orders"][0]["mix"].pop("a")
    row = list(form["products"]).index("a")
    for _, s in moments(Plant.model_validate(form), 0.3):
        inside = s.lots[(s.lots.used > 0) & (s.lots["product"] == row)]
        stock = int(s.stocks.pieces[row])
        assert len(inside) + -(-stock // lot) <= cards
        assert s.stocks.on_order[row] == inside.started.sum()


@st.composite
def rushes(draw: st.DrawFn) -> Plant:
    """A factory in which some orders are hot and interrupt others."""
    form = draw(factories()).model_dump(mode="json", by_alias=True)
    for center in form["work_centers"]:
        center["preempt"] = draw(st.sampled_from(["never", "resume", "restart"]))
    for route in form["routes"].values():
        for operation in route:
            operation.pop("batch", None)
            operation.pop("cascade", None)
    form["orders"].append({"product": "q", "every": "exponential(1 h)", "hot": True})
    return Plant.model_validate(form)


@settings(max_examples=8)
@given(rushes())
def test_limits_hold_where_hot_lots_interrupt_others(plant: Plant) -> None:
    for t, s in moments(plant, 0.5):
        limits_hold(t, s)
        for center in s.centers:  # hot lots first, then those that they interrupted
            ranks = []
            lot = int(center.head)
            while lot >= 0:
                special = int(s.lots.special[lot])
                ranks.append(0 if special & k.HOT else 1 if special & k.BACK else 2)
                lot = int(s.lots.next[lot])
            assert ranks == sorted(ranks)


@some
@given(rushes())
def test_hot_lots_lose_no_time_and_no_piece(plant: Plant) -> None:
    raw = raw_run(plant, DAYS)
    np.testing.assert_allclose(raw.seconds.sum(axis=1), DAYS * 86400.0, rtol=1e-12)
    exits, inside = raw.exits, raw.state.lots[raw.state.lots.used > 0]
    np.testing.assert_array_equal(exits["pieces"], exits["good"] + exits["scrap"])
    np.testing.assert_array_equal(inside.started, inside.pieces + inside.scrap)
