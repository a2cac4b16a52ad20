"""Failures and maintenance: from rows of their own, or, where there are none, from jobs that took far longer
than such a job ever takes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from zhizao.plant.model import Clock
from zhizao.quantities.distributions import Distribution, DistributionKind, mean, scaled
from zhizao.records import Activity, Records
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.fitting import intervals
from zhizao.studies.learn.fitting.families import Fit, fit_family
from zhizao.studies.learn.log.jobs import ROUND_S, Flags, Floats, firsts
from zhizao.studies.learn.log.spans import Spans, union, within
from zhizao.studies.learn.log.visits import History
from zhizao.studies.learn.log.week import Opening

LEAST_S = 60.0
FEW = 8  # stops below which a work center is drawn to the plant
MANY = 40  # gaps from which their family is told
WRONG = 0.05  # share of stops at a moment that the clock does not explain
AT_END = 0.8  # share of failures at the very end of a job, from which they go with jobs
RESTS = 0.9  # share of the repairs over closed hours that begin and end in open ones, if they rest there
CROSSED = 3  # repairs over closed hours that tell it
EDGE_S = 900.0  # hours are learned to a quarter of an hour
STEADY = 0.05  # share of the usual gap by which the least falls short, if maintenance has a plan


@dataclass(frozen=True, slots=True)
class FailureMode:
    """Failures of the units of a work center: what their clock counts, the interval, the repair."""

    between: Distribution
    repair: Distribution
    clock: Clock = Clock.BUSY
    rests: bool = False  # the repair goes on in the hours of the work center only


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Planned maintenance of the units of a work center."""

    every: Distribution
    takes: Distribution
    clock: Clock
    now: bool  # it interrupts the work in hand


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """What one unit did: work (without set-ups, stops and rests), the spans of its jobs as they are in the
    log, its stops, and the ends of its jobs with their pieces."""

    work: Spans
    jobs: Spans
    stops: Spans
    cycles: Floats
    pieces: Floats

    def clock(self, clock: Clock, at_s: Floats) -> Floats:
        """What the clock of a failure has counted before each moment."""
        if clock is Clock.BUSY:
            return self.work.until(at_s)
        if clock is Clock.CALENDAR:
            return at_s - self.stops.until(at_s)
        count = np.searchsorted(self.cycles, at_s + ROUND_S)
        return np.append(0.0, np.cumsum(self.pieces))[count] if clock is Clock.PIECES else count.astype(float)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Stops of the units of one work center, and what the units did meanwhile.

    Where the log names fewer units than there are, `fold` are behind each name: what they did is known only
    all together (`work_s`), and not when each one did it.
    """

    units: list[Unit]
    window: tuple[float, float]
    fold: float
    work_s: float
    held_s: float  # time with work in hand, with its rests and stops
    with_lot: float | None  # share of the stops with a lot in hand, where the log tells

    @property
    def lengths_s(self) -> Floats:
        """Of all stops."""
        return np.concatenate([u.stops.end - u.stops.start for u in self.units])

    @property
    def count(self) -> int:
        """Of stops."""
        return sum(len(u.stops.start) for u in self.units)

    def exposure(self, clock: Clock) -> float:
        """What the clocks of all units counted."""
        if self.fold > 1 and clock is Clock.BUSY:
            return self.work_s
        ends = np.array(self.window)
        if self.fold > 1 and clock is Clock.CALENDAR:
            return float(np.diff(ends)[0] * len(self.units) * self.fold - self.lengths_s.sum())
        return float(sum(np.diff(u.clock(clock, ends))[0] for u in self.units))

    def gaps(self, clock: Clock) -> Floats:
        """What the clock counted between stops of one unit; empty where units have no names."""
        found = [
            u.clock(clock, u.stops.start[1:]) - u.clock(clock, u.stops.end[:-1])
            for u in self.units
            if len(u.stops.start) > 1 and self.fold <= 1
        ]
        return np.concatenate(found) if found else np.zeros(0)

    def busy(self) -> tuple[float, float]:
        """Share of the time with work in hand, and share of the stops that began in it."""
        span = (self.window[1] - self.window[0]) * len(self.units) * self.fold
        spent = self.held_s if self.fold > 1 else sum(u.jobs.total_s for u in self.units)
        inside = sum(int(u.jobs.holds(u.stops.start, slack_s=ROUND_S).sum()) for u in self.units)
        share = inside / max(self.count, 1) if self.with_lot is None else self.with_lot
        return min(max(spent / max(span, 1.0), 1e-6), 1 - 1e-6), share


# ---------------------------------------------------------------- what units did
def _seen(
    records: Records,
    history: History,
    table: pl.DataFrame,
    activity: Activity,
    limits: tuple[dict[str, Opening], dict[str, int]],
) -> dict[str, _Seen]:
    """Work centers with rows of this activity, and their units (`limits`: rests, and units, by name)."""
    assert records.events is not None  # a history has been read from them
    stops = stop_rows(records, history)
    own = stops.filter(pl.col("activity") == activity.value)
    window = (history.start_s, history.end_s)
    pauses, count = limits
    lots = not own["lot"].is_null().all()
    found: dict[str, _Seen] = {}
    for center in sorted(own["work_center"].unique().to_list()):
        here = {str(u): rows for (u,), rows in own.filter(pl.col("work_center") == center).group_by("unit")}
        others = stops.filter(pl.col("work_center") == center)
        work = history.rows.filter(pl.col("work_center") == center)
        done = firsts(table.filter(pl.col("work_center") == center))
        names = sorted({*work["unit"].unique().to_list(), *here})
        units = [
            _unit(
                work.filter(pl.col("unit") == u),
                done.filter(pl.col("unit") == u),
                others.filter(pl.col("unit") == u),
                here.get(u, own.clear()),
                pauses.get(center),
            )
            for u in names
        ]
        rows = own.filter(pl.col("work_center") == center)
        with_lot = float(rows["lot"].is_not_null().to_numpy().mean()) if lots else None
        fold = max(count.get(center, 1) / len(names), 1.0)
        held_s = float((work["end_s"] - work["start_s"]).sum())
        work_s = _work_s(work, rows, pauses.get(center))
        found[center] = _Seen(units, window, fold, work_s, held_s, with_lot)
    return found


def _work_s(work: pl.DataFrame, stops: pl.DataFrame, pauses: Opening | None) -> float:
    """Work on all units, without stops of the work in hand."""
    spans = work.filter(pl.col("activity") != Activity.SETUP.value).select("start_s", "end_s")
    found = []
    for part in (spans, stops.drop_nulls("lot").select("start_s", "end_s")):
        start, end = part["start_s"].to_numpy(), part["end_s"].to_numpy()
        length = end - start if pauses is None else pauses.open_until(end) - pauses.open_until(start)
        found.append(float(length.sum()))
    return found[0] - found[1]


def stop_rows(records: Records, history: History) -> pl.DataFrame:
    """Failures and maintenance of units, on the clock of the history."""
    assert records.events is not None  # a history has been read from them
    kinds = [Activity.FAILURE.value, Activity.MAINTENANCE.value]
    rows = records.events.filter(pl.col("activity").cast(pl.String).is_in(kinds)).drop_nulls(["start", "end"])
    moment = [
        ((pl.col(c) - history.origin).dt.total_microseconds() / 1e6).alias(f"{c}_s") for c in ("start", "end")
    ]
    rows = rows.select("work_center", "unit", pl.col("activity").cast(pl.String), "lot", "personnel", *moment)
    same = ["unit", "activity", "start_s", "end_s"]  # a stop of a batch may have a row for each lot
    return rows.unique(same, maintain_order=True).sort("start_s", "end_s")


def _unit(
    work: pl.DataFrame, done: pl.DataFrame, others: pl.DataFrame, own: pl.DataFrame, pauses: Opening | None
) -> Unit:
    own = own.sort("start_s")
    processed = work.filter(pl.col("activity") != Activity.SETUP.value)
    down = _union(others)
    busy = _union(processed).without(down)
    if pauses is not None:
        busy = within(busy, pauses)
    done = done.filter(~pl.col("running")).sort("end_s")
    start, end = own["start_s"].to_numpy(), own["end_s"].to_numpy()
    ends, pieces = done["end_s"].to_numpy(), done["pieces"].to_numpy().astype(float)
    return Unit(busy, _union(work), Spans(start, end), ends, pieces)


def _union(rows: pl.DataFrame) -> Spans:
    return union(rows["start_s"].to_numpy(), rows["end_s"].to_numpy())


# ---------------------------------------------------------------- failures
def has_failures(records: Records) -> bool:
    """Whether the log has rows of failures."""
    assert records.events is not None  # a history has been read from them
    return bool((records.events["activity"].cast(pl.String) == Activity.FAILURE.value).any())


def learn_failures(
    records: Records,
    history: History,
    table: pl.DataFrame,
    *,
    pauses: dict[str, Opening] | None = None,
    units: dict[str, int] | None = None,
    openings: dict[str, Opening] | None = None,
) -> tuple[dict[str, FailureMode], list[Finding]]:
    """Failures by work center from the rows of breakdowns: the clock that explains when they come, its
    interval (drawn to the plant's where there are few), and the repair, in open hours where it rests in
    closed ones."""
    seen = _seen(records, history, table, Activity.FAILURE, (pauses or {}, units or {}))
    if not seen:
        return {}, []
    rested = {name: _rested(own, (openings or {}).get(name)) for name, own in seen.items()}
    lengths = {
        name: own.lengths_s if (open_s := rested[name]) is None else open_s for name, own in seen.items()
    }
    pooled = _clock(list(seen.values()))
    usual = sum(s.exposure(pooled) for s in seen.values()) / sum(s.count for s in seen.values())
    every = np.maximum(np.concatenate(list(lengths.values())), LEAST_S)
    modes, findings = {}, []
    for name, own in seen.items():
        clock = _clock([own]) if own.count >= FEW else pooled
        between, said = _between(name, own, clock, usual)
        rests = rested[name] is not None
        repair, more = _repair(name, lengths[name], every, rests=rests)
        modes[name] = FailureMode(between, repair, clock, rests)
        findings += [said, more]
    return modes, findings


def _clock(seen: list[_Seen]) -> Clock:
    """Clock by the likelihood of the moments at which stops begin: at the end of a job (cycles, or pieces
    where that explains which job), within work (busy) or at any time (calendar)."""
    units = [u for s in seen for u in s.units]
    count = sum(len(u.stops.start) for u in units)
    at_end = sum(int(_at_end(u).sum()) for u in units)
    if at_end >= AT_END * count:
        return Clock.PIECES if _told(seen, Clock.PIECES) > _told(seen, Clock.CYCLES) else Clock.CYCLES
    calendar = busy = 0.0
    for own in seen:
        share, inside = own.busy()
        calendar += own.count * (inside * math.log(share) + (1 - inside) * math.log(1 - share))
        busy += own.count * (inside * math.log(1 - WRONG) + (1 - inside) * math.log(WRONG))
    return Clock.BUSY if busy > calendar else Clock.CALENDAR


def _at_end(unit: Unit) -> Flags:
    near = np.searchsorted(unit.cycles, unit.stops.start + ROUND_S)
    ends = np.append(-np.inf, unit.cycles)[near]
    flags: Flags = np.abs(unit.stops.start - ends) <= ROUND_S
    return flags


def _told(seen: list[_Seen], clock: Clock) -> float:
    """Log likelihood of which jobs a failure followed, if its chance goes with jobs or with pieces."""
    pieces = np.concatenate([u.pieces for s in seen for u in s.units])
    failed = np.concatenate([_hit(u) for s in seen for u in s.units])
    weight = pieces if clock is Clock.PIECES else np.ones(len(pieces))
    chance = np.clip(weight * failed.sum() / max(weight.sum(), 1.0), 1e-9, 1 - 1e-9)
    return float(np.where(failed, np.log(chance), np.log1p(-chance)).sum())


def _hit(unit: Unit) -> Flags:
    hit = np.zeros(len(unit.cycles), bool)
    hit[np.searchsorted(unit.cycles, unit.stops.start + ROUND_S)[_at_end(unit)] - 1] = True
    return hit


_COUNTS = {
    Clock.BUSY: "of work", Clock.CALENDAR: "", Clock.CYCLES: "jobs", Clock.PIECES: "pieces",
}  # fmt: skip


def _between(name: str, own: _Seen, clock: Clock, usual: float) -> tuple[Distribution, Finding]:
    """Interval between failures: exponential, unless many gaps say otherwise."""
    n, exposure = own.count, own.exposure(clock)
    counted = clock in (Clock.CYCLES, Clock.PIECES)
    few = n < FEW
    amount = max((exposure + usual) / (n + 1) if few else exposure / n, 1.0 if counted else LEAST_S)
    low, high = intervals.of_rate(n + 1, exposure + usual) if few else intervals.of_rate(n, exposure)
    shape = Distribution.exponential(1.0)
    gaps = own.gaps(clock)
    if len(gaps) >= MANY:
        shape = fit_family(gaps).distribution
    if shape.kind is DistributionKind.CONSTANT:
        amount = float(round(np.median(gaps)))
    between = scaled(shape, _tidy(amount) / mean(shape))
    told = f"{amount:.1f} {_COUNTS[clock]}" if counted else f"{hours(amount)} {_COUNTS[clock]}".strip()
    ends = (1 / high, 1 / max(low, 1e-12))
    if shape.kind is not DistributionKind.EXPONENTIAL:
        ends = intervals.of_mean(amount, float(gaps.std(ddof=1)) / math.sqrt(n), n)
    how = f"marked breakdowns over {clock.value} time, by which they come" if not counted else (
        f"marked breakdowns over {clock.value}: they come when a job ends"
    )  # fmt: skip
    how += f" ({shape.kind.value}; Poisson interval)" if shape.kind is DistributionKind.EXPONENTIAL else (
        f" ({shape.kind.value})"
    )  # fmt: skip
    how += "; drawn to the plant's rate" if few else ""
    return between, Finding(f"work_centers.{name}.failures.between", f"every {told}", n, how, amount, *ends)


def _rested(seen: _Seen, opening: Opening | None) -> Floats | None:
    """Lengths of the stops in open hours, if nearly all that cross closed hours begin and end in open ones,
    and lengths scatter less so; None if they go on in closed hours, or the log does not tell."""
    if opening is None or opening.open.all():
        return None
    start, end = (np.concatenate([getattr(u.stops, side) for u in seen.units]) for side in ("start", "end"))
    spent = opening.open_until(end) - opening.open_until(start)
    crossed = end - start - spent > LEAST_S
    if crossed.sum() < CROSSED:
        return None
    lit = [opening.open_until(at + EDGE_S) - opening.open_until(at - EDGE_S) > 0 for at in (start, end)]
    within_hours = (lit[0] & lit[1])[crossed].mean()
    scatter = [float(np.log(np.maximum(x, LEAST_S)).std()) for x in (spent, end - start)]
    return spent if within_hours > RESTS and scatter[0] < scatter[1] else None


def _repair(name: str, lengths_s: Floats, every_s: Floats, *, rests: bool) -> tuple[Distribution, Finding]:
    """Repair: of its own where there are enough, or else the plant's family with a mean drawn to its own."""
    own = np.maximum(lengths_s, LEAST_S)
    n, few = len(own), len(own) < FEW
    fit = fit_family(every_s if few else own)
    amount, error = fit.mean, fit.error
    if few:
        amount = (float(own.sum()) + float(every_s.mean())) / (n + 1)
        error = float(every_s.std(ddof=1) if len(every_s) > 1 else amount) / math.sqrt(n + 1)
    repair = scaled(fit.distribution, _tidy(amount) / mean(fit.distribution)) if few else fit.distribution
    how = f"lengths of marked breakdowns ({repair.kind.value}; t interval)"
    how += "; in open hours, for those that cross closed ones rest there" if rests else ""
    how += f"; family and scatter pooled over {len(every_s)}" if few else ""
    ends = intervals.of_mean(amount, error, len(every_s) if few else n)
    return repair, Finding(f"work_centers.{name}.failures.repair", hours(amount), n, how, amount, *ends)


def _tidy(number: float) -> float:
    return float(f"{number:.5g}")


# ---------------------------------------------------------------- maintenance
def learn_maintenance(
    records: Records, history: History, table: pl.DataFrame, *, pauses: dict[str, Opening] | None = None
) -> tuple[dict[str, Upkeep], list[Finding]]:
    """Maintenance by work center from rows of its own: the clock by which it comes most steadily, its
    interval and its length."""
    plans, findings = {}, []
    for name, own in _seen(records, history, table, Activity.MAINTENANCE, (pauses or {}, {})).items():
        gaps = {clock: own.gaps(clock) for clock in Clock}
        if own.count < 2 or not len(gaps[Clock.CALENDAR]):
            continue
        spread = {c: float(g.std()) / max(float(g.mean()), 1e-9) for c, g in gaps.items() if g.mean() > 0}
        near = max(2 * min(spread.values()), STEADY)
        clock = next(
            c for c in Clock if spread.get(c, np.inf) <= near
        )  # the plainest of those that explain it
        inside = sum(int(u.jobs.holds(u.stops.start, slack_s=ROUND_S).sum()) for u in own.units)
        now = inside > own.count / 2
        fit, takes = fit_family(gaps[clock]), fit_family(np.maximum(own.lengths_s, LEAST_S))
        every, amount = fit.distribution, fit.mean
        usual, least = float(np.median(gaps[clock])), float(gaps[clock].min())
        if usual - least < STEADY * usual:  # what is due may wait for the work in hand or for the morning
            amount = usual if now else least
            every = Distribution.constant(_tidy(amount))
        plans[name] = Upkeep(every, takes.distribution, clock, now)
        findings += _about_upkeep(name, clock, fit._replace(mean=amount), takes, own.count)
    return plans, findings


def _about_upkeep(name: str, clock: Clock, every: Fit, takes: Fit, n: int) -> list[Finding]:
    counted = clock in (Clock.CYCLES, Clock.PIECES)
    value = f"{every.mean:.1f} {clock.value}" if counted else f"{hours(every.mean)} ({clock.value})"
    how = f"rows of maintenance; the {clock.value} clock scatters least (t interval)"
    what = f"work_centers.{name}.maintenance"
    return [
        Finding(f"{what}.every", value, n - 1, how, every.mean,
                *intervals.of_mean(every.mean, every.error, n - 1)),
        Finding(f"{what}.for", hours(takes.mean), n, "rows of maintenance (t interval)", takes.mean,
                *intervals.of_mean(takes.mean, takes.error, n)),
    ]  # fmt: skip
