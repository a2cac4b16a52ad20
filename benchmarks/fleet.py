"""Fleets: problems of the League of Robot Runners beside the best published results.

    python benchmarks/fleet.py FOLDER [NAMES ...] [--steps N] [--rows FILE] [--even]

FOLDER holds the problems as published (packed or not).
Settings are chosen by size and density.
Each run is checked for conflicts, then appended to the file of rows at once; a problem that is there with
the same settings is not run again. Times are processor time of planning a step. Guidance (but with --even)
and distances to goals are found before, as the competition's time of preparation allows.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path

import numpy as np

from zhizao.solvers.fleet.check import check
from zhizao.solvers.fleet.guidance import guidance
from zhizao.solvers.fleet.planner import make_planner, prepare_goals
from zhizao.solvers.fleet.robot_runners import read_problem
from zhizao.solvers.fleet.settings import Settings, settings_for
from zhizao.solvers.fleet.simulate import simulate

BEST = {
    "2023_TR23-warehouse_large": 19758,
    "2023_MR23-I-04": 1741,
    "2023_MR23-I-10": 194677,
    "2024_RANDOM-01": 696,
    "2024_RANDOM-02": 1260,
    "2024_RANDOM-03": 2368,
    "2024_RANDOM-04": 2585,
    "2024_RANDOM-05": 3050,
}
"""Tasks finished in all steps, as published by the organisers."""
COLUMNS = ("problem", "vehicles", "steps", "of", "depth", "passes", "active", "limit", "guided", "finished",
           "share", "conflicts", "ms_median", "ms_max", "prepare_s")  # fmt: skip


def run(path: Path, steps: int | None, settings: Settings, guided: bool) -> dict[str, str]:
    """One problem: tasks finished, its share of the best at the same number of steps, and times."""
    problem = read_problem(path)
    began = time.process_time()
    costs = guidance(problem.floor, np.unique(problem.tasks.cells)) if guided else None
    planner = make_planner(problem, settings, costs=costs)
    prepare_goals(planner)
    prepared = time.process_time() - began
    done = simulate(planner, steps=min(steps or problem.steps, problem.steps))
    count, finished = len(done.actions), int(done.finished[-1])
    conflicts = check(problem.floor, problem.floor.places[problem.start], done.actions).conflicts
    share = finished / (BEST[path.name.split(".")[0]] * count / problem.steps)
    sizes = (path.stem, len(problem.start), count, problem.steps, *_varied(settings, guided))
    times = (f"{1e3 * np.median(done.cpu_s):.1f}", f"{1e3 * done.cpu_s.max():.1f}", f"{prepared:.1f}")
    values = (*sizes, finished, f"{share:.3f}", conflicts, *times)
    return {column: str(value) for column, value in zip(COLUMNS, values, strict=True)}


def _varied(settings: Settings, guided: bool) -> tuple[object, ...]:
    return settings.depth, settings.passes, settings.active, settings.limit, guided


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", default=list(BEST), choices=[*BEST, []])
    parser.add_argument("--steps", type=int)
    parser.add_argument("--rows", type=Path)
    parser.add_argument("--even", action="store_true", help="no guidance: all moves cost the same")
    options = parser.parse_args()
    kept = []
    if options.rows and options.rows.exists():
        kept = list(csv.DictReader(options.rows.read_text(encoding="utf-8").splitlines()))
    for name in options.names:
        path = options.folder / f"{name}.json"
        problem = read_problem(path)
        settings = settings_for(problem)
        steps = str(min(options.steps or 10**9, problem.steps))
        wanted = [name, steps, *map(str, _varied(settings, not options.even))]
        keys = ("problem", "steps", "depth", "passes", "active", "limit", "guided")
        if any([row[key] for key in keys] == wanted for row in kept):
            continue
        row = run(path, options.steps, settings, not options.even)
        kept.append(row)
        print(" ".join(f"{key}={value}" for key, value in row.items()), flush=True)
        if options.rows:
            with options.rows.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS)
                writer.writeheader()
                writer.writerows(kept)
    return 0


if __name__ == "__main__":
    sys.exit(main())
