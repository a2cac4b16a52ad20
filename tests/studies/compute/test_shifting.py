"""`shift_load`: what waiting saves, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import zhizao
from zhizao.quantities import InputError

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "shifting" / "sites.yaml"
HEAD = "job,submitted,deadline,duration_h,gpus,interruptible,restart_h,sites\n"
GRAMS = (500, 100, 400, 100, 300, 200)


def hour(at: int) -> str:
    return f"2026-01-01 {at:02d}:00"


def written(folder: Path, jobs: str, *, site: str = "", rest: str = "", series: str = "") -> Path:
    times = "".join(f"{hour(at)},{grams},0.{at + 1}\n" for at, grams in enumerate(GRAMS))
    (folder / "a.csv").write_text(f"time,g_per_kwh,price_per_kwh\n{series or times}", encoding="utf-8")
    (folder / "jobs.csv").write_text(HEAD + jobs, encoding="utf-8")
    text = f"sites:\n  a: {{carbon: a.csv, price: a.csv, power_per_gpu: 500 W{site}}}\njobs: jobs.csv\n{rest}"
    (folder / "sites.yaml").write_text(text, encoding="utf-8")
    return folder / "sites.yaml"


def test_energy_cost_and_co2_are_those_of_a_sum_by_hand(tmp_path: Path) -> None:
    jobs = f"j,{hour(0)},{hour(6)},2,4,yes,,\n"
    file = written(tmp_path, jobs, site=", pue: 1.5", rest="forecast_error: 0\n")
    found = {row["method"]: row for row in zhizao.shift_load(file, replications=2).table().to_dicts()}
    kwh = 4 * 0.5 * 1.5
    assert found["at once"]["co2_kg"] == pytest.approx(kwh * (0.5 + 0.1))
    assert found["at once"]["cost"] == pytest.approx(kwh * (0.1 + 0.2))
    for method in ("planned once", "re-planned", "hindsight"):
        assert found[method]["co2_kg"] == pytest.approx(kwh * (0.1 + 0.1))
        assert found[method]["cost"] == pytest.approx(kwh * (0.2 + 0.4))
        assert found[method]["saving"] == pytest.approx(2 / 3)
        assert found[method]["energy_kwh"] == pytest.approx(2 * kwh)
        assert found[method]["wait_h"] == pytest.approx(2)


def test_a_restart_takes_energy_and_a_block_has_none(tmp_path: Path) -> None:
    jobs = f"j,{hour(0)},{hour(6)},3,1,{{}},1,\n"
    series = "".join(f"{hour(at)},{grams},0\n" for at, grams in enumerate((10, 10, 900, 10, 10, 900)))
    for pauses, grams, slots in (("yes", 40, 4), ("no", 920, 3)):
        file = written(tmp_path, jobs.format(pauses), rest="forecast_error: 0\n", series=series)
        row = zhizao.shift_load(file, replications=2).table().to_dicts()[-1]
        assert row["co2_kg"] == pytest.approx(0.5 * grams / 1000)
        assert row["energy_kwh"] == pytest.approx(0.5 * slots)


def test_the_cheapest_hours_are_not_the_cleanest(tmp_path: Path) -> None:
    file = written(
        tmp_path, f"j,{hour(0)},{hour(6)},1,1,yes,,\n", rest="objective: cost\nforecast_error: 0\n"
    )
    row = zhizao.shift_load(file, replications=2).table().to_dicts()[-1]
    assert (row["cost"], row["co2_kg"]) == (pytest.approx(0.05), pytest.approx(0.25))


def test_without_prices_the_cost_is_unknown(tmp_path: Path) -> None:
    file = written(tmp_path, f"j,{hour(0)},{hour(6)},1,1,yes,,\n")
    file.write_text(file.read_text(encoding="utf-8").replace("price: a.csv, ", ""), encoding="utf-8")
    found = zhizao.shift_load(file, replications=2)
    assert found.table()["cost"].to_list() == [None] * 4
    assert json.loads(found.to_json())["draws"][0]["re-planned"]["cost"] is None


def test_planning_again_saves_more_than_planning_once() -> None:
    found = zhizao.shift_load(EXAMPLE, replications=10)
    once, again, best = (row["saving"] for row in found.table().to_dicts()[1:])
    assert 0 < once < again <= best
    assert found.table()["late"].to_list() == [0.0] * 4
    kwh = found.by_site()["energy_kwh"].to_numpy().reshape(4, 2).sum(axis=1)
    assert np.allclose(kwh, found.table()["energy_kwh"])


def test_jobs_without_room_are_named(tmp_path: Path) -> None:
    jobs = "".join(f"{name},{hour(0)},{hour(2)},2,1,yes,,\n" for name in ("one", "two"))
    found = zhizao.shift_load(written(tmp_path, jobs, site=", gpus: 1"), replications=2)
    assert len(found.late) == 1
    assert any(f"deadline of: {found.late[0]}" in note for note in found.notes)
    assert any("GPUs are limited" in note for note in found.notes)
    assert found.table()["late"].to_list() == [1.0] * 3


@pytest.mark.parametrize(
    ("jobs", "said"),
    [
        (f"long,{hour(0)},{hour(2)},3,1,yes,,\n", "'long', deadline: found 2 whole slots of 1 h for 3 h"),
        (f"j,{hour(0)},2026-01-02 00:00,3,1,yes,,\n", "stay within the series"),
        (f"j,soon,{hour(2)},1,1,yes,,\n", "found 'soon'; write a moment"),
        (f"j,{hour(0)},{hour(2)},-1,1,yes,,\n", "found -1; write a number from 0 on"),
        (f"j,{hour(0)},{hour(2)},0,1,yes,,\n", "found no work"),
        (f"j,{hour(0)},{hour(2)},1,0,yes,,\n", "found 0; write more than 0"),
        (f"j,{hour(0)},{hour(2)},1,1,maybe,,\n", "found 'maybe'; write yes or no"),
        (f"j,{hour(0)},{hour(2)},1,1,yes,,b\n", "found 'b'; name a site: a"),
    ],
)
def test_a_job_that_cannot_be_is_refused_with_its_line(tmp_path: Path, jobs: str, said: str) -> None:
    with pytest.raises(InputError, match=r"jobs\.csv:2") as error:
        zhizao.shift_load(written(tmp_path, jobs))
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"site": ", pue: 0.5"}, "pue"),
        ({"series": f"{hour(0)},1,1\n{hour(1)},1,1\n{hour(3)},1,1\n"}, "a.csv:4"),
        ({"series": f"{hour(0)},1,1\n{hour(1)},-1,1\n"}, "found -1; write a number from 0 on"),
        ({"series": f"{hour(0)},1,1\n{hour(1)},,1\n"}, "found ''; write a number"),
        ({"rest": "objective: price\n"}, "objective"),
        ({"rest": "forecast_error: 2\n"}, "forecast_error"),
    ],
)
def test_a_site_that_cannot_be_is_refused(tmp_path: Path, change: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as error:
        zhizao.shift_load(written(tmp_path, f"j,{hour(0)},{hour(2)},1,1,yes,,\n", **change))
    assert said in str(error.value)


def test_negative_power_and_a_missing_series_are_refused(tmp_path: Path) -> None:
    file = written(tmp_path, f"j,{hour(0)},{hour(2)},1,1,yes,,\n")
    text = file.read_text(encoding="utf-8")
    for old, new, said in (
        ("500 W", "-500 W", "power_per_gpu"),
        ("carbon: a.csv, ", "", "no series of carbon"),
    ):
        file.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(InputError, match=said):
            zhizao.shift_load(file)
    with pytest.raises(InputError, match="at least 2"):
        zhizao.shift_load(EXAMPLE, replications=1)
