"""`improve` on six plants whose best combination of twelve measures is known: how close it comes in a minute.

    python benchmarks/improve_known.py [PLANT ...] [--seconds 60] [--seeds 1]

The truth is a table of all 4,096 combinations (benchmarks/combinations.py). `improve` sees the plant file
alone, simulates for itself, and is judged by the table: the gap of its choice to the best, in % of the best.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.combinations import WINDOWS, load, plant_of  # noqa: E402
from zhizao.workflows.improve import improve  # noqa: E402


def line(name: str, seconds: float, seed: int) -> str:
    """One run as a row of the table; empty where the table of the plant is not whole."""
    table = load(name)
    if table is None or np.isnan(table["values"]).any():
        return ""
    truth = table["values"].astype(float).mean(axis=1)
    plant, window = plant_of(name), WINDOWS[name]
    began = time.monotonic()
    result = improve(plant, days=window.days - window.warm_up_days, seconds=seconds, seed=seed)
    wall = time.monotonic() - began
    number = {measure.id: b for b, measure in enumerate(plant.measures)}
    chosen = sum(1 << number[measure.id] for measure in result.proposals[0].measures)
    gap = 100 * (1 - truth[chosen] / truth.max())
    singles = 100 * (1 - max(truth[1 << b] for b in number.values()) / truth.max())
    good = "-" if result.probability is None else f"{result.probability:.2f}"
    cells = (
        name,
        seed,
        f"{wall:.0f}",
        result.drawn,
        result.combinations,
        f"{gap:.2f}",
        good,
        f"{singles:.1f}",
    )
    return f"| {' | '.join(str(cell) for cell in cells)} |\n"


HEAD = """| plant | seed | s | replications | combinations | gap, % | stated | best single: gap, % |
|---|--:|--:|--:|--:|--:|--:|--:|
"""

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("plants", nargs="*", help="default: all")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seeds", type=int, default=1)
    asked = parser.parse_args()
    print(HEAD, end="")
    for each in asked.plants or WINDOWS:
        for one in range(1, asked.seeds + 1):
            print(line(each, asked.seconds, one), end="", flush=True)
