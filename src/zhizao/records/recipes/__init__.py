"""Recipes of batch processes by ISA-88, their checks, and records of batches."""

from zhizao.records.recipes.charts import Block, Chart, Parallel, Selection, Series, Step, chart_of
from zhizao.records.recipes.checks import RecipeError, check_recipe, duration_s, require_sound
from zhizao.records.recipes.model import (
    BatchSize,
    Element,
    Level,
    Link,
    Logic,
    Node,
    NodeKind,
    Parameter,
    ParameterKind,
    Recipe,
)
from zhizao.records.recipes.record import BatchRecord, BatchStatus, Done, ProductionRecord, Reading
from zhizao.records.recipes.units import UnitDimension, unit_of

__all__ = [
    "BatchRecord",
    "BatchSize",
    "BatchStatus",
    "Block",
    "Chart",
    "Done",
    "Element",
    "Level",
    "Link",
    "Logic",
    "Node",
    "NodeKind",
    "Parallel",
    "Parameter",
    "ParameterKind",
    "ProductionRecord",
    "Reading",
    "Recipe",
    "RecipeError",
    "Selection",
    "Series",
    "Step",
    "UnitDimension",
    "chart_of",
    "check_recipe",
    "duration_s",
    "require_sound",
    "unit_of",
]
