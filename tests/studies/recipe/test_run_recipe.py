"""Recipes in the twin: batches over shared skids, holds and cleaning, and what is refused by name."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

import zhizao
from tests.connect.batchml.make import Part, chain, phase, recipe_xml, unit_procedure, written
from tests.connect.batchml.shared import unpacked
from zhizao.connect.batchml import read_recipes, read_record, write_record
from zhizao.plant import read_plant, write_plant
from zhizao.quantities import InputError
from zhizao.records.recipes import BatchStatus, Recipe, RecipeError
from zhizao.studies.recipe import EquipmentError, RecipeRun, plant_from_files, run_recipe

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "recipes"
SYRUP_WORKS = """
equipment: Cough syrup works
units:
  - {id: mixer, count: 2, capacity: 6000 m3, does: Make Suspension, cleaning: {for: 45 min, skid: cip}}
  - {id: packer, does: Package Suspension, cleaning: {for: 30 min, skid: cip}, storage: 2}
skids: {cip: 1}
lines: {transfer-line: 1}
uses: {Package Suspension: {transfer-line: 1}}
times:
  Make Suspension / Qualify Make: 20 min
  Setup Make: 30 min
  Mix Slurry 1: 75 min
  Mix Slurry 2: 65 min
  Make Suspension / Blend Slurry: 40 min
  Make Suspension / Hold Slurry: 12 min
  Close Slurry: 15 min
  Qualify Pack: 15 min
  Setup Filler: 25 min
  Setup Pack Area: 15 min
  Setup Cartoner: 20 min
  Setup Labeller: 15 min
  Setup Capper: 15 min
  Setup Case Packer: 20 min
  Pack Operation: 60 min
  Close Pack: 10 min
holds: [{before: Package Suspension, after: Make Suspension, at_most: 4 h}]
batches: [{count: 30, every: 1 h, due: 3 d}]
"""
DIRTY_CLEAN = "skid: cip, dirty_at_most: 4 h, clean_at_most: 12 h}"
SMALL = """
equipment: works
units:
  - {id: tank, capacity: 500 L, does: [a, c], cleaning: {for: 10 min, skid: cip}}
  - {id: vat, capacity: 500 L, does: b}
