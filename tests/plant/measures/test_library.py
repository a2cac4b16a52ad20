"""The library of measures: each kind finds its places, and what it says is valid and does what it says."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

from tests.engine.shops import records, state_minutes
from tests.strategies import plants
from zhizao.plant import Measure, MeasureKind, OrderStream, Plant, parse_plant, plant_text, read_plant
from zhizao.plant.measures.library import KINDS, absent, applicable, evidence_in, survey
from zhizao.plant.measures.load import expected_visits
from zhizao.quantities import InputError, mean

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = sorted(
    [*(ROOT / "examples").glob("plants/*.yaml"), *(ROOT / "examples").glob("factories/*/plant.yaml")]
)

BARE = """
zhizao: 1
plant: bare
work_centers: [{id: saw}]
routes: {part: [{id: cut, on: saw, takes: 5 min}]}
products: {part: {route: part}}
orders: [{product: part, every: 6 min}]
"""

RICH = """
zhizao: 1
plant: rich
calendars: {day: {mon-fri: [08:00-16:00]}}
work_centers:
  - id: saw
    calendar: day
    setup: {by: product, default: 10 min, times: [{from: a, to: b, takes: 20 min}]}
    failures: [{clock: busy, between: exponential(20 h), repair: 1 h, needs: {fitter: 1}}]
    power: {idle: 2 kW, busy: 6 kW}
    cost: 30/h
    at: [0 m, 0 m]
  - {id: drill, buffer: {capacity: 4}, at: [10 m, 0 m]}
personnel:
  - {id: fitter, count: 1, cost: 40/h}
  - {id: driller, count: 2}
  - {id: looker, count: 1, skills: [inspect]}
routes:
  a:
    - {id: cut, on: saw, takes: {per_piece: 1 min}, defects: {share: 0.1, found: 0.5}}
    - {id: make-sample, on: drill, takes: {per_piece: 20 s}}
    - {id: bore, on: drill, takes: {per_piece: 30 s}, needs: {driller: 1}}
products: {a: {route: a, lot: 10}, b: {route: a, lot: 10}}
orders:
  - {product: a, every: 40 min, due: 1 d, calendar: day}
  - {product: b, every: 80 min, due: 1 d, calendar: day}
