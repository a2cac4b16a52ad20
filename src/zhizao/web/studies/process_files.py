"""Studies of process files: a phase described by equations, a recipe on its equipment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhizao.quantities import InputError
from zhizao.web.folder import FileKind
from zhizao.web.material import Material
from zhizao.web.read import refuse_code
from zhizao.web.studies.record_options import PhaseOptions, RecipeOptions
from zhizao.web.studies.study import Group, Progress, Role, Study

if TYPE_CHECKING:
    from pathlib import Path

    from zhizao.report import Result


def _phase(material: Material, options: PhaseOptions, progress: Progress) -> Result:
    from zhizao.studies.phase import phase

    path = material.part("phase", "a phase file")
    if not material.allow_code:
        _refuse_own_model(path)
    return phase(path, draws=options.draws, seed=options.seed, progress=progress)


def _refuse_own_model(path: Path) -> None:
    """Refuse a phase file whose model is code: a function of the user's own, or an FMU.

    Raises
    ------
    InputError
        It is.
    """
    from zhizao.studies.phase.spec import read_phase

    model = read_phase(path)[0].model
    if ":" in model or model.lower().endswith(".fmu"):
        raise InputError(
            f"{path.name}: the model {model[:80]!r} is code; the page runs no code from phase files unless "
            "`zhizao serve` is started with --allow-code"
        )


def _keep_outcomes(material: Material, result: Any) -> list[str]:
    """Write the outcomes of all lots as a table, which an operation of a plant can name."""
    if result.failure or result.interrupted:
        return []
    stem = material.folder.free_name(f"{material.stem('phase')}-outcomes", ".csv")
    name = f"{stem}.csv"
    result.save_outcomes(material.folder.root / name)
    return [name]


def _run_recipe(material: Material, options: RecipeOptions, progress: Progress) -> Result:
    from zhizao.connect.batchml import read_recipes
    from zhizao.studies.recipe import plant_from_files, run_recipe

    recipes = read_recipes(material.path("recipe"))
    equipment = material.part("equipment", "an equipment file")
    if not material.allow_code:
        refuse_code(equipment.name, plant_from_files(recipes, equipment).plant)
    return run_recipe(recipes, equipment, seed=options.seed, progress=progress)


PROCESS_FILES = (
    Study(
        "phase",
        "Run a process described by differential equations for lots that differ.",
        {"phase": Role(FileKind.PHASE, "give a phase file")},
        PhaseOptions,
        _phase,
        _keep_outcomes,
        group=Group.PROCESS,
    ),
    Study(
        "run_recipe",
        "Run the batches of a recipe in the twin: units, cleaning, holds against their limits.",
        {
            "recipe": Role(FileKind.RECIPE, "give a recipe in BatchML"),
            "equipment": Role(FileKind.EQUIPMENT, "give the equipment file"),
        },
        RecipeOptions,
        _run_recipe,
        group=Group.PROCESS,
    ),
)
"""In the order in which the page offers them."""
