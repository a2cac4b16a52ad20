"""Plants as `improve` sees them: packages of a result, and plant files that are improved on the way."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import zhizao
from zhizao.quantities import InputError
from zhizao.studies.compare import Appraisal
from zhizao.workflows.portfolio.sources.improved import packages_of
from zhizao.workflows.portfolio.sources.read import problem_of, read_measures, read_portfolio
from zhizao.workflows.portfolio.sources.running import improve_plants
from zhizao.workflows.portfolio.sources.spec import Source

SHOP = """zhizao: 1
plant: Shop
currency: EUR
work_centers:
  - {id: saw, cost: 1/h}
  - {id: mill, cost: 2/h}
routes:
  bracket:
    - {id: sawing, on: saw, takes: 7 min}
    - {id: milling, on: mill, takes: 10 min}
products: {bracket: {route: bracket, price: 30, material: 8}}
orders: [{product: bracket, every: exponential(6 min)}]
measures:
  - {id: second-mill, cost: 60000, yearly_cost: 2000, installation: 60 d, set: {work_centers.mill.units: 2}}
  - {id: faster-saw, cost: 9000, installation: 30 d, set: {routes.bracket.sawing.takes: 4 min}}
  - {id: third-mill, set: {work_centers.mill.units: 3}}
"""
FILE = """zhizao-portfolio: 1
portfolio: One shop
currency: EUR
years: 2
budget: {per_year: 100k}
people: 3
plants: [{result: shop.json, people: {second-mill: 2}}]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a plant, a result of `improve` for it, and a portfolio of it alone."""
    found = tmp_path_factory.mktemp("shop")
    (found / "shop.yaml").write_text(SHOP, encoding="utf-8")
    (found / "one.yaml").write_text(FILE, encoding="utf-8")
    result = zhizao.improve(
        found / "shop.yaml", days=1, seconds=None, seed=1
    )  # no limit of time: the same on any machine
    (found / "shop.json").write_text(result.to_json(), encoding="utf-8")
    return found


# ---------------------------------------------------------------- packages
def test_the_ladder_becomes_steps_and_other_packages_exclude_them(folder: Path) -> None:
    found = packages_of(folder / "shop.json", Source(result="shop.json"), "EUR")
    steps = {one.measure: one for one in found.items}
    assert set(steps) == {"second-mill", "faster-saw after second-mill", "faster-saw"}
    assert steps["faster-saw after second-mill"].needs == (("Shop", "second-mill"),)
    pairs = {frozenset((one.measure, other)) for one in found.items for _, other in one.excludes}
    assert pairs == {frozenset(("second-mill", "faster-saw"))}
    assert [(one.measure, one.why) for one in found.left_out] == [("third-mill", "cost not known")]


def test_steps_are_together_worth_what_improve_says_of_the_package(folder: Path) -> None:
    said, _ = read_portfolio(folder / "one.yaml")
    problem, _ = problem_of(said, read_measures(folder / "one.yaml", said, {0: folder / "shop.json"}))
    values = problem.values(np.array([one.gain for one in problem.items]))[:, 0]
    worth = {one.measure: float(value) for one, value in zip(problem.items, values, strict=True)}
    rows = json.loads((folder / "shop.json").read_text(encoding="utf-8"))["proposals"]
    npv = {row["measures"]: row["net_present_value"] for row in rows}
    assert worth["second-mill"] == pytest.approx(npv["second-mill"])
    assert worth["faster-saw"] == pytest.approx(npv["faster-saw"])
    both = worth["second-mill"] + worth["faster-saw after second-mill"]
    assert both == pytest.approx(npv["second-mill, faster-saw"])


def test_what_improve_does_not_know_is_said(folder: Path) -> None:
    result = zhizao.portfolio(folder / "one.yaml", draws=0)
    notes = " ".join(result.notes)
    assert "Person-months of 2 measures are not known and count as 0." in notes
    assert "Compute hours" not in notes  # no limit asks for them
    assert {(row["measure"], row["year"]) for row in result.table().to_dicts()} == {
        ("second-mill", 1),
        ("faster-saw after second-mill", 1),
    }


def test_money_of_another_currency_is_a_fault(folder: Path) -> None:
    with pytest.raises(InputError, match="found money in EUR; this portfolio is in CNY"):
        packages_of(folder / "shop.json", Source(result="shop.json"), "CNY")


def test_a_plant_without_a_proved_measure_is_named(folder: Path) -> None:
    found = json.loads((folder / "shop.json").read_text(encoding="utf-8"))
    bare = {**found, "plant": "Quiet shop", "proposals": [], "ladder": []}
    (folder / "bare.json").write_text(json.dumps(bare), encoding="utf-8")
    path = folder / "two.yaml"
    path.write_text(FILE.replace("[{", "[{result: bare.json}, {"), encoding="utf-8")
    notes = " ".join(zhizao.portfolio(path, draws=0).notes)
    assert "Plants of which `improve` proved no measure: Quiet shop." in notes


# ---------------------------------------------------------------- plant files
LONG_S = 60.0


def improved(files: list[Path], folder: Path, done: Callable[[float], None]) -> tuple[list[Path], bool]:
    found, cut = improve_plants(files, folder, LONG_S, Appraisal(), 1, workers=1, done=done)
    return list(found), cut


def press(_: float) -> None:
    signal.raise_signal(signal.SIGINT)


def test_ctrl_c_keeps_what_is_done_and_a_second_run_goes_on(tmp_path: Path) -> None:
    one_measure = SHOP.split("  - {id: faster-saw")[0]
    shop, other, wrong = (tmp_path / f"{name}.yaml" for name in ("shop", "other", "wrong"))
    shop.write_text(one_measure, encoding="utf-8")
    other.write_text(one_measure.replace("Shop", "Other"), encoding="utf-8")
    wrong.write_text(one_measure.replace("on: mill", "on: mil"), encoding="utf-8")
    kept = tmp_path / "kept"

    assert improved([shop, other], kept, press) == ([shop], True)
    (result,) = kept.iterdir()
    assert json.loads(result.read_text(encoding="utf-8"))["plant"] == "Shop"

    written = result.stat().st_mtime_ns
    with pytest.raises(InputError, match=r"wrong\.yaml:10.*did you mean 'mill'"):
        improved([wrong, shop], kept, lambda _: None)
    assert improved([shop], kept, press) == ([shop], False)  # nothing is left to do
    assert result.stat().st_mtime_ns == written
