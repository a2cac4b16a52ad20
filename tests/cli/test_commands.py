"""What each command says and leaves behind, as a user sees it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.cli.conftest import Zhizao
from zhizao.engine import Session
from zhizao.plant import read_plant, write_state

QUICK = ("--days", "5", "--replications", "3")


# ---------------------------------------------------------------- the program
def test_help_is_quick_and_loads_no_heavy_library() -> None:
    code = (
        "import sys; from zhizao.cli import main; code = main(['--help']); "
        "print(code, *(m for m in ('numba', 'polars', 'pydantic', 'scipy') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.splitlines()[-1] == "0"


@pytest.mark.parametrize(
    "command",
    [
        "check",
        "import",
        "learn",
        "map",
        "validate",
        "simulate",
        "compare",
        "bottlenecks",
        "sensitivity",
        "select",
        "improve",
        "balance",
        "batches",
        "compute",
        "energy",
        "lays",
        "logistics",
        "maintain failures",
        "maintain life",
        "maintain rules",
        "marker",
        "monitor",
        "molecule",
        "pattern draft",
        "pattern drape",
        "pattern show",
        "pattern styles",
        "phase",
        "portfolio",
        "rank",
        "recipe plant",
        "recipe record",
        "recipe show",
        "export",
        "demo",
    ],
)
def test_the_help_of_each_command_has_an_example(zhizao: Zhizao, command: str) -> None:
    said = zhizao(*command.split(), "--help")
    assert said.code == 0
    assert f"  zhizao {command}" in said.out


def test_the_version_is_reported(zhizao: Zhizao) -> None:
    said = zhizao("--version")
    assert (said.code, said.out.split()[0]) == (0, "zhizao")


# ---------------------------------------------------------------- results
def test_check_counts_what_is_in_the_plant(zhizao: Zhizao, plant: Path) -> None:
    said = zhizao("check", plant)
    assert said.code == 0
    assert "no faults" in said.out
    assert "work centers: 3" in said.out


DOUBTFUL = """
zhizao: 1
plant: mill
work_centers: [{id: m}]
routes: {r: [{id: a, on: m, takes: "normal(6 min, sd 9 min)"}]}
products: {p: {route: r}}
orders:
"""
MEAN = "found normal(6 min, sd 9 min): cut at 0 it has a mean of 9.85 min, not 6 min"


def doubtful(tmp_path: Path, late: int) -> Path:
    """A plant file with a normal that the cut at 0 moves, and so many orders that are due before release."""
    path = tmp_path / "doubtful.yaml"
    rows = (f"  - {{id: O{n}, product: p, pieces: 1, release: 2 h, due: 1 h}}\n" for n in range(late))
    fine = "  - {id: last, product: p, pieces: 1}\n"
    path.write_text(DOUBTFUL + "".join(rows) + fine, encoding="utf-8", newline="\n")
    return path


def test_check_lists_all_warnings_with_their_lines(zhizao: Zhizao, tmp_path: Path) -> None:
    path = doubtful(tmp_path, late=12)
    said = zhizao("check", path)
    assert (said.code, said.err) == (0, "")
    assert "mill: no faults, 13 warnings" in said.out
    assert f"warning: {path}:5: routes.r.a.takes.per_lot: {MEAN}" in said.out
    assert f"warning: {path}:19: orders.O11.due: found it due 1 h before its release" in said.out
    found = json.loads(zhizao("check", path, "--json").out)
    assert (found["ok"], found["faults"], len(found["warnings"])) == (True, [], 13)
    assert (found["warnings"][0]["line"], found["warnings"][0]["found"]) == (5, MEAN)


def test_check_says_nothing_of_warnings_where_there_are_none(zhizao: Zhizao, plant: Path) -> None:
    assert "warning" not in zhizao("check", plant).out
    assert json.loads(zhizao("check", plant, "--json").out)["warnings"] == []


def test_a_command_that_reads_a_plant_tells_its_first_warnings_on_stderr(
    zhizao: Zhizao, tmp_path: Path
) -> None:
    path = doubtful(tmp_path, late=12)
    said = zhizao("simulate", path, "--days", "1", "--replications", "2", "--json")
    assert said.code == 0
    assert "warnings" not in json.loads(said.out)
    assert said.err.count("warning: ") == 11
    assert said.err.count(MEAN) == 1
    assert f"warning: 3 more; run `zhizao check {path}` to list all" in said.err


def test_an_order_table_that_is_given_tells_its_warnings(zhizao: Zhizao, tmp_path: Path) -> None:
    table = tmp_path / "orders.csv"
    rows = "order,product,pieces,release,due\nA,p,1,2 h,1 h\n"
    table.write_text(rows, encoding="utf-8", newline="\n")
    path = doubtful(tmp_path, late=0)
    said = zhizao("schedule", path, "--orders", table, "--seconds", "0.5", "--json")
    assert said.code == 0, said.err
    assert said.err.count("warning: ") == 2
    assert f"warning: {table}:2: orders.A.due: found it due 1 h before its release" in said.err


def small_fab(tmp_path: Path) -> None:
    """Tables of a fab of one oven and one step."""
    (tmp_path / "tool.txt").write_text("STNFAM\tSTNQTY\noven\t2\n", encoding="utf-8")
    (tmp_path / "part.txt").write_text("PART\tROUTEFILE\tROUTE\nx\troute_x.txt\tr\n", encoding="utf-8")
    (tmp_path / "route_x.txt").write_text("STEP\tSTNFAM\tPTIME\n1\toven\t5\n", encoding="utf-8")
    (tmp_path / "order.txt").write_text("LOT\tPART\tREPEAT\na\tx\t9\n", encoding="utf-8")


def test_import_makes_a_plant_file_of_the_tables_of_a_fab(zhizao: Zhizao, tmp_path: Path) -> None:
    small_fab(tmp_path)
    said = zhizao("import", "smt2020", tmp_path, "-o", tmp_path / "fab.yaml")
    assert (said.code, "operations: 1" in said.out) == (0, True)
    assert said.err == ""
    assert read_plant(tmp_path / "fab.yaml").work_centers[0].id == "oven"


def test_import_tells_what_is_doubtful_in_the_plant_that_it_makes(zhizao: Zhizao, tmp_path: Path) -> None:
    small_fab(tmp_path)
    step = "STEP\tSTNFAM\tPDIST\tPTIME\tPTIME2\n1\toven\tnormal\t6\t9\n"
    (tmp_path / "route_x.txt").write_text(step, encoding="utf-8")
    said = zhizao("import", "smt2020", tmp_path, "-o", tmp_path / "fab.yaml")
    assert said.code == 0
    assert said.err.count("warning: ") == 1
    assert MEAN in said.err


def test_import_tells_every_fault_of_the_tables_and_writes_nothing(zhizao: Zhizao, tmp_path: Path) -> None:
    said = zhizao("import", "smt2020", tmp_path, "-o", tmp_path / "fab.yaml")
    assert said.code == 2
    assert "found no tool.txt and part.txt and order.txt" in said.err
    assert not (tmp_path / "fab.yaml").exists()


KNOWN = "uncertainty: [{what: orders.every, error: 0.05, observations: 400}]\n"


def test_simulate_says_how_much_of_an_interval_is_uncertainty(zhizao: Zhizao, plant: Path) -> None:
    plant.write_text(plant.read_text(encoding="utf-8") + KNOWN, encoding="utf-8", newline="\n")
    said = zhizao("simulate", plant, *QUICK, "--uncertainty", "5")
    assert said.code == 0, said.err
    assert "of this spread is parameter uncertainty (arrivals" in said.out
    assert "Measure orders.every better" in said.out
    assert "1200 more would halve its part" in said.out
    assert "Where the intervals come from" in said.out


def test_compare_says_how_much_of_a_gain_is_uncertainty(zhizao: Zhizao, plant: Path) -> None:
    plant.write_text(plant.read_text(encoding="utf-8") + KNOWN, encoding="utf-8", newline="\n")
    asked = ("compare", plant, "--measure", "second-slow-machine", *QUICK, "--uncertainty", "4")
    said = zhizao(*asked)
    assert said.code == 0, said.err
    assert "Where the intervals come from: second-slow-machine" in said.out
    found = json.loads(zhizao(*asked, "--json").out)["changes"][0]["uncertainty"]
    assert found["kpis"]["lead_time_mean"]["groups"]["arrivals"] > 0.1


def test_uncertainty_of_a_plant_that_states_none_is_refused(zhizao: Zhizao, plant: Path) -> None:
    for said in (
        zhizao("simulate", plant, *QUICK, "--uncertainty", "5"),
        zhizao("compare", plant, "--measure", "less-scrap", *QUICK, "--uncertainty", "5"),
    ):
        assert said.code == 2
        assert "learn it from a log" in said.err
        assert "by hand" in said.err


def test_simulate_prints_kpis_with_intervals(zhizao: Zhizao, plant: Path) -> None:
    said = zhizao("simulate", plant, *QUICK)
    assert said.code == 0
    assert "Throughput" in said.out
    assert "95 % interval" in said.out
    assert "The busiest resource is slow" in said.out


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("simulate", ()),
        ("compare", ("--measure", "less-scrap")),
        ("bottlenecks", ("--tried", "1")),
        ("sensitivity", ("--fields", "*.two.takes.*")),
        ("check", ()),
    ],
)
def test_json_is_alone_on_stdout(zhizao: Zhizao, plant: Path, command: str, more: tuple[str, ...]) -> None:
    quick = () if command == "check" else QUICK
    said = zhizao(command, plant, *more, *quick, "--json")
    assert said.code == 0
    assert json.loads(said.out)["study"] == command


def test_simulate_starts_from_a_state(zhizao: Zhizao, plant: Path, tmp_path: Path) -> None:
    session, state = Session(read_plant(plant)), tmp_path / "state.yaml"
    session.advance(timedelta(days=2, hours=3))
    write_state(session.snapshot(), state)
    said = zhizao("simulate", plant, "--from", state, *QUICK)
    assert said.code == 0
    moment = session.now.isoformat(sep=" ", timespec="minutes")
    assert f"from the state of {moment}" in " ".join(said.out.split())
    state.write_text(state.read_text(encoding="utf-8").replace("lots:", "lot:"), encoding="utf-8")
    said = zhizao("simulate", plant, "--from", state, *QUICK)
    assert said.code == 2
    assert "did you mean 'lots'" in said.err


def test_simulate_writes_the_twins_log_and_a_page(zhizao: Zhizao, plant: Path, tmp_path: Path) -> None:
    log, page = tmp_path / "log.parquet", tmp_path / "page.html"
    said = zhizao("simulate", plant, *QUICK, "--events", log, "--report", page)
    assert said.code == 0
    assert pl.read_parquet(log)["operation"].unique().sort().to_list() == ["one", "three", "two"]
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.parquet", "page.html", "plant.yaml"]


def test_simulate_goes_on_from_a_checkpoint(zhizao: Zhizao, plant: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    first = zhizao("simulate", plant, *QUICK, "--checkpoint", folder, "--json")
    kept = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = zhizao("simulate", plant, *QUICK, "--checkpoint", folder, "--json")
    assert (first.code, again.code) == (0, 0)
    assert first.out == again.out == zhizao("simulate", plant, *QUICK, "--json").out
    assert kept == {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert len(kept) > 3


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_compare_on_a_cluster_gives_what_threads_give(zhizao: Zhizao, plant: Path) -> None:
    pytest.importorskip("ray", reason="the extra [cluster] is not here")
    command = ("compare", plant, "--measure", "less-scrap", *QUICK, "--json")
    said = zhizao(*command, "--backend", "ray")
    assert (said.code, said.out) == (0, zhizao(*command).out)


def test_compare_takes_measures_one_by_one_and_together(zhizao: Zhizao, plant: Path) -> None:
    said = zhizao("compare", plant, "--measure", "second-slow-machine", "--measure", "less-scrap", *QUICK)
    assert said.code == 0
    assert "all together" in said.out
    assert "pay-back" in said.out


def test_compare_takes_another_plant(zhizao: Zhizao, plant: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(plant.read_text(encoding="utf-8").replace("8 min", "4 min"), encoding="utf-8")
    said = zhizao("compare", plant, other, "--days", "20", "--replications", "5", "--json")
    assert json.loads(said.out)["changes"][0]["kpis"]["lead_time_mean"]["verdict"] == "better"


def test_bottlenecks_says_which_and_why(zhizao: Zhizao, plant: Path) -> None:
    said = zhizao("bottlenecks", plant, "--days", "20", "--replications", "4", "--tried", "1")
    assert said.code == 0
    assert "Orders limit throughput" in said.out
    assert "For the lead time, slow comes first" in said.out


def test_simulate_runs_until_a_kpi_is_known_as_well_as_asked(zhizao: Zhizao, plant: Path) -> None:
    said = zhizao("simulate", plant, *QUICK, "--precision", "0.2", "--of", "lead_time")
    assert said.code == 0
    assert "as precisely as asked for" in said.out
    assert zhizao("simulate", plant, *QUICK, "--of", "lead_time").code == 2
    assert zhizao("simulate", plant, *QUICK, "--half-width", "0.2").code == 2


def test_sensitivity_says_what_moves_the_lead_time(zhizao: Zhizao, plant: Path) -> None:
    said = zhizao("sensitivity", plant, "--days", "20", "--replications", "5", "--fields", "*.takes.*")
    assert said.code == 0
    assert "is moved most by routes.r.two.takes.per_lot (now exponential(8 min)): +5 % gives" in said.out


def test_select_says_which_change_is_best(zhizao: Zhizao, plant: Path) -> None:
    goal = ("--of", "lead_time", "--indifference", "0.2", "--at-most", "20", "--days", "5")
    tried = ("--measure", "less-scrap", "--try", "work_centers.slow.units=2; routes.r.one.takes=3 min")
    said = zhizao("select", plant, *goal, *tried)
    assert said.code == 0
    assert "'work_centers.slow.units=2; routes.r.one.takes=3 min' is best with 95 %" in said.out
    assert json.loads(zhizao("select", plant, *goal, *tried, "--ocba", "--json").out)["method"] == "ocba"
    assert zhizao("select", plant, *goal, "--try", "work_centers.slow.units").code == 2


def test_a_log_becomes_a_plant_that_can_be_checked_against_it(
    zhizao: Zhizao, plant: Path, tmp_path: Path
) -> None:
    log, learned, columns = tmp_path / "log.csv", tmp_path / "learned.yaml", tmp_path / "map.json"
    assert zhizao("simulate", plant, "--days", "4", "--replications", "1", "--events", log).code == 0
    said = zhizao("learn", log, "-o", learned, "--name", "Line", "--save-columns", columns)
    assert said.code == 0, said.err
    assert "What the log cannot tell" in said.out
    assert read_plant(learned).name == "Line"
    again = zhizao("learn", log, "-o", learned, "--columns", columns, "--json")
    assert json.loads(again.out)["work_centers"] == 3
    checked = zhizao("validate", learned, log, "--replications", "2", "--json")
    assert checked.code == 0, checked.err
    assert "cycle_time_emd_h" in json.loads(checked.out)
    given = zhizao("validate", learned, log, "--replications", "2", "--releases", "log")
    assert given.code == 0, given.err
    assert "Cycle-time error" in given.out
    rolled = zhizao("validate", "--rolling", log, "--origins", "1", "--replications", "2")
    assert rolled.code == 0, rolled.err
    assert "Mean over 1 origins" in rolled.out
    assert "learning from" in rolled.err


def test_validate_wants_a_plant_and_a_log_or_a_log_to_roll_over(
    zhizao: Zhizao, plant: Path, tmp_path: Path
) -> None:
    assert "give a plant file and a log" in zhizao("validate", plant).err
    log = tmp_path / "log.csv"
    assert zhizao("simulate", plant, "--days", "1", "--replications", "1", "--events", log).code == 0
    assert "found" in zhizao("validate", plant, "--rolling", log).err
    assert "found --past" in zhizao("validate", "--rolling", log, "--past", log).err
    said = zhizao("validate", "--rolling", log, "--origins", "soon")
    assert (said.code, "expected a number, or dates" in said.err) == (2, True)


RULE = """
def shortest(now, due, release, since, priority, work, rest, setup, active, pieces):
    return work
