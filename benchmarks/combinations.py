"""Tables of all 4,096 combinations of twelve measures on six plants, for methods that search among them.

    nice -n 19 python benchmarks/combinations.py [PLANT ...] [--seconds N] [--table]

Every combination runs the same replications (common random numbers). A table is
`results/combinations/<plant>.npz`; rows are written in blocks, and a later call goes on where the last one
stopped. `--table` writes results/combinations/README.md from the tables that are whole.
"""

from __future__ import annotations

import os

if __name__ == "__main__":
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # one process, one core: the tables are small

import argparse
import hashlib
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from zhizao import __version__, read_plant  # noqa: E402
from zhizao.engine import RunSettings, Twin  # noqa: E402
from zhizao.kpi.money import measured  # noqa: E402
from zhizao.plant import Plant  # noqa: E402
from zhizao.plant.changes import changed  # noqa: E402

Floats = NDArray[np.float64]
RESULTS = HERE / "results" / "combinations"
BLOCK = 32  # rows between two writes: at most some seconds are lost
INTEREST, YEARS = 0.08, 5.0  # those of `zhizao compare`
ANNUITY = (1 - (1 + INTEREST) ** -YEARS) / INTEREST
DAYS_OF_YEAR = 365.0


@dataclass(frozen=True, slots=True)
class Window:
    """One replication: days in all, of them warm-up; and how many replications a combination has."""

    days: float
    warm_up_days: float
    replications: int
    seed: int = 1


# Replications such that a gap of 1 % of the best objective is more than two standard errors of a paired
# difference, for those near the best (README.md beside the tables states it).
WINDOWS = {
    "energy-shop": Window(13, 1, 8),
    "conveyor-line": Window(8, 1, 8),
    "furnace": Window(12, 2, 8),
    "garment": Window(19, 3, 8),
    "agv-cell": Window(20, 2, 8),
    "bracket-shop": Window(30, 4, 8),
}


def plant_of(name: str) -> Plant:
    """The plant of a table, with its measures."""
    return read_plant(HERE / "plants" / f"{name}.yaml")


def charges(plant: Plant) -> Floats:
    """Money per day of each measure: yearly cost, and the cost as an annuity over the years of use."""
    return np.array(
        [m.yearly_cost / DAYS_OF_YEAR + (m.cost or 0.0) / (ANNUITY * DAYS_OF_YEAR) for m in plant.measures]
    )


def objective(plant: Plant, row: int, window: Window) -> Floats:
    """Profit per day less the charge of the measures taken, by replication; bit b of `row`: measure b."""
    taken = [b for b in range(len(plant.measures)) if row >> b & 1]
    changes = {path: value for b in taken for path, value in plant.measures[b].set.items()}
    after = changed(plant, changes) if changes else plant
    asked = RunSettings(
        window.days,
        seed=window.seed,
        replications=window.replications,
        warm_up_days=window.warm_up_days,
        threads=1,
    )
    profits = [measured(r, after, only=["cost_rate"]).profit for r in Twin(after).run(asked).records]
    return np.array(profits) - charges(plant)[taken].sum()


# ---------------------------------------------------------------- the tables
def _facts(name: str, plant: Plant) -> dict[str, Any]:
    """What a table was made from; a table of other facts is not gone on with."""
    window = WINDOWS[name]
    text = (HERE / "plants" / f"{name}.yaml").read_bytes()
    return {
        "plant_sha256": hashlib.sha256(text).hexdigest(),
        "measures": np.array([m.id for m in plant.measures]),
        "cost": np.array([m.cost or 0.0 for m in plant.measures]),
        "yearly_cost": np.array([m.yearly_cost for m in plant.measures]),
        "charge_per_day": charges(plant),
        "days": window.days,
        "warm_up_days": window.warm_up_days,
        "seed": window.seed,
    }


def load(name: str) -> dict[str, Any] | None:
    """A table, whole or begun: `values` (combinations, replications), nan where not yet simulated."""
    file = RESULTS / f"{name}.npz"
    if not file.exists():
        return None
    with np.load(file) as stored:
        return {key: stored[key] for key in stored.files}


def _save(name: str, table: dict[str, Any]) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    part = RESULTS / f"{name}.part.npz"
    np.savez_compressed(part, **table)
    part.replace(RESULTS / f"{name}.npz")


