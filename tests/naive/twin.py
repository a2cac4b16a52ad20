"""Plain twins of the kernels: the random numbers, the queue recursions, the calendar scan. Ten lines each.

Numbers are Python's own integers and floats; nothing here knows numpy or the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from itertools import accumulate, count
from math import cos, exp, log, log1p, pi, sqrt

from zhizao.quantities import Distribution
from zhizao.quantities import DistributionKind as Kind

MASK = (1 << 64) - 1
PROCESS, SETUP, SAMPLE, DEFECT, DELAY, ORDER, BETWEEN, REPAIR, LOT, GAP, CASCADE = range(1, 12)
ROUTE, TRIP, RACK = 16, 30, 31


# ---------------------------------------------------------------- random numbers
def scramble(z: int) -> int:
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def seed_key(root: int, *parts: int) -> int:
    z = root & MASK
    for part in parts:
        z = scramble((z + 0x9E3779B97F4A7C15 * (part + 1)) & MASK)
    return z


def stream(key: int, number: int, purpose: int) -> int:
    return (key + number * 0xD6E8FEB86659FD93 + purpose * 0xA0761D6478BD642F) & MASK


def child(key: int, number: int, purpose: int) -> int:
    """Key of a thing that an entity makes."""
    return scramble(stream(scramble(key), number, purpose))


def id_number(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def entity_key(seed: int, replication: int, kind: int, *ids: str) -> int:
    """Key of an entity of one replication: 1 failure, 2 maintenance, 3 order stream, 4 job order.

    It goes by the ids that name the entity, and is the first of those so named.
    """
    parts = (kind, *map(id_number, ids), 0)
    return scramble((seed_key(*parts) + seed_key(seed, replication) * 0x9E3779B97F4A7C15) & MASK)


class RandomStream:
    """The numbers of one stream, in (0, 1]."""

    def __init__(self, start: int) -> None:
        self.state = start

    def uniform(self) -> float:
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        return ((scramble(self.state) >> 11) + 1) * 2.0**-53

    def normal(self) -> float:
        u, v = self.uniform(), self.uniform()
        return sqrt(-2.0 * log(u)) * cos(2.0 * pi * v)

    def gamma(self, shape: float) -> float:
        boost = 1.0
        if shape < 1.0:
            boost = exp(log(self.uniform()) / shape)
            shape += 1.0
        d = shape - 1.0 / 3.0
        c = 1.0 / sqrt(9.0 * d)
        while True:
            x = self.normal()
            v = 1.0 + c * x
            if v > 0.0:
                v = v * v * v
                if log(self.uniform()) < 0.5 * x * x + d - d * v + d * log(v):
                    return boost * d * v

    def binomial(self, n: int, share: float) -> int:
        """How many of n come true: jump from one success to the next."""
        place = successes = 0
        while True:
            place += int(log(self.uniform()) / log1p(-share)) + 1
            if place > n:
                return successes
            successes += 1


def draw(d: Distribution, rng: RandomStream) -> float:
    """One draw of any distribution."""
    if d.kind is Kind.CONSTANT:
        return d.parameters[0]
    return _DRAWS[d.kind](d, rng)


def _uniform(d: Distribution, rng: RandomStream) -> float:
    low, high = d.parameters
    return low + (high - low) * rng.uniform()


def _triangular(d: Distribution, rng: RandomStream) -> float:
    low, mode, high = d.parameters
    u = rng.uniform()
    if u * (high - low) <= mode - low:
        return low + sqrt(u * (high - low) * (mode - low))
    return high - sqrt((1.0 - u) * (high - low) * (high - mode))


def _weibull(d: Distribution, rng: RandomStream) -> float:
    shape, scale = d.parameters
    return scale * exp(log(-log(rng.uniform()) + 1e-300) / shape)


def _truncated_normal(d: Distribution, rng: RandomStream) -> float:
    while True:
        x = d.parameters[0] + d.parameters[1] * rng.normal()
        if x >= 0.0:
            return x


def _beta(d: Distribution, rng: RandomStream) -> float:
    alpha, beta, low, high = d.parameters
    x, y = rng.gamma(alpha), rng.gamma(beta)
    return low + (high - low) * x / (x + y)


def _discrete(d: Distribution, rng: RandomStream) -> float:
    u = rng.uniform()
    total = list(accumulate(d.weights))[-1]
    for value, weight in zip(d.values, accumulate(d.weights), strict=True):
        if u <= weight / total:
            return value
    return d.values[-1]


def _empirical(d: Distribution, rng: RandomStream) -> float:
    place = rng.uniform() * (len(d.values) - 1)
    low = min(int(place), len(d.values) - 2)
    return d.values[low] + (place - low) * (d.values[low + 1] - d.values[low])


_DRAWS: dict[Kind, Callable[[Distribution, RandomStream], float]] = {
    Kind.UNIFORM: _uniform,
    Kind.TRIANGULAR: _triangular,
    Kind.EXPONENTIAL: lambda d, rng: -d.parameters[0] * log(rng.uniform()),
    Kind.GAMMA: lambda d, rng: rng.gamma(d.parameters[0]) * d.parameters[1],
    Kind.ERLANG: lambda d, rng: rng.gamma(d.parameters[0]) * d.parameters[1],
    Kind.WEIBULL: _weibull,
    Kind.LOGNORMAL: lambda d, rng: exp(d.parameters[0] + d.parameters[1] * rng.normal()),
    Kind.NORMAL: _truncated_normal,
    Kind.BETA: _beta,
    Kind.DISCRETE: _discrete,
    Kind.EMPIRICAL: _empirical,
}


# ---------------------------------------------------------------- lots
def arrivals(every: Distribution, until: float, seed: int = 1) -> Iterator[tuple[float, int]]:
    """(moment, key) of each lot of the first order stream of `p`; orders of one lot of one piece."""
    source = entity_key(seed, 0, 3, "p")
    now = 0.0
    for number in count():
        now += draw(every, RandomStream(stream(source, number, GAP)))
        if now > until:
            return
        yield now, child(child(source, number, LOT), 1, LOT)


def work(takes: Distribution, lot: int, operation: str = "a", *, purpose: int = PROCESS) -> float:
    """Processing time of a lot at an operation of its route (or the interval of a cascade)."""
    return draw(takes, RandomStream(stream(lot, id_number(operation) >> 3, purpose)))


def past_lot(sizes: dict[str, int], weights: dict[str, float], width: float, pieces: int, lot: int) -> str:
    """The past lot that a lot draws: of one size and weight first, by the kernel on the size, then which."""
    groups: dict[tuple[float, float], list[str]] = {}
    for name in sorted(weights):
        groups.setdefault((log(sizes[name]), weights[name]), []).append(name)
    near = {
        (size, weight): len(names) * weight * exp(-0.5 * ((size - log(pieces)) / width) ** 2)
        for (size, weight), names in sorted(groups.items())
    }
    rng = RandomStream(stream(lot, 0, ROUTE))
    u = rng.uniform() * sum(near.values())
    group = next(
        (key for key, total in zip(near, accumulate(near.values()), strict=True) if u <= total), [*near][-1]
    )
    names = groups[group]
    return names[min(int(rng.uniform() * len(names)), len(names) - 1)]


def kiefer_wolfowitz(came: list[float], works: list[float], units: int) -> list[float]:
    """Ends of work, first come first served on equal units (one unit: Lindley's recursion)."""
    free = [0.0] * units
    ends = []
    for moment, time in zip(came, works, strict=True):
        start = max(moment, min(free))
        free.remove(min(free))
        free.append(start + time)
        ends.append(start + time)
    return ends


def tandem(came: list[float], works: list[list[float]], places: list[int]) -> list[float]:
    """Moments at which lots leave a line of single machines with block after service.

    places[i]: buffer before machine i + 1. A lot leaves machine i when it is done and the lot that is
    places[i] + 1 before it has left machine i + 1 (Buzacott & Shanthikumar 1993, ch. 6).
    """
    machines = len(works)
    left = [[0.0] * len(came) for _ in range(machines)]
    for n, moment in enumerate(came):
        here = moment
        for i in range(machines):
            start = max(here, left[i][n - 1] if n else 0.0)
            here = start + works[i][n]
            if i + 1 < machines and n > places[i]:
                here = max(here, left[i + 1][n - places[i] - 1])
            left[i][n] = here
    return left[-1]


def tandem_before(came: list[float], works: list[list[float]], places: list[int]) -> list[float]:
    """As `tandem`, with block before service.

    A lot begins at machine i when the lot that is places[i] + 1 before it is done at machine i + 1, from
    where it goes on at once.
    """
    machines = len(works)
    done = [[0.0] * len(came) for _ in range(machines)]
    for n, moment in enumerate(came):
        here = moment
        for i in range(machines):
            start = max(here, done[i][n - 1] if n else 0.0)
            if i + 1 < machines and n > places[i]:
                start = max(start, done[i + 1][n - places[i] - 1])
            done[i][n] = here = start + works[i][n]
    return done[-1]


# ---------------------------------------------------------------- calendars
Shifts = list[tuple[float, float]]


def worked(shifts: Shifts, until: float) -> float:
    """Working time from 0 to a moment."""
    return sum(min(end, until) - start for start, end in shifts if start < until)


def done_after(shifts: Shifts, begin: float, work: float) -> float:
    """Moment at which work begun at a moment is done, with pauses off shift."""
    if work == 0.0:
        return begin
    for start, end in shifts:
        low = max(start, begin)
        if low < end:
            if low + work <= end:
                return low + work
            work -= end - low
    raise ValueError("the scan ends before the work does")


def closing(shifts: Shifts, moment: float) -> float:
    """End of the shift that is open at a moment; the moment itself where none is."""
    return next((end for start, end in shifts if start <= moment < end), moment)


def switch(shifts: Shifts, moment: float) -> float:
    """First edge after a moment."""
    return next(edge for shift in shifts for edge in shift if edge > moment)


# ---------------------------------------------------------------- conveyors
def accumulating(
    came: list[float], works: list[list[float]], travel: float, places: int, room: int
) -> list[float]:
    """Ends of work at the second of two machines with an accumulating conveyor between them.

    A lot goes on when it is done, one headway after the one before it and when the lot `places` before it has
    left; it is at the end after its travel, and one headway after the one before it has left; it leaves when
    the second machine and its buffer (`room` places) can take it.
    """
    on, off, done = [-travel], [-travel], [0.0]
    for n, moment in enumerate(came):
        ready = max(moment, on[n]) + works[0][n] if n else moment + works[0][n]
        on.append(max(ready, on[n] + travel / places, off[n - places + 1] if n >= places else 0.0))
        there = max(on[-1] + travel, off[n] + travel / places)
        off.append(max(there, done[n - room] if n > room else 0.0))
        done.append(max(off[-1], done[n]) + works[1][n])
    return done[1:]


def slotted(
    came: list[float], works: list[list[float]], travel: float, places: int, room: int
) -> list[float]:
    """Ends of work at the second of two machines with a slotted conveyor between them.

    Slot k passes the entrance at k headways and all the time that the conveyor has stood since the start: for
    each lot before, from its end until the second machine and its buffer could take it.
    """
    slots, stood, done, free = [-1], [0.0], [0.0], 0.0
    headway, total = travel / places, 0.0
    for n, moment in enumerate(came):
        ready = max(moment, free) + works[0][n]
        k, free = slots[n], -1.0
        k = max(k, int((ready - total) / headway) - 1)
        while free < ready - 1e-6:
            k += 1
            later = [s for slot, s in zip(slots[-places:], stood[-places:], strict=True) if slot + places > k]
            free = k * headway + total - sum(later)
        end = (k + places) * headway + total
        off = max(end, done[n - room] if n > room else 0.0)
        slots.append(k)
        stood.append(off - end)
        total += off - end
        done.append(max(off, done[n]) + works[1][n])
    return done[1:]


def batch_server(came: list[float], works: list[float], least: int, most: int, wait: float) -> list[float]:
    """Ends of work on one unit that takes `least` to `most` lots, or those there when one has waited."""
    ends: list[float] = []
    free = 0.0
    while len(ends) < len(came):
        first = len(ends)
        full = came[first + least - 1] if first + least <= len(came) else came[first] + wait
        start = max(free, min(full, came[first] + wait))
        lots = sum(moment <= start for moment in came[first : first + most])
        free = start + works[first]
        ends += [free] * lots
    return ends


def cascade(came: list[float], works: list[float], intervals: list[float]) -> list[float]:
    """Ends of work on one unit that takes the next lot after the interval of the last one."""
    ends = []
    free = 0.0
    for moment, work, interval in zip(came, works, intervals, strict=True):
        free = max(moment, free) + min(interval, work)
        ends.append(free + max(work - interval, 0.0))
    return ends
