"""What no discipline can go below as long as no two jobs share a GPU at a time."""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np

from zhizao.solvers.cluster.problem import Doubles, Longs

_ROUNDED = 1e-9
"""Seconds of work that rounding may leave."""


def least_mean_completion(submit_s: Doubles, work_s: Doubles, gpus: Longs, pool: int) -> float:
    """Give a lower bound on the mean time from submission to completion, s.

    The pool is relaxed to one machine that does the work of all GPUs and can be divided at will; starts,
    moves and fragmentation cost nothing. Two bounds hold there, and the larger is given:

    - the mean under shortest remaining work first, which is optimal on that machine (Schrage 1968);
    - the least mean busy time of the jobs (heaviest ratio first, Goemans 1997) plus half of each duration,
      for a job that runs at most at its own pace ends no earlier than that after its mean busy time
      (Eastman, Even & Isaacs 1964).

    Parameters
    ----------
    submit_s, work_s, gpus
        Submission, duration alone on its GPUs, and number of GPUs; one per job [jobs].
    pool
        GPUs in all, at least 1.

    Raises
    ------
    ValueError
        The pool has no GPU, or there is no job.
    """
    if pool < 1 or not len(work_s):
        raise ValueError(f"pool: found {pool} GPUs and {len(work_s)} jobs; expected at least one of each")
    machine_s = work_s * gpus / pool
    ends, _ = _one_machine(submit_s, machine_s, remaining=True)
    _, middles = _one_machine(submit_s, machine_s, remaining=False)
    shortest = np.maximum(ends - submit_s, 0.0)
    return float(max(shortest.mean(), (middles - submit_s + work_s / 2).mean(), work_s.mean()))


def _one_machine(submit_s: Doubles, machine_s: Doubles, *, remaining: bool) -> tuple[Doubles, Doubles]:
    """End and mean busy time of each job on one machine: least remaining, or least work, first."""
    order = np.argsort(submit_s, kind="stable")
    left, ends = machine_s.copy(), submit_s.copy()
    middles = np.where(machine_s > 0, 0.0, submit_s + 0.0)
    heap: list[tuple[float, int]] = []
    now, arrived = 0.0, 0
    while arrived < len(order) or heap:
        if not heap:
            now = max(now, float(submit_s[order[arrived]]))
        while arrived < len(order) and submit_s[order[arrived]] <= now:
            heappush(heap, (float(machine_s[order[arrived]]), int(order[arrived])))
            arrived += 1
        _, job = heappop(heap)
        until = float(submit_s[order[arrived]]) if arrived < len(order) else np.inf
        passed = min(float(left[job]), until - now)
        if machine_s[job] > 0:
            middles[job] += passed * (now + passed / 2) / machine_s[job]
        left[job] -= passed
        now = until if now + passed >= until - _ROUNDED else now + passed
        if left[job] > _ROUNDED:
            heappush(heap, (float(left[job] if remaining else machine_s[job]), job))
        else:
            ends[job] = now
    return ends, middles
