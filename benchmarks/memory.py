"""Memory of the twin: peak of a whole fresh process (resident set), for long logs and for many lots at once.

    python benchmarks/memory.py [--quick]

Each case runs in a process of its own. Writes results/memory.json beside this file and prints it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import speed  # noqa: E402
from zhizao.engine import LogLevel, RunSettings, run  # noqa: E402
from zhizao.kernels import tables as k  # noqa: E402
from zhizao.plant import Plant  # noqa: E402
from zhizao.records import scan_events  # noqa: E402

_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, bytes


def peak() -> int:
    """Bytes of memory that the process held at most until now."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT


def logged(plant: Plant, days: float, *, to_file: bool) -> dict[str, Any]:
    """A long run with its event log, of `days` days."""
    run(plant, RunSettings(days=1.0, log=LogLevel.EVENTS))
    before, began = peak(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) if to_file else None
        found = run(plant, RunSettings(days=days, threads=1, log=LogLevel.EVENTS, log_folder=target))
        spent, most = time.process_time() - began, peak()
        file = found.records[0].event_file
        size = 0 if file is None else file.path.stat().st_size
        scanned = scan_events(found.records[0])
        assert scanned is not None
        rows = scanned.select("start").collect().height
    return {
        "rows": rows,
        "lots": found.records[0].lots.height,
        "peak_mb": round(most / 1e6),
        "peak_mb_before_the_run": round(before / 1e6),
        "file_bytes_per_row": round(size / rows, 1),
        "rows_per_cpu_s": round(rows / spent),
    }


def crowded(lots: int) -> dict[str, Any]:
    """So many lots in the plant at once, on one machine."""
    for n in (1, lots):
        plant = _crowd(n)
        before, at_first = peak(), 0
        if n > 1:
            run(plant, RunSettings(days=1e-6, log=LogLevel.NONE))
            at_first = peak()
        found = run(plant, RunSettings(days=30.0, threads=1, log=LogLevel.NONE)).records[0]
    return {
        "lots": found.lots.height,
        "peak_mb": round(peak() / 1e6),
        "peak_mb_before_the_lots": round(before / 1e6),
        "peak_mb_with_the_lots_at_first": round(at_first / 1e6),
        "bytes_per_row_of_lots": k.LOT.itemsize,
    }


def _crowd(lots: int) -> Plant:
    return Plant.model_validate(
        {
            "plant": "crowd",
            "work_centers": [{"id": "m"}],
            "routes": {"r": [{"id": "a", "on": "m", "takes": "exponential(8 min)"}]},
            "products": {"p": {"route": "r"}},
            "orders": [{"id": "all", "product": "p", "pieces": lots}],
        }
    )


def cases(scale: float) -> dict[str, Callable[[], dict[str, Any]]]:
    """What is measured; the days give some 10 million rows."""
    return {
        "line, log streamed": lambda: logged(speed.line(), 8_820 * scale, to_file=True),
        "job shop, log streamed": lambda: logged(speed.job_shop(), 5_560 * scale, to_file=True),
        "line, no folder named": lambda: logged(speed.line(), 8_820 * scale, to_file=False),
        "one machine, log streamed": lambda: logged(speed.queue(), 69_400 * scale, to_file=True),
        "a million lots at once": lambda: crowded(int(1_000_000 * scale)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows")
    parser.add_argument("--case", help="run this one here, and print its figures")
    given = parser.parse_args()
    scale = 0.1 if given.quick else 1.0
    if given.case:
        print(json.dumps(cases(scale)[given.case]()))
        return
    found: dict[str, Any] = {}
    for name in cases(scale):
        more = ["--quick"] if given.quick else []
        command = [sys.executable, "-W", "ignore", __file__, "--case", name, *more]
        child = subprocess.run(command, capture_output=True, check=True, text=True, encoding="utf-8")
        found[name] = json.loads(child.stdout)
    text = json.dumps({"cases": found, **speed.surroundings()}, indent=2) + "\n"
    if not given.quick:
        (HERE / "results" / "memory.json").write_text(text, encoding="utf-8", newline="\n")
    print(text, end="")


if __name__ == "__main__":
    main()
