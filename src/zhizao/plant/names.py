"""Faults of names that any part of the checks may find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zhizao.plant.faults import Path, Problem
from zhizao.quantities.errors import nearest_name


def unknown(path: Path, kind: str, name: str, known: Iterable[str]) -> Problem:
    """A name that nothing has, with what there is and the nearest."""
    names = list(dict.fromkeys(known))
    few = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    right = f"known here: {few}" if names else f"the plant has no {kind}"
    return Problem(path, f"found no {kind} {name!r}", right, nearest_name(name, names))


def repeated(kind: str, named: Iterable[tuple[Path, str]]) -> Iterator[Problem]:
    """Names that come a second time, each at its place."""
    seen: set[str] = set()
    for path, name in named:
        if name in seen:
            yield Problem(path, f"found the {kind} {name!r} again", "give each its own id")
        seen.add(name)
