"""Before and after are two plants."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhizao.plant import Defects, Measure, Plant, read_plant
from zhizao.quantities import BaseUnits, Distribution, PlantError

GARMENT = read_plant(Path(__file__).parents[2] / "examples" / "plants" / "garment.yaml")


def test_a_change_gives_a_new_plant_and_leaves_the_first_as_it_was() -> None:
    before = GARMENT.model_dump()
    after = GARMENT.replace({"work_centers.cut.units": 3, "personnel.sewers.count": 20})
    assert [unit.id for unit in after.work_centers[1].units] == ["cut-1", "cut-2", "cut-3"]
    assert after.personnel[1].count == 20
    assert GARMENT.model_dump() == before


def test_fewer_units_keep_those_that_come_first() -> None:
    mixed = GARMENT.replace({"work_centers.cut.units": ["old", {"id": "new", "speed": 1.5}]})
    assert [unit.id for unit in mixed.replace({"work_centers.cut.units": 1}).work_centers[1].units] == ["old"]
    more = mixed.replace({"work_centers.cut.units": 3}).work_centers[1].units
    assert [(unit.id, unit.speed) for unit in more] == [("old", 1.0), ("new", 1.5), ("cut-1", 1.0)]


def test_values_are_as_in_files_or_typed_or_in_base_units() -> None:
    path = "routes.parka.cut-parka.takes.load"
    for value in ("2.5 min", BaseUnits(150.0), Distribution.constant(150.0)):
        takes = GARMENT.replace({path: value}).routes["parka"][1].takes
        assert takes is not None
        assert takes.load == Distribution.constant(150.0)


BARE = [
    ("routes.parka.cut-parka.takes", 20, "found '20', which has no unit; write a time such as '2.5 min'"),
    ("routes.parka.cut-parka.takes", {"load": 20}, r"takes\.load: found '20', which has no unit"),
    ("routes.parka.cut-parka.takes.load", 150.0, r"takes\.load: found '150\.0', which has no unit"),
    ("work_centers.cut.cost", 90.0, "write a money rate such as '90/h'"),
    ("work_centers.cut.power.busy", 12, "write a power such as '3 kW'"),
    ("work_centers.cut.power", {"busy": 12}, r"power\.busy: found '12'.*write a power"),
    ("work_centers.cut.at", [1, 2], r"work_centers\.cut\.at.*write a length such as '12 m'"),
    ("work_centers.cut.failures.#1.repair", 3600, "write a time"),
    ("work_centers.cut.failures", [{"between": 40, "repair": "1 h"}], r"between: found '40'.*write a time"),
    ("orders.parka.every", 25.0, r"orders\.parka\.every: found '25\.0'.*write a time"),
    ("transport.default", 3, "write a time"),
    ("tariff.default", 1.2, "write an energy price such as '1.2/kWh'"),
]


@pytest.mark.parametrize(("path", "value", "words"), BARE)
def test_a_number_without_a_unit_is_refused_where_a_file_needs_one(
    path: str, value: object, words: str
) -> None:
    with pytest.raises(PlantError, match=words):
        GARMENT.replace({path: value})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("routes.parka.cut-parka.takes.load", 0),
        ("work_centers.cut.cost", 0.0),
        ("work_centers.cut.units", 3),
        ("routes.parka.cut-parka.defects.found", 0.9),
        ("products.parka.price", 610.5),
        ("orders.parka.pieces", 40),
        ("work_centers.cut.units", [{"id": "one", "speed": 0.9}]),
    ],
)
def test_a_number_stands_without_a_unit_where_a_file_has_none(path: str, value: object) -> None:
    measure = {"id": "m", "set": {path: value}}  # what a measure sets is read as in a file
    by_measure = GARMENT.replace({"measures": [measure]}).with_measures(["m"])
    assert GARMENT.replace({path: value, "measures": ()}) == by_measure.replace({"measures": ()})


def test_a_value_that_was_read_from_a_plant_goes_back_into_one() -> None:
    center = GARMENT.work_centers[1]
    dearer = GARMENT.replace({"work_centers.cut.cost": BaseUnits(1.1 * (center.cost or 0.0))})
    assert dearer.work_centers[1].cost == pytest.approx(1.1 * 90)
    assert type(dearer.work_centers[1].cost) is float
    same = {"work_centers.cut.failures": center.failures, "work_centers.cut.power": center.power}
    assert GARMENT.replace(same) == GARMENT


def test_parts_that_are_missing_are_made() -> None:
    after = GARMENT.replace({"routes.parka.pack-parka.defects.share": "1 %"})
    assert after.routes["parka"][5].defects == Defects(share=0.01)


def test_a_calendar_can_be_added_and_used_in_one_change() -> None:
    after = GARMENT.replace(
        {
            "calendars.night": {"mon-fri": "22:00-06:00"},
            "work_centers.spread.calendar": "night",
            "personnel.cutters.calendar": None,
        }
    )
    assert after.work_centers[0].calendar == "night"


def test_an_order_stream_goes_by_its_product_and_a_failure_by_its_number() -> None:
    after = GARMENT.replace(
        {"orders.parka.every": "exponential(20 min)", "work_centers.cut.failures.#1.repair": "1 h"}
    )
    assert after.orders[0].model_dump()["every"] == "exponential(20 min)"
    assert after.work_centers[1].failures[0].repair == Distribution.constant(3600.0)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("work_centers.cutt.units", 3, "no 'cutt'.*did you mean 'cut'"),
        ("work_centers.cut.unit", 3, "no field 'unit'.*did you mean 'units'"),
        ("routes.parka.cut-prka.takes", "1 s", "did you mean 'cut-parka'"),
        ("routes.parka.cut-parka.defects.found", 1.3, "at most 1"),
        ("personnel.sewers.count", 0, "greater than or equal to 1"),
        ("work_centers.sew.cost", "5 kW", "which is a power"),
        ("products.parka.price.x", 3, "price is one value"),
        ("routes.parka.sew-parka.needs.sew", 99, "routes.parka.sew-parka.needs.sew: found 99"),
        ("orders", [], "found no orders"),
        ("nothing", 3, "no field 'nothing'"),
        ("", 3, "no field ''"),
    ],
)
def test_a_path_that_leads_nowhere_or_a_wrong_value_is_refused(path: str, value: object, words: str) -> None:
    with pytest.raises(PlantError, match=words):
        GARMENT.replace({path: value})


def test_a_measure_does_what_it_says() -> None:
    after = GARMENT.with_measures(["vision-at-cut", "two-more-sewing-places"])
    defects = after.routes["parka"][1].defects
    assert defects is not None
    assert (defects.found, len(after.work_centers[2].units), after.personnel[1].count) == (0.97, 16, 18)
    assert after.measures == GARMENT.measures


def test_an_unknown_measure_is_refused_with_the_nearest() -> None:
    with pytest.raises(PlantError, match="did you mean 'vision-at-cut'"):
        GARMENT.with_measures(["vision-at-cutt"])


def test_a_measure_that_says_a_number_without_its_unit_is_refused() -> None:
    careless = Measure(id="m", set={"work_centers.cut.cost": 90.0})
    with pytest.raises(PlantError, match="no unit"):
        Plant.replace(GARMENT, {"measures": [careless]})