"""


@pytest.mark.parametrize(("name", "code"), [("shortest", 0), ("shortst", 2)])
def test_a_rule_beside_the_plant_file_is_found(
    zhizao: Zhizao, plant: Path, tmp_path: Path, name: str, code: int
) -> None:
    (tmp_path / "rules_of_this_test.py").write_text(RULE, encoding="utf-8")
    sys.modules.pop("rules_of_this_test", None)
    text = plant.read_text(encoding="utf-8")
    rule = f"{{id: slow, dispatch: 'rules_of_this_test:{name}',"
    plant.write_text(text.replace("{id: slow,", rule), encoding="utf-8")
    for said in (zhizao("check", plant), zhizao("simulate", plant, *QUICK)):
        assert said.code == code
        assert ("did you mean 'shortest'" in said.err) == (code == 2)
    assert str(tmp_path) not in sys.path


@pytest.mark.slow
def test_the_demo_ends_with_the_headline_and_the_report(zhizao: Zhizao, tmp_path: Path) -> None:
    said = zhizao("demo", "--out", tmp_path / "demo")
    assert said.code == 0, said.err
    for row in ("Throughput", "Unit cost", "Unit energy", "Defect rate", "Lead time, mean"):
        assert row in said.out
    first, truth, *_, last = said.out.strip().splitlines()
    assert first.startswith("camera-at-cut changes unit cost by -")
    assert "are paid back after " in first
    assert truth.endswith("forecast and truth agree.")
    assert last.startswith("report: ")
    assert Path(last.removeprefix("report: ")).read_text(encoding="utf-8").count("<svg") >= 4
    log = pl.read_csv(tmp_path / "demo" / "log.csv", infer_schema=False)
    assert log["source"].unique().to_list() == ["synthetic (zhizao demo)"]
