"""Random numbers go by ids: neither the order of a file nor what is added to it moves those of the others.

Times are continuous here, so that nothing happens at one moment. Where order has a meaning it stays as it is:
units of one work center, alternatives of an operation, groups for one need, failures of one clock, streams of
equal products, and what wants the same person at one moment.
"""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.shops import START, op, order, records, shop
from zhizao.engine.lower import lower
from zhizao.kernels import tables as k
from zhizao.plant import Plant
from zhizao.records import Records

WAYS = [
    {"from": "cut", "to": "sew", "takes": "2.37 min"},
    {"from": "sew", "to": "pack", "takes": "3.37 min"},
    {"from": "cut", "to": "pack", "takes": "4.37 min"},
]
BROKEN = [{"between": "exponential(4 h)", "repair": "uniform(9 min, 40 min)"}]
FLEET = {"home": "cut", "times": WAYS, "failures": BROKEN}
few = settings(max_examples=20)
DAYS = 2.0
CENTERS = ("cut", "sew", "pack")

_times = st.sampled_from(["exponential(9 min)", "uniform(3 min, 14 min)", "lognormal(8 min, cv 0.7)"])
_rules = st.sampled_from(["fifo", "shortest-processing-time", "earliest-due-date", "least-setup"])


@st.composite
def centers(draw: st.DrawFn, name: str) -> dict[str, Any]:
    busy = {"clock": "busy", "between": "exponential(3 h)", "repair": "exponential(15 min)"}
    always = {"clock": "calendar", "between": "exponential(7 h)", "repair": "exponential(25 min)"}
    return {
        "id": name,
        "units": draw(st.integers(1, 3)),
        "dispatch": draw(_rules),
        "failures": draw(st.sampled_from([[], [busy], [always], [busy, always]])),
        "setup": draw(st.sampled_from([None, {"by": "product", "default": "exponential(2 min)"}])),
        "buffer": draw(st.sampled_from([None, {"capacity": 4}])),
    }


@st.composite
def operations(draw: st.DrawFn, number: int, *, last: bool) -> dict[str, Any]:
    center = draw(st.sampled_from(CENTERS))
    more: dict[str, Any] = {"needs": {f"{center}-people": 1}} if draw(st.booleans()) else {}
    if draw(st.booleans()):
        more["defects"] = {"share": 0.2, "found": 0.8, "then": "scrap"}
    if draw(st.booleans()):
        more["sample"] = 0.7
    if not last and draw(st.booleans()):
        more["next"] = {"end": 1, f"o{number + 1}": 3}
    return op(f"o{number}", center, takes={"per_lot": draw(_times), "per_piece": "exponential(20 s)"}, **more)


@st.composite
def forms(draw: st.DrawFn) -> dict[str, Any]:
    """A plant as in a file."""
    routes = {
        name: [draw(operations(n, last=n == length - 1)) for n in range(length)]
        for name, length in zip("rst", draw(st.tuples(*[st.integers(1, 4)] * 3)), strict=True)
    }
    rare = "exponential(70 min)"
    return {
        "plant": "p",
        "start": START,
        "work_centers": [draw(centers(name)) for name in CENTERS],
        "personnel": [{"id": f"{name}-people", "count": draw(st.integers(1, 2))} for name in CENTERS],
        "routes": routes,
        "products": {
            "a": {"route": {"r": 1, "s": 2, "t": 0.5}, "lot": 5},
            "b": {"route": "s", "lot": 3},
            "c": {"route": "t", "lot": 3},
        },
        "orders": [
            {
                "mix": {"a": 2, "b": 1, "c": 1},
                "every": rare,
                "pieces": "uniform(1, 9)",
                "due": "uniform(2 h, 9 h)",
            },
            {"mix": {"a": 1, "b": 1}, "every": rare, "due": "exponential(5 h)"},
            {"product": "a", "every": rare},
            {"product": "c", "every": rare, "due": "exponential(5 h)"},
            order("x", "b", pieces=7, release=draw(st.floats(1.0, 50000.0))),
            order("y", "a", pieces=4, release=draw(st.floats(50001.0, 90000.0))),
        ],
        "transport": draw(st.sampled_from([{}, {"fleets": [FLEET | {"id": "agv"}]}])),
    }


