"""Line balancing beside published results: SALBP-1 (Otto et al. 2013, 100 tasks) and ALWABP-2.

    python -m benchmarks.balancing stations DATA [--seconds 60] [--every 10]
    python -m benchmarks.balancing workers DATA [--seconds 60] [--every 16] [--first 8]

DATA is the folder with `salbp_otto` and `alwabp`. What is found is kept in benchmarks/results/balancing.json
after each instance, and what is kept is not run again.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.surroundings import commit_of, processor
from zhizao.solvers.balancing import (
    CrewTasks,
    Tasks,
    crew_faults,
    faults_of,
    least_cycle_of_crew,
    least_stations,
)

KEPT = Path(__file__).parent / "results" / "balancing.json"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("what", choices=sorted(RUNS))
    options.add_argument("data", type=Path)
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--every", type=int, default=10)
    options.add_argument("--first", type=int, default=0, help="row of the first instance")
    given = options.parse_args()
    print(f"{processor()}, {commit_of()}, load {os.getloadavg()[0]:.1f}")
    RUNS[given.what](given.data, given.seconds, slice(given.first, None, given.every))


def stations(data: Path, seconds: float, rows_of: slice) -> None:
    """SALBP-1: how many of every tenth instance are proved optimal."""
    folder = data / "salbp_otto"
    with (folder / "best_known_n100.csv").open(encoding="utf-8") as file:
        known = list(csv.DictReader(file))[rows_of]
    least_stations(Tasks(np.array([3, 2, 2]), ((), (0,), (0,))), 4, 1.0)  # compiles
    rows = []
    with tarfile.open(folder / "n100.tar.gz") as archive:
        for one in known:
            member = archive.extractfile(f"{one['instance']}.alb")
            assert member is not None
            tasks, cycle = read_alb(member.read().decode())
            rows.append(kept(f"{one['instance']} {seconds:g} s", lambda: _stations(tasks, cycle, seconds)))  # noqa: B023
            found = rows[-1]
            assert found["bound"] <= int(one["upper_bound"])
            assert found["stations"] >= int(one["lower_bound"])
            print(one["instance"], found, f"published {one['lower_bound']}..{one['upper_bound']}", flush=True)
    proved = sum(row["proved"] for row in rows)
    salome = sum(int(one["salome_proved_optimal"]) for one in known)
    used = sum(row["cpu_s"] for row in rows)
    print(f"proved optimal: {proved} of {len(rows)}; SALOME {salome}; CPU {used:.0f} s")


def _stations(tasks: Tasks, cycle: int, seconds: float) -> dict[str, Any]:
    began = time.process_time()
    found = least_stations(tasks, cycle, seconds)
    used = time.process_time() - began
    assert not faults_of(tasks, found.station, cycle)
    return {
        "stations": found.stations,
        "bound": found.bound,
        "proved": found.proved,
        "cpu_s": round(used, 2),
    }


def workers(data: Path, seconds: float, rows_of: slice) -> None:
    """ALWABP-2: how many instances reach the best known cycle time where that is proved."""
    folder = data / "alwabp"
    with (folder / "instances.csv").open(encoding="utf-8") as file:
        known = list(csv.DictReader(file))[rows_of]
    rows = []
    with tarfile.open(folder / "instances.tar.gz") as archive:
        for one in known:
            member = archive.extractfile(f"{one['name']}/{one['num']}")
            assert member is not None
            crew = read_crew(member.read().decode())
            name = f"{one['name']} {one['num']} {seconds:g} s"
            rows.append(kept(name, lambda: _workers(crew, seconds)))  # noqa: B023
            found = rows[-1]
            assert found["bound"] <= int(one["UB"])
            assert found["cycle"] >= int(one["LB"])
            print(name, found, f"published {one['LB']}..{one['UB']}", flush=True)
    _say_workers(rows, known)


def _say_workers(rows: list[dict[str, Any]], known: list[dict[str, str]]) -> None:
    closed = [(row, one) for row, one in zip(rows, known, strict=True) if one["LB"] == one["UB"]]
    reached = sum(row["cycle"] <= int(one["UB"]) for row, one in closed)
    gap = np.mean([row["cycle"] / int(one["UB"]) - 1 for row, one in zip(rows, known, strict=True)])
    proved = sum(row["proved"] for row in rows)
    used = sum(row["cpu_s"] for row in rows)
    print(
        f"best known reached: {reached} of {len(closed)}, mean gap {gap:.1%}; proved {proved}; CPU {used:.0f}"
    )


def _workers(crew: CrewTasks, seconds: float) -> dict[str, Any]:
    began = time.process_time()
    found = least_cycle_of_crew(crew, seconds)
    used = time.process_time() - began
    assert not crew_faults(crew, found)
    return {"cycle": found.cycle, "bound": found.bound, "proved": found.proved, "cpu_s": round(used, 2)}


def read_crew(text: str) -> CrewTasks:
    """Tasks and workers of a file of Borba & Ritt: times by worker, then pairs of tasks."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    count = int(lines[0][0])
    times = np.array([[-1 if cell == "Inf" else int(cell) for cell in row] for row in lines[1 : count + 1]])
    before: list[list[int]] = [[] for _ in range(count)]
    for first, second in lines[count + 1 :]:
        if int(first) > 0:
            before[int(second) - 1].append(int(first) - 1)
    least = np.where(times < 0, times.max(), times).min(axis=1)
    return CrewTasks(Tasks(least, tuple(map(tuple, before))), times)


def kept(name: str, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What is kept under a name; it is run if there is nothing."""
    found: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    if name not in found:
        found[name] = run()
        KEPT.write_text(json.dumps(found, indent=0) + "\n", encoding="utf-8")
    one: dict[str, Any] = found[name]
    return one


def read_alb(text: str) -> tuple[Tasks, int]:
    """Tasks and cycle time of a file in the format of assembly-line-balancing.de."""
    parts: dict[str, list[str]] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        if line.startswith("<"):
            part = parts.setdefault(line, [])
        else:
            part.append(line)
    before: list[list[int]] = [[] for _ in range(int(parts["<number of tasks>"][0]))]
    for line in parts["<precedence relations>"]:
        first, second = map(int, line.split(","))
        before[second - 1].append(first - 1)
    times = [int(line.split()[1]) for line in parts["<task times>"]]
    return Tasks(np.array(times), tuple(map(tuple, before))), int(parts["<cycle time>"][0])


RUNS = {"stations": stations, "workers": workers}

if __name__ == "__main__":
    main()
