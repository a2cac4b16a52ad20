"""Before and after are two plants."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhizao.plant import Defects, Measure, Plant, read_plant
from zhizao.quantities import Distribution, PlantError

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
    for value in ("2.5 min", 150.0, Distribution.constant(150.0)):
        takes = GARMENT.replace({path: value}).routes["parka"][1].takes
        assert takes is not None
        assert takes.load == Distribution.constant(150.0)


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
