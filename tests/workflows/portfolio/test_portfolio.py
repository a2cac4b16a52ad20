"""From a portfolio file to a plan, and what faulty files are answered with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from zhizao import portfolio
from zhizao.quantities import InputError

FILE = """zhizao-portfolio: 1
portfolio: two mills
currency: EUR
years: 2
budget: {per_year: 100k}
measures: measures.csv
"""
TABLE = """plant,measure,kind,cost,gain_per_year,gain_se,months,needs
north,standby,standby,90k,60000,6000,1,
north,planning,scheduling,50000,40000,,1,
south,standby,standby,80000,30000,6000,1,
south,robot,,20000,,,1,
south,arm,,10000,9000,900,1,robot
""".replace("90k", "90000")


def small(folder: Path, file: str = FILE, table: str = TABLE) -> Path:
    (folder / "measures.csv").write_text(table, encoding="utf-8")
    path = folder / "mills.yaml"
    path.write_text(file, encoding="utf-8")
    return path


def test_the_plan_says_what_to_take_and_when(tmp_path: Path) -> None:
    result = portfolio(small(tmp_path), draws=3, seed=1)
    taken = {(row["plant"], row["measure"]): row["year"] for row in result.table().to_dicts()}
    assert taken == {("north", "standby"): 1, ("north", "planning"): 2}
    assert result.found.years()["money"].to_list() == [90_000, 50_000]
    assert "Begin with north" in result.answer


def test_what_is_not_known_is_said(tmp_path: Path) -> None:
    result = portfolio(small(tmp_path), draws=0, seed=1)
    assert [(one.measure, one.why) for one in result.left_out] == [
        ("robot", "gain not known"),
        ("arm", "what it needs cannot be planned"),
    ]
    assert "The uncertainty of 1 gains is not known" in " ".join(result.notes)
    assert json.loads(result.to_json())["draws"] == 0


def test_equal_seeds_give_equal_results(tmp_path: Path) -> None:
    path = small(tmp_path)
    assert portfolio(path, draws=3, seed=4).to_json() == portfolio(path, draws=3, seed=4).to_json()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("years: 2", "years: 0", "found 0"),
        ("currency: EUR", "curency: EUR", "did you mean 'currency'?"),
        ("per_year: 100k", "per_year: [100k]", "found 1 for 2 years"),
        ("{per_year: 100k}", "{}", "found no money"),
        ("measures: measures.csv\n", "", "found no measures"),
        ("measures.csv", "other.csv", "found no such file"),
        ("years: 2", "years: 2\nrisk: {sd: 1, cvar: 0.9}", "found sd and cvar"),
        ("years: 2", "years: 2\nplants: [{plant: a}]", "found neither result nor file"),
        ("years: 2", "years: 2\nplants: [{file: none.yaml}]", "found no plant file"),
    ],
)
def test_a_fault_of_the_file(old: str, new: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        portfolio(small(tmp_path, FILE.replace(old, new)), draws=0)
    assert said in str(caught.value)
    assert "mills.yaml" in str(caught.value) or "other.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("90000", "much", "measures.csv:2: cost: found 'much'"),
        ("cost,", "costs,", "found no such column"),
        ("6000,1,\nnorth", "-6,1,\nnorth", "measures.csv:2: gain_se: found -6"),
        ("south,standby", "north,standby", "found 'standby' of 'north' in row 2 too"),
        (",robot\n", ",robt\n", "found no measure 'south/robt'"),
        (",robot\n", ",arm\n", "found a cycle of needs"),
    ],
)
def test_a_fault_of_the_table(old: str, new: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        portfolio(small(tmp_path, table=TABLE.replace(old, new, 1)), draws=0)
    assert said in str(caught.value)
