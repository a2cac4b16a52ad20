"""Speed of the twin beside SimPy: CPU time on one core, in the same process, runs in turn.

    python benchmarks/speed.py [--quick]

Writes results/speed.json and results/speed.md beside this file and prints the table. Before it counts, it
checks that both simulate the same plant: lots completed per day agree.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import in_simpy  # noqa: E402
from benchmarks.surroundings import processor  # noqa: E402
from zhizao.engine import LogLevel, RunSettings, run  # noqa: E402
from zhizao.engine.lower import lower  # noqa: E402
from zhizao.engine.rules import load_rules  # noqa: E402
from zhizao.engine.run import DAY_S, _Replication, with_keys  # noqa: E402
from zhizao.kernels import tables as k  # noqa: E402
from zhizao.plant import Plant  # noqa: E402

LEVELS = {False: k.LOG_NONE, True: k.LOG_EVENTS}


class Case(NamedTuple):
    """One plant, for the twin and for SimPy, with the days that each runs (about a second or two)."""

    name: str
    plant: Plant
    peer: Callable[..., in_simpy.Result]
    days: float
    peer_days: float


def cases(scale: float) -> list[Case]:
    return [
        Case("M/M/1", queue(), in_simpy.queue, 25_000 * scale, 800 * scale),
        Case("line of ten, buffers of 5, failures", line(), in_simpy.line, 3_000 * scale, 120 * scale),
        Case("job shop of twenty, 10 routes", job_shop(), in_simpy.job_shop, 3_000 * scale, 100 * scale),
    ]


def queue() -> Plant:
    return Plant.model_validate(
        {
            "plant": "queue",
            "work_centers": [{"id": "m"}],
            "routes": {"r": [{"id": "a", "on": "m", "takes": "exponential(8 min)"}]},
            "products": {"p": {"route": "r"}},
            "orders": [{"product": "p", "every": "exponential(10 min)"}],
        }
    )


def line() -> Plant:
    failures = [{"clock": "busy", "between": "exponential(300 min)", "repair": "exponential(20 min)"}]
    buffer = {"capacity": in_simpy.PLACES}
    names = [f"m{i}" for i in range(in_simpy.STATIONS)]
    return Plant.model_validate(
        {
            "plant": "line",
            "work_centers": [
                {"id": name, "failures": failures, **({"buffer": buffer} if name != "m0" else {})}
                for name in names
            ],
            "routes": {"r": [{"id": f"a-{n}", "on": n, "takes": "exponential(8 min)"} for n in names]},
            "products": {"p": {"route": "r"}},
            "orders": [{"product": "p", "every": "exponential(13 min)"}],
        }
    )


def job_shop() -> Plant:
    products = range(in_simpy.ROUTES)
    return Plant.model_validate(
        {
            "plant": "job shop",
            "work_centers": [{"id": f"m{i}"} for i in range(in_simpy.MACHINES)],
            "routes": {
                f"r{p}": [
                    {"id": f"s{step}", "on": f"m{machine}", "takes": f"exponential({mean} min)"}
                    for step, (machine, mean) in enumerate(in_simpy.route_of(p))
                ]
                for p in products
            },
            "products": {f"p{p}": {"route": f"r{p}"} for p in products},
            "orders": [{"mix": {f"p{p}": 1 for p in products}, "every": "exponential(8 min)"}],
        }
    )


# ---------------------------------------------------------------- measuring
def twin_rate(case: Case, seed: int, *, wants_log: bool) -> float:
    """Operations per CPU second, from the plant to the log in memory: what SimPy's user has too."""
    began = time.process_time()
    lowered = lower(case.plant, LEVELS[wants_log])
    replication = _Replication(
        with_keys(lowered.tables, seed, 0), load_rules(lowered.names.rules, lowered.names.numbers)
    )
    for until in (0.0, case.days * DAY_S):
        for _ in replication.run_to(until):
            pass
        replication.mark()
    return replication.raw().operations / (time.process_time() - began)


def records_rate(case: Case, seed: int) -> float:
    """Operations per CPU second, from the plant to tables with names and times of day."""
    began = time.process_time()
    found = run(case.plant, RunSettings(days=case.days, seed=seed, threads=1, log=LogLevel.EVENTS))
    return found.operations / (time.process_time() - began)


def peer_rate(case: Case, seed: int, *, wants_log: bool) -> float:
    began = time.process_time()
    operations, _, _ = case.peer(case.peer_days * 1440.0, seed, wants_log=wants_log)
    return operations / (time.process_time() - began)


def check_equal(case: Case) -> tuple[float, float]:
    """Lots per day of both; stops where they are not the same plant."""
    days = case.peer_days
    lots = run(case.plant, RunSettings(days=days, threads=1)).records[0].lots
    _, completed, _ = case.peer(days * 1440.0, 1, wants_log=False)
    ours, theirs = lots["completed"].drop_nulls().len() / days, completed / days
    spread = 5.0 * (2.0 * theirs / days) ** 0.5
    if abs(ours - theirs) > spread:
        raise SystemExit(
            f"{case.name}: the twin makes {ours:.4g} lots a day, SimPy {theirs:.4g} (+- {spread:.2g})"
        )
    return ours, theirs


