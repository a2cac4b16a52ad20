"""Do intervals of gains cover the truth, and is the probability of pay-back calibrated?

    python benchmarks/improve_intervals.py [--runs 2000] [--replications 40]

Truth is a table of all 4,096 combinations of a plant (benchmarks/combinations.py): the mean over its
replications. Each run takes a combination, draws paired replications of it and of the plant as it is with
replacement, and makes the interval of the gain as `improve` does in its proof, which sees replications that
the search has not. The charge against which it must pay back is drawn evenly around the true gain, so that
the answer is open.
"""

from __future__ import annotations

import argparse
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.combinations import WINDOWS, load  # noqa: E402
from zhizao.kpi.analysis import replication_interval  # noqa: E402
from zhizao.workflows.improve.findings import above  # noqa: E402

AROUND = 4.0  # standard errors on either side of the true gain in which the charge lies
BINS = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)


def runs(count: int, replications: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether each interval covered the truth, the probability stated, and whether it did pay."""
    rng = np.random.default_rng(seed)
    tables = [t["values"].astype(float) for t in map(load, WINDOWS) if t is not None]
    whole = [values for values in tables if not np.isnan(values).any()]
    if not whole:
        raise SystemExit("no table is whole yet; run benchmarks/combinations.py first")
    found = [_run(whole[rng.integers(len(whole))], replications, rng) for _ in range(count)]
    covered, stated, paid = zip(*found, strict=True)
    return np.array(covered), np.array(stated), np.array(paid)


def _run(values: np.ndarray, replications: int, rng: np.random.Generator) -> tuple[bool, float, bool]:
    row = int(rng.integers(1, len(values)))
    gains = values[row] - values[0]
    truth = float(gains.mean())
    drawn = gains[rng.integers(len(gains), size=replications)]
    interval = replication_interval(drawn.tolist())
    error = float(gains.std()) / np.sqrt(replications)
    charge = truth + error * rng.uniform(-AROUND, AROUND)
    return interval.low <= truth <= interval.high, above(interval, charge), truth > charge


def text(count: int, replications: int) -> str:
    """The result as Markdown."""
    covered, stated, paid = runs(count, replications)
    share = covered.mean()
    error = 1.96 * np.sqrt(share * (1 - share) / count)
    lines = [
        f"95 % intervals of gains from {replications} pairs cover the truth in {100 * share:.1f} % of "
        f"{count} (plus or minus {100 * error:.1f}).",
        "",
        "| probability of pay-back stated | runs | mean stated | paid back |",
        "|---|---|---|---|",
    ]
    for low, high in pairwise(BINS):
        here = (stated >= low) & ((stated < high) | (high == 1.0))
        if here.any():
            shares = f"{stated[here].mean():.3f} | {paid[here].mean():.3f}"
            lines.append(f"| {low:.2f} to {high:.2f} | {here.sum()} | {shares} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--replications", type=int, default=40)
    asked = parser.parse_args()
    print(text(asked.runs, asked.replications))
