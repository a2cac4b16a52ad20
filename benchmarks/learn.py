"""Learning beside the size of the log: CPU time and memory of reading a CSV log and learning a plant from it.

    python benchmarks/learn.py [--quick] [--log FILE.csv]

Logs of a down-jacket works (examples/plants/garment.yaml) and of a job shop of twenty, out of the twin. Each
case runs in a process of its own, with kernels that are compiled already; `--log` adds one of yours. Writes
results/learn.json and its section of results/learn.md beside this file and prints the table.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import speed  # noqa: E402
from benchmarks.memory import peak  # noqa: E402
from benchmarks.surroundings import with_section  # noqa: E402
from zhizao.connect.csv import read_log  # noqa: E402
from zhizao.engine import LogLevel, RunSettings, run  # noqa: E402
from zhizao.plant import Plant, read_plant  # noqa: E402
from zhizao.records import write_frame  # noqa: E402
from zhizao.studies.learn import learn  # noqa: E402

ROWS_A_DAY = {"garment": 333.0, "job shop": 1_800.0}
CASES = (("garment", 10**3), ("garment", 10**4), ("garment", 10**5), ("garment", 10**6), ("job shop", 10**6))
SECTION = "Time and memory"  # of the page of results, which holds other figures too
BAR_S, BAR_MB = 60.0, 4_000.0  # of a million rows, on two cores


def plant_of(name: str) -> Plant:
    """A plant whose log is learned."""
    return (
        read_plant(HERE.parent / "examples" / "plants" / "garment.yaml")
        if name == "garment"
        else speed.job_shop()
    )


def write_log(name: str, rows: int, path: Path) -> None:
    """A log of so many rows, as a factory would export it."""
    days = 7.0 + 1.1 * rows / ROWS_A_DAY[name]
    settings = RunSettings(days=days, warm_up_days=7.0, seed=3, threads=1, log=LogLevel.EVENTS)
    events = run(plant_of(name), settings).records[0].events
    assert events is not None  # the run was asked for them
    write_frame(events.head(rows), path)


def measure(path: Path) -> dict[str, Any]:
    """Read and learn one log here."""
    run(plant_of("garment"), RunSettings(days=1.0, log=LogLevel.EVENTS))
    began, clock, before = time.process_time(), time.perf_counter(), peak()
    log = read_log(path)
    read = time.process_time()
    result = learn(log.records)
    done = time.process_time()
    events = log.records.events
    assert events is not None  # of a log that was read
    return {
        "rows": events.height,
        "lots": result.lots,
        "read_cpu_s": round(read - began, 2),
        "learn_cpu_s": round(done - read, 2),
        "wall_s": round(time.perf_counter() - clock, 2),
        "peak_mb": round(peak() / 1e6),
        "peak_mb_before": round(before / 1e6),
    }


def in_its_own_process(path: Path) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", __file__, "--case", str(path)]
    child = subprocess.run(command, capture_output=True, check=True, text=True, encoding="utf-8")
    found: dict[str, Any] = json.loads(child.stdout)
    return found


def table(found: dict[str, Any]) -> str:
    """The result as Markdown."""
    lines = [
        "| log | rows | lots | read, CPU s | learn, CPU s | both, clock s | peak MB |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for case in found["cases"]:
        numbers = (case[key] for key in ("rows", "lots", "read_cpu_s", "learn_cpu_s", "wall_s", "peak_mb"))
        lines.append(f"| {case['log']} | " + " | ".join(f"{x:,}" for x in numbers) + " |")
    lines.append("")
    lines.append(
        f"Bar: a million rows in {BAR_S:.0f} s and {BAR_MB:,.0f} MB on two cores. The process holds "
        f"{found['cases'][0]['peak_mb_before']} MB before it reads."
    )
    machine = {key: value for key, value in found.items() if key != "cases"}
    lines.append(", ".join(f"{key} {value}" for key, value in machine.items()) + ".")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="logs of up to 10,000 rows, nothing is written")
    parser.add_argument("--log", type=Path, action="append", default=[], help="a CSV log to learn too")
    parser.add_argument("--case", type=Path, help="learn this log here, and print its figures")
    given = parser.parse_args()
    if given.case:
        print(json.dumps(measure(given.case)))
        return
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in CASES[: 2 if given.quick else None]:
            path = Path(folder) / f"{name}-{rows}.csv"
            write_log(name, rows, path)
            cases.append({"log": name, **in_its_own_process(path)})
    cases += [{"log": path.stem, **in_its_own_process(path)} for path in given.log]
    found = {"cases": cases, **speed.surroundings()}
    if not given.quick:
        text = json.dumps(found, indent=2) + "\n"
        (HERE / "results" / "learn.json").write_text(text, encoding="utf-8", newline="\n")
        page = HERE / "results" / "learn.md"
        text = with_section(page.read_text(encoding="utf-8"), SECTION, table(found))
        page.write_text(text, encoding="utf-8", newline="\n")
    print(table(found), end="")


if __name__ == "__main__":
    main()
