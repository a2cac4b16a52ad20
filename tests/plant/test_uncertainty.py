"""How well numbers are known, and plants drawn from it."""

from __future__ import annotations

from math import exp, log, log1p, sqrt
from statistics import fmean, pstdev

import pytest
from hypothesis import given, settings

from tests.strategies import plants
from zhizao.plant import OrderStream, Plant, Uncertainty, parse_plant, plant_text
from zhizao.plant.uncertainty import Group, alike, drawn, fitting, moved, numbers, observations, score
from zhizao.quantities import PlantError, mean

SHOP = """
zhizao: 1
plant: two machines
work_centers:
  - id: cut
    setup: {by: product, default: 10 min, times: [{from: a, to: b, takes: 20 min}]}
    failures: [{between: exponential(40 h), repair: exponential(2 h)}]
  - {id: sew, units: 2}
routes:
  r:
    - {id: cut, on: cut, takes: {per_lot: 1 min, per_piece: exponential(2 min)}}
    - id: sew
      on: [{work_center: sew, takes: 4 min}, {work_center: cut, takes: 6 min}]
      delay: 30 min
      defects: {share: 5 %}
      next: {"cut #2": 1, end: 3}
    - {id: "cut #2", on: cut, takes: 3 min, next: {end: 1}}
  s: [{id: cut, on: cut, takes: 9 min}]
products: {a: {route: r}, b: {route: s}}
orders: [{mix: {a: 3, b: 1}, every: exponential(20 min)}]
measures: [{id: no-setup, set: {work_centers.cut.setup: null}}]
uncertainty:
  - {what: work_centers.cut.setup, error: 0.2, observations: 25}
  - {what: work_centers.cut.failures.between, error: 0.3, observations: 12}
  - {what: work_centers.cut.failures.repair, error: 0.3, observations: 12}
  - {what: operations.cut.takes, error: 0.05, observations: 400}
  - {what: operations.sew.takes, error: 0.05, observations: 300}
  - {what: operations.sew.delay, error: 0.1, observations: 300}
  - {what: operations.sew.defects.share, error: 0.2, observations: 500}
  - {what: "routes.r.sew.next.cut #2", error: 0.1, observations: 300}
  - {what: orders.every, error: 0.04, observations: 700}
  - {what: orders.mix.a, error: 0.02, observations: 700}
"""
MANY = 200


def shop() -> Plant:
    return parse_plant(SHOP)


def times(plant: Plant) -> dict[str, float]:
    """Means of the numbers that are known, by hand."""
    cut, r, s = plant.work_centers[0], plant.routes["r"], plant.routes["s"]
    assert cut.setup
    assert r[0].takes
    assert r[0].takes.per_lot
    assert r[0].takes.per_piece
    assert r[1].on[0].takes
    assert r[1].on[0].takes.per_lot
    assert r[1].delay
    assert r[1].defects
    assert r[2].takes
    assert r[2].takes.per_lot
    assert s[0].takes
    assert s[0].takes.per_lot
    stream = plant.orders[0]
    assert isinstance(stream, OrderStream)
    return {
        "setup": mean(cut.setup.default),
        "matrix": mean(cut.setup.times[0].takes),
        "between": mean(cut.failures[0].between),
        "repair": mean(cut.failures[0].repair),
        "cut per lot": mean(r[0].takes.per_lot),
        "cut per piece": mean(r[0].takes.per_piece),
        "cut again": mean(r[2].takes.per_lot),
        "cut elsewhere": mean(s[0].takes.per_lot),
        "sew": mean(r[1].on[0].takes.per_lot),
        "delay": mean(r[1].delay),
        "defects": r[1].defects.share,
        "again": r[1].next["cut #2"] / sum(r[1].next.values()),
        "every": mean(stream.every),
        "a": stream.mix["a"] / sum(stream.mix.values()),
    }


