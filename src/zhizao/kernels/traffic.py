"""Traffic on a floor: before it sets off, a vehicle claims each zone of its route for the time it needs it.

A zone holds one vehicle. While a vehicle moves from one zone to the next it claims both. Its route is the
one of earliest arrival that keeps out of what others have claimed; it may wait in zones, and let others pass
where there is room. As every claim ends and vehicles stand beside the floor between trips, there always is a
route: no deadlock can come about.

Kim & Tanchoco (1991), Conflict-free shortest-time bidirectional AGV routeing, International Journal of
Production Research 29; Phillips & Likhachev (2011), SIPP: Safe interval path planning, ICRA.
"""

from __future__ import annotations

from typing import Any

from zhizao.kernels.compiling.decorators import cold, kernel
from zhizao.kernels.times import NEVER


# -- claims -------------------------------------------------------------------------------------------------
@cold
def _forget_past(s: Any, zone: int) -> None:
    """Drop the claims of a zone that have ended."""
    now, c, z = s.clock[0].now, s.clock[0], s.zones[zone]
    while z.head >= 0 and s.claims[z.head].end <= now:
        row = z.head
        z.head = s.claims[row].next
        s.claims[row].next = c.claims_free
        c.claims_free = row
        c.claims_n -= 1


@cold
def _claim(s: Any, zone: int, after: int, start: float, end: float) -> None:
    """Claim a zone, behind the claim `after` (-1: before all others)."""
    c = s.clock[0]
    row = c.claims_free
    if row >= 0:
        c.claims_free = s.claims[row].next
    else:
        row = c.claims_top
        c.claims_top += 1
    c.claims_n += 1
    x = s.claims[row]
    x.start, x.end = start, end
    if after >= 0:
        x.next = s.claims[after].next
        s.claims[after].next = row
    else:
        x.next = s.zones[zone].head
        s.zones[zone].head = row


# -- labels in the order of the least possible arrival -------------------------------------------------------
@kernel
def _before(s: Any, a: int, b: int) -> bool:
    """Whether label a comes before label b; of equal ones the older."""
    x, y = s.labels[a], s.labels[b]
    return bool(x.least < y.least or (x.least == y.least and a < b))


@kernel
def _rise(s: Any, place: int) -> None:
    row = s.front[place]
    while place > 0:
        above = (place - 1) // 2
        if not _before(s, row, s.front[above]):
            break
        s.front[place] = s.front[above]
        s.labels[s.front[place]].place = place
        place = above
    s.front[place] = row
    s.labels[row].place = place


@kernel
def _sink(s: Any, n: int) -> None:
    """Find the place of the label at the root."""
    row, place = s.front[0], 0
    while True:
        below = 2 * place + 1
        if below >= n:
            break
        if below + 1 < n and _before(s, s.front[below + 1], s.front[below]):
            below += 1
        if not _before(s, s.front[below], row):
            break
        s.front[place] = s.front[below]
        s.labels[s.front[place]].place = place
        place = below
    s.front[place] = row
    s.labels[row].place = place


@kernel
def _pop(s: Any) -> int:
    """The first open label, or -1."""
    c = s.clock[0]
    if c.front_n == 0:
        return -1
    row = int(s.front[0])
    c.front_n -= 1
    if c.front_n > 0:
        s.front[0] = s.front[c.front_n]
        _sink(s, c.front_n)
    s.labels[row].place = -1
    return row


# -- the search ---------------------------------------------------------------------------------------------
@kernel
def _turn(t: Any, before: int, after: int, quarter_s: float) -> float:
    """Time to turn from one link to another."""
    if before < 0 or quarter_s == 0.0:
        return 0.0
    quarters = abs(t.links[before].heading - t.links[after].heading)
    return float(min(quarters, 4.0 - quarters) * quarter_s)


@kernel
def _own_label(t: Any, s: Any, zone: int, link: int, before: int, arrival: float, quarter_s: float) -> int:
    """The label that an arrival improves; -1: none yet; -2: one that is as good is there.

    `before`: the claim before the gap in which it is.
    """
    z = s.zones[zone]
    if z.search != s.clock[0].search:
        z.search = s.clock[0].search
        z.label = -1
    row, own = z.label, -1
    while row >= 0:
        x = s.labels[row]
        if x.before == before:
            if x.arrival + _turn(t, x.link, link, quarter_s) <= arrival:
                return -2
            if x.link == link and x.place >= 0:
                own = row
        row = x.next
    return int(own)


