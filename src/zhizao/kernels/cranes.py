"""Stacker cranes: places in a rack and the time from one to another (Chebyshev travel).

Bozer & White, "Travel-time models for automated storage/retrieval systems", IIE Transactions 16 (1984),
329-338, doi 10.1080/07408178408975252: randomised storage, a continuous rack, one lower corner for all lots.
"""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.compiling.decorators import cold
from zhizao.kernels.random_numbers import uniform


@cold
def rack_place(t: Any, crane: int, rng: Any) -> Any:
    """A place in the rack of a crane, each as likely as any other: s along and s up from the corner."""
    c = t.transporters[crane - t.whole[0].centers_n]
    u, rng = uniform(rng)
    v, rng = uniform(rng)
    return u * c.along_s, v * c.up_s


@cold
def between(along: float, up: float, to_along: float, to_up: float) -> float:
    """Time from one place to another: along and up at once, so that the longer one counts."""
    return max(abs(to_along - along), abs(to_up - up))


@cold
def ride(t: Any, s: Any, unit: int, lot: int) -> float:
    """Time that a crane is under way with a lot, besides taking it up and putting it down.

    To fetch a lot it comes from where it has stored another; where it has come from the corner, `approach`
    was set-up. With single commands it goes out and comes back each time.
    """
    row = t.units[unit].center - t.whole[0].centers_n
    c, y = s.transporters[row], s.trips[lot]
    out = between(0.0, 0.0, y.along, y.up)
    if t.transporters[row].single:
        return 2.0 * out
    if t.steps[s.lots[lot].step].kind == k.STORE or c.along == 0.0:
        return out
    return between(c.along, c.up, y.along, y.up) + out


@cold
def approach(t: Any, s: Any, unit: int, lot: int) -> float:
    """Time that a crane goes empty: from the corner to a lot in the rack, or back to store one."""
    if t.steps[s.lots[lot].step].kind == k.RETRIEVE:
        return between(0.0, 0.0, s.trips[lot].along, s.trips[lot].up)
    c = s.transporters[t.units[unit].center - t.whole[0].centers_n]
    return between(c.along, c.up, 0.0, 0.0)
