"""`zhizao monitor`, `energy` and `batches`, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Zhizao
from tests.studies.monitor.batches import batches, written_batches
from tests.studies.monitor.meters import metered, written_meter
from tests.studies.monitor.processes import process, written


def test_monitor_shows_the_alarm_its_sensor_and_the_evidence(zhizao: Zhizao, tmp_path: Path) -> None:
    normal = written(tmp_path / "normal.csv", process(800, seed=1))
    fault = written(tmp_path / "fault.csv", process(200, seed=2, fault=(101, 3.0)))
    page = tmp_path / "page.html"
    said = zhizao("monitor", normal, "--watch", fault, "--onset", 101, "--report", page)
    assert said.code == 0
    assert "1 of 1 tables give a lasting alarm." in said.out
    assert "Evidence for a measure" in said.out
    assert page.is_file()


def test_monitor_json_is_alone_on_stdout(zhizao: Zhizao, tmp_path: Path) -> None:
    said = zhizao(
        "monitor", written(tmp_path / "normal.csv", process(800, seed=1)), "--json", "--method", "cva"
    )
    found = json.loads(said.out)
    assert (said.code, found["study"], found["method"], found["tables"]) == (0, "monitor", "cva", [])


PLANT = """
zhizao: 1
plant: mill
work_centers: [{id: press}]
routes: {r: [{id: a, on: press, takes: 6 min, defects: {share: 0.1, found: 1}}]}
products: {p: {route: r, price: 10, material: 2}}
orders: [{product: p, every: 10 min}]
"""
STATED = ("--noticed-after", "8 h", "--by-faults", "40 %")


def test_alarms_become_a_measure_that_compare_and_improve_read(zhizao: Zhizao, tmp_path: Path) -> None:
    normal = written(tmp_path / "normal.csv", process(4000, seed=1), minutes=None)
    faults = [
        written(tmp_path / f"fault{k}.csv", process(200, seed=2 + k, fault=(101, 3.0)), minutes=None)
        for k in range(2)
    ]
    plant, measure = tmp_path / "plant.yaml", tmp_path / "measure.yaml"
    plant.write_text(PLANT, encoding="utf-8")
    said = zhizao(
        "monitor", normal, "--watch", faults[0], "--watch", faults[1], "--onset", 101, "--step", "3 min",
        "--plant", plant, "--as-measure", "a", *STATED, "--check", "5 min", "-o", measure,
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "defective pieces no longer made: 32.9%" in said.err  # 0.4 x 2.5 / 3 x (1 - 6 min / 8 h)
    text = measure.read_text(encoding="utf-8")
    assert "2 of 2 faults detected, taken as 83.3%" in text
    assert '"for": "5 min"' in text
    taken = (plant, "--measures", measure, "--days", "2", "--json")
    said = zhizao("compare", *taken, "--replications", "2", "--measure", "process-control-at-a")
    assert said.code == 0, said.err
    said = zhizao("improve", *taken, "--own", "--seconds", "3")
    assert said.code == 0, said.err
    assert "process-control-at-a" in said.out


def test_a_measure_asks_for_what_no_table_says(zhizao: Zhizao, tmp_path: Path) -> None:
    normal = written(tmp_path / "normal.csv", process(800, seed=1))
    said = zhizao("monitor", normal, "--as-measure", "a", "-o", tmp_path / "measure.yaml")
    assert said.code == 2
    assert "after how long such faults are noticed today" in said.err
    assert "share of the operation's defective pieces" in said.err
    assert "--plant PLANT" in said.err


def test_a_column_that_is_not_there_is_an_input_error(zhizao: Zhizao, tmp_path: Path) -> None:
    said = zhizao("monitor", written(tmp_path / "normal.csv", process(800, seed=1)), "--column", "s1x")
    assert said.code == 2
    assert "found no column 's1x'; did you mean 's1'?" in said.err


def test_energy_shows_the_forecast_and_that_no_saving_is_shown(zhizao: Zhizao, tmp_path: Path) -> None:
    table = written_meter(tmp_path / "meter.csv", metered(250))
    said = zhizao("energy", table, "--target", "kwh", "--change", "2025-08-18", "--holidays", "CN")
    assert said.code == 0
    assert "A saving is not shown" in said.out
    assert "Expected consumption by day" in said.out


def test_energy_moves_load_under_the_tariff_of_a_plant(zhizao: Zhizao, tmp_path: Path) -> None:
    table, plant = written_meter(tmp_path / "meter.csv", metered(160)), tmp_path / "plant.yaml"
    tariff = 'tariff: {default: 0.5/kWh, periods: [{when: "09:00-12:00", price: 1.5/kWh}]}'
    plant.write_text(PLANT + tariff, encoding="utf-8")
    page = tmp_path / "page.html"
    stated = ("--tariff", plant, "--movable", "20 %", "--within", "4 h", "--peak-at-most", "500 kW")
    said = zhizao("energy", table, "--target", "kwh", *stated, "--report", page)
    assert said.code == 0, said.err
    assert "Moving load saves" in said.out
    assert "Load moved under the tariff" in page.read_text(encoding="utf-8")
    said = zhizao("energy", table, "--target", "kwh", "--movable", "0.2")
    assert said.code == 2
    assert "state also --tariff PLANT, --within TIME" in said.err


def test_energy_json_is_alone_on_stdout(zhizao: Zhizao, tmp_path: Path) -> None:
    table = written_meter(tmp_path / "meter.csv", metered(120))
    found = json.loads(zhizao("energy", table, "--target", "kwh", "--json").out)
    assert (found["study"], len(found["days"]), found["saving"]) == ("energy_baseline", 30, None)


def test_batches_shows_predictions(zhizao: Zhizao, tmp_path: Path) -> None:
    samples, quality = written_batches(tmp_path, *batches(25, seed=1), unknown=3)
    said = zhizao("batches", samples, quality, "--target", "purity", "--time", "minute")
    assert said.code == 0
    assert "3 batches predicted" in said.out
    found = json.loads(
        zhizao("batches", samples, quality, "--target", "purity", "--time", "minute", "--json").out
    )
    assert [one["batch"] for one in found["batches"]][-1] == "b024"


def test_batches_under_way_are_predicted(zhizao: Zhizao, tmp_path: Path) -> None:
    samples, quality = written_batches(tmp_path, *batches(25, seed=1))
    running, page = tmp_path / "running.csv", tmp_path / "page.html"
    lines = samples.read_text(encoding="utf-8").splitlines()
    running.write_text("\n".join([lines[0], *lines[1:13]]) + "\n", encoding="utf-8")
    options = ("--target", "purity", "--time", "minute", "--current", running)
    said = zhizao("batches", samples, quality, *options, "--report", page)
    assert said.code == 0, said.err
    assert "Error by time since the start" in said.out
    assert "Batches under way" in page.read_text(encoding="utf-8")
