"""Doors into single kernels, so that a test can call them from Python (stored on disk like the kernels)."""

from __future__ import annotations

from typing import Any

import numpy as np

from zhizao.kernels import tables as k
from zhizao.kernels.compiling.decorators import entry
from zhizao.kernels.cranes import between, rack_place
from zhizao.kernels.heap import fill, next_time, push
from zhizao.kernels.loop import _state, _tables
from zhizao.kernels.random_numbers import binomial, draw, draw_sum, hypergeometric, stream
from zhizao.kernels.times import after_work, close_of, next_switch, priced_until, worked_until


@entry
def draws(tables: Any, dist: int, key: Any, n: int) -> Any:
    """The first draw of each of n streams."""
    t = _tables(tables)
    out = np.empty(n)
    for i in range(n):
        out[i], _ = draw(t, dist, stream(key, i, k.P_PROCESS))
    return out


@entry
def sums(tables: Any, dist: int, key: Any, n: int) -> Any:
    """The sum of i draws from stream i, for i < n."""
    t = _tables(tables)
    out = np.empty(n)
    for i in range(n):
        out[i], _ = draw_sum(t, dist, i, stream(key, i, k.P_PROCESS))
    return out


@entry
def binomials(trials: int, share: float, key: Any, n: int) -> Any:
    """n binomial numbers, each from its own stream."""
    out = np.empty(n, np.int64)
    for i in range(n):
        out[i], _ = binomial(trials, share, stream(key, i, k.P_DEFECT))
    return out


@entry
def hypergeometrics(n: int, bad: int, taken: int, key: Any, count: int) -> Any:
    """Hypergeometric numbers, each from its own stream."""
    out = np.empty(count, np.int64)
    for i in range(count):
        out[i], _ = hypergeometric(n, bad, taken, stream(key, i, k.P_SPLIT))
    return out


@entry
def one_sum(tables: Any, dist: int, key: Any, n: int) -> Any:
    """The sum of n draws from stream n."""
    total, _ = draw_sum(_tables(tables), dist, n, stream(key, n, k.P_PROCESS))
    return total


@entry
def clocks(tables: Any, calendar: int, moments: Any, works: Any) -> Any:
    """Columns: worked until, done after the work, closing, next switch, price until."""
    t = _tables(tables)
    out = np.empty((len(moments), 5))
    for i in range(len(moments)):
        out[i, 0] = worked_until(t, calendar, moments[i])
        out[i, 1] = after_work(t, calendar, moments[i], works[i])
        out[i, 2] = close_of(t, calendar, moments[i])
        out[i, 3] = next_switch(t, calendar, moments[i])
        if t.whole[0].price_n > 0:
            out[i, 4] = priced_until(t, moments[i])
    return out


@entry
def event_list(state: Any, times: Any, kinds: Any, number: int) -> Any:
    """Push event `number` + i where kinds[i] >= 0, else take the first one; the numbers of those taken."""
    s = _state(state)
    out = np.full(len(times), -1, np.int64)
    taken = 0
    for i in range(len(times)):
        if kinds[i] >= 0:
            push(s, times[i], kinds[i], number + i, 0)
        else:
            first = next_time(s)
            fill(s)
            e = s.heap[0]
            out[taken] = e.who if e.time == first else -2
            taken += 1
            s.clock[0].hole = 1
    return out[:taken]


@entry
def crane_cycles(tables: Any, key: Any, n: int) -> Any:
    """Total time of n single and n dual cycles of the first means of transport, a crane."""
    t = _tables(tables)
    out = np.zeros(2)
    for i in range(n):
        x, y = rack_place(t, t.whole[0].centers_n, 0, stream(key, 2 * i, k.P_RACK))
        u, v = rack_place(t, t.whole[0].centers_n, 0, stream(key, 2 * i + 1, k.P_RACK))
        out[0] += 2.0 * between(0.0, 0.0, x, y)
        out[1] += between(0.0, 0.0, x, y) + between(x, y, u, v) + between(u, v, 0.0, 0.0)
    return out


@entry
def rack_places(tables: Any, key: Any, products: Any) -> Any:
    """A place, s along and s up, in the rack of the first means of transport for a lot of each product."""
    t = _tables(tables)
    out = np.empty((len(products), 2))
    for i in range(len(products)):
        out[i, 0], out[i, 1] = rack_place(t, t.whole[0].centers_n, products[i], stream(key, i, k.P_RACK))
    return out
