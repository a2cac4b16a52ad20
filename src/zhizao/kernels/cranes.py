"""Stacker cranes: places in a rack and the time from one to another (Chebyshev travel).

Bozer & White, "Travel-time models for automated storage/retrieval systems", IIE Transactions 16 (1984),
329-338, doi 10.1080/07408178408975252: randomised storage, a continuous rack, one lower corner for all lots.
Hausman, Schwarz & Graves, "Optimal storage assignment in automatic warehousing systems", Management Science
22 (1976), 629-638, doi 10.1287/mnsc.22.6.629: classes by travel time from the corner. Han, McGinnis, Shieh &
White, "On sequencing retrievals in an automated storage/retrieval system", IIE Transactions 19 (1987), 56-66:
nearest neighbour.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.compiling.decorators import cold
from zhizao.kernels.random_numbers import uniform
from zhizao.kernels.times import NEVER


@cold
def rack_place(t: Any, crane: int, product: int, rng: Any) -> Any:
    """A place in the rack of a crane, s along and s up from the corner.

    Each place of the rack is as likely as any other, or, where products have classes, each of its class.
    """
    c = t.transporters[crane - t.whole[0].centers_n]
    u, rng = uniform(rng)
    v, rng = uniform(rng)
    if c.class_first < 0:
        return u * c.along_s, v * c.up_s
    row = c.share_first + t.lists[c.class_first + product]
    low, high = t.values[row], t.values[row + 1]
    return _on_contour(c.along_s, c.up_s, low + u * (high - low), v)


@cold
def _on_contour(along_s: float, up_s: float, share: float, v: float) -> Any:
    """The place that is so far, as a share `v`, along the contour of equal travel time from the corner within
    which that share of the rack lies.
    """
    short, long = min(along_s, up_s), max(along_s, up_s)
    away = sqrt(share * short * long)
    if away < short:
        if v <= 0.5:
            return away, 2.0 * v * away
        return (2.0 * v - 1.0) * away, away
    away = share * long
    if along_s >= up_s:
        return away, v * up_s
    return v * along_s, away


@cold
def between(along: float, up: float, to_along: float, to_up: float) -> float:
    """Time from one place to another: along and up at once, so that the longer one counts."""
    return max(abs(to_along - along), abs(to_up - up))


@cold
def _towards(place: float, goal: float, time: float) -> float:
    if time <= 0.0:
        return place
    return min(place + time, goal) if goal > place else max(place - time, goal)


@cold
def _empty_travel(t: Any, s: Any, row: int, lot: int) -> float:
    """Time that a crane needs from where it is to where it takes a lot up.

    An idle crane is on its way to its dwell point, or there.
    """
    m, c, y = t.transporters[row], s.transporters[row], s.trips[lot]
    along, up = c.along, c.up
    if m.dwell != k.STAYS:
        idle = s.clock[0].now - c.since
        along, up = _towards(along, m.dwell_along, idle), _towards(up, m.dwell_up, idle)
    if t.steps[s.lots[lot].step].kind == k.RETRIEVE:
        return between(along, up, y.along, y.up)
    return between(along, up, 0.0, 0.0)


@cold
def ride(t: Any, s: Any, unit: int, lot: int) -> float:
    """Time that a crane is under way with a lot, besides taking it up and putting it down.

    With it counts what it still goes empty: to fetch a lot from where it has stored another, or from its
    dwell point. With single commands it goes out and comes back each time.
    """
    row = t.units[unit].center - t.whole[0].centers_n
    y = s.trips[lot]
    out = between(0.0, 0.0, y.along, y.up)
    takes = _empty_travel(t, s, row, lot) + out
    s.transporters[row].since = NEVER
    if t.transporters[row].single and t.steps[s.lots[lot].step].kind == k.STORE:
        return takes + out
    return takes


@cold
def approach(t: Any, s: Any, unit: int, lot: int) -> float:
    """Time that a crane goes empty: from the corner to a lot in the rack, or back to store one.

    From now on its place is the one that it goes to.
    """
    row = t.units[unit].center - t.whole[0].centers_n
    takes = _empty_travel(t, s, row, lot)
    if t.steps[s.lots[lot].step].kind == k.RETRIEVE:
        stop(s, row, s.trips[lot].along, s.trips[lot].up, NEVER)
    else:
        stop(s, row, 0.0, 0.0, NEVER)
    return takes


@cold
def stop(s: Any, row: int, along: float, up: float, since: float) -> None:
    """Note the place of a crane, and since when it has nothing to do there."""
    c = s.transporters[row]
    c.along, c.up, c.since = along, up, since


@cold
def by_distance(t: Any, s: Any, center: int, lot: int, setup: float) -> float:
    """Rank of a lot by its mean set-up; where a crane fetches the nearest lot first, then by empty travel.

    Twice the mean trip into the rack is at least as long as any trip in it, so that commands stay dual.
    """
    row = center - t.whole[0].centers_n
    if row < 0 or t.transporters[row].kind != k.CRANE or not t.transporters[row].nearest:
        return setup
    return 2.0 * setup + _empty_travel(t, s, row, lot)
