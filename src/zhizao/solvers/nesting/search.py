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
from zhizao.solvers.nesting.boxes import by_boxes
from zhizao.solvers.nesting.exact import faults
from zhizao.solvers.nesting.problem import Layout, Nesting, Placement
from zhizao.solvers.nesting.settle import settle

Progress = Callable[[float, float], None]
"""Called with the completed fraction, in 0..1, and the density of the best layout so far, as searched."""
MARGINS = (4.0, 64.0)
"""Margins to settle with, one after the other until a layout is proved, in edges of the grid."""
SLACK = 1e-3
"""A second search gets a strip that is wider by this share: the search leaves small gaps, and with none to
spare it does not see that two parts fill the width exactly. To settle the layout takes the slack away again;
where parts have used it up, that fails, and the first search, on the true strip, has the answer."""
FITTING = 0.2
"""Share of the time for that second search, at most `FITTING_S`: exact fits are found early or never."""
FITTING_S = 30.0
SETTLING = 0.15
"""Share of the time that is kept for settling, at most `SETTLING_S`."""
SETTLING_S = 60.0
SETTLING_LEAST_S = 6.0
"""Settling may take so long in any case: short searches need it for exact fits, and libraries are loaded."""
KEPT = 4
"""So many of the best layouts of a search are kept, should the best not be proved."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How long and how to search.

    `exploring` is the share of the time for new arrangements; the rest compresses the best one. 0.8 is what
    sparrow was measured with. `stop_early` ends the search when it no longer improves. `fitting` is the share
    of the time, at most 30 s, for a search for exact fits, on a strip that is wider by the share `slack`.
    """

    seconds: float = 600.0
    workers: int = 2
    seed: int = 1
    exploring: float = 0.8
    stop_early: bool = False
    fitting: float = FITTING
    slack: float = SLACK

    def __post_init__(self) -> None:
        if not 0 < self.seconds < float("inf"):
            raise InputError(f"seconds: found {self.seconds:g}; expected more than 0")
        if self.workers < 1:
            raise InputError(f"workers: found {self.workers}; expected 1 or more")
        if not 0 < self.exploring <= 1:
            raise InputError(f"exploring: found {self.exploring:g}; expected more than 0, at most 1")
        if not 0 <= self.fitting <= 1:
            raise InputError(f"fitting: found {self.fitting:g}; expected 0 to 1")
        if not 0 <= self.slack < 1:
            raise InputError(f"slack: found {self.slack:g}; expected 0 or more, less than 1")


DEFAULT = Settings()


@dataclass(frozen=True, slots=True)
class Found:
    """A proved layout, its length as the search had found it before it was settled, and whether that ended by
    Ctrl-C; a length of None: no proved layout of the search is shorter than that by boxes, which is given.
    """

    layout: Layout
    searched_length: float | None
    interrupted: bool


@dataclass(slots=True)
class _Search:
    """The layouts of a search so far, the best last."""

    nesting: Nesting
    settings: Settings
    slack: float
    progress: Callable[[float], None]
    layouts: list[tuple[float, Layout]] = field(default_factory=list)

    def run(self, seconds: float) -> None:
        """Search for so long; `progress` is called with the seconds that have passed."""
        begun = time.monotonic()
        with _worker(_asked(self.nesting, self.settings, self.slack, seconds)) as lines:
            for line in lines:
                if "error" in line:
                    raise InputError(f"{line['error']}; pip install 'zhizao[garment]'")
                if "failed" in line and not self.layouts:
                    raise RuntimeError(f"spyrrow: {line['failed']}")
                if "length" in line:
                    self.layouts = [*self.layouts, (line["length"], self._layout(line["placed"]))][-KEPT:]
                if self.layouts:
                    self.progress(min(time.monotonic() - begun, seconds))
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
    searches, interrupted = _searched(nesting, settings, progress)
    end = time.monotonic() + max(_settling_s(settings), SETTLING_LEAST_S)
    found: list[tuple[Layout, float | None]] = [(by_boxes(nesting), None)]
    for search in searches:
        found += [one for one in [_best(search, end, needed=len(found) == 1)] if one is not None]
    layout, length = min(found, key=lambda one: one[0].length)
    return Found(layout, length, interrupted)


