"""Density of published strip packing instances, beside sparrow's own figures.

    python benchmarks/nesting.py INSTANCE.json ... --seconds 600 --workers 2 --seed 0 --out results.json

Instances are JSON files as jagua-rs and sparrow have them (originals: ESICUP, CC0). With `--out`, runs that
are in the file already (same instance and settings) are left out, so that a run can be resumed. Density is
the area of the parts over strip height times length. `searched` is what the search found, `proved` what is
left after settling and proof. Sparrow's mean is that of 50 runs of 20 minutes (its repository,
data/experiments), the record the best layout there.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from zhizao.solvers.nesting import Nesting, Part, Settings, faults, nest
from zhizao.solvers.nesting.search import FITTING, SLACK

SPARROW = {
    "albano": (89.46, 89.82),
    "blaz1": (84.67, 86.22),
    "dagli": (89.23, 90.17),
    "fu": (92.25, 92.40),
    "jakobs1": (89.08, 89.25),
    "jakobs2": (84.89, 87.72),
    "mao": (86.10, 86.87),
    "marques": (90.91, 92.02),
    "shapes0": (68.58, 69.98),
    "shapes1": (75.74, 76.72),
    "shirts": (89.72, 90.92),
    "swim": (78.30, 79.83),
    "trousers": (91.79, 92.62),
}
"""Mean of 50 runs and record, density in per cent."""


def read(path: Path) -> Nesting:
    """A strip packing instance in the JSON of jagua-rs."""
    found = json.loads(path.read_text(encoding="utf-8"))
    parts = []
    for item in found["items"]:
        points = [tuple(point) for point in item["shape"]["data"]]
        outline = tuple(points[:-1] if points[0] == points[-1] else points)
        parts.append(Part(str(item["id"]), outline, item["demand"], tuple(item["allowed_orientations"])))
    return Nesting(tuple(parts), found["strip_height"])


def run(path: Path, settings: Settings) -> dict[str, Any]:
    """Nest one instance."""
    nesting = read(path)
    began, cpu = time.perf_counter(), _cpu_s()
    found = nest(nesting, settings=settings)
    searched = found.searched_length
    return {
        "instance": path.stem,
        "seconds": settings.seconds,
        "workers": settings.workers,
        "seed": settings.seed,
        "exploring": settings.exploring,
        "fitting": settings.fitting,
        "slack": settings.slack,
        "searched": None if searched is None else 100 * nesting.area / (nesting.width * searched),
        "proved": 100 * found.layout.density,
        "length": found.layout.length,
        "faults": len(faults(found.layout)),
        "wall_s": time.perf_counter() - began,
        "cpu_s": _cpu_s() - cpu,
        "load": os.getloadavg()[0],
    }


def _cpu_s() -> float:
    """CPU time of this process and of those that it has waited for."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("instances", nargs="+", type=Path, metavar="INSTANCE.json")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--exploring", type=float, default=0.8, help="share of the time for exploration")
    parser.add_argument("--fitting", type=float, default=FITTING, help="share of the time for exact fits")
    parser.add_argument("--slack", type=float, default=SLACK, help="by which the strip is wider then")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    done = json.loads(asked.out.read_text(encoding="utf-8")) if asked.out and asked.out.exists() else []
    settings = Settings(asked.seconds, asked.workers, asked.seed, asked.exploring)
    settings = replace(settings, fitting=asked.fitting, slack=asked.slack)
    key = {
        "seconds": asked.seconds,
        "workers": asked.workers,
        "seed": asked.seed,
        "exploring": asked.exploring,
        "fitting": asked.fitting,
        "slack": asked.slack,
    }
    print("instance   searched   proved   sparrow mean   record   faults   cpu s   load")
    for path in asked.instances:
        wanted = {"instance": path.stem, **key}
        row = next((one for one in done if wanted.items() <= one.items()), None)
        if row is None:
            row = run(path, settings)
            done.append(row)
            if asked.out:
                asked.out.write_text(json.dumps(done, indent=1) + "\n", encoding="utf-8")
        mean, record = SPARROW.get(path.stem, (float("nan"), float("nan")))
        print(
            f"{path.stem:<9} {row['searched'] or float('nan'):9.2f} {row['proved']:8.2f} "
            f"{mean:14.2f} {record:8.2f} "
            f"{row['faults']:8} {row['cpu_s']:7.0f} {row['load']:6.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
