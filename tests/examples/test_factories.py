"""The reference factories: each reads without a fault, runs, and says of every number where it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from time import monotonic

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import zhizao
from zhizao.cli import main
from zhizao.kpi.analysis import student_t
from zhizao.plant import Measure, Plant, read_plant
from zhizao.workflows.improve import ImproveResult, Proposal

FACTORIES = Path(__file__).resolve().parents[2] / "examples" / "factories"
PATHS = sorted(FACTORIES.glob("*/plant.yaml"))


@cache
def plant_of(path: Path) -> Plant:
    """The plant of a file, read once."""
    return read_plant(path)


MEASURES = [(path, measure.id) for path in PATHS for measure in plant_of(path).measures]
WORDS = ("published", "derived", "assumed")


def name(path: Path) -> str:
    return path.parent.name


def readme(path: Path) -> str:
    return (path.parent / "README.md").read_text(encoding="utf-8")


def combinable(plant: Plant) -> list[Measure]:
    """Give the measures in their order, without those that one before them excludes or sets a path of."""
    taken: set[str] = set()
    excluded: set[str] = set()
    found: list[Measure] = []
    for measure in plant.measures:
        apart = excluded | set(measure.excludes)
        if taken.isdisjoint(measure.set) and apart.isdisjoint({measure.id, *(one.id for one in found)}):
            found.append(measure)
            taken |= set(measure.set)
            excluded |= set(measure.excludes)
    return found


@pytest.mark.parametrize("path", PATHS, ids=name)
def test_a_factory_reads_without_a_fault_and_runs(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(path)]) == 0
    assert "no faults" in capsys.readouterr().out
    assert main(["simulate", str(path), "--days", "14", "--replications", "2"]) == 0
    assert "Throughput" in capsys.readouterr().out


@pytest.mark.parametrize("path", PATHS, ids=name)
def test_a_factory_has_a_layout_prices_energy_and_measures(path: Path) -> None:
    plant = plant_of(path)
    assert all(center.at is not None and center.cost > 0 for center in plant.work_centers)
    assert all(center.power.busy for center in plant.work_centers)
    assert all(group.cost > 0 for group in plant.personnel)
    assert all(
        product.price > 0 and product.material > 0 and product.escape_cost is not None
        for product in plant.products.values()
    )
    assert plant.tariff.periods
    assert plant.tariff.co2 > 0
    assert any(center.failures for center in plant.work_centers)
    assert any(center.maintenance for center in plant.work_centers)
    assert 8 <= len(plant.measures) <= 14


@pytest.mark.parametrize(
    ("path", "measure"), MEASURES, ids=[f"{name(path)}-{measure}" for path, measure in MEASURES]
)
def test_a_measure_of_a_factory_fits_with_what_it_needs_and_changes_it(path: Path, measure: str) -> None:
    plant = plant_of(path)
    needs = next(one.needs for one in plant.measures if one.id == measure)
    before = plant.with_measures(needs)
    assert plant.with_measures([*needs, measure]) != before


@pytest.mark.parametrize("path", PATHS, ids=name)
def test_all_measures_of_a_factory_that_go_together_run_together(path: Path) -> None:
    plant = plant_of(path)
    together = plant.with_measures(measure.id for measure in combinable(plant))
    result = zhizao.simulate(together, days=14, replications=2)
    assert result.loads


def test_the_antibody_plant_is_what_its_recipes_equipment_and_culture_make(tmp_path: Path) -> None:
    folder = FACTORIES / "antibodies"
    for name in ("recipe.xml", "works.yaml", "wip.csv", "production.csv", "production-controlled.csv"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    made = tmp_path / "plant.yaml"
    works = ["--equipment", str(tmp_path / "works.yaml")]
    assert main(["recipe", "plant", str(tmp_path / "recipe.xml"), *works, "--out", str(made)]) == 0
    assert made.read_text(encoding="utf-8") == (folder / "plant.yaml").read_text(encoding="utf-8")


PHASES = [
    ("antibodies", "production"),
    ("antibodies", "production-controlled"),
    ("automotive-glass", "bending"),
    ("automotive-glass", "bending-controlled"),
    ("automotive-glass", "bending-hotter"),
]


@pytest.mark.parametrize(("factory", "phase"), PHASES, ids=[phase for _, phase in PHASES])
def test_outcomes_of_a_factory_are_those_of_its_differential_equations(
    factory: str, phase: str, tmp_path: Path
) -> None:
    """The first 20 lots are drawn again."""
    folder, drawn = FACTORIES / factory, tmp_path / "drawn.csv"
    assert main(["phase", str(folder / f"{phase}.yaml"), "--draws", "20", "-o", str(drawn)]) == 0
    made, stored = (
        pl.read_csv(path)
        .head(20)
        .select(pl.col("takes", "energy").str.extract(r"([\d.]+)").cast(float), "defects")
        for path in (drawn, folder / f"{phase}.csv")
    )
    assert_frame_equal(made, stored, rel_tol=1e-4)


# ---------------------------------------------------------------- provenance
def rows(text: str) -> dict[str, str]:
    """First cell of each row of the tables of a README, without its code marks, with the rest of the row."""
    found = re.findall(r"^\| *([^|]+?) *\|(.*)\|$", text, flags=re.MULTILINE)
    return {part: rest for first, rest in found for part in re.findall(r"`([^`]+)`", first)}


def numbered(plant: Plant) -> Iterator[str]:
    """Give the id of all that has numbers of its own."""
    yield from (center.id for center in plant.work_centers)
    yield from (operation.id for route in plant.routes.values() for operation in route)
    yield from plant.products
    yield from (group.id for group in plant.personnel)
    yield from (fleet.id for fleet in plant.transport.fleets)
    yield from (crane.id for crane in plant.transport.cranes)
    yield from (conveyor.id for conveyor in plant.transport.conveyors)
    yield from (tool.id for tool in plant.tools)
    yield from (utility.id for utility in plant.utilities)
    yield from (measure.id for measure in plant.measures)
    yield from ("orders", "tariff")


@pytest.mark.parametrize("path", PATHS, ids=name)
def test_the_readme_says_of_every_number_where_it_comes_from(path: Path) -> None:
    said = rows(readme(path))
    missing = {
        item for item in numbered(plant_of(path)) if not any(word in said.get(item, "") for word in WORDS)
    }
    assert missing == set()


@pytest.mark.parametrize("path", PATHS, ids=name)
def test_the_readme_names_nothing_that_is_not_in_the_plant(path: Path) -> None:
    """Rows of the provenance tables, which are those with one of the three words."""
    marked = {item for item, rest in rows(readme(path)).items() if any(word in rest for word in WORDS)}
    assert marked <= set(numbered(plant_of(path)))


@pytest.mark.parametrize("path", PATHS, ids=name)
def test_every_source_that_a_readme_refers_to_is_listed_and_every_listed_one_is_used(path: Path) -> None:
    text = readme(path)
    listed = re.findall(r"^- \[(\w+)\] ", text, flags=re.MULTILINE)
    used = re.findall(r"(?<!- )\[(\w+)\](?!\()", text)
    assert len(listed) == len(set(listed))
    assert set(listed) == set(used)


@pytest.mark.parametrize("path", PATHS, ids=name)
def test_every_published_number_has_its_source(path: Path) -> None:
    for item, rest in rows(readme(path)).items():
        assert "published" not in rest or re.search(r"\[\w+\]", rest), item


@pytest.mark.parametrize("path", PATHS, ids=name)
def test_the_study_at_the_end_of_a_readme_names_measures_of_the_plant(path: Path) -> None:
    commands = re.findall(r"^zhizao (?:compare|improve) \S+/plant\.yaml.*", readme(path), flags=re.MULTILINE)
    assert commands
    named = {measure for command in commands for measure in re.findall(r"--measure (\S+)", command)}
    assert named <= {measure.id for measure in plant_of(path).measures}
    assert all(f"examples/factories/{name(path)}/plant.yaml" in command for command in commands)


def test_the_index_lists_every_factory() -> None:
    text = (FACTORIES / "README.md").read_text(encoding="utf-8")
    assert {name(path) for path in PATHS} <= set(re.findall(r"\]\(([\w-]+)/README\.md\)", text))


# ---------------------------------------------------------------- balance
@cache
def loads(path: Path) -> dict[str, float]:
    """Mean load of each resource over half a year."""
    result = zhizao.simulate(path, days=168, replications=4)
    return {load.resource: load.load.mean for load in result.loads}


@pytest.mark.parametrize("path", PATHS, ids=name)
def test_the_busiest_work_center_of_a_factory_is_the_one_that_its_readme_says(path: Path) -> None:
    said = re.findall(r"^Bottleneck: `([\w-]+)`", readme(path), flags=re.MULTILINE)
    load = loads(path)
    assert said == [max((center.id for center in plant_of(path).work_centers), key=lambda id: load[id])]


BY_HAND = {
    # a preform every 4.6 h, 26 h on one of 6 lathes
    ("optical-fibre", "deposit"): 26 / 4.6 / 6,
    # more preforms come than four towers can draw
    ("optical-fibre", "draw"): 1.0,
    # a batch every 57 h, 9 days on one of 4 places
    ("antibodies", "seed-lab"): 9 * 24 / 57 / 4,
    # 14 days, 26 h of cleaning, and 24 h of changeover for 4 of 9 batches: more than a sixth of 57 h
    ("antibodies", "bioreactor"): 1.0,
    # 384 windscreens every 5.2 h, 80 s each and 5 min a rack of 48 on one of 3 tables
    ("automotive-glass", "cut"): 384 / 5.2 * (80 + 300 / 48) / 3600 / 3,
    # 2 % lost before; each furnace changes its mould for 69 % of the orders, and is up for 70 of 72.5 h
    ("automotive-glass", "bend"): (384 * 0.98 * (72 + 300 / 48) / 3600 + 0.694 * 2 * 0.75)
    / 5.2
    / 2
    / (70 / 72.5),
}
"""Load of a work center without set-ups, or of the bottleneck with all that stops it."""


@pytest.mark.parametrize(("factory", "center"), BY_HAND, ids=["-".join(key) for key in BY_HAND])
def test_a_load_is_the_one_by_hand(factory: str, center: str) -> None:
    load = loads(FACTORIES / factory / "plant.yaml")[center]
    assert load == pytest.approx(BY_HAND[factory, center], rel=0.05)


# ---------------------------------------------------------------- study
@pytest.mark.parametrize("path", PATHS, ids=name)
def test_the_readme_ends_with_what_a_study_of_a_minute_finds(path: Path) -> None:
    text = readme(path)
    assert f"zhizao improve examples/factories/{name(path)}/plant.yaml --seconds 60" in text
    assert "## What comes out" in text


@pytest.mark.parametrize("path", PATHS, ids=name)
def test_the_measures_of_a_factory_show_what_a_measure_can_say(path: Path) -> None:
    plant = plant_of(path)
    assert all(measure.title and measure.installation for measure in plant.measures)
    assert sum(bool(measure.uncertain) for measure in plant.measures) >= 3


def error(one: Proposal) -> float:
    """Standard error of its net present value."""
    value = one.money.net_present_value
    return (value.high - value.low) / 2 / student_t(value.n - 1, value.confidence)


def study(path: Path, *, seconds: float, days: float | None, limit_s: float) -> ImproveResult:
    """Study a factory: in time, with progress, and what is chosen beats each measure taken by itself."""
    said: list[float] = []
    improve = zhizao.improve  # imported before the time counts
    begun = monotonic()
    result = improve(path, seconds=seconds, days=days, progress=said.append)
    assert monotonic() - begun <= limit_s
    assert len(said) > 10
    assert 0 <= min(said) <= max(said) <= 1
    first, *others = result.proposals
    assert first.chosen
    singles = [one for one in others if len(one.measures) == 1]
    assert all(first.rank_value >= one.rank_value - error(one) for one in singles)
    return result


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS, ids=name)
def test_a_study_of_a_factory_beats_its_single_measures_within_a_minute(path: Path) -> None:
    result = study(path, seconds=55, days=None, limit_s=58)
    assert result.best is result.proposals[0]
    assert "assumed" in result.answer


def test_a_short_study_of_a_factory_beats_its_single_measures() -> None:
    result = study(FACTORIES / "automotive-glass" / "plant.yaml", seconds=15, days=7, limit_s=17)
    assert "assumed" in result.proposals[0].evidence
