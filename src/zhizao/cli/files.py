"""Files of a command: outputs are checked before any work is done; inputs are read with their warnings."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from zhizao.cli.faults import WRITTEN, not_written
from zhizao.cli.progress import tell
from zhizao.quantities.errors import InputError

if TYPE_CHECKING:
    import polars as pl

    from zhizao.plant import Measure, Plant, PlantState
    from zhizao.quantities.errors import Fault

MOST_WARNINGS = 10
"""Warnings shown by a command; a table of old orders may have thousands."""


def check_outputs(outputs: dict[str, Path | None], inputs: tuple[Path | None, ...]) -> None:
    """Refuse outputs that would replace an input or each other, or whose folder is not there.

    Raises
    ------
    InputError
        Before any work is done, with the option that is wrong.
    """
    taken = {_place(path): str(path) for path in inputs if path is not None}
    for option, path in outputs.items():
        if path is None:
            continue
        if _place(path) in taken:
            raise InputError(f"{option} {path}: this command already uses that file; choose another name")
        if path.is_dir():
            raise InputError(f"{option} {path}: is a folder; give the name of a file")
        if not path.parent.is_dir():
            raise InputError(f"{option} {path}: no folder {path.parent}; create it first")
        taken[_place(path)] = option


def _place(path: Path) -> str:
    """The file that a path means, by any of its names; letters count alike where the system says so."""
    return os.path.normcase(path.resolve())


def written(option: str, path: Path, write: Callable[[Path], object]) -> None:
    """Write an output; a file that cannot be written is an input error."""
    try:
        _write(path, write)
    except OSError as error:
        raise InputError(f"{option} {path}: {not_written(error)}") from error
    WRITTEN.set((*WRITTEN.get(), path))


def written_text(option: str, path: Path, text: str) -> None:
    """As `written`, of a text in UTF-8."""
    written(option, path, lambda file: file.write_text(text, encoding="utf-8", newline="\n"))


def written_measure(path: Path, measure: Measure) -> None:
    """Write a file of one measure, as `-o`, and name its id."""
    from zhizao.plant import measures_text

    written_text("-o", path, measures_text([measure]))
    tell(f"measure {measure.id}: {path}")


def _write(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file; a device or a pipe gets its bytes, where a writer would put a file in its place."""
    if not path.exists() or path.is_file():
        write(path)
        return
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / path.name
        write(made)
        path.write_bytes(made.read_bytes())


def load_plant(path: Path) -> Plant:
    """Read a plant file, and show its warnings."""
    from zhizao.plant import read_with_warnings

    plant, warnings = read_with_warnings(path)
    tell_warnings(warnings, f"; run `zhizao check {path}` to list all")
    return plant


def with_orders(plant: Plant, orders: Path | None) -> Plant:
    """The plant with the orders of a table, if given; show its warnings."""
    from zhizao.plant import orders_with_warnings

    if orders is None:
        return plant
    plant, warnings = orders_with_warnings(plant, orders)
    tell_warnings(warnings)
    return plant


def tell_warnings(warnings: Sequence[Fault], more: str = "") -> None:
    """Show the first warnings and the number of others; `more` says how to list them."""
    for warning in warnings[:MOST_WARNINGS]:
        tell(f"warning: {warning}")
    if len(warnings) > MOST_WARNINGS:
        tell(f"warning: {len(warnings) - MOST_WARNINGS} more{more}")


def load_state(path: Path | None, plant: Plant) -> PlantState | None:
    """Read a state, and check it against the plant."""
    from zhizao.plant import read_state

    return None if path is None else read_state(path, plant)


def load_plan(path: Path | None) -> pl.DataFrame | None:
    """Read a plan, which has the columns of an event log, and perhaps what else a plan says."""
    from zhizao.records import EVENTS, HOLDS, read_frame

    return None if path is None else read_frame(path, EVENTS | HOLDS)


@contextmanager
def rules_beside(*plants: Path | None) -> Iterator[None]:
    """Let dispatch rules (`module:function`) be found beside the plant files and in the current folder."""
    before = list(sys.path)
    folders = [str(path.resolve().parent) for path in plants if path is not None]
    sys.path[:0] = [*dict.fromkeys([*folders, str(Path.cwd())])]
    try:
        yield
    finally:
        sys.path[:] = before
