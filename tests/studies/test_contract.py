"""Every study gives back a result of one kind: summary, text, table, JSON with one envelope, page."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

import polars as pl
import pytest

import zhizao
from tests.studies.plants import CARRIED, TABLE, line, table
from tests.studies.validate.plants import log_of
from zhizao.plant import parse_plant
from zhizao.report import Report, Result


def drawn_plates() -> Path:
    """A folder of pictures; the studies of pictures take an extra."""
    pytest.importorskip("onnxruntime", reason="takes the extra [inspect]")
    from tests.studies.inspect.drawn import draw

    return draw(Path(mkdtemp()) / "good", 15, seed=1)


def invented_cities() -> Path:
    return Path(__file__).resolve().parents[2] / "examples" / "index" / "cities.yaml"


def polo_line() -> Path:
    return Path(__file__).resolve().parents[2] / "examples" / "garment" / "polo-operations.csv"


def invented_cluster() -> Result:
    folder = Path(__file__).resolve().parents[2] / "examples" / "cluster"
    return zhizao.compute(
        folder / "nodes.csv", folder / "jobs.csv", trial=zhizao.Trial(replications=2), seed=3
    )


def invented_queue() -> Result:
    folder = Path(__file__).resolve().parents[2] / "examples" / "cluster"
    trial = zhizao.QueueTrial(replications=2, add={"A100": 1})
    return zhizao.queue_jobs(folder / "timed-nodes.csv", folder / "timed-jobs.csv", trial=trial, seed=3)


def invented_sites() -> Path:
    return Path(__file__).resolve().parents[2] / "examples" / "shifting" / "sites.yaml"


def invented_vest() -> Result:
    """A marker of the example; it takes the extra of garments."""
    pytest.importorskip("spyrrow", reason="takes the extra [garment]")
    from zhizao.connect.dxf import read_pattern

    pattern = read_pattern(Path(__file__).resolve().parents[2] / "examples" / "garment" / "vest.dxf")
    return zhizao.marker(pattern, {"S": 1, "M": 2}, zhizao.Cloth(1500.0), seconds=1, seed=3)


def invented_lays() -> Result:
    """Lays of the example; it takes the extra of garments."""
    pytest.importorskip("spyrrow", reason="takes the extra [garment]")
    from zhizao.connect.dxf import read_pattern

    pattern = read_pattern(Path(__file__).resolve().parents[2] / "examples" / "garment" / "vest.dxf")
    rules = zhizao.LayRules(most=2, seconds=0.5)
    return zhizao.plan_lays(pattern, {"S": 3, "M": 5}, zhizao.Cloth(1500.0), rules=rules, seed=3)


def invented_process() -> Result:
    from tests.studies.monitor.processes import process, written

    folder = Path(mkdtemp())
    normal = written(folder / "normal.csv", process(800, seed=1))
    return zhizao.monitor(
        normal, written(folder / "fault.csv", process(200, seed=2, fault=(101, 3.0))), seed=3
    )


def invented_meter() -> Result:
    from tests.studies.monitor.meters import metered, written_meter
    from tests.studies.monitor.test_shifting import DEAR

    table = written_meter(Path(mkdtemp()) / "meter.csv", metered(120))
    how = zhizao.Shifting(DEAR, movable=0.2, within_s=4 * 3600)
    return zhizao.energy_baseline(table, "kwh", options=zhizao.EnergyOptions(shifting=how), seed=3)


def invented_batches() -> Result:
    from tests.studies.monitor.batches import batches, written_batches
    from tests.studies.monitor.test_running import under_way

    made = batches(25, seed=1)
    samples, quality = written_batches(folder := Path(mkdtemp()), *made, unknown=3)
    running = under_way(folder / "running.csv", made[0], {24: 15})
    return zhizao.batch_quality(samples, quality, "purity", time="minute", current=running, seed=3)


def invented_cultures() -> Result:
    from tests.studies.phase.test_fit import FITTED, spec, table

    folder = Path(mkdtemp())
    return zhizao.fit_phase(spec(folder), table(folder, 4), FITTED, columns=("batch", "hour"), seed=3)


def invented_mills() -> Path:
    from tests.workflows.portfolio.test_portfolio import small

    return small(Path(mkdtemp()))


FORGE = Path(__file__).resolve().parents[2] / "examples" / "phases" / "forge-furnace.yaml"
PUMPS = Path(__file__).resolve().parents[2] / "examples" / "maintenance"


def worn_pumps() -> Result:
    """Remaining life of the example; the learner takes an extra."""
    pytest.importorskip("lightgbm", reason="takes the extra [maintain]")
    aim = zhizao.LifeAim(unit="pump", time="day", cap=60.0, alarm=10.0)
    return zhizao.remaining_life(PUMPS / "pumps.csv", PUMPS / "in-service.csv", aim=aim, seed=3)


def failed_parts() -> Result:
    """Rules of the example; the learner takes an extra."""
    pytest.importorskip("lightgbm", reason="takes the extra [maintain]")
    return zhizao.failure_rules(PUMPS / "parts.csv", "failed", seed=3)


def invented_recipe() -> Result:
    from zhizao.connect.batchml import read_recipes

    folder = Path(__file__).resolve().parents[2] / "examples" / "recipes"
    return zhizao.run_recipe(read_recipes(folder / "ointment.xml"), folder / "ointment-works.yaml", seed=3)


STUDIES: dict[str, Callable[[], Result]] = {
    "simulate": lambda: zhizao.simulate(line(), days=2, replications=2, seed=3),
    "compare": lambda: zhizao.compare_measures(line(), ["less-scrap"], days=2, replications=2, seed=3),
    "bottlenecks": lambda: zhizao.bottlenecks(line(), days=2, replications=2, seed=3, tried=1),
    "sensitivity": lambda: zhizao.sensitivity(
        line(), fields=["products.p.price"], days=2, replications=2, seed=3
    ),
    "select": lambda: zhizao.select(
        {"a": line(), "b": line().replace({"work_centers.slow.units": 2})},
        zhizao.Goal("throughput", zhizao.Effort(indifference=5.0, first=2, at_most=4)),
        days=2,
        seed=3,
    ),
    "logistics": lambda: zhizao.logistics(parse_plant(CARRIED), days=2, replications=2, seed=3),
    "dispatching": lambda: zhizao.dispatching(
        line(), "lead-time", days=2, replications=2, seconds=None, work=40, seed=3
    ),
    "schedule": lambda: zhizao.schedule(table(), work=200, seed=3),
    "balance": lambda: zhizao.balance(polo_line(), zhizao.LineGoal(cycle_s=60), seconds=5, seed=3),
    "compute": invented_cluster,
    "queue_jobs": invented_queue,
    "shift_load": lambda: zhizao.shift_load(invented_sites(), replications=2, seed=3),
    "energy_baseline": invented_meter,
    "batch_quality": invented_batches,
    "marker": invented_vest,
    "monitor": invented_process,
    "plan_lays": invented_lays,
    "remaining_life": worn_pumps,
    "failure_models": lambda: zhizao.failure_models(
        PUMPS / "failures.csv", PUMPS / "replacements.csv", PUMPS / "machines.csv", seed=3
    ),
    "failure_rules": failed_parts,
    "fit_phase": invented_cultures,
    "phase": lambda: zhizao.phase(FORGE, draws=3, seed=3),
    "portfolio": lambda: zhizao.portfolio(invented_mills(), draws=3, seed=3),
    "run_recipe": invented_recipe,
    "rank": lambda: zhizao.rank(invented_cities(), aim=zhizao.Aim(runs=50, draws=4), seed=3),
    "train_inspector": lambda: zhizao.train_inspector(drawn_plates(), false_alarms=0.1, seed=3),
    "improve": lambda: zhizao.improve(line(), days=2, seconds=4, seed=3),
    "learn": lambda: zhizao.learn(log_of(line(), days=4), seed=3),
    "validate": lambda: zhizao.validate(line(), log_of(line(), days=4), replications=2, seed=3),
    "process_map": lambda: zhizao.process_map(log_of(line(), days=4), line(), days=2, replications=2, seed=3),
    "validate_rolling": lambda: zhizao.validate_rolling(
        log_of(line(), days=10), origins=1, replications=2, seed=3
    ),
}


def judged_antibody() -> Result:
    examples = Path(__file__).resolve().parents[2] / "examples"
    return zhizao.molecule(examples / "antibody" / "trastuzumab.fasta", seed=3)


if find_spec("flash_abb") is not None and find_spec("anarcii") is not None:
    STUDIES["molecule"] = judged_antibody  # it takes the extra [biologics]


@cache
def made(name: str) -> Result:
    """The result of a study, made once for all files that only read it."""
    return STUDIES[name]()


@pytest.fixture(scope="module", params=sorted(STUDIES))
def named(request: pytest.FixtureRequest) -> tuple[str, Result]:
    return request.param, made(request.param)


def test_the_summary_has_three_lines_and_the_text_one(named: tuple[str, Result]) -> None:
    name, result = named
    assert len(set(result.summary().splitlines())) == 3
    assert len(str(result).splitlines()) == 1
    assert str(result).startswith(f"{name} of {result.title}: ")
    assert str(result).endswith(result.key_points()[1])
    assert len(repr(result)) < 120


def test_the_json_has_the_envelope_of_all_studies(named: tuple[str, Result]) -> None:
    name, result = named
    found = json.loads(result.to_json())
    assert list(found)[:5] == ["study", "version", "seed", "inputs", "interrupted"]
    assert (found["study"], found["version"], found["seed"], found["interrupted"]) == (
        name, zhizao.__version__, 3, False,
    )  # fmt: skip
    assert found["inputs"]
    assert all(set(one) == {"kind", "name", "sha256"} for one in found["inputs"])
    assert all(len(one["sha256"]) == 64 for one in found["inputs"])
    assert len(found) > 5


def test_the_table_is_a_frame(named: tuple[str, Result]) -> None:
    assert isinstance(named[1].table(), pl.DataFrame)
    assert named[1].table().height > 0


def test_the_page_has_the_same_sections_as_html_and_as_json(
    named: tuple[str, Result], tmp_path: Path
) -> None:
    page = named[1].page()
    assert isinstance(page, Report)
    found = json.loads(page.to_json())
    assert found["title"] == page.title
    assert len(found["sections"]) == len(page.sections) > 0
    html = named[1].report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert html == page.to_html() or "clip" in html  # charts number their clip paths anew
    for section in found["sections"]:
        assert section["kind"] in {
            "headline", "prose", "table", "lines", "histogram", "stacked_bars", "tornado", "gantt",
            "flow_map", "bars", "scatter", "waterfall", "folds",
        }  # fmt: skip
        if section.get("title"):
            assert section["title"].split("&")[0].split("'")[0] in html


def test_the_hash_of_an_input_goes_by_its_content() -> None:
    def of(text: str) -> str:
        found = zhizao.simulate(parse_plant(text), replications=2)
        return str(json.loads(found.to_json())["inputs"][0]["sha256"])

    assert of(TABLE) == of(TABLE + "\n# a comment\n")
    assert of(TABLE) != of(TABLE.replace("2 h", "3 h"))
    assert of(TABLE) == sha256(parse_plant(TABLE).model_dump_json().encode()).hexdigest()


def test_a_comparison_names_both_plants() -> None:
    after = line().replace({"work_centers.slow.units": 2})
    found = json.loads(zhizao.compare(line(), after, days=2, replications=2).to_json())
    assert len({one["sha256"] for one in found["inputs"]}) == 2


# ---------------------------------------------------------------- options
SAME = {
    "days": "float | None",
    "replications": "int | None",
    "seed": "int",
    "seconds": "float | None",
    "progress": "Progress | None",
}


@pytest.mark.parametrize("name", sorted(STUDIES))
def test_the_same_option_has_the_same_name_and_kind_everywhere(name: str) -> None:
    given = inspect.signature(getattr(zhizao, name)).parameters
    for option, kind in SAME.items():
        if option in given:
            assert given[option].annotation == kind, (name, option)
            assert given[option].kind is inspect.Parameter.KEYWORD_ONLY
    assert "seed" in given
    assert "progress" in given or name == "schedule"  # it calls `on_improvement`
    assert given["seed"].default == 1


def test_a_plan_can_be_simulated_as_it_is() -> None:
    plan = zhizao.schedule(table(), work=200)
    planned = zhizao.simulate(table(), plan=plan, replications=1)
    assert planned.records[0].lots.height == 2 + 3
    by_frame = zhizao.simulate(table(), plan=plan.events, replications=1)
    assert planned.records[0].lots.equals(by_frame.records[0].lots)
    compared = zhizao.compare(table(), plan=plan, replications=2)
    assert any(one.kind == "plan" for one in compared.inputs)
