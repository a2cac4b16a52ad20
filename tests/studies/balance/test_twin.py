"""The plant of a balanced line, simulated: its throughput is that of the cycle time."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhizao.plant import read_plant
from zhizao.quantities import InputError
from zhizao.studies.balance import BalanceResult, LineGoal, balance, plant_of, write_line
from zhizao.studies.simulate import simulate

GARMENT = Path(__file__).parents[3] / "examples" / "garment"
GOALS = (LineGoal(cycle_s=60), LineGoal(stations=6), LineGoal(workers=GARMENT / "polo-skills.csv"))


def lines(goal: LineGoal) -> BalanceResult:
    return balance(GARMENT / "polo-operations.csv", goal, seconds=2)


def per_hour(plant: Path) -> float:
    rows = simulate(read_plant(plant), days=2, replications=2).table()
    return float(rows.filter(rows["kpi"] == "throughput")["mean"][0]) / 24


@pytest.mark.parametrize("goal", GOALS, ids=("cycle", "stations", "workers"))
def test_the_twin_makes_a_piece_in_each_cycle_time_and_fewer_if_times_vary(
    goal: LineGoal, tmp_path: Path
) -> None:
    found = lines(goal)
    write_line(found, tmp_path / "line.yaml")
    longest = float(found.table()["load_s"].max())  # type: ignore[arg-type]
    constant = per_hour(tmp_path / "line.yaml")
    assert constant == pytest.approx(3600 / longest, rel=1e-3)
    write_line(found, tmp_path / "varies.yaml", 0.3)
    assert "assumed: coefficient of variation 0.3" in (tmp_path / "varies.yaml").read_text(encoding="utf-8")
    assert per_hour(tmp_path / "varies.yaml") < 0.99 * constant


def test_each_station_has_its_worker(tmp_path: Path) -> None:
    found = lines(GOALS[2])
    people = [one.id for one in plant_of(found).personnel]
    seats = [f"{row['worker']}-{row['station']}" for row in found.table().to_dicts() if row["load_s"] > 0]
    assert people == seats


@pytest.mark.parametrize("cv", [-0.1, float("nan")])
def test_a_coefficient_of_variation_below_zero_is_refused(cv: float) -> None:
    with pytest.raises(InputError, match="cv"):
        plant_of(lines(GOALS[1]), cv)
