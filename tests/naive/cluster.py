"""Placement in plain lines, as the FGD experiments say it: one job after another, every node scored anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp

from zhizao.solvers.cluster.placement import Placing
from zhizao.solvers.cluster.problem import Cluster, Node, Request


@dataclass
class Machine:
    number: int
    cpu: int
    memory: int
    kind: str
    gpus: list[int]
    jobs: list[Request] = field(default_factory=list)

    def suits(self, one: Request) -> bool:
        return not one.kinds or self.kind in one.kinds

    def enough(self, one: Request) -> bool:
        return sum(free >= one.share for free in self.gpus) >= one.gpus

    def takes(self, one: Request) -> bool:
        room = self.cpu >= one.cpu_milli and self.memory >= one.memory_mib
        return room and (not one.gpus or (self.suits(one) and self.enough(one)))

    def fragments(self, typical: dict[Request, float]) -> float:
        """Free GPU that a request of the workload could not use, in the mean."""
        total = 0.0
        for one, share in typical.items():
            usable = one.gpus and self.suits(one) and self.enough(one) and self.cpu >= one.cpu_milli
            lost = sum(free for free in self.gpus if not usable or free < one.share)
            total += share * lost
        return total

    def with_job(self, one: Request, gpus: list[int]) -> Machine:
        left = [free - one.share * (at in gpus) for at, free in enumerate(self.gpus)]
        room = (self.cpu - one.cpu_milli, self.memory - one.memory_mib)
        return Machine(self.number, *room, self.kind, left, [*self.jobs, one])

    def options(self, one: Request) -> list[list[int]]:
        """GPUs that the job could get: any one for a share, else the first that are whole."""
        if one.gpus == 1 and one.share < 1000:
            return [[at] for at, free in enumerate(self.gpus) if free >= one.share]
        return [[at for at, free in enumerate(self.gpus) if free == 1000][: one.gpus]]


def typical_of(jobs: list[Request], share: float = 0.95) -> dict[Request, float]:
    count = Counter(Request(one.cpu_milli, one.share, one.gpus, one.kinds) for one in jobs)
    kept: dict[Request, float] = {}
    for one, times in sorted(count.items(), key=lambda item: (item[1], item[0]), reverse=True):
        if sum(kept.values()) >= share * len(jobs):
            break
        kept[one] = times
    return {one: times / sum(kept.values()) for one, times in kept.items()}


def score(
    machine: Machine, one: Request, gpus: list[int], policy: Placing, typical: dict[Request, float]
) -> int:
    after = machine.with_job(one, gpus)
    if policy is Placing.BEST_FIT:
        return int((1.0 - (after.cpu / 128_000 * 0.5 + sum(after.gpus) / 8_000 * 0.5)) * 100.0)
    if policy is Placing.FGD:
        shrinks = machine.fragments(typical) - after.fragments(typical)
        return int(100.0 / (1.0 + exp(-shrinks / 1000)))
    assert policy is Placing.DOT_PRODUCT
    wanted = one.cpu_milli / 128_000, one.gpus * one.share / 8_000
    product = machine.cpu / 128_000 * wanted[0] + sum(machine.gpus) / 8_000 * wanted[1]
    return int(100.0 * (1.0 - product / 2))


def place_plainly(
    cluster: Cluster, order: list[int], jobs: list[Request], stream: list[int], policy: Placing
) -> list[int]:
    """The node of each job of a stream; -1 for one without room."""
    machines = [
        Machine(at, node.cpu_milli, node.memory_mib, node.kind, [1000] * node.gpus)
        for at, node in ((at, cluster.nodes[at]) for at in order)
    ]
    typical, places = typical_of(jobs), []
    for one in (jobs[number] for number in stream):
        best: tuple[int, int, list[int]] | None = None
        for row, machine in enumerate(machines):
            options = machine.options(one) if machine.takes(one) else []
            if policy is not Placing.FGD:
                options = sorted(options, key=lambda gpus: [machine.gpus[at] for at in gpus])[:1]
            for gpus in options:
                value = score(machine, one, gpus, policy, typical)
                if best is None or value > best[0]:
                    best = value, row, gpus
        if best is None:
            places.append(-1)
            continue
        machines[best[1]] = machines[best[1]].with_job(one, best[2])
        places.append(machines[best[1]].number)
    return places


@dataclass
class Cost:
    """What our own policy weighs of a job: in thousandths of GPU, and as shares of the node."""

    next: float
    fill: float
    rests: tuple[int, int] | None
    cpu_left: float
    gpu_left: float

    def worth_of(self, worth: Sequence[float]) -> float:
        return worth[self.rests[0]] - worth[self.rests[1]] if self.rests else 0.0


def machine_of(number: int, node: Node) -> Machine:
    return Machine(number, node.cpu_milli, node.memory_mib, node.kind, [1000] * node.gpus)


def unfilled(machine: Machine, typical: dict[Request, float]) -> float:
    """Free GPU that is left when the machine is filled with copies of one request, in the mean."""
    total = 0.0
    for one, share in typical.items():
        left = sum(machine.gpus)
        if one.gpus and machine.suits(one):
            copies = sum(free // one.share for free in machine.gpus) // one.gpus
            left -= min(copies, machine.cpu // one.cpu_milli) * one.gpu_milli
        total += share * left
    return total


def own_cost(
    machine: Machine, node: Node, one: Request, gpus: list[int], typical: dict[Request, float]
) -> Cost:
    after = machine.with_job(one, gpus)
    shared = one.gpus == 1 and one.share < 1000
    return Cost(
        after.fragments(typical) - machine.fragments(typical),
        unfilled(after, typical) - unfilled(machine, typical),
        (machine.gpus[gpus[0]], after.gpus[gpus[0]]) if shared else None,
        machine.cpu / node.cpu_milli,
        sum(machine.gpus) / max(1000 * node.gpus, 1),
    )