# ---------------------------------------------------------------- what is drawn
def test_an_operation_is_drawn_as_one_wherever_it_stands() -> None:
    before, after = times(shop()), times(drawn(shop(), 1, 0))
    ratio = {name: after[name] / before[name] for name in before}
    same = ["cut per lot", "cut per piece", "cut again", "cut elsewhere"]
    assert all(ratio[name] == pytest.approx(ratio["cut per lot"]) for name in same)
    assert ratio["matrix"] == pytest.approx(ratio["setup"])
    assert len({round(ratio[name], 9) for name in ratio}) == len(ratio) - 4  # the rest each for itself


def test_many_drawn_plants_are_the_plant_on_average_and_scatter_as_the_errors_say() -> None:
    before, several = times(shop()), [times(drawn(shop(), 7, i)) for i in range(MANY)]
    errors = {"setup": 0.2, "repair": 0.3, "cut per piece": 0.05, "delay": 0.1, "every": 0.04}
    errors |= {"defects": 0.2, "again": 0.1, "a": 0.02}
    for name, error in errors.items():
        found = [one[name] / before[name] for one in several]
        assert fmean(found) == pytest.approx(1, abs=4 * error / sqrt(MANY)), name
        assert pstdev(found) == pytest.approx(error, rel=0.2), name


def test_a_factor_is_lognormal_with_mean_one() -> None:
    spread = log1p(0.04**2)
    factor = times(drawn(shop(), 3, 5))["every"] / times(shop())["every"]
    assert log(factor) == pytest.approx(sqrt(spread) * score(3, 5, "orders.every") - spread / 2)


def test_the_same_seed_gives_the_same_plant_and_another_seed_or_draw_another() -> None:
    first = drawn(shop(), 1, 0)
    assert drawn(shop(), 1, 0) == first
    assert drawn(shop(), 1, 1) != first
    assert drawn(shop(), 2, 0) != first


def test_a_group_that_is_drawn_alone_has_the_same_factors_and_moves_no_other() -> None:
    whole, alone, before = (
        times(p) for p in (drawn(shop(), 1, 4), drawn(shop(), 1, 4, Group.SETUPS), shop())
    )
    assert {name for name in before if alone[name] != before[name]} == {"setup", "matrix"}
    assert alone["setup"] == whole["setup"]


def test_before_and_after_a_measure_meet_the_same_factors() -> None:
    before, after = alike(
        (shop(), shop().replace({"work_centers.cut.setup.default": "2 min", "uncertainty": ()}))
    )
    ratio = [
        times(drawn(p, 1, 0))["setup"] / times(p)["setup"] for p in (before, after)
    ]  # the second got what is known from the first
    assert ratio[0] == pytest.approx(ratio[1])
    assert ratio[0] != 1


def test_a_count_of_cycles_that_is_reported_exactly_is_no_estimate() -> None:
    change = {"work_centers.cut.failures.#1": {"clock": "cycles", "between": 100, "repair": "2 h"}}
    after = shop().replace(change)
    assert "work_centers.cut.failures.between" not in {k.what for k in after.uncertainty}
    assert drawn(after, 1, 0).work_centers[0].failures[0].between == after.work_centers[0].failures[0].between


def test_a_stream_of_one_product_has_a_pace_of_its_own_where_that_is_known() -> None:
    streams = [{"product": name, "every": "10 min"} for name in ("a", "b")]
    paces = ("orders.a.every", "orders.every")
    known = [{"what": what, "error": 0.1, "observations": 9} for what in paces]
    first, second = drawn(shop().replace({"orders": streams, "uncertainty": known}), 1, 0).orders
    assert isinstance(first, OrderStream)
    assert isinstance(second, OrderStream)
    spread = log1p(0.1**2)
    factors = [exp(sqrt(spread) * score(1, 0, what) - spread / 2) for what in paces]
    assert [mean(o.every) / 600 for o in (first, second)] == pytest.approx(factors)


