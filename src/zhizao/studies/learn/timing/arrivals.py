"""When orders come: weekdays and hours of releases, and the time between them within these."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from zhizao.quantities.distributions import Distribution
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.fitting import between, intervals
from zhizao.studies.learn.fitting.families import fit_family
from zhizao.studies.learn.log.visits import Trace
from zhizao.studies.learn.log.week import DAY_S, WEEK_H, WEEK_S, Opening
from zhizao.studies.learn.timing.entry import Entry

Floats = npt.NDArray[np.float64]

DAY_SHARE = 0.3  # a weekday takes orders if it sees this share of the usual day's
HOUR_SHARE = 0.25
RICH = 5000  # releases from which quarters of an hour can be told apart
NEARLY = 0.95  # share of the orders of one size, from which it is the size
SEVERAL = 1.2  # lots an order in the mean, from which orders are of several lots
OWN_PACE = 0.9  # a product has orders of its own where their pace is this much steadier than that of all
FEW_SIZES = 12  # different lot sizes that are told one by one
FAR = (
    3.0  # times the usual wait between two operations; a release longer before the first start is no release
)


@dataclass(frozen=True, slots=True)
class Stream:
    """Orders of some products by one pace; `pieces` and `due` (s after release) where the lots show them."""

    mix: dict[str, int]
    every: Distribution
    pieces: Distribution | None
    due: Distribution | None


@dataclass(frozen=True, slots=True, eq=False)
class Arrivals:
    """Hours in which orders come, and their streams; products that share a stream come by one pace."""

    opening: Opening
    streams: list[Stream]


def learn_arrivals(
    seen: list[Trace],
    charted: frozenset[str] = frozenset(),
    *,
    days_off: tuple[int, ...] = (),
    told: bool = False,
    entry: Entry | None = None,
) -> tuple[Arrivals, list[Finding]]:
    """Hours of releases and the open time between two of them; none is counted over a day off.

    `charted` products have one route for all their lots. All others come by one stream. With `told` the
    log's own releases count, else first starts, of which `entry` says what they tell of arrivals.
    """
    seen, about_lots = _orders(seen, told=told)
    at = np.array([_released(t, told=told) for t in seen])
    opening = _opening(np.sort(at))
    clock = opening.open_until(at)
    off = np.searchsorted(np.array(sorted(days_off)), at // DAY_S)
    streams, findings = [], []
    groups = _groups(seen, clock, charted, several=bool(about_lots))
    for products in groups:
        own = np.array([t.product in products for t in seen])
        traces = [t for t, mine in zip(seen, own, strict=True) if mine]
        pieces = _sizes(traces, several=bool(about_lots))
        gaps = _gaps(clock[own], off[own])
        unseen = None if told or entry is None else entry.between(gaps)
        stream, said = _stream(traces, gaps, pieces, unseen)
        streams.append(stream)
        findings += [_of_one(f, stream) for f in said] if len(groups) > 1 else said
    days = int(opening.open.reshape(7, -1).any(axis=1).sum())
    return Arrivals(opening, streams), [
        Finding("orders.calendar", f"{days} days a week, {opening.hours:g} h", len(at),
                f"weekdays and hours at which lots {'are released' if told else 'first start'}"),
        *about_lots,
        *findings,
    ]  # fmt: skip


def _released(trace: Trace, *, told: bool) -> float:
    return trace.arrived_s if told and trace.arrived_s is not None else trace.release_s


def _orders(lots: list[Trace], *, told: bool) -> tuple[list[Trace], list[Finding]]:
    """Orders of several lots, each as one lot of all their pieces: lots of a product that were released at
    one moment, or, where releases are unknown, that are due at one (which is no whole day)."""
    groups: dict[tuple[str, float], list[Trace]] = defaultdict(list)
    for lot in lots:
        moment = lot.arrived_s if told else lot.due_s
        if moment is None or (not told and moment % DAY_S == 0):
            return lots, []
        groups[lot.product, round(moment)].append(lot)
    if len(lots) < SEVERAL * len(groups):
        return lots, []
    orders = [replace(own[0], pieces=sum(lot.pieces for lot in own)) for own in groups.values()]
    orders.sort(key=lambda order: (_released(order, told=told), order.lot))
    size = len(lots) / len(groups)
    how = f"lots of a product that {'were released' if told else 'are due'} at one moment are one order"
    return orders, [Finding("orders.lots", f"{size:.1f} lots an order", len(groups), how)]


def _of_one(finding: Finding, stream: Stream) -> Finding:
    """Of several streams, the pace of one product has an address of its own."""
    if finding.what != "orders.every" or len(stream.mix) > 1:
        return finding
    return replace(finding, what=f"orders.{next(iter(stream.mix))}.every")


def _gaps(clock: Floats, off: npt.NDArray[np.int64]) -> Floats:
    order = np.argsort(clock, kind="stable")
    gaps: Floats = np.diff(clock[order])[np.diff(off[order]) == 0]
    return gaps


def _groups(
    seen: list[Trace], clock: Floats, charted: frozenset[str], *, several: bool
) -> list[frozenset[str]]:
    """Products that share a stream: all, or each charted product by itself where that is steadier, or where
    their sizes differ; the one lot of an order is of a size of its product, `several` are not."""
    count = Counter(t.product for t in seen)
    rest = frozenset(count.keys() - charted)
    apart = [frozenset([name]) for name in sorted(charted & count.keys())]
    names = np.array([t.product for t in seen])
    joint = _spread(clock)
    own = np.array([_spread(clock[names == name]) for name in sorted(charted & count.keys())])
    weight = np.array([count[name] for name in sorted(charted & count.keys())], float)
    steadier = len(apart) > 1 and float(np.average(own, weights=weight)) < OWN_PACE * joint
    together = not steadier and _alike(seen, charted, one=several or bool(rest and charted))
    if together:
        return [frozenset(count)]
    return apart + ([rest] if rest else [])


def _alike(seen: list[Trace], charted: frozenset[str], *, one: bool) -> bool:
    """Whether one stream can give all products their sizes: each has a size (`one` for all), or all have the
    same sizes."""
    if one:
        return _common([t.pieces for t in seen]) is not None
    own = {name: [t.pieces for t in seen if t.product == name] for name in charted}
    sizes = [found for found in own.values() if found]
    return all(len(set(s)) == 1 for s in sizes) or len({frozenset(s) for s in sizes}) <= 1


def _common(sizes: list[int]) -> int | None:
    """The size that nearly all have."""
    size, n = Counter(sizes).most_common(1)[0]
    return size if n >= NEARLY * len(sizes) else None


def _spread(clock: Floats) -> float:
    """Coefficient of variation of the times between."""
    gaps = np.diff(np.sort(clock))
    return float(gaps.std() / max(gaps.mean(), 1e-9)) if len(gaps) > 2 else 1.0


def _stream(
    traces: list[Trace], gaps: Floats, pieces: Distribution | None, unseen: Distribution | None
) -> tuple[Stream, list[Finding]]:
    mix = dict(sorted(Counter(t.product for t in traces).items()))
    found = fit_family(gaps) if len(gaps) >= RICH // 50 else None
    mean_s = float(gaps.mean()) if len(gaps) and gaps.mean() > 0 else DAY_S
    if unseen is not None:
        every = unseen
    elif found is not None:
        every = found.distribution
    else:
        every = between.between_orders(gaps) if len(gaps) > 1 else Distribution.exponential(mean_s)
    due = np.array([t.due_s - (t.arrived_s or t.release_s) for t in traces if t.due_s is not None])
    allowed = fit_family(np.maximum(due, 0.0)) if len(due) > len(traces) / 2 else None
    stream = Stream(mix, every, pieces, allowed.distribution if allowed else None)
    error = float(gaps.std()) / max(len(gaps), 1) ** 0.5 if len(gaps) else mean_s
    of = "" if len(mix) > 1 else f" of {next(iter(mix))}"
    value = f"{hours(mean_s)} of this time ({every.kind.value})"
    how = f"time between releases{of}"
    if unseen is not None:
        how = f"time between first starts{of}, behind a queue: the spread is assumed (departures, Whitt 1983)"
    said = [Finding("orders.every", value, len(traces), how, mean_s,
                    *intervals.of_mean(mean_s, error, len(gaps)))]  # fmt: skip
    if allowed is not None:
        low, high = intervals.of_mean(allowed.mean, allowed.error, len(due))
        said.append(Finding("orders.due", hours(allowed.mean), len(due), f"due after release{of}",
                            allowed.mean, low, high))  # fmt: skip
    if len(mix) > 1:
        for name, n in mix.items():
            low, high = intervals.of_share(n, len(traces))
            share = n / len(traces)
            said.append(Finding(f"orders.mix.{name}", f"{share:.1%}", len(traces), "share of orders; Wilson",
                                share, low, high))  # fmt: skip
    return stream, said


def _sizes(traces: list[Trace], *, several: bool) -> Distribution | None:
    """Pieces of an order; None where each is one lot of the size of its product."""
    if not several and len({(t.product, t.pieces) for t in traces}) == len({t.product for t in traces}):
        return None
    sizes = np.array([t.pieces for t in traces], float)
    values, counts = np.unique(sizes, return_counts=True)
    if len(values) == 1:
        return Distribution.constant(float(values[0]))
    if len(values) <= FEW_SIZES:
        return Distribution.discrete(dict(zip(values.tolist(), counts.tolist(), strict=True)))
    return fit_family(sizes).distribution


def _opening(at_s: Floats) -> Opening:
    parts = WEEK_H * 4 if len(at_s) >= RICH else WEEK_H
    part = (at_s // (WEEK_S / parts)).astype(int) % parts
    table = np.bincount(part, minlength=parts).reshape(7, -1)
    by_day, by_hour = table.sum(axis=1), table.sum(axis=0)
    days = by_day >= DAY_SHARE * np.sort(by_day)[-3:].mean()
    hours_open = by_hour >= HOUR_SHARE * np.sort(by_hour)[-table.shape[1] // 4 :].mean()
    if parts == WEEK_H:
        span = np.flatnonzero(hours_open)
        hours_open[span[0] : span[-1] + 1] = True
    return Opening((days[:, None] & hours_open[None, :]).reshape(-1))
