"""Which lots the log shows whole: a lot seen from its middle, or not to its end, is not taken for a short
one."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from zhizao.records import LotStatus, fixed_follow_up_s
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.log.visits import History, Trace

Floats = npt.NDArray[np.float64]

LEFT_QUANTILE = 0.9
ROUNDS = 8
RARE_FIRST = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """One way through the plant, with the number of visits that were lent by a similar lot."""

    trace: Trace
    lent: int
    open: bool = False  # its last visit was not the end of its way, or it was scrapped there

    @property
    def seen(self) -> Trace:
        """The lot as the log shows it, without what was lent."""
        if not self.lent:  # nearly all of a long log's
            return self.trace
        return replace(self.trace, visits=self.trace.visits[: len(self.trace.visits) - self.lent])


def fixed_follow_up(history: History) -> float | None:
    """For how long (s) the log follows each lot, None where it ends for all at one date."""
    traces = history.traces
    return fixed_follow_up_s(
        np.array([t.release_s for t in traces]),
        np.array([t.last_s for t in traces]),
        np.array([any(v.running for v in t.visits) for t in traces]),
        history.end_s,
    )


def follow_up_s(history: History) -> float:
    """How long each lot was followed: a fixed time where the log shows one, else to the log's end."""
    fixed = fixed_follow_up(history)
    return history.end_s - history.start_s if fixed is None else fixed


def gaps_s(history: History) -> Floats:
    """Waiting times between the visits of a lot (0 where they overlap)."""
    found: Floats = history.waits_s[~np.isnan(history.waits_s)]
    return found if len(found) else np.zeros(1)


def learn_variants(
    history: History, rng: np.random.Generator
) -> tuple[list[Variant], list[Trace], list[Finding]]:
    """Ways through the plant, the lots whose release was seen, and what was found.

    A lot in process when the log begins shows its first row when its wait is over, so lots first seen
    within that time (its 90 % quantile) may have been running; they give no arrival, and a route only
    if they begin where lots that were surely released begin.
    """
    settle_s = history.start_s + _settling_s(history)
    seen = [t for t in history.traces if _surely_released(t, history.start_s, settle_s)]
    seen = seen or list(history.traces)
    firsts = Counter(t.visits[0].operation for t in seen)
    usual = {name for name, n in firsts.items() if n >= RARE_FIRST * len(seen)}
    surely = {t.lot for t in seen}
    started = [t for t in history.traces if t.lot in surely or t.visits[0].operation in usual]
    open_end = _still_going(history, started)
    whole = [t for t in started if t.lot not in open_end]
    donors = _passed(whole)
    variants = [_completed(t, donors, rng) if t.lot in open_end else Variant(t, 0) for t in started]
    variants = [
        replace(v, open=v.trace.lot in open_end or v.trace.status == LotStatus.SCRAPPED.value)
        for v in variants
    ]
    left = len(history.traces) - len(started)
    wait = hours(settle_s - history.start_s)
    return variants, seen, [
        Finding("routes", f"{len(variants)} ways through the plant", len(history.traces),
                f"one per lot seen from its start; {left} lots were already running when the log began "
                f"(first seen within {wait}, at an operation where lots do not begin)"),
        Finding("routes", f"{len(open_end)} lots not seen to their end", len(started),
                "end probability of each operation and waiting times (EM); the rest of their way is lent "
                "by a similar finished lot"),
        Finding("orders", f"{len(history.traces) - len(seen)} lots are no arrivals", len(history.traces),
                f"first seen within {wait} of the log's start, so they may have been running"),
    ]  # fmt: skip


def _surely_released(trace: Trace, start_s: float, settle_s: float) -> bool:
    """Whether a lot came within the log: as the log tells, or first seen when older lots had shown up."""
    if trace.arrived_s is not None:
        return trace.arrived_s >= start_s
    return trace.release_s >= settle_s


def _settling_s(history: History) -> float:
    """90 % quantile of the rest of a wait that is cut at a random moment (renewal theory: its density is the
    share of waits that are longer, over the mean), at most a third of the time in which lots start."""
    waits = np.sort(gaps_s(history))
    longer = np.arange(len(waits), 0, -1) / len(waits)
    share = np.cumsum(np.diff(waits, prepend=0.0) * longer) / max(float(waits.mean()), 1e-9)
    rest = float(waits[min(int(np.searchsorted(share, LEFT_QUANTILE)), len(waits) - 1)])
    return min(rest, (history.traces[-1].release_s - history.start_s) / 3)


def _still_going(history: History, traces: list[Trace]) -> set[str]:
    """Lots that more likely go on than not, given where they stopped and how long they have been silent."""
    if sum(t.status is not None for t in traces) > len(traces) / 2:
        return {t.lot for t in traces if t.status in (None, LotStatus.IN_PROCESS.value)}
    limit = follow_up_s(history)
    waits = np.sort(gaps_s(history))
    last = [t.visits[-1].operation for t in traces]
    number = {name: i for i, name in enumerate(sorted(set(last)))}
    at = np.array([number[name] for name in last])
    passed = Counter(v.operation for t in traces for v in t.visits)
    visits = np.array([passed[name] for name in number])
    silent = np.array([min(t.release_s + limit, history.end_s) - t.last_s for t in traces])
    quiet = 1 - np.searchsorted(waits, silent, side="right") / len(waits)
    running = np.array([t.visits[-1].running for t in traces])
    going = np.zeros(len(traces))
    for _ in range(ROUNDS):
        end = ((np.bincount(at, 1 - going, len(visits)) + 0.5) / (visits + 1.0))[at]
        on = (1 - end) * quiet
        going = np.where(running, 1.0, on / (on + end))
    return {t.lot for t, p in zip(traces, going, strict=True) if p > 0.5}


def _passed(whole: list[Trace]) -> dict[str, list[Trace]]:
    """The lots that passed each operation and went on, by operation."""
    found: dict[str, list[Trace]] = defaultdict(list)
    for trace in whole:
        for name in {v.operation for v in trace.visits[:-1]}:
            found[name].append(trace)
    return found


def _completed(trace: Trace, passed: dict[str, list[Trace]], rng: np.random.Generator) -> Variant:
    """Lend the rest of the way from a finished lot that passed the same operation, of the same product if
    any."""
    name = trace.visits[-1].operation
    donors = passed.get(name, [])
    donors = [t for t in donors if t.product == trace.product] or donors
    if not donors:
        return Variant(trace, 0)
    donor = donors[int(rng.integers(len(donors)))]
    last = max(i for i, v in enumerate(donor.visits[:-1]) if v.operation == name)
    scale = trace.pieces / donor.pieces if donor.pieces > 0 else 1.0
    tail = [
        replace(v, lot=donor.lot, work_s=v.work_s * min(max(scale, 0.5), 2.0))
        for v in donor.visits[last + 1 :]
    ]
    return Variant(replace(trace, visits=trace.visits + tuple(tail)), len(tail))
