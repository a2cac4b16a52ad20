"""Coverage of the 95 % intervals over replications: how often they hold the true mean, in short windows.

For each plant 2,000 seeds of 20 runs each, of which the first 5, 10 and 20 make an interval; the truth is the
mean over 20,000 further runs with other seeds (and, for M/M/1, the theory beside it). Runs are kept in the
cache folder, so that the benchmark goes on where it was stopped.

    python benchmarks/intervals.py --cache DIR            # about 10 CPU minutes
    python benchmarks/intervals.py --cache DIR --seeds 200
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.speed import job_shop  # noqa: E402
from zhizao.engine.lower import lower  # noqa: E402
from zhizao.engine.rules import load_rules  # noqa: E402
from zhizao.engine.run import DAY_S, _Replication, with_keys  # noqa: E402
from zhizao.kernels import tables as k  # noqa: E402
from zhizao.kpi.analysis import Interval, mean_interval, replication_interval  # noqa: E402
from zhizao.plant import Plant, parse_plant, read_plant  # noqa: E402

RUNS, SIZES = 20, (5, 10, 20)
TRUTH_SEEDS = 1000
FIRST_TRUTH_SEED = 1_000_001
KPIS = ("lead_time_mean_h", "lead_time_p90_h", "lots_per_day", "tardiness_mean_h")
METHODS: dict[str, Callable[[Any], Interval]] = {"Student": mean_interval, "zhizao": replication_interval}
MM1 = """
zhizao: 1
plant: M/M/1 at 80 %
work_centers: [{id: m}]
routes: {r: [{id: o, on: m, takes: exponential(8 min)}]}
products: {p: {route: r}}
orders: [{product: p, every: exponential(10 min)}]
"""


class Case(NamedTuple):
    """A plant, its warm-up and its window in days, and the mean lead time that theory gives, in h."""

    name: str
    plant: Callable[[], Plant]
    warm_up: float
    days: float
    theory_h: float | None = None


CASES = (
    Case("M/M/1", lambda: parse_plant(MM1), 2, 5, theory_h=40 / 60),
    Case("job shop", job_shop, 2, 3),
    Case("garment works", lambda: read_plant(ROOT / "examples" / "plants" / "garment.yaml"), 7, 7),
)


def measure(case: Case, seeds: range) -> Any:
    """KPIs by seed and run: an array of seeds x runs x KPIs."""
    lowered = lower(case.plant(), k.LOG_LOTS)
    rules = load_rules(lowered.names.rules, lowered.names.numbers)
    start, end = case.warm_up * DAY_S, (case.warm_up + case.days) * DAY_S
    rows = [
        _kpis(_exits(with_keys(lowered.tables, seed, run), rules, end), start, case.days)
        for seed in seeds
        for run in range(RUNS)
    ]
    return np.array(rows).reshape(len(seeds), RUNS, len(KPIS))


def _exits(tables: Any, rules: Any, end: float) -> Any:
    replication = _Replication(tables, rules)
    replication.mark()
    for _ in replication.run_to(end):
        pass
    replication.mark()
    return replication.raw().exits


def _kpis(exits: Any, start: float, days: float) -> tuple[float, ...]:
    done = exits[(exits["end"] > start) & (exits["status"] == k.COMPLETED)]
    if not len(done):
        return (np.nan,) * len(KPIS)
    lead = (done["end"] - done["release"]) / 3600
    due = done["due"] < k.NO_DUE
    late = np.maximum(done["end"][due] - done["due"][due], 0) / 3600
    return lead.mean(), np.quantile(lead, 0.9), len(done) / days, late.mean() if len(late) else np.nan


def runs(case: Case, seeds: range, cache: Path) -> Any:
    """KPIs of these seeds, from the cache where they are, a hundred seeds at a time."""
    parts = []
    for first in range(seeds.start, seeds.stop, 100):
        part = range(first, min(first + 100, seeds.stop))
        file = cache / f"{case.name.replace('/', '')}-{case.days:g}-{part.start}-{part.stop}.npy"
        if not file.exists():
            np.save(file, measure(case, part))
            print(f"{case.name}: seeds {part.start} to {part.stop - 1}", flush=True)
        parts.append(np.load(file))
    return np.concatenate(parts)


def coverage(case: Case, seeds: int, cache: Path) -> Iterator[dict[str, Any]]:
    """Share of the intervals that hold the truth, by KPI, number of runs and method."""
    found = runs(case, range(1, seeds + 1), cache)
    further = runs(case, range(FIRST_TRUTH_SEED, FIRST_TRUTH_SEED + TRUTH_SEEDS), cache)
    for number, kpi in enumerate(KPIS):
        truth = float(np.mean(further[:, :, number]))
        if np.isnan(truth) or truth == 0:
            continue
        for size in SIZES:
            row: dict[str, Any] = {"plant": case.name, "kpi": kpi, "runs": size, "truth": truth}
            for method, interval in METHODS.items():
                made = [interval(values) for values in found[:, :size, number]]
                row[method] = float(np.mean([not one.excludes(truth) for one in made]))
                row[f"{method} half-width"] = float(np.median([one.half_width for one in made])) / abs(truth)
            yield row
        if kpi == "lead_time_mean_h" and case.theory_h is not None:
            print(f"{case.name}: mean lead time {truth:.4f} h; theory {case.theory_h:.4f} h (steady state)")


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as Markdown."""
    lines = [
        "| plant | KPI | runs | Student's t | zhizao | half-width: t | zhizao |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {row['plant']} | {row['kpi']} | {row['runs']} | {row['Student']:.1%} | {row['zhizao']:.1%} | "
        f"{row['Student half-width']:.1%} | {row['zhizao half-width']:.1%} |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure all plants, print the table, and write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cache", type=Path, required=True, help="folder for the runs that are done")
    parser.add_argument("--seeds", type=int, default=2000)
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    rows = [row for case in CASES for row in coverage(case, options.seeds, options.cache)]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    facts = {"seeds": options.seeds, "machine": platform.machine(), "python": platform.python_version()}
    results = ROOT / "benchmarks" / "results"
    found = {**facts, "commit": commit, "rows": rows}
    (results / "intervals.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    text = table(rows)
    (results / "intervals.md").write_text(
        f"# Coverage of 95 % intervals\n\n{options.seeds:,} seeds a row, commit {commit}; made by "
        f"`python benchmarks/intervals.py`.\n\n{text}\n",
        encoding="utf-8",
    )
    print(text)


if __name__ == "__main__":
    main()
