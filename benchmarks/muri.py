"""Mean completion times on the eight traces of Muri (Zhao et al., SIGCOMM 2022), beside a lower bound.

    python -m benchmarks.compute muri

64 GPUs on 8 nodes. Muri-S shares GPUs among up to four jobs; the disciplines here and the bound do not. The
table is benchmarks/results/muri.md; finished traces are kept in benchmarks/results/muri.json, so that a run
that was stopped goes on.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np

from tests.published.cluster_traces import muri_jobs, muri_queue, rows
from zhizao.solvers.cluster.bounds import least_mean_completion
from zhizao.solvers.cluster.problem import Cluster, Node
from zhizao.solvers.cluster.queueing import Queueing, run_queue

RESULTS = Path(__file__).parent / "results"
KEPT, TABLE = RESULTS / "muri.json", RESULTS / "muri.md"
TRACES = ("trace1", "trace1_pr", "trace2", "trace2_pr", "trace3", "trace3_pr", "trace4", "trace4_pr")
SHOWN = tuple(Queueing)
CLUSTER = Cluster((Node(0, 0, 8, "V100"),) * 8)


def means(trace: str) -> dict[str, float]:
    began = time.process_time()
    jobs, queue = muri_jobs(trace), muri_queue(trace)
    found = {"jobs": len(jobs.gpus)}
    found["bound"] = round(least_mean_completion(jobs.submit_s, jobs.work_s, jobs.gpus, 64))
    for one in SHOWN:
        found[str(one)] = round(float(np.mean(run_queue(CLUSTER, queue, one).end_s - jobs.submit_s)))
    return found | {"cpu_s": round(time.process_time() - began)}


def muri() -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    for trace in TRACES:
        if trace not in kept:
            kept[trace] = means(trace)
            KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
            print(trace, kept[trace], flush=True)
    TABLE.write_text(table(kept), encoding="utf-8")


def table(kept: dict[str, dict[str, float]]) -> str:
    theirs = {row["metric_policy"]: row for row in rows("muri/simulated_results.csv")}
    lines, proved, below = [], 0, 0
    for at, trace in enumerate(TRACES):
        found = kept[trace]
        sharing, srsf = (float(theirs[f"{name}_JCT"][f"v{at + 1}"]) for name in ("Muri_S", "SRSF"))
        proved += found["bound"] > sharing
        ours = [found[str(one)] for one in SHOWN]
        below += min(ours) < sharing
        cells = [found["jobs"], sharing, srsf, found["bound"], *ours, found["cpu_s"]]
        lines.append(f"| {trace} | {' | '.join(f'{cell:,.0f}' for cell in cells)} |")
    heads = ["trace", "jobs", "Muri-S (shares)", "SRSF (theirs)", "bound", *SHOWN, "CPU-s"]
    return (
        "# Completion times on the traces of Muri\n\nMade by `python -m benchmarks.compute muri`. Mean time "
        "from submission to completion, s; 64 GPUs, start costs as profiled by Muri's authors, paid when a "
        "job resumes or moves.\n\n"
        f"On {proved} of {len(TRACES)} traces the lower bound without sharing GPUs is above Muri-S; "
        f"a discipline is below Muri-S on {below}.\n\n"
        f"| {' | '.join(heads)} |\n|{' --- |' * len(heads)}\n" + "\n".join(lines) + "\n"
    )
