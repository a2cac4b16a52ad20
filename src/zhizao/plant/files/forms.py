"""Files of other kinds that are written as plant files are: YAML in the form of a model."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from zhizao.plant.faults import plant_error
from zhizao.plant.files.reader import text_of
from zhizao.plant.files.yaml_tree import YamlTree, read_tree
from zhizao.quantities import PlantError

M = TypeVar("M", bound=BaseModel)


def read_form(path: Path, form: type[M], error: type[PlantError], kind: str) -> tuple[M, YamlTree]:
    """Read a YAML file in the form of a model, with the places of its values.

    Parameters
    ----------
    path
        The file.
    form
        The model.
    error
        What is raised for its faults, all of them together, with file and line.
    kind
        What the file is, for a file that cannot be read: "a site file".

    Raises
    ------
    InputError
        The file cannot be read; or `error`, if it has faults.
    """
    try:
        tree = read_tree(text_of(path, (kind, "YAML text")), str(path))
        if tree.faults:
            raise PlantError(tuple(tree.faults))
        return form.model_validate(tree.data), tree
    except ValidationError as found:
        raise error(plant_error(found, form, tree.locate).faults) from None
    except PlantError as found:
        raise error(found.faults) from None