def _commit() -> str:
    asked = ["git", "-C", str(HERE), "rev-parse", "HEAD"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or "not known"


def _begun(name: str, plant: Plant) -> dict[str, Any]:
    facts, window = _facts(name, plant), WINDOWS[name]
    table = load(name)
    if table is None:
        rows = 2 ** len(plant.measures)
        values = np.full((rows, window.replications), np.nan, np.float32)
        return {"values": values, **facts, "commit": _commit(), "version": __version__}
    if table["values"].shape[1] != window.replications or any(
        np.any(table[key] != value) for key, value in facts.items()
    ):
        raise SystemExit(f"{name}: the table was made from another plant or window; delete it to begin anew")
    return table


def enumerate_all(name: str, until: float) -> bool:
    """Simulate what is missing in a table until a moment of the clock; whether it is whole."""
    plant = plant_of(name)
    table = _begun(name, plant)
    values = table["values"]
    missing = np.flatnonzero(np.isnan(values).any(axis=1))
    began = time.monotonic()
    for done, row in enumerate(missing, 1):
        if time.monotonic() > until:
            break
        values[row] = objective(plant, int(row), WINDOWS[name])
        if done % BLOCK == 0:
            _save(name, table)
            left = (time.monotonic() - began) / done * (len(missing) - done) / 60
            print(
                f"{name}: {len(values) - len(missing) + done} of {len(values)}, {left:.0f} min left",
                flush=True,
            )
    _save(name, table)
    return not np.isnan(values).any()


# ---------------------------------------------------------------- what they show
def standard_errors(values: Floats, within: float = 0.05) -> Floats:
    """Standard errors of the paired difference to the best, as shares of it, of combinations near it."""
    means = values.mean(axis=1)
    best = int(means.argmax())
    near = np.flatnonzero(means >= (1 - within) * means[best])
    pairs = values[near[near != best]] - values[best]
    return np.asarray(pairs.std(axis=1, ddof=1) / np.sqrt(values.shape[1]) / means[best])


def greedy(means: Floats) -> int:
    """Take the measure with the largest gain beside those taken, as long as one gains."""
    row, bits = 0, range(int(np.log2(len(means))))
    while True:
        best = max((row | 1 << b for b in bits), key=lambda other: means[other])
        if means[best] <= means[row]:
            return row
        row = best


def by_single_gain(means: Floats) -> int:
    """All measures that gain when each is taken alone."""
    bits = range(int(np.log2(len(means))))
    return sum(1 << b for b in bits if means[1 << b] > means[0])


HEAD = """# All combinations of twelve measures

Made by `benchmarks/combinations.py` from `benchmarks/plants`. The objective is profit per day: value of the
pieces shipped, less all costs, less what the measures cost (as an annuity: 8 % over 5 years) and their yearly
cost. Two standard errors: of the paired difference to the best, in % of the best, over the combinations
within 5 % of it (median, and what 90 % of them do not exceed). Greedy adds the largest gain while there is
one; single takes whatever gains alone; both know the true means; given is their gap to the best.

| plant | runs each | as it is | best | measures | within 1 % | two SE: median | 90 % | greedy | single |
|---|---|---|---|---|---|---|---|---|---|
"""


def table_text() -> str:
    """The table of the tables, as Markdown."""
    tables = {name: load(name) for name in WINDOWS}
    whole = {name: t["values"] for name, t in tables.items() if t is not None}
    return HEAD + "".join(_line(name, v) for name, v in whole.items() if not np.isnan(v).any())


def _line(name: str, stored: NDArray[np.float32]) -> str:
    values = stored.astype(np.float64)
    means = values.mean(axis=1)
    top = means.max()
    errors = 200 * standard_errors(values)
    cells = [
        name,
        f"{values.shape[1]}",
        f"{means[0]:,.0f}",
        f"{top:,.0f}",
        f"{int(means.argmax()).bit_count()}",
        f"{int((means >= 0.99 * top).sum())}",
        f"{np.median(errors):.2f} %",
        f"{np.quantile(errors, 0.9):.2f} %",
        *(f"{100 * (1 - means[row] / top):.2f} %" for row in (greedy(means), by_single_gain(means))),
    ]
    return f"| {' | '.join(cells)} |\n"


def main() -> None:
    """Enumerate, or show."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("plants", nargs="*", choices=[[], *WINDOWS], help="default: all")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--table", action="store_true", help="only write README.md beside the tables")
    asked = parser.parse_args()
    if not asked.table:
        until = time.monotonic() + asked.seconds
        for name in asked.plants or WINDOWS:
            whole = enumerate_all(name, until)
            print(f"{name}: {'whole' if whole else 'not whole yet; call again to go on'}", flush=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "README.md").write_text(table_text(), encoding="utf-8")
    print(table_text())


if __name__ == "__main__":
    main()