skids: {cip: 1}
batches: [{count: 3}]
"""


def recipes(folder: Path, *links: tuple[str, str], **conditions: str) -> tuple[Recipe, ...]:
    """A recipe of unit procedures a, b, c of an hour each."""
    parts = [unit_procedure(name, phase(f"{name}1", 60)) for name in "abc"]
    wanted = links or chain("begin", "a", "b", "c", "end")
    procedure = Part("p", "Procedure", inside=parts, links=wanted, conditions=conditions)
    return read_recipes(written(folder, recipe_xml("P", procedure)))


def chart(folder: Path, names: str, links: Sequence[tuple[str, str]]) -> tuple[Recipe, ...]:
    """A recipe of unit procedures of an hour each, with one letter for each."""
    parts = [unit_procedure(name, phase(f"{name}1", 60)) for name in names]
    conditions = {name: f"{name} holds" for link in links for name in link if name[0] == "t"}
    procedure = Part("p", "Procedure", inside=parts, links=links, conditions=conditions)
    return read_recipes(written(folder, recipe_xml("P", procedure)))


def works(folder: Path, text: str = SMALL) -> Path:
    return written(folder, text, "works.yaml")


def refused(folder: Path, text: str, *links: tuple[str, str], **conditions: str) -> str:
    with pytest.raises((EquipmentError, RecipeError)) as error:
        plant_from_files(recipes(folder, *links, **conditions), works(folder, text))
    return str(error.value)


@pytest.fixture(scope="module")
def ointment() -> RecipeRun:
    return run_recipe(read_recipes(EXAMPLES / "ointment.xml"), EXAMPLES / "ointment-works.yaml", seed=3)


# ---------------------------------------------------------------- the user's view
def test_thirty_batches_of_cough_syrup_keep_their_holds_and_are_recorded(tmp_path: Path) -> None:
    recipe = read_recipes(unpacked("cough_syrup_pmw.xml.xz", tmp_path))
    run = run_recipe(recipe, works(tmp_path, SYRUP_WORKS))
    assert run.answer == "30 of 30 batches are complete."
    assert run.notes[1] == "Limits of holding: 0 of 30 broken; the longest hold is 2.50 h."
    assert run.cleanings().height == 60
    write_record(run.record(1), tmp_path / "record.xml")
    (batch,) = read_record(tmp_path / "record.xml").batches
    assert (batch.status, batch.size) == (BatchStatus.COMPLETE, "5000 Kilolitres")
    made, packed = batch.done.inside
    assert made.start is not None
    assert made.end is not None
    assert packed.end is not None
    assert (made.end - made.start).total_seconds() == 60 * (20 + 30 + 75 + 40 + 12 + 15)  # critical path
    assert (packed.end - made.end).total_seconds() == 60 * (15 + 25 + 60 + 10)


def test_a_plan_of_such_a_plant_keeps_its_holds_and_is_what_the_twin_does(tmp_path: Path) -> None:
    recipe = read_recipes(unpacked("cough_syrup_pmw.xml.xz", tmp_path))
    equipment = works(tmp_path, SYRUP_WORKS)
    plant = plant_from_files(recipe, equipment).plant
    write_plant(plant, tmp_path / "plant.yaml")
    assert read_plant(tmp_path / "plant.yaml") == plant
    plan = zhizao.schedule(tmp_path / "plant.yaml", work=50, seed=3)
    run = run_recipe(recipe, equipment, plan=plan.events)
    assert run.answer == "30 of 30 batches are complete."
    assert run.broken().is_empty()
    assert run.table()["end"].max() == plan.events["end"].max()
    assert hold_s(plan.events) <= 4 * 3600


def test_a_plan_holds_batches_back_where_no_storage_is_kept(tmp_path: Path) -> None:
    """Without a plan 6 of 30 batches are lost to the limit; with one none, and every cleaning is done."""
    recipe = read_recipes(unpacked("cough_syrup_pmw.xml.xz", tmp_path))
    equipment = works(tmp_path, SYRUP_WORKS.replace(", storage: 2", "").replace("skid: cip}", DIRTY_CLEAN))
    assert run_recipe(recipe, equipment).answer == "24 of 30 batches are complete, 6 lost."
    plan = zhizao.schedule(plant_from_files(recipe, equipment).plant, work=50, seconds=None, seed=3)
    run = run_recipe(recipe, equipment, plan=plan.events)
    assert "0 of 30 hold limits broken." in plan.notes
    assert any(note.startswith("Limits of dirty units: 0 of 60 broken") for note in run.notes)
    assert any(note.startswith("Limits of clean units: 0 of 57 broken") for note in run.notes)
    assert run.answer == "30 of 30 batches are complete."
    assert run.broken().is_empty()
    assert run.cleanings().height == 60
    assert run.table()["end"].max() == plan.events["end"].max()
    assert hold_s(plan.events) <= 4 * 3600


def hold_s(events: pl.DataFrame) -> float:
    """The longest hold before packing, from the rows of a plan themselves."""
    done = {(row["lot"], row["operation"]): row for row in events.to_dicts() if row["activity"] == "process"}
    return max(
        (row["start"] - done[lot, "Make Suspension"]["end"]).total_seconds()
        for (lot, operation), row in done.items()
        if operation == "Package Suspension"
    )


# ---------------------------------------------------------------- laws
def test_each_unit_is_cleaned_between_its_batches_and_a_skid_cleans_one_at_a_time(
    ointment: RecipeRun,
) -> None:
    minutes = {"melter": 25, "mixer": 40, "filler": 20}
    cleaned = ointment.cleanings()
    for unit, rows in ointment.table().sort("start").group_by("unit", maintain_order=True):
        kind = str(unit[0]).rpartition("-")[0]
        if kind not in minutes:
            continue
        mine = cleaned.filter(pl.col("unit") == unit[0])["end"].to_list()
        for end, start in zip(rows["end"][:-1], rows["start"][1:], strict=True):
            between = [one for one in mine if one is not None and end < one <= start]
            assert len(between) == 1
            assert (between[0] - end).total_seconds() >= 60 * minutes[kind]
    every = {**minutes, "kettle": 15}
    spans = sorted(
        (row["end"].timestamp() - 60 * every[row["unit"].rpartition("-")[0]], row["end"].timestamp())
        for row in cleaned.to_dicts()
        if row["end"] is not None
    )
    assert len(spans) > 90
    assert all(later >= earlier for (_, earlier), (later, _) in pairwise(spans))


def test_a_unit_may_be_cleaned_after_several_batches(ointment: RecipeRun) -> None:
    kettle = ointment.cleanings().filter(pl.col("unit") == "kettle-1")
    assert kettle.height == 30 // 3


def test_branches_begin_behind_what_is_before_them_and_join(ointment: RecipeRun) -> None:
    for batch in range(1, 31):
        rows = {
            row["unit_procedure"]: row
            for row in ointment.table().filter(pl.col("batch") == f"B{batch:03d}").to_dicts()
        }
        assert rows["Heat Water"]["start"] >= rows["Dispense"]["end"]
        assert rows["Melt Oils"]["start"] >= rows["Dispense"]["end"]
        assert rows["Emulsify"]["start"] >= max(rows["Heat Water"]["end"], rows["Melt Oils"]["end"])
        assert len({"Cool Slowly", "Cool Fast"} & set(rows)) == 1


def test_a_limit_of_holding_that_is_broken_is_counted_or_the_batch_is_lost(tmp_path: Path) -> None:
    for then, lost in (("count", 0), ("scrap", 1)):
        holds = f"holds: [{{before: b, after: a, at_most: 30 min, then: {then}}}]"
        text = SMALL.replace("does: [a, c]", "does: [a, c], count: 3") + holds
        run = run_recipe(recipes(tmp_path), works(tmp_path, text))
        table = run.table().filter(pl.col("hold_limit_h").is_not_null())
        assert table["hold_limit_h"].to_list() == [0.5] * table.height
        assert (run.broken().height > 0) is (then == "count")
        assert ("lost" in run.answer) is bool(lost)
        assert (run.lost() > 0) is bool(lost)
        assert "Limits of holding: 0 of" not in run.notes[1]


WAYS = [*chain("begin", "a", "choice1", "t1", "b", "d", "end"), *chain("choice1", "t2", "c", "d")]
WAYS_WORKS = """
equipment: works
units: [{id: vat, count: 9, capacity: 500 L, does: [a, b, c]}, {id: filler, capacity: 500 L, does: d}]
choices: {b: 0.5, c: 0.5}
batches: [{count: 6}]
"""


def test_limits_of_alternative_routes_each_hold_for_their_batches(tmp_path: Path) -> None:
    """Six batches reach the one filler at 2 h; they are held for 0, 1, … 5 h, by whichever way they came."""
    recipe = chart(tmp_path, "abcd", WAYS)
    limits = ", ".join(
        f"{{before: d, after: {after}, at_most: {limit} min, then: count}}"
        for after, limit in (("b", 90), ("c", 30))
    )
    run = run_recipe(recipe, works(tmp_path, f"{WAYS_WORKS}holds: [{limits}]\n"))
    table = run.table()
    filled = table.filter(pl.col("unit_procedure") == "d")
    slow = set(table.filter(pl.col("unit_procedure") == "b")["batch"])
    assert 0 < len(slow) < 6
    assert sorted(filled["held_h"].to_list()) == [0, 1, 2, 3, 4, 5]
    assert filled["hold_limit_h"].to_list() == [1.5 if one in slow else 0.5 for one in filled["batch"]]
    broken = [held > limit for held, limit in filled.select("held_h", "hold_limit_h").iter_rows()]
    assert f"Limits of holding: {sum(broken)} of 6 broken" in run.notes[1]


def test_a_second_limit_on_one_of_the_routes_is_not_left_out_in_silence(tmp_path: Path) -> None:
    limits = "{before: d, after: b, at_most: 30 min}, {before: d, after: a, at_most: 70 min}"
    with pytest.raises(EquipmentError, match="found two limits before 'd' on one route"):
        run_recipe(chart(tmp_path, "abcd", WAYS), works(tmp_path, f"{WAYS_WORKS}holds: [{limits}]\n"))


def each(names: str, more: str = "") -> str:
    """Equipment with units for each unit procedure."""
    units = "".join(f"  - {{id: u{one}, count: 9, capacity: 500 L, does: {one}}}\n" for one in names)
    return f"equipment: works\nunits:\n{units}{more}batches: [{{count: 2}}]\n"


@pytest.mark.parametrize(
    "links",
    [
        [
            *chain("begin", "s", "split1", "split2", "a", "join2", "c", "join1", "e", "end"),
            *chain("split2", "b", "join2"),
            *chain("split1", "d", "join1"),
        ],
        [
            *chain("begin", "s", "split1", "d", "join1", "e", "end"),
            *chain("split1", "split2", "a", "join2", "c", "join1"),
            *chain("split2", "b", "join2"),
        ],
    ],
)
def test_branches_within_the_beginning_of_a_branch_wait_for_what_is_before(
    tmp_path: Path, links: Sequence[tuple[str, str]]
) -> None:
    run = run_recipe(chart(tmp_path, "sabcde", links), works(tmp_path, each("sabcde")))
    assert run.answer == "2 of 2 batches are complete."
    started = {row["unit_procedure"]: row["start"].hour for row in run.table().to_dicts()}
    assert started == {"s": 0, "a": 1, "b": 1, "d": 1, "c": 2, "e": 3}


def test_two_parallel_branches_that_begin_alike_are_both_done(tmp_path: Path) -> None:
    links = [*chain("begin", "s", "split1", "a", "join1", "e", "end")]
    links += [*chain("split1", "b", "c", "join1"), *chain("split1", "m", "d", "join1")]
    text = recipe_xml("P / Q", Part("p", "Procedure", inside=[_named(one) for one in "sabcmde"], links=links))
    twice = text.replace("<Description>m</Description>", "<Description>b</Description>")
    run = run_recipe(read_recipes(written(tmp_path, twice)), works(tmp_path, each("sabcde")))
    assert run.answer == "2 of 2 batches are complete."
    assert sorted(run.table().filter(pl.col("batch") == "B001")["unit_procedure"]) == list("abbcdes")


def _named(name: str) -> Part:
    return unit_procedure(name, phase(f"{name}1", 60))


INNER = [*chain("choice1", "t1", "x", "choice2", "t2", "a", "e", "end"), *chain("choice2", "t3", "b", "e")]
FIRST = [*chain("choice1", "t1", "choice2", "t2", "a", "e", "end"), *chain("choice2", "t3", "b", "e")]
OTHER = [*chain("begin", "s", "choice1"), *chain("choice1", "t4", "c", "e")]


@pytest.mark.parametrize(
    ("names", "links", "weights", "shares"),
    [
        ("sxabce", INNER, "x: 0.5, c: 0.5, a: 4, b: 6", {"xa": 0.2, "xb": 0.3, "c": 0.5}),
        ("sxabce", INNER, "x: 3, c: 1, a: 1, b: 1", {"xa": 0.375, "xb": 0.375, "c": 0.25}),
        ("sabce", FIRST, "a: 0.5, b: 0.2, c: 0.3", {"a": 0.5, "b": 0.2, "c": 0.3}),
    ],
)
def test_weights_are_shares_of_their_own_selection(
    tmp_path: Path, names: str, links: list[tuple[str, str]], weights: str, shares: dict[str, float]
) -> None:
    recipe = chart(tmp_path, names, OTHER + links)
    plant = plant_from_files(recipe, works(tmp_path, each(names, f"choices: {{{weights}}}\n"))).plant
    routes = plant.products["P"].route
    assert isinstance(routes, dict)
    found = {"".join(one.id for one in plant.routes[route])[1:-1]: share for route, share in routes.items()}
    assert found == pytest.approx(shares)


def test_branches_whose_weights_have_one_name_are_refused(tmp_path: Path) -> None:
    links = [*chain("begin", "a", "choice1", "t1", "b", "c", "choice2", "t2", "d", "e", "end")]
    links += [*chain("choice1", "t3", "c"), *chain("choice2", "t4", "e")]
    weights = "choices: {b: 0.3, d: 0.5, p: 0.7}\n"
    with pytest.raises(EquipmentError, match="two branches of selections that are empty"):
        plant_from_files(chart(tmp_path, "abcde", links), works(tmp_path, each("abcde", weights)))


def test_selections_that_multiply_beyond_measure_are_refused_at_once(tmp_path: Path) -> None:
    links, names = [("begin", "choice0")], [f"{one}{n}" for n in range(30) for one in "abm"]
    for n in range(30):
        links += [*chain(f"choice{n}", f"ta{n}", f"a{n}", f"m{n}"), (f"choice{n}", f"tb{n}")]
        links += [*chain(f"tb{n}", f"b{n}", f"m{n}"), (f"m{n}", "end" if n == 29 else f"choice{n + 1}")]
    conditions = {f"t{one}{n}": "asked" for n in range(30) for one in "ab"}
    procedure = Part("p", "Procedure", inside=list(map(_named, names)), links=links, conditions=conditions)
    weights = ", ".join(f"{one}{n}: 1" for n in range(30) for one in "ab")
    text = f"equipment: works\nunits: [{{id: u, does: [{', '.join(names)}]}}]\nchoices: {{{weights}}}\n"
    recipe = read_recipes(written(tmp_path, recipe_xml("P", procedure)))
    with pytest.raises(EquipmentError, match="more than 256 ways through its selections"):
        plant_from_files(recipe, works(tmp_path, f"{text}batches: [{{count: 1}}]\n"))


def test_cleaning_between_products_is_a_set_up_with_its_skid(tmp_path: Path) -> None:
    first, second = recipes(tmp_path), written(tmp_path, recipe_xml("Q", _hour("d")), "q.xml")
    text = """
