"""The three plants of `speed.py` in SimPy, as a good SimPy user writes them.

Each function runs for `minutes` and gives (operations done, lots completed, log). With `wants_log` there is
one row per operation with what the twin logs of it; failures have rows of their own.
"""

from __future__ import annotations

from collections.abc import Generator
from random import Random
from typing import Any

import simpy

Log = list[tuple[Any, ...]]
Result = tuple[int, int, Log]
Steps = Generator[simpy.Event, Any, None]

STATIONS, PLACES = 10, 5
MACHINES, ROUTES, STEPS = 20, 10, 10


def route_of(product: int) -> list[tuple[int, float]]:
    """(machine, mean minutes) of the steps of a product: the same numbers in the twin's plant.

    A route goes to ten machines of twenty; every machine serves five routes, so all are equally busy.
    """
    return [
        ((2 * product + 3 * step % STEPS) % MACHINES, 10.0 + (product + step) % 5) for step in range(STEPS)
    ]


def queue(minutes: float, seed: int, *, wants_log: bool) -> Result:
    """M/M/1 at 80 % load."""
    env, chance = simpy.Environment(), Random(seed).expovariate
    machine, log, done = simpy.Resource(env), Log(), [0]

    def lot(number: int) -> Steps:
        with machine.request() as turn:
            yield turn
            start = env.now
            yield env.timeout(chance(1 / 8))
        done[0] += 1
        if wants_log:
            log.append((number, "a", "m", start, env.now, 1, 1, 0, 0))

    def source() -> Steps:
        number = 0
        while True:
            yield env.timeout(chance(1 / 10))
            env.process(lot(number))
            number += 1

    env.process(source())
    env.run(minutes)
    return done[0], done[0], log


def line(minutes: float, seed: int, *, wants_log: bool) -> Result:
    """Ten stations with buffers of 5, failures by busy time, block after service."""
    env, chance = simpy.Environment(), Random(seed).expovariate
    log, done = Log(), [0] * STATIONS
    stores = [simpy.Store(env)] + [simpy.Store(env, PLACES) for _ in range(STATIONS - 1)]

    def station(number: int) -> Steps:
        store = stores[number]
        following = stores[number + 1] if number + 1 < STATIONS else None
        until_failure = chance(1 / 300)
        while True:
            lot = yield store.get()
            start, work = env.now, chance(1 / 8)
            while work > until_failure:
                yield env.timeout(until_failure)
                work -= until_failure
                failed = env.now
                yield env.timeout(chance(1 / 20))
                if wants_log:
                    log.append((lot, None, number, failed, env.now))
                until_failure = chance(1 / 300)
            yield env.timeout(work)
            until_failure -= work
            done[number] += 1
            if wants_log:
                log.append((lot, number, number, start, env.now, 1, 1, 0, 0))
            if following is not None:
                yield following.put(lot)

    def source() -> Steps:
        lot = 0
        while True:
            yield env.timeout(chance(1 / 13))
            stores[0].put(lot)
            lot += 1

    for number in range(STATIONS):
        env.process(station(number))
    env.process(source())
    env.run(minutes)
    return sum(done), done[-1], log


def job_shop(minutes: float, seed: int, *, wants_log: bool) -> Result:
    """Twenty machines, ten routes of ten steps, three quarters busy, first come first served."""
    env, luck = simpy.Environment(), Random(seed)
    chance, choose = luck.expovariate, luck.randrange
    machines = [simpy.Resource(env) for _ in range(MACHINES)]
    routes = [[(machines[m], m, 1 / mean) for m, mean in route_of(p)] for p in range(ROUTES)]
    log, done, left = Log(), [0], [0]

    def lot(number: int, product: int) -> Steps:
        for step, (machine, name, rate) in enumerate(routes[product]):
            with machine.request() as turn:
                yield turn
                start = env.now
                yield env.timeout(chance(rate))
            done[0] += 1
            if wants_log:
                log.append((number, step, name, start, env.now, 1, 1, 0, 0))
        left[0] += 1

    def source() -> Steps:
        number = 0
        while True:
            yield env.timeout(chance(1 / 8))
            env.process(lot(number, choose(ROUTES)))
            number += 1

    env.process(source())
    env.run(minutes)
    return done[0], left[0], log