transport: {fleets: [{id: cart, speed: 1 m/s, cost: 5/h}]}
tariff: {default: 0.2/kWh, periods: [{when: "mon-sun 08:00-12:00", price: 0.4/kWh}]}
uncertainty: [{what: work_centers.saw.setup, error: 0.2, observations: 25}]
"""

PLACES = {
    MeasureKind.VISUAL_INSPECTION: ["visual-inspection-at-cut"],
    MeasureKind.PROCESS_CONTROL: ["process-control-at-cut"],
    MeasureKind.PREDICTIVE_MAINTENANCE: ["predictive-maintenance-at-saw"],
    MeasureKind.DISPATCHING: [
        "dispatching-by-earliest-due-date", "dispatching-by-critical-ratio", "dispatching-by-least-setup",
    ],
    MeasureKind.SCHEDULING: [],
    MeasureKind.QUICK_CHANGEOVER: ["quick-changeover-at-saw"],
    MeasureKind.STANDBY: ["standby-at-saw"],
    MeasureKind.LOAD_SHIFTING: ["load-shifting-at-saw"],
    MeasureKind.EXTRA_UNIT: ["extra-unit-at-saw", "extra-unit-at-drill"],
    MeasureKind.EXTRA_WORKER: ["extra-worker-for-driller", "extra-worker-for-fitter"],
    MeasureKind.CROSS_TRAINING: ["cross-training-of-fitter-for-driller"],
    MeasureKind.RELEASE_CONTROL: [
        "release-control-of-2-lots", "release-control-of-3-lots", "release-control-of-4-lots",
    ],
    MeasureKind.LOT_SIZE: ["lot-size-smaller-of-a", "lot-size-smaller-of-b"],
    MeasureKind.TRANSFER_BATCH: ["transfer-batch-on-a"],
    MeasureKind.BUFFER: ["buffer-of-6-at-drill", "buffer-of-8-at-drill"],
    MeasureKind.EXTRA_VEHICLE: ["extra-vehicle-for-cart"],
    MeasureKind.AUTOMATIC_STORE: ["automatic-store-at-saw", "automatic-store-at-drill"],
    MeasureKind.VIRTUAL_SAMPLES: ["virtual-samples-at-make-sample"],
    MeasureKind.PARAMETRIC_PATTERNS: [],
    MeasureKind.AUTOMATIC_MARKERS: [],
}  # fmt: skip


def one(plant: Plant, kind: str, **values: object) -> Measure:
    """The first measure of a kind."""
    return applicable(plant, [kind], {f"{kind}.{name}": value for name, value in values.items()})[0]


def taken(plant: Plant, measure: Measure) -> Plant:
    return plant.replace({"measures": [measure]}).with_measures([measure.id])


# ---------------------------------------------------------------- places
def test_the_kinds_are_those_of_the_model_in_their_order() -> None:
    assert [kind.kind for kind in KINDS] == list(MeasureKind)


@pytest.mark.parametrize("kind", list(MeasureKind), ids=lambda kind: kind.value)
def test_each_kind_finds_its_places(kind: MeasureKind) -> None:
    assert [measure.id for measure in applicable(parse_plant(RICH), [kind.value])] == PLACES[kind]


def test_a_plant_that_has_nothing_gets_another_unit_only_and_the_reasons() -> None:
    bare = parse_plant(BARE)
    assert [measure.id for measure in applicable(bare)] == ["extra-unit-at-saw"]
    why = dict(absent(bare))
    assert set(why) == set(MeasureKind) - {MeasureKind.EXTRA_UNIT}
    assert all(why.values())
    assert why[MeasureKind.PREDICTIVE_MAINTENANCE] == "no work center has failures at intervals that vary"
    assert "zhizao schedule" in why[MeasureKind.SCHEDULING]


def test_no_more_than_three_of_a_kind_the_busiest_first_and_the_others_are_counted() -> None:
    centers = ", ".join(f"{{id: m{n}}}" for n in range(5))
    steps = ", ".join(f"{{id: s{n}, on: m{n}, takes: {n + 1} min}}" for n in range(5))
    text = BARE.replace("[{id: saw}]", f"[{centers}]").replace(
        "[{id: cut, on: saw, takes: 5 min}]", f"[{steps}]"
    )
    (places,) = survey(parse_plant(text), ["extra-unit"])
    assert [measure.id for measure in places.measures] == [f"extra-unit-at-m{n}" for n in (4, 3, 2)]
    assert places.more == 2


def test_repeats_and_routes_of_a_step_are_one_place() -> None:
    """One camera at the press sees all that is pressed."""
    step = "on: saw, takes: 1 min, defects: {share: 0.1, found: 0}"
    text = BARE.replace(
        "{part: [{id: cut, on: saw, takes: 5 min}]}",
        f"{{r: [{{id: cut, {step}}}, {{id: 'cut #2', {step}}}], s: [{{id: cut, {step}}}]}}",
    ).replace("{part: {route: part}}", "{part: {route: {r: 1, s: 1}}}")
    (measure,) = applicable(parse_plant(text), ["process-control"])
    assert list(measure.set) == [f"routes.{at}.defects.share" for at in ("r.cut", "r.cut #2", "s.cut")]


def test_ids_differ_from_those_of_the_plant_and_what_it_has_is_not_listed_again() -> None:
    plant = parse_plant(BARE + "measures: [{id: extra-unit-at-saw, set: {work_centers.saw.units: 3}}]")
    assert [measure.id for measure in applicable(plant)] == ["extra-unit-at-saw-2"]
    again = plant.replace({"measures": applicable(plant)})
    assert applicable(again) == ()
    assert "already" in dict(absent(again))[MeasureKind.EXTRA_UNIT]


# ---------------------------------------------------------------- what they say
def test_measures_are_assumed_and_carry_the_range_of_what_they_assume() -> None:
    measure = one(parse_plant(RICH), "visual-inspection")
    assert measure.assumed
    assert measure.uncertain["routes.a.cut.defects.found"] == "triangular(0.85, 0.95, 0.99)"
    given = one(parse_plant(RICH), "visual-inspection", detection="80 %")
    assert given.set["routes.a.cut.defects.found"] == 0.8
    assert given.uncertain["routes.a.cut.defects.found"] == "triangular(0.8, 0.8, 0.99)"


def test_every_parameter_says_where_its_number_is_from_and_stands_in_its_range() -> None:
    for kind in KINDS:
        for parameter in kind.parameters:
            assert parameter.source
            if parameter.low is not None and parameter.high is not None and parameter.value is not None:
                assert parameter.low <= parameter.value <= parameter.high, parameter


def test_what_is_paid_by_the_hour_costs_nothing_once_and_else_the_cost_is_not_known() -> None:
    cost = {measure.id: measure.cost for measure in applicable(parse_plant(RICH))}
    assert (cost["extra-unit-at-saw"], cost["extra-unit-at-drill"]) == (0, None)
    assert (cost["extra-worker-for-fitter"], cost["extra-worker-for-driller"]) == (0, None)
    assert cost["extra-vehicle-for-cart"] == 0
    assert cost["visual-inspection-at-cut"] is None
    given = one(parse_plant(RICH), "visual-inspection", cost=5000, yearly_cost=300, installation="7 d")
    assert (given.cost, given.yearly_cost, given.installation) == (5000, 300, 7 * 86400)


@pytest.mark.parametrize(
    ("kinds", "values", "said"),
    [
        (
            ["visual-inspektion"],
            {},
            "no kind of measure 'visual-inspektion'.*did you mean 'visual-inspection'",
        ),
        (None, {"visual-inspection.detektion": 0.9}, "no parameter 'detektion'.*did you mean 'detection'"),
        (None, {"bufer.large": 2}, "no kind of measure 'bufer'.*did you mean 'buffer'"),
        (None, {"visual-inspection.detection": 1.2}, "1.2"),
        (None, {"visual-inspection.detection": "much"}, "much"),
        (None, {"standby.after": "5"}, "5"),
    ],
)
def test_names_and_values_that_cannot_be_are_refused(
    kinds: list[str] | None, values: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        applicable(parse_plant(RICH), kinds, values)


def test_orders_stay_as_they_are_when_lots_are_smaller() -> None:
    plant = parse_plant(RICH)
    after = taken(plant, one(plant, "lot-size"))
    assert after.products["a"].lot == 5
    stream = after.orders[0]
    assert isinstance(stream, OrderStream)
    assert stream.pieces is not None
    assert mean(stream.pieces) == 10


def test_the_critical_wip_is_the_rate_of_the_bottleneck_times_raw_process_time() -> None:
    """Two steps of 4 and 6 min: 1/6 a minute x 10 min = 1.67 lots, so 2, 3 and 4."""
    text = BARE.replace("[{id: saw}]", "[{id: saw}, {id: drill}]").replace(
        "[{id: cut, on: saw, takes: 5 min}]",
        "[{id: cut, on: saw, takes: 4 min}, {id: bore, on: drill, takes: 6 min}]",
    )
    found = applicable(parse_plant(text), ["release-control"])
    assert [measure.set for measure in found] == [{"release": {"conwip": lots}} for lots in (2, 3, 4)]


def test_samples_are_steps_that_say_so_or_else_the_steps_of_products_that_say_so() -> None:
    text = BARE.replace("part: {route: part}", "part: {route: part, attributes: {kind: sample}}")
    assert [one.id for one in applicable(parse_plant(text), ["virtual-samples"])] == [
        "virtual-samples-at-cut"
    ]
    named = text.replace("takes: 5 min}]", "takes: 5 min}, {id: sew-sample, on: saw, takes: 1 min}]")
    (measure,) = applicable(parse_plant(named), ["virtual-samples"])
    assert measure.set == {"routes.part.sew-sample.sample": 0.6}


ROUNDS = BARE.replace(
    "[{id: cut, on: saw, takes: 5 min}]",
    "[{id: draw, on: saw, takes: 5 min}, {id: sew-sample, on: saw, takes: 5 min},"
    " {id: fit, on: saw, takes: 5 min, next: {correct: 3, end: 1}},"
    " {id: correct, on: saw, takes: 5 min, next: {sew-sample: 1}}]",
)


@pytest.mark.parametrize(("replaced", "rounds"), [(0.4, 2.4), (0.5, 2.0), (0.75, 1.0), (0.9, 1.0)])
def test_virtual_samples_save_rounds_where_a_route_leads_back(replaced: float, rounds: float) -> None:
    plant = parse_plant(ROUNDS)
    (measure,) = applicable(plant, ["virtual-samples"], {"virtual-samples.replaced": replaced})
    assert measure.id == "virtual-samples-at-fit"
    after = taken(plant, measure)
    visits = dict(
        zip((one.id for one in after.routes["part"]), expected_visits(after.routes["part"]), strict=True)
    )
    assert visits["sew-sample"] == pytest.approx(rounds, abs=1e-4)


def test_virtual_samples_save_rounds_of_one_step_that_is_done_again() -> None:
    plant = parse_plant(BARE.replace("{id: cut,", "{id: make-sample, next: {make-sample: 0.7, end: 0.3},"))
    (measure,) = applicable(plant, ["virtual-samples"], {"virtual-samples.replaced": 0.4})
    assert expected_visits(taken(plant, measure).routes["part"]) == [pytest.approx(2.0, abs=1e-4)]


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ("draft-pattern", "parametric-patterns"), ("grade", "parametric-patterns"),
        ("pattern-check", None), ("upgrade-firmware", None), ("make-marker", "automatic-markers"),
        ("mark_sample", "automatic-markers"), ("laser-nesting", "automatic-markers"), ("layup", None),
        ("market", None),
    ],
)  # fmt: skip
def test_steps_of_the_pattern_room_are_known_by_their_names(step: str, kind: str | None) -> None:
    plant = parse_plant(BARE.replace("id: cut, on: saw, takes: 5 min", f"id: {step}, on: saw, takes: 5 min"))
    kinds = ("parametric-patterns", "automatic-markers")
    found = {name: measure for name in kinds for measure in applicable(plant, [name])}
    assert list(found) == ([kind] if kind else [])
    if kind:
        after = taken(plant, found[kind]).routes["part"][0].takes
        assert after is not None
        assert after.per_lot is not None
        assert mean(after.per_lot) == pytest.approx(300 * (0.5 if kind == "parametric-patterns" else 0.2))


def test_false_alarms_are_looked_at_by_an_inspector_only_where_there_is_one() -> None:
    plant = parse_plant(RICH)
    after = taken(plant, one(plant, "visual-inspection", review=1, inspection_time="3 s"))
    step = after.routes["a"][0]
    assert step.defects is not None
    assert (step.defects.false_alarms, list(step.needs)) == (0, ["inspect"])
    assert step.takes is not None
    assert str(step.takes.per_piece) == "63 s"
    without = parse_plant(RICH.replace(", skills: [inspect]", ""))
    with pytest.raises(InputError, match="found no inspectors"):
        one(without, "visual-inspection", review=1)


# ---------------------------------------------------------------- every plant
of_each_example = pytest.mark.parametrize(
    "file", EXAMPLES, ids=lambda file: f"{file.parent.name}-{file.stem}"
)


def carried_out(file: Path, plant: Plant, measures: Iterable[Measure]) -> None:
    """The plant with each measure is one that a file can hold, and the twin runs it."""
    days = next(days for days in (1, 14) if records(plant, days=days).lots.height)  # until lots are in it
    for measure in measures:
        after = taken(plant, measure)
        assert parse_plant(plant_text(after), folder=file.parent)
        assert records(after, days=days).lots.height > 0, measure.id


@of_each_example
def test_a_measure_of_each_kind_is_valid_in_every_example_and_the_twin_carries_it_out(file: Path) -> None:
    plant = read_plant(file)
    found = applicable(plant)
    ids = [measure.id for measure in (*plant.measures, *found)]
    assert len(set(ids)) == len(ids)
    carried_out(file, plant, {measure.kind: measure for measure in found}.values())


@pytest.mark.slow
@of_each_example
def test_every_measure_of_every_example_is_valid_and_the_twin_carries_it_out(file: Path) -> None:
    plant = read_plant(file)
    carried_out(file, plant, applicable(plant))


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(plant=plants())
def test_on_any_plant_all_that_applies_is_valid_alone_and_together(plant: Plant) -> None:
    places = survey(plant)
    found = [measure for one in places for measure in one.measures]
    ids = [measure.id for measure in (*plant.measures, *found)]
    assert len(set(ids)) == len(ids)
    assert all(bool(one.measures) != bool(one.why) for one in places)
    plant.replace({"measures": [*plant.measures, *found]})
    evidence_in(plant)


# ---------------------------------------------------------------- effects, by the twin
FAILING = BARE.replace(
    "{id: saw}", "{id: saw, failures: [{clock: busy, between: 10 h, repair: 1 h}]}"
).replace("every: 6 min", "every: 5 min")


def stops(plant: Plant, hours: float, **values: object) -> dict[str, float]:
    """Minutes of failures and maintenance of the saw, which has work from 0:05 on."""
    after = taken(plant, one(plant, "predictive-maintenance", **values)) if values else plant
    minutes = state_minutes(records(after, days=hours / 24), "saw-1")
    return {state: minutes.get(state, 0.0) for state in ("down", "maintenance")}


def test_failures_that_are_all_foreseen_become_planned_stops_by_hand() -> None:
    """10 h of work and 1 h of repair: four of them in 45 h; foreseen, half as long each."""
    plant = parse_plant(FAILING)
    assert stops(plant, 45) == {"down": pytest.approx(240), "maintenance": 0}
    found = stops(plant, 45, recall=1.0, false_alarms=0.0, planned_share=0.5)
    assert found == {"down": 0, "maintenance": pytest.approx(4 * 30)}


def test_nothing_foreseen_changes_nothing_but_for_the_false_alarms() -> None:
    plant = parse_plant(FAILING)
    assert (
        applicable(
            plant,
            ["predictive-maintenance"],
            {"predictive-maintenance.recall": 0, "predictive-maintenance.false_alarms": 0},
        )
        == ()
    )
    measure = one(plant, "predictive-maintenance", recall=0.0, false_alarms=0.5)
    assert list(measure.set) == ["work_centers.saw.maintenance"]
    found = stops(plant, 48, recall=0.0, false_alarms=0.5)
    assert found == {
        "down": pytest.approx(4 * 60),
        "maintenance": pytest.approx(2 * 30),
    }  # every 20 h of work


def test_half_of_them_foreseen_makes_intervals_twice_as_long() -> None:
    plant = parse_plant(FAILING)
    measure = one(plant, "predictive-maintenance", recall=0.5, false_alarms=0.0)
    assert measure.set["work_centers.saw.failures.#1.between"] == "20 h"
    assert measure.set["work_centers.saw.maintenance"][0]["every"] == "20 h"
    assert measure.set["work_centers.saw.maintenance"][0]["when"] == "idle"
    late = one(plant, "predictive-maintenance", lead_time="1 min")
    assert late.set["work_centers.saw.maintenance"][0]["when"] == "now"


def test_a_quicker_set_up_takes_so_much_less_time() -> None:
    plant = parse_plant(RICH)
    after = taken(plant, one(plant, "quick-changeover", reduction=0.5))
    setup = after.work_centers[0].setup
    assert setup is not None
    assert (str(setup.default), str(setup.times[0].takes)) == ("5 min", "10 min")
    before, less = (state_minutes(records(p, days=1), "saw-1")["setup"] for p in (plant, after))
    assert 0 < less < before


def test_fewer_defects_are_made_and_more_are_found() -> None:
    plant = parse_plant(RICH)
    control = taken(plant, one(plant, "process-control", reduction=0.5)).routes["a"][0].defects
    assert control is not None
    assert control.share == 0.05
    seen = taken(plant, one(plant, "visual-inspection", detection=1.0, false_alarms=0.0))
    assert escapes(seen) == 0 < escapes(plant)


def escapes(plant: Plant) -> int:
    """Defective pieces that went out."""
    return int(records(plant, days=5).lots["pieces_escaped"].sum())


def test_an_idle_unit_goes_to_standby() -> None:
    plant = parse_plant(RICH)
    minutes = state_minutes(records(taken(plant, one(plant, "standby")), days=1), "saw-1")
    assert minutes["standby"] > 0


def test_shifts_move_to_the_hours_of_the_lowest_price() -> None:
    """08:00-16:00 with dear hours until 12:00: 4 h later all of it is cheap."""
    plant = parse_plant(RICH)
    measure = one(plant, "load-shifting")
    assert measure.set["calendars.day-4-h-later"] == {"mon-fri": ["12:00-20:00"]}
    assert taken(plant, measure).work_centers[0].calendar == "day-4-h-later"


@pytest.mark.parametrize(
    "kind",
    ["extra-unit", "extra-worker", "extra-vehicle", "transfer-batch", "buffer", "cross-training"],
)
def test_with_more_of_what_is_short_no_fewer_lots_are_completed(kind: str) -> None:
    plant = parse_plant(RICH)
    before, after = (records(p, days=2).lots for p in (plant, taken(plant, one(plant, kind))))
    done = [
        int(lots.filter(pl.col("completed").is_not_null())["pieces_good"].sum()) for lots in (before, after)
    ]
    assert done[1] >= done[0]


# ---------------------------------------------------------------- evidence
def test_evidence_counts_what_is_behind_the_numbers_that_a_kind_changes() -> None:
    found = {one.kind: one for one in evidence_in(parse_plant(RICH))}
    assert found[MeasureKind.QUICK_CHANGEOVER].observations == 25
    assert found[MeasureKind.VISUAL_INSPECTION].observations is None
    assert found[MeasureKind.SCHEDULING].places == 0
