"""Prices and costs in a file of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.studies.plants import line
from zhizao.plant.files.money import with_money
from zhizao.quantities import InputError, PlantError

PRICES = """currency: CNY
tariff: {default: 0.75/kWh, periods: [{when: 22:00-06:00, price: 0.35/kWh}]}
products:
  p: {price: 80, material: 25, escape_cost: 120}
work_centers:
  slow: {cost: 90/h}
measures:
  less-scrap: {cost: 250000, yearly_cost: 9000}
"""


def prices(folder: Path, old: str = "", new: str = "") -> Path:
    assert old in PRICES
    file = folder / "prices.yaml"
    file.write_text(PRICES.replace(old, new), encoding="utf-8")
    return file


def test_a_money_file_gives_a_plant_its_prices(tmp_path: Path) -> None:
    plant = with_money(line(), prices(tmp_path))
    product, slow = plant.products["p"], plant.work_centers[1]
    assert (product.price, product.material, product.escape_cost) == (80, 25, 120)
    assert (slow.cost, plant.work_centers[0].cost) == (90, 10)
    assert (plant.currency, plant.tariff.default, len(plant.tariff.periods)) == ("CNY", 0.75, 1)
    assert [measure.cost for measure in plant.measures] == [1000, 250_000]
    assert line().products["p"].price == 10  # the plant given is as it was


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("slow: {cost", "slo: {cost", "prices.yaml:6: .*found no 'slo'.*did you mean 'slow'"),
        ("price: 80", "price: much", "prices.yaml:4: "),
        ("{cost: 90/h}", "{cost: 90/h, units: 3}", "prices.yaml:6: .*found 'units'; a money file holds"),
        ("cost: 90/h", "cost: 90", "prices.yaml:6: .*found '90', which has no unit"),
        ("less-scrap:", "more-scrap:", "did you mean 'less-scrap'"),
    ],
)
def test_faults_name_file_line_and_the_nearest(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(PlantError, match=said):
        with_money(line(), prices(tmp_path, old, new))


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    file = prices(tmp_path, "slow: {cost", "slo: {cost")
    file.write_text(file.read_text(encoding="utf-8").replace("price: 80", "prize: 80"), encoding="utf-8")
    with pytest.raises(PlantError, match="2 faults"):
        with_money(line(), file)


def test_a_file_that_is_empty_or_not_there_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.yaml"
    empty.write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="found no prices"):
        with_money(line(), empty)
    with pytest.raises(InputError, match="found no such file; give the path of a money file"):
        with_money(line(), tmp_path / "none.yaml")
