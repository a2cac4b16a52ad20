"""Watch a folder: score each new picture once, when it has been written to the end."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhizao.quantities import InputError
from zhizao.studies.inspect.model import Scored
from zhizao.studies.inspect.pictures import SUFFIXES, Verdict
from zhizao.studies.inspect.scoring import score_files
from zhizao.studies.inspect.use.drift import Drift, drift_from

if TYPE_CHECKING:
    from zhizao.studies.inspect.inspector import Inspector

PATIENCE = 5
"""Looks at a file that does not change but cannot be read before it counts as broken."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A new picture, and whether it raised the drift alarm."""

    scored: Scored
    drift: bool
    level: float
    """Evidence of drift after it: 1 is none, the alarm is at 1,000."""

    def as_json(self) -> dict[str, Any]:
        """The picture as plain data."""
        return self.scored.as_json() | {"drift": self.drift, "drift_level": self.level}


@dataclass(slots=True)
class _File:
    """A file as it was at the last look."""

    size: int
    changed: int
    looks: int = 0
    """Looks since its last change."""
    done: bool = False


@dataclass(slots=True)
class Watch:
    """What was seen of a folder; each `look` gives the pictures that have become ready since the last."""

    inspector: Inspector
    folder: Path
    drift: Drift
    _files: dict[Path, _File] = field(default_factory=dict)

    def look(self) -> list[Watched]:
        """Look once: files that have not changed since the last look are scored, ordered by name."""
        present = self._present()
        self._files = {file: known for file, known in self._files.items() if file in present}
        found = []
        for file, (size, changed) in sorted(present.items()):
            known = self._files.get(file)
            if known is None or (known.size, known.changed) != (size, changed):
                self._files[file] = _File(size, changed)
            elif not known.done:
                known.looks += 1
                scored = score_files(self.inspector.model, [file])[0]
                known.done = scored.picture.verdict is Verdict.OK or known.looks >= PATIENCE
                if known.done:
                    found.append(self._watched(scored))
        return found

    def _present(self) -> dict[Path, tuple[int, int]]:
        """Size and time of change of the pictures that are there; files may go while they are listed."""
        found: dict[Path, tuple[int, int]] = {}
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    if Path(entry.name).suffix.lower() in SUFFIXES and not entry.name.startswith("."):
                        try:
                            status = entry.stat()
                        except FileNotFoundError:
                            continue
                        found[Path(entry.path)] = status.st_size, status.st_mtime_ns
        except OSError as error:
            raise InputError(f"{self.folder}: cannot be watched ({error.strerror or error})") from None
        return found

    def _watched(self, scored: Scored) -> Watched:
        alarm = scored.score is not None and self.drift.seen(scored.score)
        return Watched(scored, alarm, self.drift.level)


def watch_folder(inspector: Inspector, folder: str | Path) -> Watch:
    """Begin to watch a folder; pictures that are in it already are scored too.

    Raises
    ------
    InputError
        There is no such folder.
    """
    place = Path(folder)
    if not place.is_dir():
        raise InputError(f"{place}: found no such folder; give one that a camera writes pictures to")
    held_out = inspector.training.filter(inspector.training["role"].is_in(["calibrate", "crossed"]))
    drift = drift_from(inspector.model.calibration, held_out["part"].to_list(), inspector.seed)
    return Watch(inspector, place, drift)
