"""Mean completion times on the eight traces of Muri (Zhao et al., SIGCOMM 2022), beside a lower bound.

    python -m benchmarks.compute muri

64 GPUs on 8 nodes. Muri-S shares GPUs among up to four jobs; the disciplines here and the bound do not. The
table is benchmarks/results/muri.md.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from tests.published.cluster_traces import muri_jobs, muri_queue, rows
from zhizao.solvers.cluster.bounds import least_mean_completion
from zhizao.solvers.cluster.problem import Cluster, Node
from zhizao.solvers.cluster.queueing import Queueing, run_queue

TABLE = Path(__file__).parent / "results" / "muri.md"
TRACES = ("trace1", "trace1_pr", "trace2", "trace2_pr", "trace3", "trace3_pr", "trace4", "trace4_pr")
SHOWN = tuple(Queueing)
CLUSTER = Cluster((Node(0, 0, 8, "V100"),) * 8)


def muri() -> None:
    theirs = {row["metric_policy"]: row for row in rows("muri/simulated_results.csv")}
    lines, proved, below = [], 0, 0
    for at, trace in enumerate(TRACES):
        began = time.process_time()
        jobs, queue = muri_jobs(trace), muri_queue(trace)
        bound = least_mean_completion(jobs.submit_s, jobs.work_s, jobs.gpus, 64)
        means = [float(np.mean(run_queue(CLUSTER, queue, one).end_s - jobs.submit_s)) for one in SHOWN]
        sharing, srsf = (float(theirs[f"{name}_JCT"][f"v{at + 1}"]) for name in ("Muri_S", "SRSF"))
        proved += bound > sharing
        below += min(means) < sharing
        cells = [len(jobs.gpus), sharing, srsf, bound, *means, time.process_time() - began]
        lines.append(f"| {trace} | {' | '.join(f'{cell:,.0f}' for cell in cells)} |")
        print(lines[-1], flush=True)
    heads = ["trace", "jobs", "Muri-S (shares)", "SRSF (theirs)", "bound", *SHOWN, "CPU-s"]
    text = (
        "# Completion times on the traces of Muri\n\nMade by `python -m benchmarks.compute muri`. Mean time "
        "from submission to completion, s; 64 GPUs, start costs as profiled by Muri's authors, paid when a "
        "job resumes or moves.\n\n"
        f"On {proved} of {len(TRACES)} traces the lower bound without sharing GPUs is above Muri-S; "
        f"a discipline is below Muri-S on {below}.\n\n"
        f"| {' | '.join(heads)} |\n|{' --- |' * len(heads)}\n" + "\n".join(lines) + "\n"
    )
    TABLE.write_text(text, encoding="utf-8")