def measure(case: Case, repeats: int) -> dict[str, Any]:
    """Rates with and without a log; twin and SimPy take turns, so that both meet the same machine."""
    ours, theirs = check_equal(case)
    rates: dict[tuple[str, bool], list[float]] = {
        (who, log): [] for who in ("twin", "simpy") for log in (True, False)
    }
    lifted = []
    for seed in range(repeats):
        lifted.append(records_rate(case, seed))
        for log in (False, True):
            rates["simpy", log].append(peer_rate(case, seed, wants_log=log))
            rates["twin", log].append(twin_rate(case, seed, wants_log=log))
    middle = {key: median(values) for key, values in rates.items()}
    named = {f"{who}{' with log' if log else ''}": round(rate) for (who, log), rate in middle.items()}
    return {
        "case": case.name,
        "best_operations_per_cpu_s": {
            "twin": round(max(rates["twin", False])),
            "twin with log": round(max(rates["twin", True])),
        },
        "lots_per_day": {"twin": ours, "simpy": theirs},
        "operations_per_cpu_s": named | {"twin with records": round(median(lifted))},
        "ratio_without_log": round(middle["twin", False] / middle["simpy", False], 1),
        "ratio_with_log": round(middle["twin", True] / middle["simpy", True], 1),
    }


_START = """
import time
from benchmarks.speed import queue
from zhizao.engine import RunSettings, run
run(queue(), RunSettings(days=1.0, threads=1))
print(time.process_time())
"""


def start_up() -> dict[str, float]:
    """Seconds of a fresh process from nothing to a first result: with an empty cache, then a full one."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        path = os.pathsep.join([str(HERE.parent), *sys.path])
        env = os.environ | {"ZHIZAO_CACHE": folder, "PYTHONPATH": path}
        for name in ("cold", "cached"):
            began = time.perf_counter()
            command = [sys.executable, "-W", "ignore", "-c", _START]
            child = subprocess.run(
                command, env=env, capture_output=True, check=True, text=True, encoding="utf-8"
            )
            found[f"{name}_cpu_s"] = round(float(child.stdout), 2)
            found[f"{name}_s"] = round(time.perf_counter() - began, 2)
    return found


def c_rate() -> float | None:
    """Lots per CPU second of an M/M/1 loop in C on this machine; None without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(folder) / "mm1")
        subprocess.run([compiler, "-O3", str(HERE / "mm1.c"), "-lm", "-o", program], check=True)
        runs = [
            subprocess.run([program], capture_output=True, check=True, text=True, encoding="utf-8")
            for _ in range(3)
        ]
    return median(float(found.stdout.split()[0]) for found in runs)


# ---------------------------------------------------------------- telling
def commit() -> str:
    git = shutil.which("git")
    if git is None:
        return "unknown"
    command = [git, "-C", str(HERE), "describe", "--always", "--dirty"]
    return subprocess.run(
        command, capture_output=True, check=False, text=True, encoding="utf-8"
    ).stdout.strip()


def surroundings() -> dict[str, str]:
    packages = {name: version(name) for name in ("numpy", "numba", "polars", "simpy")}
    return {"machine": processor(), "commit": commit(), "python": platform.python_version(), **packages}


def table(found: dict[str, Any]) -> str:
    """The result as Markdown."""
    lines = [
        "| plant | twin | SimPy | ratio | twin, log | SimPy, log | ratio, log | twin with records |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for case in found["cases"]:
        rates = case["operations_per_cpu_s"]
        cells = [rates["twin"], rates["simpy"], case["ratio_without_log"]]
        cells += [
            rates["twin with log"],
            rates["simpy with log"],
            case["ratio_with_log"],
            rates["twin with records"],
        ]
        lines.append(f"| {case['case']} | " + " | ".join(f"{cell:,}" for cell in cells) + " |")
    best = [case["best_operations_per_cpu_s"] for case in found["cases"]]
    start, c = found["start"], found["c_mm1_lots_per_s"]
    lines += [
        "",
        "Operations (lot on machine) per CPU second on one core, from the plant to the log in memory, and in "
        f"the last column to named tables; medians of {found['repeats']} runs in turn.",
        "Best run of the twin, in the order of the table, without and with log: "
        + "; ".join(f"{b['twin']:,} and {b['twin with log']:,}" for b in best)
        + ".",
        f"First run after an install: {start['cold_cpu_s']} CPU s; fresh process with a full cache: "
        f"{start['cached_s']} s ({start['cached_cpu_s']} CPU s), import and first result included.",
        f"An M/M/1 loop in C (-O3) here: {c:,.0f} lots/s." if c else "No C compiler here.",
        ", ".join(f"{name} {value}" for name, value in found["surroundings"].items()) + ".",
        "",
    ]
    return "\n".join(lines)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    temporary.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, nothing written")
    quick = parser.parse_args().quick
    repeats = 3 if quick else 7
    run(queue(), RunSettings(days=1.0))  # compile before the clock runs
    found = {
        "surroundings": surroundings(),
        "repeats": repeats,
        "cases": [measure(case, repeats) for case in cases(0.1 if quick else 1.0)],
        "start": start_up(),
        "c_mm1_lots_per_s": c_rate(),
    }
    print(table(found))
    if not quick:
        write(HERE / "results" / "speed.json", json.dumps(found, indent=1) + "\n")
        write(HERE / "results" / "speed.md", table(found))


if __name__ == "__main__":
    main()
