"""Plants of the folder: read, refused where they reach outside, and kept while their files do not change."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from zhizao.quantities import InputError
from zhizao.web.folder import Folder, refuse_outside, texts_within

if TYPE_CHECKING:
    from zhizao.plant import Plant
    from zhizao.quantities import Fault

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
    from zhizao.plant.files.yaml_tree import read_tree

    before = _state([path])
    data = read_tree(text_of(path), name).data
    refuse_outside(name, data)
    named = _files_named(folder.root, data)
    state = before + _state(named)
    plant, warnings = _read(name, path, allow_code=allow_code)
    with _lock:
        _kept[key] = state, plant, warnings
        _kept.move_to_end(key)
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return plant, warnings


def _read(name: str, path: Path, *, allow_code: bool) -> tuple[Plant, tuple[Fault, ...]]:
    from zhizao.plant import read_with_warnings

    plant, warnings = read_with_warnings(path)
    if not allow_code:
        _refuse_code(name, plant)
    return plant, warnings


def _files_named(root: Path, data: Any) -> list[Path]:
    """Files of the folder that a plant file names: its tables are among them."""
    found = (root / text for text in set(texts_within(data)) if "." in text and len(text) < 256)
    return sorted(path for path in found if path.is_file())


def _state(paths: list[Path]) -> _State:
    found = []
    for path in paths:
        try:
            facts = path.stat()
        except OSError:
            continue
        found.append((str(path), facts.st_mtime_ns, facts.st_size))
    return tuple(found)


def _refuse_code(name: str, plant: Plant) -> None:
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