def mixed(draw: st.DrawFn, part: Any, where: str = "") -> Any:
    """The same with every mapping, and every list whose order means nothing, in another order."""
    if isinstance(part, dict):
        keys = draw(st.permutations(sorted(part)))
        return {key: mixed(draw, part[key], key) for key in keys}
    if isinstance(part, list):
        done = [mixed(draw, item) for item in part]
        return (
            draw(st.permutations(done))
            if where in {"work_centers", "personnel", "orders", "failures"}
            else done
        )
    return part


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Plant, Plant]:
    form = draw(forms())
    return Plant.model_validate(form), Plant.model_validate(mixed(draw, form))


def what_happened(found: Records) -> list[pl.DataFrame]:
    """Log, lots and states without the names of orders, which number streams as they stand."""
    assert found.events is not None
    assert found.states is not None
    by_name = found.states.sort("work_center", "unit", pl.col("state").cast(pl.String))
    by_time = found.events.drop("order").sort("start", "unit", pl.col("activity").cast(pl.String))
    return [by_time, found.lots.drop("order"), by_name]  # what has no end stands by unit in the log


@few
@given(pairs())
def test_another_order_in_the_file_changes_no_random_number(both: tuple[Plant, Plant]) -> None:
    one, other = (what_happened(records(plant, DAYS)) for plant in both)
    assert one[1].height > 20
    assert all(a.equals(b) for a, b in zip(one, other, strict=True))


@few
@given(forms(), st.randoms(use_true_random=False))
def test_what_is_added_moves_no_random_number_of_the_others(form: dict[str, Any], chance: Any) -> None:
    def among(items: list[Any], new: Any) -> list[Any]:
        at = chance.randrange(len(items) + 1)
        return [*items[:at], new, *items[at:]]

    more = form | {
        "work_centers": among(form["work_centers"], {"id": "new", "failures": BROKEN}),
        "personnel": among(form["personnel"], {"id": "more", "count": 1}),
        "routes": {"0": [op("o0", "new", takes="exponential(9 min)")]} | form["routes"],
        "products": {"0": {"route": "0"}} | form["products"],
        "orders": among(form["orders"], {"product": "0", "every": "exponential(30 min)"}),
    }
    before, after = (records(Plant.model_validate(each), DAYS).lots for each in (form, more))
    kept = [column for column in before.columns if column not in {"lot", "order"}]
    assert (after["product"] == "0").any()
    assert after.filter(pl.col("product") != "0").select(kept).equals(before.select(kept))


def test_an_operation_that_is_added_moves_no_random_number_of_the_others() -> None:
    route = [op(name, "m", takes="exponential(9 min)") for name in "abc"]
    more = [route[0], op("new", "m", takes="uniform(1 min, 2 min)"), *route[1:]]
    found = [records(shop([{"id": "m", "units": 99}], each), DAYS).events for each in (route, more)]
    spent = [
        frame.filter(pl.col("operation") != "new", pl.col("end").is_not_null()).select(
            "lot", "operation", s=(pl.col("end") - pl.col("start")).dt.total_microseconds() / 1e6
        )
        for frame in found
        if frame is not None
    ]
    both = spent[0].join(spent[1], on=["lot", "operation"])
    assert both.height > 400
    assert (both["s"] - both["s_right"]).abs().max() < 0.01  # type: ignore[operator]


def test_streams_of_equal_products_are_distinguished_by_their_sequence() -> None:
    streams = [{"product": "p", "every": "exponential(1 h)"}, {"product": "p", "every": "exponential(2 h)"}]
    found = [records(shop(orders=each), 20).lots for each in (streams, streams[:1])]
    first = found[0].filter(pl.col("order").str.starts_with("S1-"))["release"]
    assert first.equals(found[1]["release"])
    second = found[0].filter(pl.col("order").str.starts_with("S2-"))["release"]
    assert not second[:20].equals(first[:20])


def test_failures_of_one_clock_are_distinguished_by_their_sequence() -> None:
    busy, always = (
        {"clock": c, "between": "exponential(3 h)", "repair": "1 s"} for c in ("busy", "calendar")
    )

    def keys(*failures: dict[str, Any]) -> list[int]:
        stops = lower(shop([{"id": "m", "failures": list(failures)}]), k.LOG_NONE).tables.downtimes
        return [int(key) for key in stops["key"]]

    one, two, other = keys(busy, busy, always)
    assert len({one, two, other}) == 3
    assert keys(always, busy) == [other, one]
