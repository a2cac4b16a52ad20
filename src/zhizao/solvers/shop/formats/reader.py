"""Which form a file has, and the shop in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from zhizao.quantities.errors import InputError, nearest_name
from zhizao.solvers.shop.formats.flexible import (
    read_flexible,
    read_graph,
    read_with_vehicles,
    read_with_workers,
)
from zhizao.solvers.shop.formats.instances import chosen_instance
from zhizao.solvers.shop.formats.jobshop import is_flowshop, read_flowshop, read_jobshop
from zhizao.solvers.shop.formats.jobshoplab import is_jobshoplab, read_yaml
from zhizao.solvers.shop.formats.lines import FormError, Text, read_text
from zhizao.solvers.shop.formats.ortools import has_set_ups, read_lines, read_ssd, read_weighted
from zhizao.solvers.shop.formats.tables import (
    read_hybrid,
    read_no_wait,
    read_table,
    read_tardiness,
    read_with_setups,
)
from zhizao.solvers.shop.formats.taillard import has_tables, refuse_open_shop
from zhizao.solvers.shop.problem import Problem
from zhizao.solvers.shop.sound import require_sound


@dataclass(frozen=True)
class Form:
    """One way in which shops are written."""

    read: Callable[[Text, str], Problem]
    what: str


FORMS = {
    "jsp": Form(read_jobshop, "job shop: rows of (machine, time), or Taillard's two tables"),
    "pfsp": Form(read_flowshop, "permutation flow shop: rows of (machine, time), or Taillard's table"),
    "fjsp": Form(read_flexible, "flexible job shop (FJSPLIB)"),
    "fajsp": Form(read_graph, "flexible job shop whose precedence is a graph"),
    "fjsw": Form(read_with_workers, "flexible job shop with workers"),
    "fjspt": Form(read_with_vehicles, "flexible job shop with two vehicles"),
    "jobshoplab": Form(read_yaml, "job shop with vehicles, YAML of jobshoplab"),
    "hfsp": Form(read_hybrid, "hybrid flow shop: table of times"),
    "nw-pfsp": Form(read_no_wait, "flow shop without waiting: table of times"),
    "sdst-pfsp": Form(read_with_setups, "permutation flow shop with set-ups: tables of times"),
    "tt-pfsp": Form(read_tardiness, "permutation flow shop, total tardiness: due dates and table of times"),
    "table": Form(read_table, "permutation flow shop: table of times"),
    "lines": Form(read_lines, "permutation flow shop: a line for each count (OR-tools)"),
    "sdst-jsp": Form(read_ssd, "shop with set-ups: rows of (machine, time), SSD, tables (OR-tools)"),
    "tt-jsp": Form(read_weighted, "job shop, total weighted tardiness (OR-tools)"),
}
_BY_ENDING = {".fjsw": "fjsw", ".dat": "fjspt", ".yaml": "jobshoplab", ".yml": "jobshoplab", ".fjs": "fjsp"}
_YAML = (".yaml", ".yml")
_GUESSES = ("fjsp", "jsp", "fajsp", "tt-jsp")
_TABLES = ("sdst-pfsp", "hfsp", "tt-pfsp", "table", "lines")


def holds_shop(path: str | Path) -> bool:
    """Whether a file holds a shop rather than a plant, which is YAML without `instance_config`."""
    path, _ = _instance_in_name(Path(path), None)
    if path.suffix.lower() not in _YAML:
        return True
    try:
        return is_jobshoplab(read_text(path).raw)
    except InputError:
        return False  # the reader of plants says what is wrong with the file


def read_shop(path: str | Path, *, form: str | None = None, instance: str | int | None = None) -> Problem:
    """Read a shop from a benchmark file, .gz and .zip too.

    Parameters
    ----------
    path
        The file; `FILE#3` and `FILE#NAME` choose an instance, unless there is a file of that very name.
    form
        One of `FORMS`; without it guessed from the file's ending, its folder and its content. Rows of pairs
        in which each job goes by machines 0, 1, 2, … are taken for a permutation flow shop.
    instance
        Name or number (from 1) of the shop in a file of several.

    Raises
    ------
    InputError
        With file, line and remedy, where the file is of no known form, of several forms or of several
        instances, or its shop cannot be scheduled.
    """
    path, instance = _instance_in_name(Path(path), instance)
    if form is not None and form not in FORMS:
        near = nearest_name(form, FORMS)
        hint = f"; did you mean {near!r}?" if near else ""
        raise InputError(f"{form!r} is no form of a shop; there are {', '.join(FORMS)}{hint}")
    text = read_text(path)
    name = path.name.split(".")[0]
    known = form or _by_content(text) or _by_ending(path)
    if known == "jobshoplab":
        if instance not in (None, 1, "1", name):
            raise InputError(f"{path}: holds one shop: leave out instance {str(instance)!r}")
    else:
        chosen = chosen_instance(text, name, None if instance is None else str(instance))
        text, name = chosen.text, chosen.name
    if form is None:
        refuse_open_shop(text)
    problem = FORMS[known].read(text, name) if known else _guessed(path, text, name)
    require_sound(problem)
    return problem


def _instance_in_name(path: Path, instance: str | int | None) -> tuple[Path, str | int | None]:
    """Split FILE#INSTANCE."""
    file, mark, chosen = path.name.rpartition("#")
    if not mark or not file or path.exists():
        return path, instance
    if not chosen or instance is not None:
        right = "FILE#NAME or FILE#3" if not chosen else f"leave out instance {str(instance)!r} beside it"
        raise InputError(f"{path}: found {path.name!r}; right is {right}")
    return path.with_name(file), chosen