equipment: works
units:
  - {id: tank, capacity: 500 L, does: [a, b, c, d], cleaning: {for: 10 min, skid: cip, between: products}}
skids: {cip: 1}
batches: [{product: P, count: 1}, {product: Q, count: 2, every: 1 min}]
"""
    run = run_recipe((*first, *read_recipes(second)), works(tmp_path, text))
    assert run.answer == "3 of 3 batches are complete."
    setups = run.cleanings()
    assert set((setups["end"] - setups["start"]).dt.total_minutes().to_list()) == {10}


def test_branches_of_one_product_are_not_cleaned_between_as_if_they_were_others(tmp_path: Path) -> None:
    links = [*chain("begin", "a", "split1", "b", "join1", "d", "end"), *chain("split1", "c", "join1")]
    text = """
equipment: works
units: [{id: u, capacity: 500 L, does: [a, b, c, d], cleaning: {for: 10 min, between: products}}]
batches: [{count: 2}]
"""
    run = run_recipe(chart(tmp_path, "abcd", links), works(tmp_path, text))
    assert run.answer == "2 of 2 batches are complete."
    assert run.cleanings().height == 1  # before the first batch, for nobody says what was there


def _hour(name: str) -> Part:
    inside = [unit_procedure(name, phase(f"{name}1", 1, "h"))]
    return Part("p", "Procedure", inside=inside, links=chain("begin", name, "end"))


def test_times_for_another_size_are_said_to_be_those_of_the_nominal_one(tmp_path: Path) -> None:
    works = (EXAMPLES / "ointment-works.yaml").read_text(encoding="utf-8")
    recipes = read_recipes(EXAMPLES / "ointment.xml")
    said = "Durations are taken as stated for the nominal size"
    for size, other in (("", False), (", size: 300 L", True)):
        file = tmp_path / "works.yaml"
        file.write_text(works.replace("count: 30", f"count: 2{size}"), encoding="utf-8")
        assert (said in " ".join(run_recipe(recipes, file).notes)) is other


# ---------------------------------------------------------------- what is refused, by name
ABE = chain("begin", "a", "b", "end")
LOOP = [*chain("begin", "a", "b", "t1", "a"), *chain("b", "t2", "c", "end")]
CHOICE = [*chain("begin", "choice1", "t1", "a", "c", "end"), *chain("choice1", "t2", "b", "c")]
UNJOINED = [*chain("begin", "split1", "a", "join1", "end"), *chain("split1", "b", "c", "join1")]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("capacity: 500 L, does: [a", "capacity: 300 L, does: [a", "too small for a batch of 400 L of P"),
        ("capacity: 500 L, does: [a", "capacity: 500 kg, does: [a", "found 500 kg for a batch of 400 L"),
        ("capacity: 500 L, does: [a", "capacity: 500 lbs, does: [a", "found the unit 'lbs'"),
        ("does: b", "does: d", "found 'd'; name a unit procedure: a, b, c"),
        ("skid: cip", "skid: cep", "found 'cep'; name a skid: cip; did you mean 'cip'?"),
        ("count: 3", "count: 3, size: 900 L", "found 900 L; the recipe allows 200 to 500 L"),
        ("count: 3", "count: 3, product: R", "found 'R'; name the product of a recipe: P"),
        ("batches", "times: {d1: 5 min}\nbatches", "found 'd1'; name an element of a recipe"),
        ("batches", "uses: {a: {hose: 1}}\nbatches", "found 'hose'; name a line"),
        ("batches", "choices: {a: 1}\nbatches", "found 'a'; name what a selection begins with"),
        (
            "batches",
            "holds: [{before: c, after: a, at_most: 30 min}]\nbatches",
            "found 30 min, but b between takes 60 min; write a limit that can be kept",
        ),
        ("batches", "holds: [{before: a, after: b, at_most: 1 h}]\nbatches", "'b' is not before 'a'"),
        ("skid: cip", "between: products, every: 3", "found every: 3; none: between products a unit is"),
        (
            "{for: 10 min, skid: cip}",
            "[{for: 5 min, between: products}, {for: 1 h, between: products}]",
            "found 2 cleanings between products; one, of their total duration",
        ),
        (
            "{for: 10 min, skid: cip}",
            "[{for: 5 min, dirty_at_most: 1 h}, {for: 1 h, every: 3}]",
            "found 2 cleanings between batches, with limits",
        ),
        (
            "{for: 10 min, skid: cip}}\n  - {id: vat, capacity: 500 L, does: b}",
            "{for: 10 min, skid: cip, between: products}}\n"
            "  - {id: vat, capacity: 500 L, does: [a, b], cleaning: {for: 9 min, between: products}}",
            "found units for it that are cleaned between products with cip, no skid",
        ),
        (
            "batches",
            "holds: [{before: c, after: a, at_most: 3 h}, {before: c, after: b, at_most: 1 h}]\nbatches",
            "found two limits before 'c' on one route; the twin keeps one of them: write the tighter one",
        ),
    ],
)
def test_equipment_that_does_not_fit_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, found: str
) -> None:
    assert old in SMALL
    said = refused(tmp_path, SMALL.replace(old, new, 1))
    assert found in said
    assert f"{tmp_path / 'works.yaml'}:" in said or "recipe.xml:" in said


@pytest.mark.parametrize(
    ("links", "found"),
    [
        (LOOP, "procedure 'p': found a loop back to 'a': the twin cannot do that yet"),
        (CHOICE, "'a': found a selection without the share of batches that go here"),
        (UNJOINED, "found parallel branches at its end: the twin cannot do that yet"),
    ],
)
def test_what_the_twin_cannot_do_is_refused_by_name(
    tmp_path: Path, links: Sequence[tuple[str, str]], found: str
) -> None:
    assert found in refused(tmp_path, SMALL, *links, t1="pH < 6", t2="pH >= 6")


def test_a_duration_that_is_not_stated_is_never_guessed(tmp_path: Path) -> None:
    text = recipe_xml("P", Part("p", "Procedure", inside=[unit_procedure("a", Part("a1"))], links=chain(
        "begin", "a", "end"
    )))  # fmt: skip
    (recipe,) = read_recipes(written(tmp_path, text))
    with pytest.raises(EquipmentError) as error:
        plant_from_files([recipe], works(tmp_path, SMALL.replace("[a, c]", "a").replace(", does: b", "")))
    assert "phase 'a1': its recipe states no duration, or several; give its duration" in str(error.value)


@pytest.mark.parametrize(
    ("size", "bounds", "stated", "said"),
    [
        ("400 L", ("", "500"), "size: 800 L", "found 800 L; the recipe allows 500 L at most"),
        ("400 L", ("300", ""), "size: 200 L", "found 200 L; the recipe allows 300 L at least"),
        ("400 pieces", ("", ""), "every: 1 h", "found '400 pieces' as the size of its batch; write it as a"),
    ],
)
def test_a_size_that_cannot_be_is_named(
    tmp_path: Path, size: str, bounds: tuple[str, str], stated: str, said: str
) -> None:
    recipe = read_recipes(written(tmp_path, recipe_xml("P", _hour("a"), size, bounds)))
    text = f"equipment: w\nunits: [{{id: u, capacity: 900 L, does: a}}]\nbatches: [{{count: 1, {stated}}}]\n"
    with pytest.raises(EquipmentError) as error:
        run_recipe(recipe, works(tmp_path, text))
    assert said in str(error.value)


@pytest.mark.parametrize("size", ["400 L", "400 pieces"])
def test_a_size_in_another_dimension_is_said_not_to_be_compared(tmp_path: Path, size: str) -> None:
    recipe = read_recipes(written(tmp_path, recipe_xml("P", _hour("a"), size)))
    text = (
        "equipment: w\nunits: [{id: u, capacity: 9000 kg, does: a}]\nbatches: [{count: 1, size: 4000 kg}]\n"
    )
    notes = run_recipe(recipe, works(tmp_path, text)).notes
    assert any(f"4000 kg were not compared with the size in the recipe, {size};" in note for note in notes)
    assert not any("nominal" in note for note in notes)


def test_a_run_goes_on_until_all_batches_are_done(tmp_path: Path) -> None:
    """Twenty batches of eight hours, one a week, for the one operator works on Mondays alone."""
    recipe = read_recipes(written(tmp_path, recipe_xml("P", unit_hours(8))))
    text = """
