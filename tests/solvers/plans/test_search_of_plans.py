"""The search over decisions, with a decoder that can be checked by eye: one machine, weighted tardiness."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pytest

from zhizao.solvers.plans import Decisions, Effort, Structure, Timetable, due_date_starts, improve


class OneMachine:
    """Takes the jobs in the order of their keys; one that is held back lets the others pass."""

    def __init__(self, takes: Sequence[float], due: Sequence[float], weight: Sequence[float]) -> None:
        self.takes, self.due, self.weight = np.array(takes), np.array(due), np.array(weight)
        self.decisions = Decisions.blank(len(takes))
        self.value = np.inf
        self.decoded = 0

    def run(self, order: Sequence[int]) -> tuple[float, Timetable]:
        start = np.zeros(len(self.takes))
        now = 0.0
        for job in order:
            start[job] = now = max(now, float(self.decisions.not_before[job]))
            now += self.takes[job]
        end = start + self.takes
        value = float((self.weight * np.maximum(0.0, end - self.due)).sum())
        none = np.zeros(len(start), np.int64)
        return value, Timetable(np.zeros(len(start)), start, none, end)

    def whole(self) -> float:
        self.decode((), -1.0, np.inf)
        self.accept()
        return self.value

    def decode(
        self, rows: Sequence[int], since_s: float, limit: float, known: float = np.inf
    ) -> float | None:
        del rows, since_s, known  # it always decodes the whole
        self.decoded += 1
        order = np.argsort(self.decisions.key, kind="stable").tolist()
        self.found, self.seen = self.run(order)
        return self.found if self.found <= limit else None

    def write(self, rows: Sequence[int] | None = None) -> None:
        pass

    def accept(self) -> None:
        self.value, self.timetable = self.found, self.seen


def structure(decoder: OneMachine) -> Structure:
    n = len(decoder.takes)
    none = np.full(n, -1, np.int64)
    return Structure(
        lot=np.arange(n), options=(((0, 0),),) * n, center_of_unit=np.zeros(1, np.int64), batch=none,
        batch_least=none, batch_most=none, order=np.arange(n), release=np.zeros(n), due=decoder.due,
        weight=decoder.weight, shared=False,
    )  # fmt: skip


def drawn(seed: int, n: int = 7) -> OneMachine:
    rng = np.random.default_rng(seed)
    takes = rng.integers(600, 7200, n).astype(float)
    return OneMachine(
        takes.tolist(), (rng.uniform(0.1, 0.9, n) * takes.sum()).tolist(), rng.integers(1, 5, n).tolist()
    )


@pytest.mark.parametrize("seed", range(8))
def test_the_search_finds_the_optimum_that_enumeration_finds(seed: int) -> None:
    machine = drawn(seed)
    least = min(machine.run(order)[0] for order in permutations(range(7)))
    _, best = improve(structure(machine), machine, Effort(lambda: True, decodes=6000), seed)
    machine.decisions.assign(best)
    assert machine.whole() == pytest.approx(least, rel=1e-9)


def test_equal_seeds_and_decodes_give_equal_plans() -> None:
    found = []
    for _ in range(2):
        machine = drawn(3, 30)
        cost, best = improve(structure(machine), machine, Effort(lambda: True, decodes=800), 5)
        found.append((cost, best.key.tolist(), best.not_before.tolist(), machine.decoded))
    assert found[0] == found[1]


def test_the_search_ends_when_nothing_can_be_better() -> None:
    machine = OneMachine([60.0, 60.0], [60.0, 120.0], [1.0, 1.0])
    assert improve(structure(machine), machine, Effort(lambda: True), 1)[0] == 0.0


def test_starts_bring_heavy_lots_before_their_due_dates() -> None:
    machine = OneMachine([60.0, 60.0], [100.0, 200.0], [1.0, 8.0])
    orders = [np.argsort(start.key).tolist() for start in due_date_starts(structure(machine))]
    assert orders[0] == [0, 1]
    assert [1, 0] in orders
    machine.due[:] = np.inf
    assert not list(due_date_starts(structure(machine)))
