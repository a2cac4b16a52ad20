"""What differs between two plants, as a reader of their files would say it."""

from __future__ import annotations

from tests.studies.plants import LINE
from zhizao.plant import Measure, Plant, differences_between, differences_of, parse_plant


def plant() -> Plant:
    return parse_plant(LINE)


def test_equal_plants_do_not_differ() -> None:
    assert differences_between(plant(), plant()) == ()


def test_values_stand_by_the_path_that_sets_them() -> None:
    changes = {"work_centers.slow.units": 2, "routes.r.two.defects.share": 0.01}
    found = differences_between(plant(), plant().replace(changes))
    assert {one.path for one in found} == set(changes)
    for one in found:
        value = float(one.after or "nan")
        assert plant().replace({one.path: value if "." in str(one.after) else int(value)}) != plant()


def test_the_differences_applied_give_the_plant_after() -> None:
    after = plant().replace({"work_centers.slow.units": 3, "work_centers.slow.power.idle": "7 kW"})
    found = differences_between(plant(), after)
    again = plant()
    for one in found:
        assert one.after is not None
        again = again.replace({one.path: int(one.after) if one.after.isdigit() else one.after})
    assert again == after


def test_what_was_not_stated_before_has_no_value_before() -> None:
    after = plant().replace({"work_centers.slow.standby": {"after": "20 min", "wake": "6 min"}})
    (one,) = differences_between(plant(), after)
    assert (one.path, one.before) == ("work_centers.slow.standby", None)
    assert one.after == "{after: 20 min, wake: 6 min}"


def test_a_part_that_is_gone_has_no_value_after() -> None:
    larger = plant().replace({"tariff.periods": [{"when": "08:00-12:00", "price": "0.3/kWh"}]})
    (one,) = differences_between(larger, plant())
    assert one.path.startswith("tariff.periods")
    assert one.after is None or one.after == "[]"


def test_a_measure_changes_what_it_sets_and_one_that_needs_another_says_what_it_would() -> None:
    measure = Measure(id="m", set={"work_centers.slow.units": 2})
    (one,) = differences_of(plant(), measure)
    assert one == ("work_centers.slow.units", "1", "2")
    (one,) = differences_of(plant(), Measure(id="n", set={"work_centers.absent.units": 2}))
    assert one == ("work_centers.absent.units", None, "2")
