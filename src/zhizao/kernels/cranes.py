"""Stacker cranes: places in a rack and the time from one to another (Chebyshev travel).

Bozer & White, "Travel-time models for automated storage/retrieval systems", IIE Transactions 16 (1984),
329-338, doi 10.1080/07408178408975252: randomised storage, a continuous rack, lots in and out at a lower corner.
"""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels._jit import rare
from zhizao.kernels.luck import uniform


@rare
def rack_place(t: Any, crane: int, luck: Any) -> Any:
    """A place in the rack of a crane, each as likely as any other: s along and s up from the corner."""
    c = t.means[crane - t.whole[0].centers_n]
    u, luck = uniform(luck)
    v, luck = uniform(luck)
    return u * c.along_s, v * c.up_s


@rare
def ride(t: Any, s: Any, unit: int, lot: int) -> float:
    """Time that a crane needs with a lot, along and up at once, besides taking it up and putting it down.

    Before it fetches a lot it is at the corner and comes the same way twice (of which the first is set-up, if
    it may stay in the rack), or where it has stored another and goes from there.
    """
    y = s.trips[lot]
    c = s.means[t.units[unit].center - t.whole[0].centers_n]
    out = max(y.along, y.up)
    if t.means[t.units[unit].center - t.whole[0].centers_n].single:
        return 2.0 * float(out)
    if t.steps[s.lots[lot].step].move == k.STORE or c.along == 0.0:
        return float(out)
    return float(max(abs(y.along - c.along), abs(y.up - c.up)) + out)


@rare
def approach(t: Any, s: Any, unit: int, lot: int) -> float:
    """Time that a crane goes empty: back to the corner to store a lot, or from there to a lot in the rack."""
    y = s.trips[lot]
    if t.steps[s.lots[lot].step].move == k.RETRIEVE:
        return float(max(y.along, y.up))
    c = s.means[t.units[unit].center - t.whole[0].centers_n]
    return float(max(c.along, c.up))
