"""Clusters of GPUs: policies on the 17 workloads of the FGD experiments, and our own on fresh seeds.

    python -m benchmarks.compute [published | own | carbon | muri]

Each finished workload is kept in benchmarks/results/compute.json, so that a run that was stopped goes on. The
table is benchmarks/results/compute.md. `published` takes the seeds 42 to 51 of the experiments (of another
generator); `own` takes seeds 5000 to 5009. The candidates of our own policy are from a search on seeds 1000
to 1002; it chooses among them on seeds from 2^40.
`carbon` is in benchmarks/carbon.py, `muri` in benchmarks/muri.py.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.carbon import carbon
from benchmarks.muri import muri
from tests.published.cluster_traces import openb_cluster, openb_jobs, rows
from zhizao.kpi.analysis import mean_interval
from zhizao.solvers.cluster.arrivals import allocation_at, inflated, until
from zhizao.solvers.cluster.placement import Placing, place

RESULTS = Path(__file__).parent / "results"
KEPT, TABLE = RESULTS / "compute.json", RESULTS / "compute.md"
SEEDS = {"published": range(42, 52), "own": range(5_000, 5_010)}
POLICIES = {"published": tuple(Placing)[:6], "own": (Placing.FGD, Placing.OWN)}
HEADS = ("01-Random", "02-DotProd", "03-GpuClustering", "04-GpuPacking", "05-BestFit", "06-FGD")


def allocations(workload: str, policy: Placing, seeds: range) -> list[float]:
    cluster, jobs = openb_cluster(), openb_jobs(workload)
    found = []
    for seed in seeds:
        stream = until(inflated(cluster, jobs, 1.3, seed=seed), jobs, cluster, 1.006)
        placed = place(cluster, jobs, stream, policy, seed=seed)
        found.append(round(100 * allocation_at(placed, cluster, 1.0), 4))
    return found


def run(part: str, workloads: list[str]) -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    for workload in workloads:
        if workload in kept.get(part, {}):
            continue
        began = time.process_time()
        found = {str(policy): allocations(workload, policy, SEEDS[part]) for policy in POLICIES[part]}
        kept.setdefault(part, {})[workload] = found | {"cpu_s": round(time.process_time() - began, 1)}
        KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        TABLE.write_text(table(kept), encoding="utf-8")
        print(
            part, workload, {name: np.round(np.mean(values), 2) for name, values in found.items()}, flush=True
        )


def table(kept: dict[str, dict[str, dict]]) -> str:
    text = "# Clusters of GPUs\n\nMade by `python -m benchmarks.compute`; 10 seeds, at 100 % arrivals.\n"
    text += "".join(f"\n{part}: {said}\n" for part, said in kept.get("made", {}).items())
    return text + "".join(write(kept[part]) for part, write in PARTS.items() if part in kept)


def published(found: dict[str, dict]) -> str:
    theirs = {row["workload"]: row for row in rows("fgd_expected/mean_allocation_at_100pct_arrivals.csv")}
    lines, far = [], 0
    for workload, ours in found.items():
        cells = []
        for policy, head in zip(POLICIES["published"], HEADS, strict=True):
            mean = float(np.mean(ours[policy]))
            apart = mean - float(theirs[workload][head])
            far += abs(apart) > 0.5
            cells.append(f"{mean:.2f} ({apart:+.2f})")
        lines.append(f"| {workload} | {' | '.join(cells)} |")
    seconds = sum(one["cpu_s"] for one in found.values())
    heads = " | ".join(POLICIES["published"])
    count = 6 * len(found)
    return (
        "\n## Published runs\n\nMean in per cent; in parentheses its distance from the published. "
        f"{count - far} of {count} are within half a point; {seconds:.0f} CPU-s in all.\n\n"
        f"| workload | {heads} |\n|{' --- |' * 7}\n" + "\n".join(lines) + "\n"
    )


def own(found: dict[str, dict]) -> str:
    lines, ahead = [], 0
    for workload, ours in found.items():
        pair = mean_interval(np.array(ours["own"]) - np.array(ours["fgd"]))
        ahead += pair.low > 0
        ends = f"{pair.mean:+.2f} | {pair.low:+.2f} to {pair.high:+.2f}"
        lines.append(f"| {workload} | {np.mean(ours['fgd']):.2f} | {np.mean(ours['own']):.2f} | {ends} |")
    return (
        "\n## Our own policy beside FGD, on seeds not used for choosing it\n\n"
        f"The paired 95 % interval is above 0 on {ahead} of {len(found)} workloads.\n\n"
        "| workload | fgd | own | difference, points | 95 % |\n| --- | --- | --- | --- | --- |\n"
        + "\n".join(lines)
        + "\n"
    )


PARTS = {"published": published, "own": own}
APART = {"carbon": carbon, "muri": muri}


def main() -> None:
    workloads = [row["workload"] for row in rows("fgd_expected/mean_allocation_at_100pct_arrivals.csv")]
    for part in sys.argv[1:] or (*PARTS, *APART):
        if part in APART:
            APART[part]()
        else:
            run(part, workloads)


if __name__ == "__main__":
    main()
