"""What a rule of the user's own costs: to compile, and in the loop beside the same rule built in.

    python benchmarks/rules.py [--quick]

Writes results/rules.json and results/rules.md beside this file and prints the table. Before it counts, it
checks that both rules give the same run to the bit.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.speed import job_shop, surroundings, write  # noqa: E402
from zhizao import rule  # noqa: E402
from zhizao.engine import RunSettings, run  # noqa: E402
from zhizao.engine.lower import lower  # noqa: E402
from zhizao.engine.rules import load_rules  # noqa: E402
from zhizao.engine.run import DAY_S, _Replication, with_keys  # noqa: E402
from zhizao.kernels import tables as k  # noqa: E402
from zhizao.plant import Plant  # noqa: E402


@rule
def earliest_due(due: float) -> float:
    return due


@rule
def shortest(work: float) -> float:
    return work


@rule
def critical_ratio(now: float, due: float, rest: float) -> float:
    return (due - now) / max(rest, 1e-9)


PAIRS = {
    "earliest-due-date": earliest_due,
    "shortest-processing-time": shortest,
    "critical-ratio": critical_ratio,
}


def shop(dispatch: Any) -> Plant:
    """The job shop of the speed benchmark, with due dates."""
    plant = job_shop().replace({"orders.#1.due": "uniform(1 h, 9 h)"})
    return plant.replace({f"work_centers.{center.id}.dispatch": dispatch for center in plant.work_centers})


def timed(plant: Plant, days: float) -> tuple[float, Any]:
    """CPU seconds of one replication without a log, and what it found."""
    lowered = lower(plant, k.LOG_NONE)
    rules = load_rules(lowered.names.rules, lowered.names.numbers)
    replication = _Replication(with_keys(lowered.tables, 1, 0), rules)
    began = time.process_time()
    for until in (0.0, days * DAY_S):
        for _ in replication.run_to(until):
            pass
        replication.mark()
    return time.process_time() - began, replication.raw()


def compile_seconds() -> dict[str, float]:
    """CPU seconds to compile each rule alone, in a process that has run the twin before."""
    found = {}
    for name, own in PAIRS.items():
        lowered = lower(shop(own), k.LOG_NONE)
        began = time.process_time()
        load_rules(lowered.names.rules)
        found[name] = round(time.process_time() - began, 3)
    return found


def cost(name: str, days: float, repeats: int) -> dict[str, Any]:
    """Extra CPU time of the user's rule over the same rule built in; both take turns."""
    built_in, own = shop(name), shop(PAIRS[name])
    theirs, ours, operations = [], [], 0
    for _ in range(repeats):
        seconds, found = timed(built_in, days)
        theirs.append(seconds)
        seconds, again = timed(own, days)
        ours.append(seconds)
        operations = again.operations
        if not (found.seconds == again.seconds).all() or found.operations != operations:
            raise SystemExit(f"{name}: the user's rule gave another run than the same rule built in")
    extra = median(b / a - 1 for a, b in zip(theirs, ours, strict=True))
    return {"rule": name, "operations_per_cpu_s": round(operations / median(ours)), "extra": round(extra, 3)}


def table(found: dict[str, Any]) -> str:
    """The result as Markdown."""
    lines = ["| rule | compiles alone | operations per CPU s | extra time |", "|---|--:|--:|--:|"]
    for case in found["cases"]:
        seconds = found["compile_s"][case["rule"]]
        lines.append(
            f"| {case['rule']} | {seconds:.2f} s | {case['operations_per_cpu_s']:,} | {case['extra']:.0%} |"
        )
    told = ", ".join(f"{name} {value}" for name, value in found["surroundings"].items())
    lines += ["", f"Job shop of twenty, all with the rule, beside the same rule built in. {told}.", ""]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, nothing written")
    quick = parser.parse_args().quick
    run(shop("fifo"), RunSettings(days=1.0))  # compile the kernels before the clock runs
    days, repeats = (100.0, 3) if quick else (1000.0, 7)
    found = {"surroundings": surroundings(), "compile_s": compile_seconds()}
    found["cases"] = [cost(name, days, repeats) for name in PAIRS]  # type: ignore[assignment]
    print(table(found))
    if not quick:
        write(HERE / "results" / "rules.json", json.dumps(found, indent=1) + "\n")
        write(HERE / "results" / "rules.md", table(found))


if __name__ == "__main__":
    main()