def _searched(nesting: Nesting, settings: Settings, progress: Progress | None) -> tuple[list[_Search], bool]:
    """The search on the true strip and that for exact fits, and whether Ctrl-C ended them.

    Raises
    ------
    RuntimeError
        Neither has a layout.
    """
    searches: list[_Search] = []
    failed: list[RuntimeError] = []
    passed = 0.0
    searching = settings.seconds - _settling_s(settings)

    def on_progress(seconds: float) -> None:
        shortest = min(length for one in searches for length, _ in one.layouts)
        if progress is not None:
            share = min((passed + seconds) / settings.seconds, 1.0)
            progress(share, nesting.area / (nesting.width * shortest))

    try:
        for slack, end in (
            (0.0, searching - min(settings.fitting * searching, _fitting_most(settings))),
            (settings.slack, searching),
        ):
            if end > passed:
                searches.append(_Search(nesting, settings, slack, on_progress))
                try:
                    searches[-1].run(end - passed)
                    passed = end
                except RuntimeError as error:  # parts as wide as the strip: on the true strip they do not fit
                    failed.append(error)
    except KeyboardInterrupt:
        return searches, True
    if not any(one.layouts for one in searches):
        raise failed[0]
    return searches, False


def _fitting_most(settings: Settings) -> float:
    """Longest search for exact fits; a share of 1 asks for nothing else."""
    return FITTING_S if settings.fitting < 1 else settings.seconds


def _settling_s(settings: Settings) -> float:
    return min(SETTLING * settings.seconds, SETTLING_S)


def _best(search: _Search, end: float, *, needed: bool) -> tuple[Layout, float] | None:
    """The shortest layout of a search that can be proved, and its length as it was searched.

    Settling ends with the time, unless no layout is proved yet and one is needed.
    """
    for length, layout in reversed(search.layouts):
        if not needed and time.monotonic() > end:
            return None
        proved = _proved(layout, lambda any_found: time.monotonic() > end and (any_found or not needed))
        if proved is not None:
            return proved, length - 2 * search.nesting.gap
    return None


def _proved(layout: Layout, over: Callable[[bool], bool]) -> Layout | None:
    """The shortest of the layout as it is and settled that is free of faults; None if there is none."""
    free = not faults(layout)
    settled = (settle(layout, margin=margin, over=lambda found: over(found or free)) for margin in MARGINS)
    right = next((one for one in settled if one is not None and not faults(one)), None)
    proved = [one for one in (right, layout if free else None) if one is not None]
    return min(proved, key=lambda one: one.length, default=None)


@contextmanager
def _worker(asked: dict[str, Any]) -> Iterator[Iterator[dict[str, Any]]]:
    """A process that searches; at the end of the body it has ended."""
    script = Path(__file__).with_name("worker.py")
    process = subprocess.Popen(
        [sys.executable, "-P", str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # traces of a panic; the worker says on stdout that it failed
        encoding="utf-8",
        start_new_session=True,  # Ctrl-C is for this process, which keeps the best layout and ends the other
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(asked))
        process.stdin.close()
        yield map(json.loads, process.stdout)
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def _asked(nesting: Nesting, settings: Settings, slack: float, seconds: float) -> dict[str, Any]:
    """What the worker is asked for."""
    return {
        "width": nesting.width * (1 + slack) + 2 * nesting.gap,
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
        "explore_s": seconds * settings.exploring,
        "compress_s": seconds * (1 - settings.exploring),
        "stop_early": settings.stop_early,
        "workers": settings.workers,
        "seed": settings.seed,
    }
