"""Read problems and published solutions of the League of Robot Runners (2023 and 2024).

Format: the competition's start kit, https://github.com/MAPF-Competition/Start-Kit. A problem names a map, the
places of the vehicles and the tasks; each file may be packed (.gz, .xz, .zip).
"""

from __future__ import annotations

import gzip
import json
import lzma
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhizao.solvers.fleet.problem import Action, Bytes, FleetError, Floor, Ints, Problem, Rule, Tasks

_LETTERS = {"F": Action.AHEAD, "R": Action.CLOCKWISE, "C": Action.COUNTERCLOCKWISE, "W": Action.WAIT}
_BLOCKED = "@TO"


@dataclass(frozen=True)
class Published:
    """A published solution.

    `actions` (steps, vehicles) are of `Action`; `start` are places (row * columns + column); `finished` is
    the number of tasks as published. `assigned` lists (step, vehicle, task) for problems with a pool: from
    the end of that step on, the vehicle has that task (-1: none). It is None where the file does not tell.
    """

    start: Ints
    actions: Bytes
    finished: int
    assigned: NDArray[np.int64] | None


def read_problem(path: Path, *, steps: int | None = None) -> Problem:
    """Read a problem.

    Parameters
    ----------
    path
        The problem's JSON file. Its other files are looked for beside it, by their names or by these with
        the same prefix ("2024_"), and packed or not.
    steps
        How many steps are run; by default what `simulation_time.json` says, else 5000.

    Raises
    ------
    FleetError
        A file is missing or says what cannot be.
    """
    stated = json.loads(_text(path))
    prefix = path.name[:5] if path.name[:4].isdigit() and path.name[4:5] == "_" else ""
    files = {
        key: _beside(path, prefix, Path(stated[key]).name) for key in ("mapFile", "agentFile", "taskFile")
    }
    floor = read_map(files["mapFile"])
    start = floor.cell_of[_numbers(files["agentFile"])[1:]][: int(stated["teamSize"])]
    rows = [line for line in _text(files["taskFile"]).splitlines() if line.strip() and line[0] != "#"][1:]
    lists = [[int(place) for place in line.split(",")] for line in rows]
    first = np.cumsum([0, *(len(places) for places in lists)]).astype(np.int32)
    cells = floor.cell_of[np.array([place for places in lists for place in places], np.int32)]
    rule = Rule.QUEUE if stated.get("taskAssignmentStrategy") == "roundrobin" else Rule.POOL
    pool = int(float(stated["numTasksReveal"]) * len(start)) if rule is Rule.POOL else 0
    name = path.name.split(".")[0].removeprefix(prefix)
    return Problem(name, floor, start, Tasks(cells, first), rule, steps or _steps(path, prefix, name), pool)


def read_map(path: Path) -> Floor:
    """Read a map in the format of the movingai.com benchmarks; `@`, `T` and `O` are blocked."""
    lines = _text(path).splitlines()
    began = lines.index("map") + 1
    return Floor(np.array([[sign not in _BLOCKED for sign in line] for line in lines[began:] if line]))


def read_solution(path: Path) -> Published:
    """Read a published solution (.json or .json.zip)."""
    stated = json.loads(_text(path))
    actions = np.array(
        [[_LETTERS[sign] for sign in row.split(",")] for row in stated["actualPaths"]], np.int8
    )
    schedule = stated.get("actualSchedule")
    if any(heading != "E" for _, _, heading in stated["start"]):
        raise FleetError(f"{path.name}: all vehicles must head east at the beginning")
    start = np.array([[row, column] for row, column, _ in stated["start"]], np.int32)
    assigned = None if schedule is None else _assigned(schedule)
    return Published(start, actions.T.copy(), int(stated["numTaskFinished"]), assigned)


def _assigned(schedule: list[str]) -> NDArray[np.int64]:
    """Rows (step, vehicle, task), in the order of steps."""
    rows = [
        (int(pair.split(":")[0]), vehicle, int(pair.split(":")[1]))
        for vehicle, row in enumerate(schedule)
        for pair in row.split(",")
        if pair
    ]
    return np.array(sorted(rows), np.int64).reshape(-1, 3)


def _numbers(path: Path) -> Ints:
    return np.array(
        [int(line) for line in _text(path).splitlines() if line.strip() and line[0] != "#"], np.int32
    )


def _steps(path: Path, prefix: str, name: str) -> int:
    times: dict[str, Any] = {}
    stated = path.parent / f"{prefix}simulation_time.json"
    if stated.exists():
        times = json.loads(_text(stated))
    return int(times.get(name.removeprefix("MR23-").removeprefix("MR24-"), 5000))


def _beside(path: Path, prefix: str, name: str) -> Path:
    for found in (name, f"{prefix}{name}"):
        for packed in ("", ".gz", ".xz"):
            file = path.parent / f"{found}{packed}"
            if file.exists():
                return file
    raise FleetError(f"{path.name}: {name} is not beside it")


def _text(path: Path) -> str:
    """Text of a file, whichever way it is packed."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return archive.read(archive.namelist()[0]).decode()
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes()).decode()
    if path.suffix == ".xz":
        return lzma.decompress(path.read_bytes()).decode()
    return path.read_text(encoding="utf-8")
