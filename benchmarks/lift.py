"""Speed of the event log: rows per CPU second from the kernel's log to a table with names and times of day.

    python benchmarks/lift.py [--quick]

One thread (Polars too). Beside it the rate at which the kernel writes the rows, and that of the whole way
from the plant to a Parquet file. Writes results/lift.json beside this file and prints it.
"""

from __future__ import annotations

import os

os.environ["POLARS_MAX_THREADS"] = "1"  # before Polars is loaded: CPU time of one thread

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import speed  # noqa: E402
from zhizao.engine import LogLevel, RunSettings, run  # noqa: E402
from zhizao.engine.lift import lift  # noqa: E402
from zhizao.engine.lower import lower  # noqa: E402
from zhizao.engine.rules import load_rules  # noqa: E402
from zhizao.engine.run import DAY_S, _Replication, with_keys  # noqa: E402
from zhizao.kernels import tables as k  # noqa: E402
from zhizao.records import scan_events  # noqa: E402


def rates(case: speed.Case, seed: int) -> tuple[int, float, float]:
    """Rows, CPU seconds of the kernel and of the lift."""
    lowered = lower(case.plant, k.LOG_EVENTS)
    replication = _Replication(with_keys(lowered.tables, seed, 0), load_rules(lowered.names.rules))
    began = time.process_time()
    for until in (0.0, case.days * DAY_S):
        for _ in replication.run_to(until):
            pass
        replication.mark()
    raw = replication.raw()
    simulated = time.process_time()
    records = lift(lowered, raw, 0.0, case.days * DAY_S)
    lifted = time.process_time()
    assert records.events is not None
    return records.events.height, simulated - began, lifted - simulated


def streamed_rate(case: speed.Case, seed: int) -> float:
    """Rows per CPU second of a run whose log goes to a file."""
    with tempfile.TemporaryDirectory() as folder:
        settings = RunSettings(
            days=case.days, seed=seed, threads=1, log=LogLevel.EVENTS, log_folder=Path(folder)
        )
        began = time.process_time()
        records = run(case.plant, settings).records[0]
        spent = time.process_time() - began
        scanned = scan_events(records)
        assert scanned is not None
        return scanned.select("start").collect().height / spent


def measure(case: speed.Case, repeats: int) -> dict[str, Any]:
    rates(case, 0)  # once to warm up
    found = [rates(case, seed) for seed in range(1, repeats + 1)]
    return {
        "case": case.name,
        "rows": found[0][0],
        "rows_per_cpu_s": {
            "kernel with log": round(median(rows / simulated for rows, simulated, _ in found)),
            "lift": round(median(rows / lifted for rows, _, lifted in found)),
            "plant to file": round(median(streamed_rate(case, seed) for seed in range(repeats))),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the days, two repeats")
    quick = parser.parse_args().quick
    cases = [measure(case, 2 if quick else 5) for case in speed.cases(0.1 if quick else 1.0)]
    found = {"cases": cases, **speed.surroundings()}
    text = json.dumps(found, indent=2) + "\n"
    if not quick:
        (HERE / "results" / "lift.json").write_text(text, encoding="utf-8", newline="\n")
    print(text, end="")


if __name__ == "__main__":
    main()
