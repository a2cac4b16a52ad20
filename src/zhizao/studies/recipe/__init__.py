"""Recipes in the twin: a plant from recipes and equipment, its batches, and their production record."""

from zhizao.studies.recipe.equipment import Equipment, EquipmentError, read_equipment
from zhizao.studies.recipe.plants import PlannedBatch, RecipePlant, plant_of
from zhizao.studies.recipe.result import RecipeRun
from zhizao.studies.recipe.study import plant_from_files, run_recipe

__all__ = [
    "Equipment",
    "EquipmentError",
    "PlannedBatch",
    "RecipePlant",
    "RecipeRun",
    "plant_from_files",
    "plant_of",
    "read_equipment",
    "run_recipe",
]