def _guessed(path: Path, text: Text, name: str) -> Problem:
    known = _by_folder(path)
    if known:
        return FORMS[known].read(text, name)
    if has_set_ups(text):
        return read_ssd(text, name)
    if has_tables(text):
        return _flow_or_job(read_jobshop(text, name), text, name)
    first = [len(line.text.split()) for line in text.lines[:2]]
    errors: dict[str, FormError] = {}
    found: dict[str, Problem] = {}
    for guess in _TABLES if first == [1, 1] else _GUESSES:
        try:
            found[guess] = FORMS[guess].read(text, name)
        except FormError as error:
            errors[guess] = error
    if not found:
        raise InputError(_no_form(text, errors))
    if len(found) > 1:
        raise text.fault(
            text.lines[0], f"the shop may be read as {' or as '.join(found)}", "say which with --form NAME"
        )
    form, problem = found.popitem()
    return _flow_or_job(problem, text, name) if form == "jsp" else problem


def _by_content(text: Text) -> str | None:
    return "jobshoplab" if is_jobshoplab(text.raw) else None


def _by_ending(path: Path) -> str | None:
    endings = [ending.lower() for ending in path.suffixes]
    return next((_BY_ENDING[ending] for ending in endings if ending in _BY_ENDING), None)


def _by_folder(path: Path) -> str | None:
    """Tables of a no-wait shop look like any others: the folder tells them apart."""
    folders = [part.lower() for part in path.resolve().parts[:-1]]
    return next(
        (form for form in ("nw-pfsp", "tt-pfsp", "hfsp") if any(form in part for part in folders)), None
    )


def _flow_or_job(problem: Problem, text: Text, name: str) -> Problem:
    return read_flowshop(text, name) if problem.jobs > 1 and is_flowshop(problem) else problem


def _no_form(text: Text, errors: dict[str, FormError]) -> str:
    said = f"say which with --form NAME (form= in Python): {', '.join(FORMS)}"
    lines = [f"{text.file}: has none of the known forms; {said}"]
    if _is_square(text):
        lines[0] = f"{text.file}: holds travel times and no shop; use read_layout and with_layout"
    return "\n".join([*lines, *(f"  as {form}: {error}" for form, error in errors.items())])


def _is_square(text: Text) -> bool:
    return len(text.lines) > 1 and {len(line.text.split()) for line in text.lines} == {len(text.lines)}
