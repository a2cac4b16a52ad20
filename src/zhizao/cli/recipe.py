"""`zhizao recipe`: recipes of batch processes (ISA-88), read from BatchML, run in the twin, and recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zhizao.cli.faults import INPUT, guarded
from zhizao.cli.files import check_outputs, load_plan, tell_warnings, written, written_text
from zhizao.cli.options import Json, PlanFile, ReportFile, Seed
from zhizao.cli.output import cell, emit_json, hand_over, say, show_frame, show_table
from zhizao.cli.progress import compile_once, progress, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zhizao.records.recipes import Element, Parameter, Recipe, Series
    from zhizao.studies.recipe import RecipeRun

app = typer.Typer(
    no_args_is_help=True,
    help="Recipes of batch processes (ISA-88): show, plan and record batches.",
    rich_markup_mode=None,
)
RecipeFiles = Annotated[
    list[Path],
    typer.Argument(metavar="RECIPE.xml...", help="Recipes in BatchML, one a product.", show_default=False),
]
EquipmentFile = Annotated[
    Path,
    typer.Option(
        "--equipment",
        "-e",
        metavar="UNITS.yaml",
        help="Units, cleaning, durations, batches.",
        show_default=False,
    ),
]
RecipeFile = Annotated[
    Path, typer.Argument(metavar="RECIPE.xml", help="Recipe in BatchML.", show_default=False)
]
_HEADS = ("element", "level", "done", "duration min", "equipment", "parameters")


@app.callback()
def _group() -> None:
    """Recipes of batch processes (ISA-88): show, plan and record batches."""


@app.command(short_help="Show the procedure of a recipe, and what is wrong in it.")
@guarded
def show(file: RecipeFile, as_json: Json = False) -> None:
    """Show the procedure of a recipe, its formula and equipment, and what is wrong in it.

    Exits with 2 if the recipe cannot be used: a loop that never ends, a step that is never reached, a branch
    that never joins, a unit that is not known.

    \b
    Examples:
      zhizao recipe show cough-syrup.xml
      zhizao recipe show cough-syrup.xml --json
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.connect.batchml import read_recipes
    from zhizao.records.recipes import check_recipe

    found = [(recipe, *check_recipe(recipe)) for recipe in read_recipes(file)]
    if as_json:
        shown = [_as_json(one) | {"errors": _said(bad), "warnings": _said(odd)} for one, bad, odd in found]
        emit_json(json.dumps({"file": str(file), "recipes": shown}, ensure_ascii=False, indent=2))
    for recipe, errors, warnings in found:
        if not as_json:
            _show(recipe)
            for error in errors:
                tell(f"error: {error}")
            tell_warnings(warnings, "; --json lists all")
    if any(errors for _, errors, _ in found):
        raise typer.Exit(INPUT)


