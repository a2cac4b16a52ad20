"""`zhizao measures`: what applies, what it assumes, and the plant file that has it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Zhizao
from zhizao.plant import read_plant
from zhizao.plant.measures.library import applicable

FORMS = {
    "none": "",
    "block": "measures:  # mine\n  - id: fast  # so\n    set:\n      work_centers.saw.units: 3\n# the end\n",
    "indentless": "measures:\n- {id: fast, set: {work_centers.saw.units: 3}}\n",
    "middle": "measures:\n  - {id: fast, set: {work_centers.saw.units: 3}}\n\n# below\ncurrency: EUR\n",
    "no last line end": "measures:\n  - {id: fast, set: {work_centers.saw.units: 3}}",
}
PLANT = """\
# A saw.   Keep   my spaces.
zhizao: 1
plant: shop
work_centers: [{id: saw, cost: 30/h}]   # one
routes: {part: [{id: cut, on: saw, takes: normal(5 min, sd 1 min), defects: {share: 0.1, found: 0.5}}]}
products: {part: {route: part}}
orders: [{product: part, every: 6 min}]
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(PLANT, encoding="utf-8", newline="\n")
    return path


def test_the_table_says_what_applies_what_it_assumes_and_what_does_not_apply(
    zhizao: Zhizao, shop: Path
) -> None:
    said = zhizao("measures", shop)
    assert said.code == 0
    assert "visual-inspection-at-cut" in said.out
    assert "not known" in said.out
    assert "0.85 to 0.99" in said.out
    assert "no work center has failures" in said.out
    assert zhizao("measures", shop) == said


def test_one_kind_with_a_parameter_of_ones_own_as_json(zhizao: Zhizao, shop: Path) -> None:
    said = zhizao(
        "measures", shop, "--kind", "visual-inspection", "--with", "visual-inspection.detection=97 %",
        "--with", "visual-inspection.cost=9000", "--json",
    )  # fmt: skip
    (kind,) = json.loads(said.out)["kinds"]
    (measure,) = kind["measures"]
    assert measure["set"]["routes.part.cut.defects.found"] == 0.97
    assert (measure["cost"], measure["assumed"]) == (9000, True)
    detection = next(one for one in kind["parameters"] if one["name"] == "detection")
    assert (detection["value"], detection["source"]) == ("0.97", "given")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_the_plant_file_keeps_every_byte_and_gets_the_measures(
    zhizao: Zhizao, shop: Path, form: str, end: str
) -> None:
    before = (PLANT + FORMS[form]).replace("\n", end).encode()
    shop.write_bytes(before)
    plant, out = read_plant(shop), shop.with_name("out.yaml")
    assert zhizao("measures", shop, "-o", out).code == 0
    after = out.read_bytes()
    rest = iter(after.splitlines())
    assert all(line in rest for line in before.splitlines())  # in their order, as they were
    assert shop.read_bytes() == before
    new = applicable(plant)
    assert new
    assert read_plant(out).measures == (*plant.measures, *new)
    assert b"# assumed: detection = 0.95 (0.85 to 0.99)" in after
    assert (b"\r\n" in after) == (end == "\r\n")


def test_a_file_may_be_written_in_place_and_twice_adds_nothing(zhizao: Zhizao, shop: Path) -> None:
    assert zhizao("measures", shop, "-o", shop).code == 0
    first = shop.read_bytes()
    again = zhizao("measures", shop, "-o", shop)
    assert again.code == 0
    assert "no measure to add" in again.err
    assert shop.read_bytes() == first
    assert first.startswith(PLANT.encode())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--kind", "visual-inspektion"), "did you mean 'visual-inspection'"),
        (("--with", "visual-inspection.detektion=0.9"), "did you mean 'detection'"),
        (("--with", "visual-inspection.detection=2"), "visual-inspection"),
        (("--with", "detection"), "KIND.PARAMETER=VALUE"),
    ],
)
def test_what_cannot_be_is_an_input_error(
    zhizao: Zhizao, shop: Path, options: tuple[str, ...], said: str
) -> None:
    answer = zhizao("measures", shop, *options)
    assert answer.code == 2
    assert said in answer.err


def test_a_list_in_brackets_is_refused_before_anything_is_written(zhizao: Zhizao, shop: Path) -> None:
    shop.write_text(PLANT + "measures: []\n", encoding="utf-8")
    said = zhizao("measures", shop, "-o", shop.with_name("out.yaml"))
    assert said.code == 2
    assert "on a line of its own" in said.err
    assert not shop.with_name("out.yaml").exists()
