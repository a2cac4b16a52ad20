"""Plants and logs of the folder: refused where they reach outside, plants kept while no file changes."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from zhizao.quantities import InputError
from zhizao.web.columns import columns_of
from zhizao.web.folder import Folder, named_in, refuse_outside

if TYPE_CHECKING:
    from zhizao.plant import Plant
    from zhizao.quantities import Fault
    from zhizao.records.intake import LogImport

_KEPT = 16  # plants; one of 100 routes takes seconds to read, and a page asks for it again and again
_State = tuple[tuple[str, int, int], ...]  # path, ns of the last change, bytes
_kept: OrderedDict[tuple[Path, str, bool], tuple[_State, Plant, tuple[Fault, ...]]] = OrderedDict()
_lock = Lock()


def read_plant_in(folder: Folder, name: str, *, allow_code: bool) -> tuple[Plant, tuple[Fault, ...]]:
    """Read a plant file of the folder, and its warnings.

    Raises
    ------
    InputError
        It has faults, names a table outside the folder, or uses Python rules of its own that are not allowed.
    """
    path, key = folder.path(name), (folder.root, name, allow_code)
    with _lock:
        known = _kept.get(key)
    if known is not None and _state([Path(one) for one, _, _ in known[0]]) == known[0]:
        return known[1], known[2]
    from zhizao.plant.files.reader import text_of

    before = _state([path])
    plant, warnings, named = _parsed(folder, name, text_of(path), allow_code=allow_code)
    state = before + _state(named)
    with _lock:
        _kept[key] = state, plant, warnings
        _kept.move_to_end(key)
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return plant, warnings


def parse_plant_in(
    folder: Folder, name: str, text: str, *, allow_code: bool
) -> tuple[Plant, tuple[Fault, ...]]:
    """Read the text of a plant file as if it stood in the folder (see `read_plant_in`)."""
    return _parsed(folder, name, text, allow_code=allow_code)[:2]


def _parsed(
    folder: Folder, name: str, text: str, *, allow_code: bool
) -> tuple[Plant, tuple[Fault, ...], list[Path]]:
    """Plant, warnings, and the files of the folder that the text names: its tables are among them."""
    from zhizao.plant import parse_with_warnings
    from zhizao.plant.files.yaml_tree import read_tree

    data = read_tree(text, name).data
    refuse_outside(name, data)
    files = named_in(folder.root, data)
    plant, warnings = parse_with_warnings(text, file=str(folder.root / name), folder=folder.root)
    if not allow_code:
        refuse_code(name, plant)
    return plant, warnings, files


def read_log_in(folder: Folder, name: str) -> LogImport:
    """Read an event log of the folder, by its column map where it has one."""
    from zhizao.connect import read_log

    return read_log(folder.path(name), columns=columns_of(folder, name).as_map())


def _state(paths: list[Path]) -> _State:
    found = []
    for path in paths:
        try:
            facts = path.stat()
        except OSError:
            continue
        found.append((str(path), facts.st_mtime_ns, facts.st_size))
    return tuple(found)


def refuse_code(name: str, plant: Plant) -> None:
    """Refuse rules of the user's own, in the plant and in what its measures set."""
    from zhizao.plant.query.measures import with_needed
    from zhizao.plant.rules import rule_name
    from zhizao.plant.rules_used import rules_used

    changed = (
        plant.with_measures(with_needed(plant.measures, [one.id])) for one in plant.measures if one.set
    )
    for each in (plant, *changed):
        for _, own in rules_used(each):
            raise InputError(
                f"{name}: uses the Python rule {rule_name(own)!r}; the page runs no code from plant files "
                "unless `zhizao serve` is started with --allow-code"
            )