equipment: w
units: [{id: u, capacity: 500 L, does: a}]
batches: [{count: 20}]
plant:
  calendars: {day: {mon: ["08:00-16:00"]}}
  personnel: {operator: {count: 1, calendar: day}}
  routes: {P: {a: {needs: {operator: 1}}}}
"""
    run = run_recipe(recipe, works(tmp_path, text))
    assert run.answer == "20 of 20 batches are complete."
    assert run.table()["end"].max() == datetime(2026, 1, 5, 16) + timedelta(weeks=19)


def unit_hours(hours: float) -> Part:
    inside = [unit_procedure("a", phase("a1", hours, "h"))]
    return Part("p", "Procedure", inside=inside, links=chain("begin", "a", "end"))


def test_an_id_that_is_there_twice_is_refused_and_no_part_is_lost(tmp_path: Path) -> None:
    text = recipe_xml("P", Part("p", "Procedure", inside=[_named("a"), _named("b")], links=ABE))
    twice = text.replace("<ID>b</ID><Description>b</Description>", "<ID>a</ID><Description>b</Description>")
    assert twice != text
    with pytest.raises(RecipeError, match="found the id 'a' twice; give each its own"):
        plant_from_files(read_recipes(written(tmp_path, twice)), works(tmp_path, each("ab")))


def test_a_process_output_is_no_duration_and_one_beside_parts_is_said(tmp_path: Path) -> None:
    shelf = recipe_xml("P", _hour("a")).replace("ProcessParameter", "ProcessOutput")
    with pytest.raises(EquipmentError, match="its recipe states no duration"):
        plant_from_files(read_recipes(written(tmp_path, shelf)), works(tmp_path, each("a")))
    whole = unit_procedure("a", phase("a1", 10))._replace(minutes="120")
    procedure = Part("p", "Procedure", inside=[whole], links=chain("begin", "a", "end"))
    recipe = read_recipes(written(tmp_path, recipe_xml("P", procedure)))
    run = run_recipe(recipe, works(tmp_path, each("a")))
    assert any("found a duration of 120 min beside parts; those of the parts count" in n for n in run.notes)
    stated = run_recipe(recipe, works(tmp_path, each("a", "times: {a: 120 min}\n"))).table()
    assert (stated["end"] - stated["start"]).dt.total_minutes().to_list() == [120, 120]


def test_a_unit_that_is_there_twice_is_named(tmp_path: Path) -> None:
    text = SMALL.replace("id: vat", "id: tank")
    assert "works.yaml:5: units.tank.id: found 'tank' again; give each kind its own id" in refused(
        tmp_path, text
    )


def test_a_unit_without_a_capacity_is_not_taken_to_be_large_enough(tmp_path: Path) -> None:
    text = SMALL.replace("capacity: 500 L, does: b", "does: b")
    notes = plant_from_files(recipes(tmp_path), works(tmp_path, text)).notes
    assert "No capacity is stated, so that it was not checked for the batch: vat (400 L)." in notes


def test_the_parts_of_a_unit_procedure_have_times_only_where_these_are_known(ointment: RecipeRun) -> None:
    (batch,) = ointment.record(1).batches
    emulsify = next(one for one in batch.done.inside if one.name == "Emulsify")
    assert [(one.name, one.start, one.end) for one in emulsify.inside] == [
        ("Combine", emulsify.start, emulsify.inside[1].start),
        ("Homogenise", emulsify.inside[0].end, emulsify.end),
    ]
    assert ointment.record(1).note.startswith("Simulated")


# ---------------------------------------------------------------- what the recipe does not say
DETAILS = """\
varies: {a: 0.1}
plant:
  currency: CNY
  work_centers: {vat: {cost: 90/h, power: {busy: 3 kW}}}
  personnel: {mixer-hands: {count: 2, cost: 40/h}}
  routes: {P: {b: {needs: {mixer-hands: 1}, takes: null, outcomes: b.csv}}}
  products: {P: {price: 900}}
  measures:
    - {id: better, title: Better, cost: 1, set: {routes.P.b.outcomes: better.csv}}
