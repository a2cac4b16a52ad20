"""Memory of the twin: peak of a whole fresh process (resident set), for long logs and for many lots at once.

    python benchmarks/memory.py [--quick]

Each case runs in a process of its own. Writes results/memory.json and results/memory.md beside this file
and prints the table.
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
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import speed  # noqa: E402
from benchmarks.smt2020 import SHARED  # noqa: E402
from zhizao.connect.smt2020 import read_smt2020  # noqa: E402
from zhizao.engine import LogLevel, RunSettings, run  # noqa: E402
from zhizao.engine.stream import LogRoom  # noqa: E402
from zhizao.kernels import tables as k  # noqa: E402
from zhizao.kpi import elements, values  # noqa: E402
from zhizao.plant import Plant  # noqa: E402
from zhizao.records import TableFile, scan_events, scan_lots  # noqa: E402

_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, bytes


def peak() -> int:
    """Bytes of memory that the process held at most until now."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT


def logged(plant: Plant, days: float, *, to_file: bool, inside: bool = False) -> dict[str, Any]:
    """A long run with its event log, of `days` days, then the KPIs of its lots; `inside`: all in memory."""
    run(plant, RunSettings(days=min(days, 1.0), log=LogLevel.EVENTS))
    if inside:
        LogRoom.__init__.__defaults__ = (10**9,)  # rows
    before, began = peak(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) if to_file else None
        found = run(plant, RunSettings(days=days, threads=1, log=LogLevel.EVENTS, log_folder=target))
        records = replace(found.records[0], events=None)
        spent, most = time.process_time() - began, peak()
        scanned = scan_events(found.records[0])
        assert scanned is not None
        rows, lots = (table.select(pl.len()).collect().item() for table in (scanned, scan_lots(records)))
        sizes = (_size(found.records[0].event_file), _size(records.lot_table))
        del found, scanned
        began = time.process_time()
        measured = values(elements(records, plant))
        kpi_s, last = time.process_time() - began, peak()
    return {
        "rows": rows,
        "lots": lots,
        "peak_mb": round(most / 1e6),
        "peak_mb_with_kpis": round(last / 1e6),
        "peak_mb_before_the_run": round(before / 1e6),
        "file_bytes_per_row": round(sizes[0] / rows, 1),
        "file_bytes_per_lot": round(sizes[1] / lots, 1),
        "cpu_s": round(spent, 1),
        "rows_per_cpu_s": round(rows / spent),
        "kpi_cpu_s": round(kpi_s, 1),
        "lead_time_mean_h": measured["lead_time_mean"],
    }


def _size(table: object) -> int:
    return table.path.stat().st_size if isinstance(table, TableFile) else 0


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


def _fab() -> Plant:
    return read_smt2020(SHARED)


def cases(scale: float) -> dict[str, Callable[[], dict[str, Any]]]:
    """What is measured; the days give some 10 million rows."""
    return {
        "line, log streamed": lambda: logged(speed.line(), 8_820 * scale, to_file=True),
        "job shop, log streamed": lambda: logged(speed.job_shop(), 5_560 * scale, to_file=True),
        "line, no folder named": lambda: logged(speed.line(), 8_820 * scale, to_file=False),
        "one machine, log streamed": lambda: logged(speed.queue(), 69_400 * scale, to_file=True),
        "one machine, no folder named": lambda: logged(speed.queue(), 69_400 * scale, to_file=False),
        "wafer fab, two years, streamed": lambda: logged(_fab(), 730 * scale, to_file=True),
        "wafer fab, two years, in memory": lambda: logged(_fab(), 730 * scale, to_file=False, inside=True),
        "a million lots at once": lambda: crowded(int(1_000_000 * scale)),
    }


def table(result: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = [
        "| run with its event log | rows | lots | peak, MB | with KPIs of lots, MB | CPU, s | KPIs, CPU s |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    cells = ("rows", "lots", "peak_mb", "peak_mb_with_kpis", "cpu_s", "kpi_cpu_s")
    for name, case in result["cases"].items():
        if "rows" in case:
            lines.append(f"| {name} | " + " | ".join(f"{case[cell]:,}" for cell in cells) + " |")
    crowd = result["cases"]["a million lots at once"]
    lines += [
        "",
        "Peak: resident set of the whole fresh process, Python and libraries (about 280 MB) among it. The "
        "mean lead time of a plant is the same to the bit, streamed or not.",
        "",
        f"{crowd['lots']:,} lots on one machine at once: {crowd['peak_mb']} MB after 30 days, "
        f"{crowd['peak_mb_with_the_lots_at_first']} MB when they had just come in and "
        f"{crowd['peak_mb_before_the_lots']} MB before.",
        "",
        f"`python benchmarks/memory.py`, {result['machine']}, commit {result['commit']}, "
        f"Python {result['python']}, Polars {result['polars']}, Numba {result['numba']}.",
    ]
    return "\n".join(lines) + "\n"


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
    result = {"cases": found, **speed.surroundings()}
    if not given.quick:
        text = json.dumps(result, indent=2) + "\n"
        (HERE / "results" / "memory.json").write_text(text, encoding="utf-8", newline="\n")
        (HERE / "results" / "memory.md").write_text(table(result), encoding="utf-8", newline="\n")
    print(table(result), end="")


if __name__ == "__main__":
    main()
