"""Reads and writes states of a plant as YAML."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path as FilePath

from pydantic import ValidationError

from zhizao.plant.checks.state import check_state
from zhizao.plant.faults import located, plant_error
from zhizao.plant.files.reader import text_of
from zhizao.plant.files.writer import form_text
from zhizao.plant.files.yaml_tree import YamlTree, read_tree
from zhizao.plant.model import Plant
from zhizao.plant.model.state import PlantState
from zhizao.quantities.errors import Fault, InputError, PlantError, StateError

_KIND = ("a state file", "YAML text")
_WIDTH = 100  # of the lines of an exact image


def read_state(path: str | FilePath, plant: Plant | None = None) -> PlantState:
    """Read a state file, and check it against the plant where one is given.

    Raises
    ------
    StateError
        The state has faults; all that were found are listed with file and line.
    InputError
        The file cannot be read as text.
    """
    return parse_state(text_of(FilePath(path), _KIND), plant, file=str(path))


def parse_state(text: str, plant: Plant | None = None, *, file: str = "state") -> PlantState:
    """Read a state from YAML text (see `read_state`); `file` names it in faults."""
    try:
        tree = read_tree(text, file)
    except PlantError as error:
        raise StateError(error.faults) from None
    if not isinstance(tree.data, dict):
        raise InputError(f"{file}: found no state; write one (zhizao_state: 1, plant: …, moment: …)")
    try:
        state = PlantState.model_validate(tree.data, context={"file": file})
    except ValidationError as error:
        faults = (*tree.faults, *plant_error(error, PlantState, tree.locate).faults)
        raise StateError(_named(faults)) from None
    faults = tuple(tree.faults) + (() if plant is None else _unfit(state, plant, tree))
    if faults:
        raise StateError(_named(faults))
    return state


def _unfit(state: PlantState, plant: Plant, tree: YamlTree) -> tuple[Fault, ...]:
    return located(check_state(state, plant), tree.locate)


def _named(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    return tuple(sorted(dict.fromkeys(faults), key=lambda fault: fault.line))


def write_state(state: PlantState, path: str | FilePath) -> None:
    """Write a state file; an existing file is replaced at once and never half written.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    file = FilePath(path)
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(state_text(state), encoding="utf-8", newline="\n")
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(f"{file}: the state cannot be written here ({error})") from None


def state_text(state: PlantState) -> str:
    """Give the text of a state file; an exact image stands at its end."""
    form = state.model_dump(mode="json", exclude_defaults=True)
    exact = form.pop("exact", None)
    text = form_text({"zhizao_state": state.zhizao_state, **form})
    if exact is None:
        return text
    head = "exact: |  # image of the simulation; not to be edited"
    return "\n".join([text + head, *(f"  {line}" for line in textwrap.wrap(exact, _WIDTH)), ""])