"""


def detailed(folder: Path, details: str = DETAILS) -> Path:
    (folder / "b.csv").write_text("takes,defects,energy\n20 min,0,1 kWh\n40 min,0,2 kWh\n", encoding="utf-8")
    (folder / "better.csv").write_text("takes,defects,energy\n10 min,0,1 kWh\n", encoding="utf-8")
    return works(folder, SMALL + details)


def test_what_a_plant_has_beside_its_recipes_is_completed_by_id(tmp_path: Path) -> None:
    mapped = plant_from_files(recipes(tmp_path), detailed(tmp_path))
    plant = mapped.plant
    center = {one.id: one for one in plant.work_centers}["vat"]
    operation = {one.id: one for one in plant.routes["P"]}
    assert (center.cost, center.power.busy, len(center.units)) == (90.0, 3.0, 1)
    takes = operation["a"].takes
    assert takes is not None
    assert str(takes.per_lot).startswith("gamma")
    assert [one.takes for one in operation["b"].outcomes] == [1200.0, 2400.0]
    assert {one.id for one in plant.personnel} >= {"mixer-hands"}
    assert [one.takes for one in plant.with_measures(["better"]).routes["P"][1].outcomes] == [600.0]
    assert "No spread is stated, so that durations do not vary: c." in mapped.notes


def test_a_plant_file_beside_the_equipment_names_its_tables_and_reads_the_same(tmp_path: Path) -> None:
    mapped = plant_from_files(recipes(tmp_path), detailed(tmp_path))
    (tmp_path / "plant.yaml").write_text(mapped.text(beside=True), encoding="utf-8")
    assert "outcomes: b.csv" in mapped.text(beside=True)
    assert "b.csv" not in mapped.text(beside=False).partition("measures")[0]
    assert read_plant(tmp_path / "plant.yaml") == mapped.plant


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{vat: {cost", "{vatt: {cost", "found 'vatt'; name one of work centers"),
        ("{P: {b:", "{P: {bb:", "found 'bb'; name one of"),
        ("{P: {price", "{Q: {price", "found 'Q'; name one of products"),
        ("busy: 3 kW", "busy: 3 m", "work_centers.vat.power.busy"),
        ("currency: CNY", "plant: other", "give it at the top of the equipment file"),
        ("varies: {a", "varies: {aa", "name a unit procedure"),
        ("{vat: {cost: 90/h, power: {busy: 3 kW}}}", "[vat]", "name parts by id"),
    ],
)
def test_a_fault_of_the_details_has_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = DETAILS.replace(old, new)
    line = (SMALL + text).splitlines().index(next(one for one in text.splitlines() if new in one)) + 1
    with pytest.raises(EquipmentError) as error:
        plant_from_files(recipes(tmp_path), detailed(tmp_path, text))
    assert f"works.yaml:{line}: " in str(error.value)
    assert said in str(error.value)


def test_orders_and_batches_are_not_both_there_nor_both_missing(tmp_path: Path) -> None:
    orders = "  orders: [{product: P, every: 1 h}]\n"
    with pytest.raises(EquipmentError, match="found orders beside batches"):
        plant_from_files(recipes(tmp_path), detailed(tmp_path, DETAILS + orders))
    alone = "".join(one for one in SMALL.splitlines(keepends=True) if not one.startswith("batches"))
    with pytest.raises(EquipmentError, match="found no batches"):
        plant_from_files(recipes(tmp_path), works(tmp_path, alone))
    path = works(tmp_path, alone + "plant:\n" + orders)
    assert len(plant_from_files(recipes(tmp_path), path).plant.orders) == 1
    with pytest.raises(InputError, match="name batches to run"):
        run_recipe(recipes(tmp_path), path)


def test_simulate_ends_when_all_batches_of_a_recipe_with_branches_are_done(
    ointment: RecipeRun, tmp_path: Path
) -> None:
    """What branches are begun with are lots that nobody ordered."""
    made = tmp_path / "plant.yaml"
    write_plant(ointment.mapped.plant, made)
    done = zhizao.simulate(made, replications=2)
    last = ointment.table()["end"].max()
    assert isinstance(last, datetime)
    assert done.window.days == pytest.approx(
        (last - ointment.mapped.plant.start).total_seconds() / 86_400, abs=1
    )


# ---------------------------------------------------------------- dirty and clean units
def test_times_of_dirty_and_clean_units_are_those_by_hand(tmp_path: Path) -> None:
    """Two tanks end their batches at 1 h and share a skid for ten minutes each; used again at 2 h."""
    cleaning = "cleaning: {for: 10 min, skid: cip, dirty_at_most: 5 min, clean_at_most: 1 h}"
    text = SMALL.replace(
        "does: [a, c], cleaning: {for: 10 min, skid: cip}", f"does: [a, c], count: 2, {cleaning}"
    )
    text = text.replace("[{count: 3}]", "[{count: 2}]").replace("does: b", "does: b, count: 2")
    run = run_recipe(recipes(tmp_path), works(tmp_path, text))
    rows = run.vessel_holds().sort("hold", "since", "held_h").select("hold", "held_h", "limit_h").rows()
    minutes = [(hold, round(60 * held), round(60 * limit)) for hold, held, limit in rows]
    assert minutes[:2] == [("clean", 50, 60), ("clean", 40, 60)]
    assert minutes[2:] == [("dirty", 0, 5), ("dirty", 10, 5)] * 2
    assert "Limits of dirty units: 2 of 4 broken; the longest hold is 0.167 h." in run.notes
    assert "Limits of clean units: 0 of 2 broken; the longest hold is 0.833 h." in run.notes


def test_a_unit_without_limits_has_none(ointment: RecipeRun) -> None:
    assert set(ointment.vessel_holds()["unit"]) == {"mixer-1", "mixer-2"}
