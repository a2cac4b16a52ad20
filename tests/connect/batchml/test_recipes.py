"""Recipes of BatchML: what is read, and what is refused with file and line."""

from pathlib import Path

import pytest

from tests.connect.batchml.make import Part, chain, ointment, phase, recipe_xml, unit_procedure, written
from tests.connect.batchml.shared import unpacked
from zhizao.connect.batchml import read_recipes
from zhizao.quantities import InputError
from zhizao.records.recipes import (
    Level,
    Parallel,
    RecipeError,
    Selection,
    Step,
    chart_of,
    check_recipe,
    duration_s,
)

BOMB = '<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><MasterRecipe>&b;</MasterRecipe>'


def test_a_recipe_is_read_with_its_procedure_size_and_equipment(tmp_path: Path) -> None:
    (recipe,) = read_recipes(written(tmp_path, ointment()))
    assert (recipe.product, recipe.batch, check_recipe(recipe)) == ("Ointment", "", ((), ()))
    assert recipe.size is not None
    assert (recipe.size.least, recipe.size.nominal, recipe.size.most, recipe.size.unit) == (
        200,
        400,
        500,
        "L",
    )
    dispense, both, emulsify, one_of, fill = chart_of(recipe.procedure).block.parts
    assert isinstance(both, Parallel)
    assert isinstance(one_of, Selection)
    assert [one.element.name for one in (dispense, emulsify, fill) if isinstance(one, Step)] == [
        "Dispense", "Emulsify", "Fill",
    ]  # fmt: skip
    assert one_of.conditions == ("viscosity > 40 Pa.s", "viscosity <= 40 Pa.s")
    melt = both.branches[0].parts[0]
    assert isinstance(melt, Step)
    assert melt.element.equipment == ("melter",)
    assert [duration_s(one) for one in melt.element.elements] == [2400.0, 1200.0]


def test_the_cough_syrup_is_read_and_its_oddities_are_said(tmp_path: Path) -> None:
    (recipe,) = read_recipes(unpacked("cough_syrup_pmw.xml.xz", tmp_path))
    errors, warnings = check_recipe(recipe)
    assert errors == ()
    assert recipe.product == "Cough Syrup Demo"
    levels = [one.level for _, one in recipe.procedure.walk()]
    counts = [levels.count(level) for level in Level]
    assert counts == [1, 2, 11, 36]  # counted in the file: RecipeElementType of each kind
    said = "\n".join(map(str, warnings))
    assert len(warnings) == 3
    assert "'RUN PUMP DURATION': found 12 metre" in said
    assert "found a link from the end to end" in said
    assert "1204071208609-C9e is never reached" in said
    mix = next(one for _, one in recipe.procedure.walk() if one.name == "Mix Slurry A1")
    assert duration_s(mix) == 3600.0
    assert [one.label for one in mix.parameters][:2] == ["MATERIAL 1", "QUANTITY 1"]


def test_a_control_recipe_has_its_batch(tmp_path: Path) -> None:
    text = (
        ointment()
        .replace("MasterRecipe>", "ControlRecipe>")
        .replace("<Version>1</Version>", "<Version>1</Version><BatchID>B7</BatchID>", 1)
    )
    (recipe,) = read_recipes(written(tmp_path, text))
    assert recipe.batch == "B7"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ":1: no XML: no element found"),
        ("<MasterRecipe>", ":1: found <MasterRecipe> of the namespace ''"),
        (BOMB, ":1: found a document type or entity"),
        ('<a xmlns="http://www.mesa.org/xml/B2MML">' + "<b>" * 200, ":1: found more than 100 elements"),
        ('<a xmlns="http://www.mesa.org/xml/B2MML">\n</b>', ":2: no XML: mismatched tag"),
        ('<BatchList xmlns="http://www.mesa.org/xml/B2MML"/>', ":1: found <BatchList> without a recipe"),
        ('<?xml version="1.0" encoding="klingon"?><a/>', ":1: "),
    ],
)
def test_what_is_no_batchml_is_refused_with_its_line(tmp_path: Path, text: str, found: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as error:
        read_recipes(path)
    assert f"{path}{found}" in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_recipes(tmp_path / "none.xml")


def test_unknown_levels_links_and_numbers_are_reported_together(tmp_path: Path) -> None:
    text = ointment().replace("<RecipeElementType>Phase<", "<RecipeElementType>Faze<", 1)
    text = text.replace("ParallelDivergent", "Sideways").replace("<Nominal>400<", "<Nominal>some<")
    with pytest.raises(RecipeError) as error:
        read_recipes(written(tmp_path, text))
    assert len(error.value.faults) == 3
    assert all(fault.line > 1 for fault in error.value.faults)


def test_ten_thousand_steps_are_read(tmp_path: Path) -> None:
    steps = [phase(f"p{n}", 1) for n in range(10_000)]
    procedure = Part("p", "Procedure", inside=[unit_procedure("u", *steps)], links=chain("begin", "u", "end"))
    (recipe,) = read_recipes(written(tmp_path, recipe_xml("P", procedure)))
    assert check_recipe(recipe) == ((), ())
    assert len(chart_of(recipe.procedure.elements[0]).block.parts) == 10_000


@pytest.mark.parametrize(
    ("value", "unit", "seconds"),
    [
        ("PT1H30M", "", 5400.0), ("P1DT0.5S", "", 86_400.5), ("P2D", "", 172_800.0), ("1.5", "d", 129_600.0),
        ("P1M", "", None), ("PT", "", None), ("P", "", None), ("90", "", None), ("PT1H", "min", None),
    ],
)  # fmt: skip
def test_a_duration_is_a_number_with_a_unit_or_that_of_xml_schema(
    tmp_path: Path, value: str, unit: str, seconds: float | None
) -> None:
    """A month has no length of its own, and a number without a unit is none."""
    mix = Part("mix", minutes=value, unit=unit)
    procedure = Part("p", "Procedure", inside=[unit_procedure("u", mix)], links=chain("begin", "u", "end"))
    (recipe,) = read_recipes(written(tmp_path, recipe_xml("P", procedure)))
    assert duration_s(recipe.procedure.elements[0].elements[0]) == seconds
    _, warnings = check_recipe(recipe)
    assert any("counts as not stated" in str(one) for one in warnings) == (seconds is None and unit != "min")
