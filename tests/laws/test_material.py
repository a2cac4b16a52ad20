"""What holds of material in every plant that builds, splits and stocks."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.shops import START, op, raw_run
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
    held = raw.state.lots[raw.state.units.lot[raw.state.units.phase == k.IN_PROCESS]]
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
