"""Run the batches of recipes in the twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from zhizao.engine import LogLevel, RunSettings, run
from zhizao.engine.settings import DAY_S, Progress
from zhizao.experiments.facts import version
from zhizao.plant import Plant
from zhizao.plant.query import takes_at
from zhizao.quantities import Input, InputError, hashed
from zhizao.quantities.distributions import mean
from zhizao.records.recipes import Recipe
from zhizao.studies.recipe.equipment import read_equipment
from zhizao.studies.recipe.plants import RecipePlant, plant_of
from zhizao.studies.recipe.result import RecipeRun

_LONGER = 4
"""Times that the run is made three times as long, for batches that are not done."""


def plant_from_files(recipes: Sequence[Recipe], equipment: str | Path) -> RecipePlant:
    """Make the plant that runs recipes on the equipment of a file; errors are those of `plant_of`."""
    if not recipes:
        raise InputError("recipes: found none; give one at least")
    form, tree = read_equipment(equipment)
    return plant_of(recipes, form, tree)


def run_recipe(
    recipes: Sequence[Recipe],
    equipment: str | Path,
    *,
    plan: pl.DataFrame | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> RecipeRun:
    """Run the batches of recipes in the twin, until all are done.

    Parameters
    ----------
    recipes
        Recipes, one for each product (`connect.batchml.read_recipes`).
    equipment
        Equipment file: units, cleaning, lines, durations, limits of holding, batches.
    plan
        What batches are to do when and on which unit: the rows of a plan of `schedule` for this plant
        (default: first come, first served).
    seed
        Seed of the random numbers, which choose among alternative branches.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        The equipment file cannot be read, or the plan does not fit.
    RecipeError, EquipmentError
        What is wrong in the recipes, or in the equipment for them: all faults together.
    KeyboardInterrupt
        Cancelled.
    """
    mapped = plant_from_files(recipes, equipment)
    if not mapped.batches:
        raise InputError(f"{equipment}: found orders and no batches; name batches to run and to record")
    settings = RunSettings(days=_days(mapped.plant), seed=seed, log=LogLevel.EVENTS)
    done = run(mapped.plant, settings, plan=plan, progress=progress)
    for _ in range(_LONGER):  # shifts, failures and waiting for people take time that no sum of work has
        running = pl.col("status").cast(pl.String) == "in-process"
        if done.interrupted or done.records[0].lots.filter(running).is_empty():
            break
        settings = replace(settings, days=settings.days * 3)
        done = run(mapped.plant, settings, plan=plan, progress=progress)
    records = done.records[0]
    events = records.events
    assert events is not None  # the run keeps its log
    inputs = (*_recipe_inputs(recipes), _file_input("equipment", equipment))
    return RecipeRun(mapped, events, records.lots, inputs, seed, version(), done.interrupted)


def _days(plant: Plant) -> float:
    """A time by which all batches are done, one after another if need be."""
    worked = sum(
        mean(takes.per_lot)
        for route in plant.routes.values()
        for one in route
        if (takes := takes_at(one, one.on[0])) is not None and takes.per_lot is not None
    )
    cleaned = sum(mean(one.takes) for center in plant.work_centers for one in center.maintenance)
    set_up = sum(mean(center.setup.default) for center in plant.work_centers if center.setup is not None)
    released = max(getattr(order, "release", 0.0) for order in plant.orders)
    return (released + len(plant.orders) * (worked + cleaned + set_up)) / DAY_S + 1.0


def _recipe_inputs(recipes: Sequence[Recipe]) -> tuple[Input, ...]:
    files = dict.fromkeys(recipe.file for recipe in recipes)
    return tuple(_file_input("recipe", file) for file in files)


def _file_input(kind: str, path: str | Path) -> Input:
    return hashed(kind, Path(path).name, Path(path).read_bytes())
