"""The plants to choose from: the plant as it is, with a measure, or with changes by path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from zhizao.plant import Plant, as_plant
from zhizao.quantities import InputError

AS_IT_IS = "as it is"


def candidates(
    plant: Plant | str | Path,
    measures: Iterable[str] = (),
    changes: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Plant]:
    """The plant as it is, then after each of its measures, then after each named set of changes.

    Parameters
    ----------
    plant
        A plant, or the path of a plant file.
    measures
        Ids of measures of the plant, each tried alone.
    changes
        Name of a candidate to paths and values, as `Plant.replace` takes them.

    Raises
    ------
    PlantError
        A measure is unknown, or a change does not fit.
    InputError
        Two candidates have the same name.
    """
    plant = as_plant(plant)
    plants = {AS_IT_IS: plant}
    made = [(name, plant.with_measures([name])) for name in measures]
    made += [(name, plant.replace(values)) for name, values in (changes or {}).items()]
    for name, after in made:
        if name in plants:
            raise InputError(f"found two candidates called {name!r}; give each its own name")
        plants[name] = after
    return plants