def test_a_plant_of_which_nothing_is_said_is_drawn_as_it_is() -> None:
    plain = shop().replace({"uncertainty": ()})
    assert drawn(plain, 1, 0) == plain
    assert moved([plain]) == {}


def test_all_ways_on_from_an_operation_are_drawn_together() -> None:
    ways = [what for what, number in moved([shop()]).items() if number.measured == "routes.r.sew.next"]
    assert ways == ["routes.r.sew.next.cut #2", "routes.r.sew.next.end"]
    assert observations([shop()])["routes.r.sew.next"] == 300


@settings(max_examples=12, deadline=None)
@given(plants())
def test_any_plant_that_is_drawn_is_a_plant(plant: Plant) -> None:
    every = tuple(Uncertainty(what=what, error=0.01, observations=9) for what in numbers(plant))
    known = plant.model_copy(update={"uncertainty": fitting(plant, every)})
    one = drawn(known, 1, 0)
    assert Plant.model_validate({f: getattr(one, f) for f in Plant.model_fields}) == one
    assert parse_plant(plant_text(one)) == one


# ---------------------------------------------------------------- checks
@pytest.mark.parametrize(
    ("what", "error", "reported"),
    [
        ("work_centers.cutt.setup", 0.1, "did you mean 'work_centers.cut.setup'"),
        ("work_centers.sew.setup", 0.1, "found no number"),
        ("operations.cut #2.takes", 0.1, "did you mean 'operations.cut.takes'"),
        ("routes.r.cut #2.next.end", 0.1, "found no number"),  # there is only one way on
        ("operations.sew.defects.share", 5.0, "less than 4.36"),  # a share of 5 % is at most 1
        ("orders.mix.a", 0.6, "less than 0.577"),
        ("orders.every", 0.0, "greater than 0"),
        ("orders.every", -1.0, "greater than 0"),
    ],
)
def test_what_cannot_be_known_is_refused(what: str, error: float, reported: str) -> None:
    with pytest.raises(PlantError, match=reported):
        shop().replace({"uncertainty": [{"what": what, "error": error, "observations": 9}]})


def test_a_number_is_known_once() -> None:
    twice = [{"what": "orders.every", "error": e, "observations": 9} for e in (0.1, 0.2)]
    with pytest.raises(PlantError, match=r"found the number 'orders\.every' again"):
        shop().replace({"uncertainty": twice})


def test_a_measure_that_takes_a_number_away_takes_what_is_known_of_it_too() -> None:
    after = shop().with_measures(["no-setup"])
    assert {k.what for k in shop().uncertainty} - {k.what for k in after.uncertainty} == {
        "work_centers.cut.setup"
    }


def test_of_two_that_are_said_of_one_number_the_first_fits() -> None:
    known = [Uncertainty(what="orders.every", error=e, observations=9) for e in (0.1, 0.2)]
    nothing = Uncertainty(what="operations.fold.takes", error=0.1, observations=9)
    assert fitting(shop(), [nothing, *known]) == (known[0],)


def test_the_former_name_of_the_field_is_read_with_a_warning_that_says_where() -> None:
    text = plant_text(shop())
    line = (
        text.splitlines().index(next(row for row in text.splitlines() if row.startswith("uncertainty:"))) + 1
    )
    former = text.replace("\nuncertainty:", "\nknown:")
    with pytest.warns(FutureWarning, match=rf"shop\.yaml:{line}: known: .* now called uncertainty"):
        assert parse_plant(former, file="shop.yaml") == shop()


def test_a_fault_below_the_former_name_has_its_line() -> None:
    former = plant_text(shop().replace({"uncertainty": ()})) + "known: [{what: orders.never}]\n"
    with pytest.warns(FutureWarning), pytest.raises(PlantError) as raised:
        parse_plant(former)
    assert {fault.line for fault in raised.value.faults} == {former.count("\n")}
