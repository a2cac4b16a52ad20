"""One simulated moment: a bound on what may happen within it, and what goes round where it never ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import numpy as np

from zhizao.engine.lower import Lowered
from zhizao.kernels import tables as k
from zhizao.plant import Buffer, Conwip, Preempt, ReleaseRule, WorkCenter, equipment
from zhizao.quantities import InputError

LEAST_TURNS = 2_000_000
"""Turns of the event loop that every moment may take: about a second."""
TURNS_PER_STEP = 100
"""And beyond them for each lot at each operation of the longest route. A lot that does an operation in no
time takes about four; the rest is for rework and for what waits for it."""

MOMENT_S = 1e-6
"""What records cannot tell apart is one moment (a machine that fails every 1e-20 s gets nowhere either)."""

_WATCHED = 400  # turns that are looked at one by one, to see who goes round
_NAMED = 4  # of each kind in the message

Step = Callable[[], k.State]
"""Goes on by one turn; gives the state after it."""


class MomentWatch:
    """Ends a run in which one moment never ends. `most`: turns that it may take; None: as the plant needs."""

    def __init__(self, lowered: Lowered, most: int | None = None) -> None:
        self._lowered = lowered
        self._most = most
        self._now = -MOMENT_S
        self._began = self._parts = self._lots = 0

    def look(self, state: k.State, step: Step) -> None:
        """Look at a run now and then.

        Raises
        ------
        InputError
            More turns than allowed since the first look at this moment.
        """
        clock = state.clock[0]
        if clock.now >= self._now + MOMENT_S:
            self._now, self._began, self._parts = float(clock.now), int(clock.turns), int(clock.parts)
            self._lots = int(clock.in_plant)
            return
        if clock.turns - self._began > self._allowed(clock):
            raise InputError(_endless(self._lowered, self._now, int(clock.turns) - self._began, step))

    def _allowed(self, clock: Any) -> int:
        """Turns for all lots that are there, or come of orders, at this moment; not for those they make."""
        if self._most is not None:
            return self._most
        t = self._lowered.tables
        ordered = int(np.ceil(t.orders.pieces / t.products.lot[t.orders["product"]]).sum())
        lots = self._lots + int(clock.parts) - self._parts + ordered + len(t.units)
        return LEAST_TURNS + TURNS_PER_STEP * lots * (int(t.steps.position.max(initial=0)) + 1)


# ---------------------------------------------------------------- who goes round
class _Seen:
    """Names of what took part in some turns, in the order in which they were seen first."""

    def __init__(self, lowered: Lowered) -> None:
        self._lowered = lowered
        self.lots: dict[str, None] = {}
        self.centers: dict[str, None] = {}
        self.streams: dict[str, None] = {}

    def turn(self, before: k.State, after: k.State) -> None:
        """Take note of a turn: of the event that it handled, or of the work center that it attended to."""
        clock = before.clock[0]
        if clock.agenda_n > 0:
            self._center(before, int(before.agenda[int(clock.agenda_head)]))
        ahead = before.heap[int(clock.hole) : int(clock.heap_n)]
        if len(ahead):
            self._event(before, ahead[np.lexsort((ahead["order"], ahead["time"]))[0]])
        if after.clock[0].in_plant > clock.in_plant:
            self._lot(after, int(np.argmax(np.where(after.lots.used == 2, after.lots.serial, -1))))

    def _event(self, s: k.State, event: Any) -> None:
        if event["time"] > s.clock[0].now:
            return
        kind, who = int(event["order"]) >> 56, int(event["who"])
        t = self._lowered.tables
        if kind == k.E_UNIT:
            self._unit(s, who)
        elif kind == k.E_DOWNTIME:
            self._unit(s, int(t.downtimes.unit[who]))
        elif kind in (k.E_ARRIVE, k.E_DONE):
            self._lot(s, who)
        elif kind == k.E_SOURCE:
            self.streams[f"order stream {who + 1}"] = None
        elif kind in (k.E_LOOK, k.E_BELT):
            self._center(s, who)

    def _unit(self, s: k.State, unit: int) -> None:
        center = int(self._lowered.tables.units.center[unit])
        self.centers[self._lowered.names.centers[center]] = None
        if s.units.lot[unit] >= 0:
            self._lot(s, int(s.units.lot[unit]))

    def _center(self, s: k.State, center: int) -> None:
        c, x = self._lowered.tables.centers[center], s.centers[center]
        self.centers[self._lowered.names.centers[center]] = None
        for lot in (x.head, x.blocked_head, *s.units.lot[c.unit_first : c.unit_end]):
            if lot >= 0:
                self._lot(s, int(lot))

    def _lot(self, s: k.State, lot: int) -> None:
        x = s.lots[lot]
        if x.used:
            product = self._lowered.names.products[int(x["product"])]
            self.lots[f"L{int(x.serial):06d} ({product})"] = None


def _endless(lowered: Lowered, now: float, turns: int, step: Step) -> str:
    """What to say of a moment that does not end, after a closer look at some more turns of it."""
    seen = _Seen(lowered)
    before = step()
    for _ in range(_WATCHED):
        copy = _copied(before)
        before = step()
        seen.turn(copy, before)
    parts = [
        f"lots {_some(seen.lots)}" if seen.lots else "",
        f"work centers {_some(_with_rules(lowered, seen.centers))}" if seen.centers else "",
        _some(seen.streams),
        _release(lowered),
    ]
    involved = "; ".join(part for part in parts if part)
    return (
        f"the simulation does not get past {_when(lowered, now)}: it has handled {turns:,} events and starts "
        f"at that one moment, and there are more. In the loop: {involved or 'nothing that has a name'}"
    )


def _when(lowered: Lowered, now: float) -> str:
    moment = lowered.plant.start + timedelta(seconds=now)
    return f"{moment.isoformat(sep=' ', timespec='seconds')} ({now / 86400:.4g} d after the start)"


def _copied(s: k.State) -> k.State:
    """What `_Seen` looks at, as it is now."""
    names = ("clock", "heap", "agenda", "lots", "units", "centers")
    return s._replace(**{name: getattr(s, name).copy() for name in names})


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return ", ".join(listed[:_NAMED]) + more


def _with_rules(lowered: Lowered, names: Iterable[str]) -> list[str]:
    """Work centers with the rules by which they let lots in, start and interrupt them."""
    known = {center.id: center for center in equipment(lowered.plant)}
    return [f"{name} ({', '.join(_rules(known[name]))})" if name in known else name for name in names]


def _rules(center: WorkCenter) -> Iterable[str]:
    yield f"dispatch {getattr(center.dispatch, 'value', center.dispatch)}"
    if center.preempt is not Preempt.NEVER:
        yield f"preempt {center.preempt.value}"
    if center.setup is not None and center.setup.min_run > 1:
        yield f"min_run {center.setup.min_run}"
    buffer = center.buffer or Buffer()
    if buffer.capacity is not None:
        yield f"buffer of {buffer.capacity}"
    if center.failures or center.maintenance:
        yield "failures and maintenance"


def _release(lowered: Lowered) -> str:
    release = lowered.plant.release
    if isinstance(release, Conwip):
        return f"release by conwip {release.lots}"
    return f"release rule every {release.every:g} s" if isinstance(release, ReleaseRule) else ""
