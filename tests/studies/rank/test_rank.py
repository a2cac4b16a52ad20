"""`rank` as a user meets it: ranks, how sure they are, and what would change them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from zhizao.quantities import InputError
from zhizao.studies.rank import Aim, RankResult, rank

CITIES = Path(__file__).resolve().parents[3] / "examples" / "index" / "cities.yaml"
INDEX = """
index: Small
table: small.csv
unit: city
indicators:
  jobs: {weight: 3}
  air: {direction: lower}
groups:
  top: {of: [jobs, air]}
"""
TABLE = "city,jobs,air\nA,0,0\nB,50,10\nC,100,5\nD,,10\n"


def small(folder: Path, index: str = INDEX, table: str = TABLE, aim: Aim | None = None) -> RankResult:
    (folder / "small.yaml").write_text(index, encoding="utf-8")
    (folder / "small.csv").write_text(table, encoding="utf-8")
    return rank(folder / "small.yaml", aim=aim or Aim(runs=0, draws=0))


@pytest.fixture(scope="module")
def cities() -> RankResult:
    return rank(CITIES, aim=Aim("Lakeside", 2, runs=400, draws=16))


def test_scores_by_hand(tmp_path: Path) -> None:
    scores = dict(small(tmp_path).table().select("unit", "score").iter_rows())
    assert scores == pytest.approx({"C": (3 * 100 + 50) / 4, "B": 3 * 50 / 4, "A": 100 / 4, "D": 0.0})


def test_a_missing_value_is_left_out_and_never_0(tmp_path: Path) -> None:
    worst = TABLE.replace("D,,10", "D,,0")
    scores = dict(small(tmp_path, table=worst).table().select("unit", "score").iter_rows())
    assert scores["D"] == 100  # by its air alone


def test_a_unit_with_too_few_values_has_no_rank_and_comes_last(tmp_path: Path) -> None:
    result = small(tmp_path, INDEX + "steps: {present: 1}\n")
    last = result.table().row(-1, named=True)
    assert (last["unit"], last["rank"], last["score"]) == ("D", None, None)
    assert "Without a score, because values are unknown: D." in result.notes


def test_a_unit_that_is_screened_takes_no_part(tmp_path: Path) -> None:
    result = small(tmp_path, INDEX + "steps: {screen: 0.9}\n")
    assert result.table()["unit"].to_list() == ["C", "B", "A"]
    assert result.left_out == ("D",)


def test_equal_scores_share_a_rank(tmp_path: Path) -> None:
    table = "city,jobs,air\nA,1,1\nB,1,1\nC,0,2\n"
    ranks = dict(small(tmp_path, table=table).table().select("unit", "rank").iter_rows())
    assert ranks == {"A": 1, "B": 1, "C": 3}


def test_the_rank_interval_holds_the_rank_mostly(cities: RankResult) -> None:
    table = cities.table().drop_nulls()
    inside = (table["low"] <= table["rank"]) & (table["rank"] <= table["high"])
    assert inside.mean() > 0.8  # type: ignore[operator]
    assert (table["high"] > table["low"]).any()


def test_without_any_choice_every_interval_is_a_point(tmp_path: Path) -> None:
    table = small(tmp_path, INDEX + "uncertainty: {weights: 0}\n", aim=Aim(runs=20, draws=4)).table()
    assert table["low"].to_list() == table["rank"].to_list() == table["high"].to_list()


def test_equal_seeds_give_equal_results() -> None:
    aim = Aim(runs=50, draws=4)
    assert rank(CITIES, aim=aim, seed=5).to_json() == rank(CITIES, aim=aim, seed=5).to_json()
    assert rank(CITIES, aim=aim, seed=5).to_json() != rank(CITIES, aim=aim, seed=6).to_json()


def test_a_gain_is_what_it_takes_and_no_more(cities: RankResult, tmp_path: Path) -> None:
    """The named value gains the places in an index that is built anew; a little less does not."""
    assert cities.profile is not None
    gain = cities.profile.gains[0]
    goal = cities.profile.rank - 2
    assert not gain.why
    header, *rows = (CITIES.parent / "cities.csv").read_text(encoding="utf-8").splitlines()
    column = cities.model.file.indicators[gain.indicator].column or gain.indicator
    place = header.split(",").index(column)

    def rank_with(value: float) -> int:
        changed = [row.split(",") for row in rows]
        for row in changed:
            if row[0] == "Lakeside":
                row[place] = repr(value)
        text = "\n".join([header, *(",".join(row) for row in changed)])
        (tmp_path / "changed.csv").write_text(text, encoding="utf-8")
        table = rank(CITIES, tmp_path / "changed.csv", aim=Aim(runs=0, draws=0)).table()
        return dict(table.select("unit", "rank").iter_rows())["Lakeside"]

    assert rank_with(gain.needed) <= goal
    assert rank_with(gain.needed - 1e-4 * (gain.needed - gain.value)) > goal


def test_what_cannot_be_gained_says_why(cities: RankResult) -> None:
    reasons = [row["why_not"] for row in cities.gains().iter_rows(named=True) if row["needed"] is None]
    assert all(reasons)
    first = cities.table()["unit"][0]
    top = rank(CITIES, aim=Aim(first, runs=0, draws=0))
    assert set(top.gains()["why_not"]) == {"there are not so many places above it"}


def test_an_unknown_value_of_the_unit_stays_unknown(tmp_path: Path) -> None:
    gains = small(tmp_path, aim=Aim("D", 1, 0, 0)).gains()
    jobs = next(row for row in gains.iter_rows(named=True) if row["indicator"] == "jobs")
    assert (jobs["value"], jobs["needed"], jobs["why_not"]) == (None, None, "its value is not known")


def test_weights_of_the_index_sum_to_one(cities: RankResult) -> None:
    weights = cities.weights().filter(~np.isin(cities.weights()["part"].to_list(), ["application"]))
    leaves = weights.filter(weights["part"].is_in(list(cities.model.indicators)))
    assert leaves["in_index"].sum() == pytest.approx(1)


def test_an_unknown_unit_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'Lakeside'"):
        rank(CITIES, aim=Aim("Lakesid"))
