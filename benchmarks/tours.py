"""Tours: instances of VRPLIB beside their best known solutions.

    python -m benchmarks.tours FOLDER [--seconds 20] [--seeds 1 2 3] [--names NAME ...]

FOLDER holds the instances of PyVRP's collection with their solutions (`NAME.vrp`, `NAME.sol`). Each plan is
checked by `faults_of`; rows go to benchmarks/results/tours.json at once, and what is kept is not run again.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from benchmarks.surroundings import commit_of, processor
from zhizao.solvers.tours import Settings, faults_of, plan_tours, read_tours
from zhizao.solvers.tours.vrplib import Rounding

KEPT = Path(__file__).parent / "results" / "tours.json"
INSTANCES = {
    "CVRP_X-n101-k25": Rounding.ROUND,
    "CVRP_X-n200-k36": Rounding.ROUND,
    "VRPTW_R1_10_4": Rounding.DIMACS,
    "VRPTW_RC1_10_4": Rounding.DIMACS,
    "MTVRPTWR_R204R0.25": Rounding.DIMACS,
    "MTVRPTWR_R204R0.5": Rounding.DIMACS,
}
"""How the numbers of each instance become whole ones in its best known solution."""


def best_known(path: Path) -> float:
    """Cost that a file of a solution states."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return float(next(line for line in lines if line.lower().startswith("cost")).split()[-1])


def run(folder: Path, name: str, seconds: float, seed: int) -> dict[str, Any]:
    tours = read_tours(folder / f"{name}.vrp", INSTANCES[name])
    scale = 10 if name.startswith("VRPTW") else 1  # those solutions state their cost before the ten times
    best = best_known(folder / f"{name}.sol") * scale
    began = time.process_time()
    found = plan_tours(tours, settings=Settings(seconds, seed))
    row = {"instance": name, "seconds": seconds, "seed": seed, "distance": found.distance, "best_known": best}
    row |= {"wall_s": round(found.seconds, 2), "cpu_s": round(time.process_time() - began, 2)}
    if found.plan is None or found.distance is None:
        return row | {"gap": None, "faults": None}
    return row | {"gap": found.distance / best - 1, "faults": len(faults_of(tours, found.plan))}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("folder", type=Path)
    options.add_argument("--seconds", type=float, default=20.0)
    options.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    options.add_argument("--names", nargs="+", choices=sorted(INSTANCES), default=list(INSTANCES))
    given = options.parse_args()
    print(f"{processor()}, {commit_of()}")
    rows = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else []
    done = {(row["instance"], row["seconds"], row["seed"]) for row in rows}
    for name in given.names:
        for seed in given.seeds:
            if (name, given.seconds, seed) in done:
                continue
            rows.append(run(given.folder, name, given.seconds, seed))
            KEPT.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
            print(rows[-1])


if __name__ == "__main__":
    main()
