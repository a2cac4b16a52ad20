"""A policy beside a cluster that runs: what the scoring plug-in of a scheduler calls."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple, dataclass

import numpy as np

from zhizao.quantities import InputError
from zhizao.solvers.cluster.kernels.placing import Policy, occupy, score_all, shared_gpu, vacate
from zhizao.solvers.cluster.kernels.tables import Requests
from zhizao.solvers.cluster.placement import Placing, rule_for
from zhizao.solvers.cluster.problem import (
    Cluster,
    Doubles,
    Request,
    Workload,
    nodes_table,
    requests_table,
)


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a job runs: its request, the number of the node, and the numbers of its GPUs there."""

    request: Request
    node: int
    gpus: tuple[int, ...]


class Live:
    """Scores the nodes of a cluster for one job at a time, as jobs come and go.

    Parameters
    ----------
    cluster
        The machines, all free.
    jobs
        Past jobs: the workload that fragmentation is measured against, and of which our own policy is chosen.
    policy
        Where a job goes; a random policy scores nothing.

    Raises
    ------
    InputError
        The policy is random.

    Examples
    --------
    >>> live = Live(cluster, workload_of(past))
    >>> seat = live.start(Request(4000, 500, 1))
    >>> live.end(seat)
    """

    def __init__(self, cluster: Cluster, jobs: Workload, policy: Placing = Placing.OWN) -> None:
        if policy is Placing.RANDOM:
            raise InputError("policy: found 'random', which scores no node; expected another one")
        rule = rule_for(policy, cluster, jobs)
        self._kinds = cluster.kinds
        self._nodes = nodes_table(cluster, np.arange(len(cluster.nodes)))
        self._demand = rule.demand
        self._seats: Counter[Seat] = Counter()
        self._policy = Policy(rule.code, np.array(astuple(rule.weights)), rule.outlook)

    def scores(self, request: Request) -> Doubles:
        """Score of each node, the highest is best; minus infinity where the job has no room now."""
        return self._scores(self._table(request))

    def start(self, request: Request, node: int | None = None) -> Seat | None:
        """Take what a job needs, on the best node or on a given one; None where it has no room."""
        table = self._table(request)
        scores = self._scores(table)
        best = int(np.argmax(scores)) if node is None else node
        if not len(scores) or scores[best] == -np.inf:
            return None
        shared = shared_gpu(self._nodes, table, self._demand, self._policy, best, 0, 0.0)
        bits = int(occupy(self._nodes, table, best, 0, shared))
        seat = Seat(request, best, tuple(gpu for gpu in range(bits.bit_length()) if bits >> gpu & 1))
        self._seats[seat] += 1
        return seat

    def end(self, seat: Seat) -> None:
        """Give back what a job had.

        Raises
        ------
        InputError
            It has ended already, or never started here.
        """
        if not self._seats[seat]:
            raise InputError(f"end: found {seat}, which has ended or never started; end each seat once")
        self._seats[seat] -= 1
        bits = sum(1 << gpu for gpu in seat.gpus)
        vacate(self._nodes, self._table(seat.request), seat.node, 0, bits)

    def _scores(self, table: Requests) -> Doubles:
        found = score_all(self._nodes, table, self._demand, self._policy)
        return np.asarray(found, dtype=np.float64)

    def _table(self, request: Request) -> Requests:
        return requests_table((request,), self._kinds)