@app.command(short_help="Write the plant that runs recipes on given equipment.")
@guarded
def plant(
    files: RecipeFiles,
    equipment: EquipmentFile,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="PLANT.yaml", help="Plant file to write.", show_default=False),
    ],
) -> None:
    """Write the plant that runs recipes on given equipment, for `simulate`, `schedule` and the other studies.

    What the twin cannot do, and what the recipe leaves open (a duration, a share of batches), is named and
    nothing is written.

    \b
    Examples:
      zhizao recipe plant cough-syrup.xml --equipment works.yaml --out plant.yaml
      zhizao recipe plant syrup.xml drops.xml -e works.yaml -o plant.yaml
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.recipe import plant_from_files

    check_outputs({"--out": out}, (*files, equipment))
    mapped = plant_from_files(_read(files), equipment)
    made_of = ", ".join(file.name for file in (*files, equipment))
    head = f"# Made of {made_of} by `zhizao recipe plant`: change these, not this file.\n"
    written_text("--out", out, head + mapped.text(beside=out.parent.resolve() == equipment.parent.resolve()))
    for note in mapped.notes:
        tell(f"note: {note}")
    kinds, batches = len(mapped.plant.work_centers), len(mapped.batches)
    orders = f"{batches} batches" if batches else "orders of the equipment file"
    say([f"{mapped.plant.name}: {orders}, {kinds} kinds of units"])
    tell(f"plant: {out}")


@app.command(short_help="Run the batches in the twin, and write their production record.")
@guarded
def record(
    files: RecipeFiles,
    equipment: EquipmentFile,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="RECORD.xml", help="Record to write (BatchML).", show_default=False
        ),
    ] = None,
    batches: Annotated[
        int | None, typer.Option(min=1, help="Write the record of so many batches.", show_default="all")
    ] = None,
    plan: PlanFile = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Run the batches of recipes in the twin: units, cleaning, holds against their limits.

    The record says of itself that it is simulated.

    \b
    Examples:
      zhizao recipe record cough-syrup.xml --equipment works.yaml --out record.xml --batches 3
      zhizao recipe record cough-syrup.xml -e works.yaml --plan plan.parquet
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.connect.batchml import write_record
    from zhizao.studies.recipe import run_recipe

    check_outputs({"--out": out, "--report": report}, (*files, equipment, plan))
    recipes, follow = _read(files), load_plan(plan)
    compile_once()
    with progress("running batches") as on_progress:
        result = run_recipe(recipes, equipment, plan=follow, seed=seed, progress=on_progress)
    if out is not None:
        written("--out", out, lambda path: write_record(result.record(batches), path))
        tell(f"record: {out}")
    hand_over(result, report, as_json, show_batches)


def show_batches(result: RecipeRun) -> None:
    """Print what became of the batches, and one row for each of their unit procedures."""
    say([result.title, *result.notes])
    show_frame("Batches", result.table(), right=5)


def _read(files: list[Path]) -> list[Recipe]:
    from zhizao.connect.batchml import read_recipes

    return [recipe for file in files for recipe in read_recipes(file)]


def _said(faults: tuple[object, ...]) -> list[str]:
    return [str(fault) for fault in faults]


def _show(recipe: Recipe) -> None:
    size = recipe.size
    stated = "not stated" if size is None or size.nominal is None else f"{size.nominal:g} {size.unit}"
    kind = f"control recipe of batch {recipe.batch}" if recipe.batch else "master recipe"
    version = recipe.version or "not stated"
    say([f"{recipe.product}: {kind} {recipe.id}, version {version}, batch size {stated}"])
    if recipe.formula:
        say([f"formula: {_formula(recipe.formula)}"])
    rows = [
        ["  " * row.pop("depth") + row.pop("element"), *(cell(value) for value in row.values())]
        for row in rows_of(recipe)
    ]
    show_table("Procedure", _HEADS, rows, right=6)


def rows_of(recipe: Recipe) -> list[dict[str, Any]]:
    """One row per element: how deep, its level, how it is done, its stated duration, its parameters."""
    return [_row(recipe.procedure, 0, "once"), *_rows(recipe.procedure, 1)]


def _rows(element: Element, depth: int) -> Iterator[dict[str, Any]]:
    from zhizao.records.recipes import chart_of

    chart = chart_of(element)
    placed = list(_placed(chart.block, "in series")) or [(one, "unknown") for one in element.elements]
    for one, done in placed:
        again = ", repeated" if repr(one.name) in chart.loops else ""
        yield _row(one, depth, done + again)
        yield from _rows(one, depth + 1)


def _placed(block: Series, done: str) -> Iterator[tuple[Element, str]]:
    from zhizao.records.recipes import Parallel, Series, Step

    for part in block.parts:
        if isinstance(part, Step):
            yield part.element, done
        elif isinstance(part, Series):
            yield from _placed(part, done)
        else:
            kind = "in parallel" if isinstance(part, Parallel) else "one of several"
            for number, branch in enumerate(part.branches, 1):
                yield from _placed(branch, f"{kind}, branch {number}")


def _row(element: Element, depth: int, done: str) -> dict[str, Any]:
    from zhizao.records.recipes import duration_s

    stated = duration_s(element)
    return {
        "depth": depth,
        "element": element.name,
        "level": element.level.value,
        "done": done,
        "duration_min": None if stated is None else stated / 60,
        "equipment": ", ".join((*element.equipment, *element.constraints)),
        "formula": _formula(element.parameters),
    }


def _formula(parameters: tuple[Parameter, ...]) -> str:
    stated = [one for one in parameters if one.value]
    return "; ".join(f"{one.label} {one.value} {_unit(one.unit)}".strip() for one in stated)


def _unit(text: str) -> str:
    return "" if text.upper() == "NULL" else text


def _as_json(recipe: Recipe) -> dict[str, Any]:
    size = recipe.size
    return {
        "id": recipe.id,
        "version": recipe.version,
        "product": recipe.product,
        "batch": recipe.batch or None,
        "batch_size": None
        if size is None
        else {"nominal": size.nominal, "least": size.least, "most": size.most, "unit": size.unit},
        "formula": _formula(recipe.formula),
        "procedure": rows_of(recipe),
    }