@cold
def _reach(
    t: Any, s: Any, trip: Any, parent: int, link: int, zone: int,
    before: int, end: float, departure: float, arrival: float,
) -> None:  # fmt: skip
    """Note that a zone is reached, in a gap between claims."""
    quarter_s = t.transporters[trip[0]].turn_s
    row = _own_label(t, s, zone, link, before, arrival, quarter_s)
    if row == -2:
        return
    c = s.clock[0]
    if row < 0:
        row = c.labels_n
        c.labels_n += 1
        s.labels[row].next = s.zones[zone].label
        s.zones[zone].label = row
        s.front[c.front_n] = row
        s.labels[row].place = c.front_n
        c.front_n += 1
    x = s.labels[row]
    x.zone, x.link, x.before, x.parent = zone, link, before, parent
    x.end, x.departure, x.arrival = end, departure, arrival
    x.least = arrival + t.values[trip[1] + zone]
    _rise(s, x.place)


@cold
def _expand(t: Any, s: Any, trip: Any, row: int) -> None:
    """Reach the zones next to that of a label, in each gap that it can get to."""
    zone, link = s.labels[row].zone, s.labels[row].link
    ready, leave_by = s.labels[row].arrival, s.labels[row].end
    m = t.transporters[trip[0]]
    for onward in range(t.zones[zone].link_first, t.zones[zone].link_end):
        to = t.links[onward].to
        if t.values[trip[1] + to] >= NEVER:
            continue
        _forget_past(s, to)
        takes = t.links[onward].length / m.speed
        earliest = ready + _turn(t, link, onward, m.turn_s)
        before, free = -1, 0.0
        claim = s.zones[to].head
        while True:
            departure = max(earliest, free)
            if departure + takes > leave_by:
                break
            end = s.claims[claim].start if claim >= 0 else NEVER
            if departure + takes <= end:
                _reach(t, s, trip, row, onward, to, before, end, departure, departure + takes)
            if claim < 0:
                break
            before, free = claim, s.claims[claim].end
            claim = s.claims[claim].next


@cold
def _search(t: Any, s: Any, trip: Any, start: int, end: int, depart: float) -> int:
    """The last label of the route of earliest arrival; -1: there is none."""
    c = s.clock[0]
    c.search += 1
    c.labels_n, c.front_n = 0, 0
    _forget_past(s, start)
    before, free, claim = -1, 0.0, s.zones[start].head
    while True:
        until = s.claims[claim].start if claim >= 0 else NEVER
        ready = max(depart, free)
        if ready < until:
            _reach(t, s, trip, -1, -1, start, before, until, ready, ready)
        if claim < 0:
            break
        before, free = claim, s.claims[claim].end
        claim = s.claims[claim].next
    row = _pop(s)
    while row >= 0 and s.labels[row].zone != end:
        _expand(t, s, trip, row)
        row = _pop(s)
    return row


@cold
def _take(t: Any, s: Any, trip: Any, row: int, depart: float) -> None:
    """Claim the zones of a route, from its last label back, and count what it waits and where."""
    quarter_s = t.transporters[trip[0]].turn_s
    until, onward, left = s.labels[row].arrival, -1, s.labels[row].arrival
    while row >= 0:
        x = s.labels[row]
        begin = x.departure if x.parent >= 0 else left
        z = s.zones[x.zone]
        _claim(s, x.zone, x.before, begin, until)
        z.visits += 1
        z.held_s += until - begin
        due = x.arrival if x.parent >= 0 else depart
        if onward >= 0:
            z.waited_s += max(0.0, left - due - _turn(t, x.link, onward, quarter_s))
        until, left, onward = x.arrival, x.departure, x.link
        row = x.parent


@cold
def drive(t: Any, s: Any, unit: int, place: int, to: int, depart: float) -> float:
    """Send a vehicle from one place to another in the traffic that there is; how long it is under way.

    `place`, `to`: families of places; `depart`: the moment when it is ready to leave.
    """
    row = t.units[unit].center - t.whole[0].centers_n
    m = t.transporters[row]
    start, end = t.lists[m.spot_first + place], t.lists[m.spot_first + to]
    if start == end:
        return 0.0
    trip = (row, m.ahead_first + to * len(t.zones))
    last = _search(t, s, trip, start, end, depart)
    arrival = s.labels[last].arrival
    _take(t, s, trip, last, depart)
    s.transporters[row].trips += 1
    return float(arrival - depart)


@kernel
def on_floor(t: Any, unit: int) -> bool:
    """Whether a unit is a vehicle on a floor."""
    row = t.units[unit].center - t.whole[0].centers_n
    return bool(row >= 0 and t.transporters[row].spot_first >= 0)


@kernel
def _fits(t: Any, s: Any, part: int) -> bool:
    """Whether one more route surely finds room for its claims and labels in one `part`-th of the tables."""
    c = s.clock[0]
    claims = part * (c.claims_n + 4 * len(t.zones))
    labels = part * (len(t.links) + (t.whole[0].links_in + 1) * c.claims_n + 1)
    return bool(claims <= len(s.claims) and labels <= len(s.labels))


@cold
def floor_full(t: Any, s: Any) -> bool:
    """Whether one more route might find no room, though all claims that have ended are dropped."""
    if _fits(t, s, 1):
        return False
    for zone in range(len(t.zones)):
        _forget_past(s, zone)
    return not _fits(t, s, 2)
