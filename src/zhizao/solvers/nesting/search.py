"""Find a short layout with sparrow, settle it, and give it only if it is proved to be free of overlap.

Source of the search: Gardeyn, Vanden Berghe and Wauters, An open-source heuristic to reboot 2D nesting
research (sparrow, 2025), through its Python binding spyrrow. It computes with 32 bits; what it gives is taken
as a start.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zhizao.quantities import InputError
from zhizao.solvers.nesting.exact import faults
from zhizao.solvers.nesting.problem import Layout, Nesting, Placement, in_a_row
from zhizao.solvers.nesting.settle import settle

Progress = Callable[[float, float], None]
"""Called with the completed fraction, in 0..1, and the density of the best layout so far, as searched."""
MARGINS = (4.0, 64.0)
"""Margins to settle with, one after the other until a layout is proved, in edges of the grid."""
SLACK = 1e-3
"""The search gets a strip that is wider by this share: it leaves small gaps, and with none to spare it would
not see that two parts fill the width exactly. To settle the layout takes the slack away again."""
KEPT = 4
"""So many of the best layouts of a search are kept, should the best not be proved."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How long and how to search.

    `exploring` is the share of the time for new arrangements; the rest compresses the best one. 0.8 is what
    sparrow was measured with. `stop_early` ends the search when it no longer improves.
    """

    seconds: float = 600.0
    workers: int = 2
    seed: int = 1
    exploring: float = 0.8
    stop_early: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.seconds < float("inf"):
            raise InputError(f"seconds: found {self.seconds:g}; expected more than 0")
        if self.workers < 1:
            raise InputError(f"workers: found {self.workers}; expected 1 or more")
        if not 0 < self.exploring <= 1:
            raise InputError(f"exploring: found {self.exploring:g}; expected more than 0, at most 1")


DEFAULT = Settings()


@dataclass(frozen=True, slots=True)
class Found:
    """A proved layout, its length as the search had found it before it was settled, and whether that ended by
    Ctrl-C; a length of None: no layout of the search could be proved, and the parts lie in a row.
    """

    layout: Layout
    searched_length: float | None
    interrupted: bool


@dataclass(slots=True)
class _Search:
    """The layouts of a search so far, the best last."""

    nesting: Nesting
    settings: Settings
    progress: Progress | None
    layouts: list[tuple[float, Layout]] = field(default_factory=list)

    def run(self) -> None:
        begun = time.monotonic()
        with _worker(self.nesting, self.settings) as lines:
            for line in lines:
                if "error" in line:
                    raise InputError(f"{line['error']}; pip install 'zhizao[garment]'")
                if "failed" in line and not self.layouts:
                    raise RuntimeError(f"spyrrow: {line['failed']}")
                if "length" in line:
                    self.layouts = [*self.layouts, (line["length"], self._layout(line["placed"]))][-KEPT:]
                if self.progress is not None and self.layouts:
                    share = min((time.monotonic() - begun) / self.settings.seconds, 1.0)
                    density = self.nesting.area / (self.nesting.width * self.layouts[-1][0])
                    self.progress(share, density)
        if not self.layouts:
            raise RuntimeError("spyrrow ended without a layout")

    def _layout(self, placed: list[list[Any]]) -> Layout:
        gap = self.nesting.gap  # the search keeps it from the edges of the strip as well
        return Layout(
            self.nesting,
            tuple(
                Placement(part, self._rotation(part, angle), x - gap, y - gap) for part, angle, x, y in placed
            ),
        )

    def _rotation(self, part: str, degrees: float) -> float:
        """The allowed rotation that a rotation of the search means."""
        allowed = self.nesting.by_id[part].rotations_deg
        return min(allowed, key=lambda one: abs((one - degrees + 180) % 360 - 180))


def nest(nesting: Nesting, *, settings: Settings = DEFAULT, progress: Progress | None = None) -> Found:
    """Place all parts on as short a strip as can be found in the time given.

    Ctrl-C ends the search and keeps the best layout so far. Equal seeds search alike, but the time decides
    how far; only with `stop_early` and time enough does a search end by itself.

    Raises
    ------
    InputError
        The extra `garment` is not installed.
    """
    search = _Search(nesting, settings, progress)
    interrupted = False
    try:
        search.run()
    except KeyboardInterrupt:
        interrupted = True
    for length, layout in reversed(search.layouts):
        proved = _proved(layout)
        if proved is not None:
            return Found(proved, length - 2 * nesting.gap, interrupted)
    return Found(in_a_row(nesting), None, interrupted)


def _proved(layout: Layout) -> Layout | None:
    """The layout settled, else as it is, if it is free of faults; else None."""
    for margin in MARGINS:
        settled = settle(layout, margin=margin)
        if settled is not None and not faults(settled):
            return settled
    return None if faults(layout) else layout


@contextmanager
def _worker(nesting: Nesting, settings: Settings) -> Iterator[Iterator[dict[str, Any]]]:
    """A process that searches; at the end of the body it has ended."""
    script = Path(__file__).with_name("worker.py")
    process = subprocess.Popen(
        [sys.executable, "-P", str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,  # Ctrl-C is for this process, which keeps the best layout and ends the other
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(_asked(nesting, settings)))
        process.stdin.close()
        yield map(json.loads, process.stdout)
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def _asked(nesting: Nesting, settings: Settings) -> dict[str, Any]:
    """What the worker is asked for."""
    return {
        "width": nesting.width * (1 + SLACK) + 2 * nesting.gap,
        "gap": nesting.gap,
        "parts": [
            {
                "id": part.id,
                "outline": part.outline,
                "demand": part.demand,
                "rotations": part.rotations_deg,
            }
            for part in nesting.parts
        ],
        "explore_s": settings.seconds * settings.exploring,
        "compress_s": settings.seconds * (1 - settings.exploring),
        "stop_early": settings.stop_early,
        "workers": settings.workers,
        "seed": settings.seed,
    }
