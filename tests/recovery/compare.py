"""The hidden plant beside the learned one: which facts came back, and which intervals hold the truth."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from tests.recovery.facts import Fact, facts, hours_apart, visits
from zhizao.plant import Plant
from zhizao.records import Records

CLOSE = 0.05
CLOSE_SHARE = 0.01  # absolute, for shares
ERRORS = 3.0  # standard errors that chance may take, where a log holds too little for 5 %
NEGLIGIBLE_S = 60.0  # of a set-up or a delay that is not there
EXACT = ("units", "people", "batch.least", "batch.most")
SHARES = ("next", "scrap", "mix")
ORDERS = ("orders.per_week", "orders.hours", "mix", "pieces", "due")
LONG_QUEUE = 500  # lots; what a backlog of thousands shows, shorter queues show too
ENOUGH_CHOICES = 50  # picks that tell a rule from another


@dataclass(frozen=True, slots=True)
class Compared:
    """One fact of one plant: what is true, what was learned, and how far apart they may be."""

    fact: str
    truth: float | str
    learned: float | str
    allowed: float

    @property
    def met(self) -> bool:
        """Whether it came back."""
        if isinstance(self.truth, str) or isinstance(self.learned, str):
            return self.truth == self.learned
        return abs(self.truth - self.learned) <= self.allowed + 1e-9

    def __str__(self) -> str:
        if isinstance(self.truth, str) or isinstance(self.learned, str):
            return f"{self.fact}: {self.truth} learned as {self.learned}"
        off = f" ({self.learned / self.truth - 1:+.1%})" if self.truth else ""
        return f"{self.fact}: {self.truth:.5g} learned as {self.learned:.5g}{off}, allowed {self.allowed:.2g}"


def compare(hidden: Plant, learned: Plant, log: Records) -> list[Compared]:
    """All facts of either plant; a fact that one of them does not have is 0 (or none) there."""
    truth, found, counted = facts(hidden), facts(learned), counts(log, hidden)
    clear = rules_reported_apart(hidden, log)
    rows = []
    for address in sorted(truth.keys() | found.keys()):
        true, own = truth.get(address, Fact(0.0)), found.get(address, Fact(0.0))
        kind, _, rest = address.partition("/")
        if kind == "dispatch":
            if rest in clear:
                rows.append(Compared(address, true.value, own.value, 0.0))
            continue
        if kind in ORDERS and address not in truth:
            continue  # a plant whose orders are a table has no rate that could come back
        rows.append(Compared(address, true.value, own.value, _allowed(kind, true, counted)))
    for center, apart in sorted(hours_apart(hidden, learned).items()):
        hours = truth[f"hours/{center}"].value
        assert isinstance(hours, float)
        rows.append(Compared(f"hours.apart/{center}", 0.0, apart, CLOSE * hours))
    return rows


def _allowed(kind: str, true: Fact, counted: dict[tuple[str, ...], int]) -> float:
    assert isinstance(true.value, (int, float))
    if kind in EXACT:
        return 0.5
    close = CLOSE * abs(true.value)
    if kind in SHARES:
        close = max(close, CLOSE_SHARE)
    elif true.value == 0 and kind in ("setup", "delay"):
        close = NEGLIGIBLE_S
    seen = counted.get(true.counted, 0)
    return max(close, ERRORS * true.sd / math.sqrt(seen)) if seen else close


def counts(log: Records, hidden: Plant) -> dict[tuple[str, ...], int]:
    """Observations in a log, by what counts as one (the addresses in `Fact.counted`)."""
    assert log.events is not None
    work = visits(log.events)
    found: dict[tuple[str, ...], int] = defaultdict(int)
    released = log.lots.filter(pl.col("release") >= log.start)
    found["lots",] = released.height
    for product, n in released.group_by("product").len().iter_rows():
        found["lots", product] = n
    for product, operation, center, n in (
        work.group_by("product", "operation", "work_center").len().iter_rows()
    ):
        found["visits", product, operation, center] = n
        found["visits", product, operation] += n
    for product, operation, n in (
        work.group_by("product", "operation").agg(pl.col("pieces_in").sum()).iter_rows()
    ):
        found["pieces", product, operation] = n
    stops = log.events.filter(pl.col("activity").cast(pl.String) == "failure")
    for center, n in stops.group_by("work_center").len().iter_rows():
        found["failures", center] = n
    found.update(setup_pairs(log.events))
    return dict(found)


def setup_pairs(events: pl.DataFrame) -> dict[tuple[str, ...], int]:
    """Set-ups by what the unit worked on before and after (only where the log names the units)."""
    rows = events.filter(pl.col("lot").is_not_null()).sort("unit", "start", "end")
    before = [pl.col(c).shift(1).over("unit").alias(f"{c}_before") for c in ("product", "operation")]
    rows = (
        rows.with_columns(*before)
        .filter(pl.col("activity").cast(pl.String) == "setup")
        .drop_nulls("product_before")
    )
    keys = ("work_center", "product_before", "operation_before", "product", "operation")
    return {("setups", *key): n for *key, n in rows.group_by(*keys).len().iter_rows()}


# ---------------------------------------------------------------- dispatch
@dataclass(frozen=True, slots=True)
class _Waiting:
    lot: str
    came: float
    start: float
    due: float
    priority: float
    work_s: float


_KEYS: dict[str, Callable[[_Waiting], tuple[float, float]]] = {
    "fifo": lambda w: (0.0, w.came),
    "earliest-due-date": lambda w: (w.due, w.came),
    "shortest-processing-time": lambda w: (w.work_s, w.came),
    "priority": lambda w: (-w.priority, w.came),
}


def rules_reported_apart(hidden: Plant, log: Records) -> set[str]:
    """Work centers at which picks enough tell the rule in force from each of the plain rules."""
    found = set()
    for center, visits_there in _queues(hidden, log).items():
        rule = next(getattr(c.dispatch, "value", "") for c in hidden.work_centers if c.id == center)
        against = _picks_against(visits_there)
        if all(n >= ENOUGH_CHOICES for name, n in against.items() if name != rule):
            found.add(center)
    return found


def _picks_against(rows: list[_Waiting]) -> dict[str, int]:
    """How often each plain rule would have taken another lot than the one that was taken."""
    against = dict.fromkeys(_KEYS, 0)
    waiting: dict[str, _Waiting] = {}
    coming = sorted(rows, key=lambda w: w.came)
    place = 0
    for taken in sorted(rows, key=lambda w: (w.start, w.came)):
        while place < len(coming) and coming[place].came <= taken.start:
            waiting[f"{coming[place].lot}@{coming[place].came}"] = coming[place]
            place += 1
        for name, key in _KEYS.items():
            if 1 < len(waiting) <= LONG_QUEUE and key(min(waiting.values(), key=key)) < key(taken):
                against[name] += 1
        waiting.pop(f"{taken.lot}@{taken.came}", None)
    return against


def _queues(hidden: Plant, log: Records) -> dict[str, list[_Waiting]]:
    """Visits with the moment at which the lot came, at work centers where that is plain to see."""
    assert log.events is not None
    truth = facts(hidden)
    delayed = {a.split("/")[2] for a in truth if a.startswith(("delay/", "batch.most/"))}
    lots = log.lots.select("lot", "release", "due", "priority")
    rows = log.events.filter(pl.col("activity").cast(pl.String).is_in(["setup", "process"])).sort(
        "lot", "start", "end"
    )
    begun = (pl.col("activity") == "setup").shift(1).over("lot").fill_null(value=False)
    joined = rows.with_columns(
        came=pl.when(begun).then(None).otherwise(pl.col("end").shift(1).over("lot")), follows=begun
    )
    joined = joined.filter(~pl.col("follows")).join(lots, on="lot", how="left")
    joined = joined.with_columns(came=pl.col("came").fill_null(pl.col("release")))
    seconds = [
        ((pl.col(c) - log.start).dt.total_microseconds() / 1e6).alias(c) for c in ("came", "start", "due")
    ]
    found: dict[str, list[_Waiting]] = defaultdict(list)
    keys = ("work_center", "product", "operation", "lot", "priority")
    for center, product, operation, lot, priority, came, start, due in joined.select(
        *keys, *seconds
    ).iter_rows():
        work = truth.get(f"takes/{product}/{operation}/{center}", Fact(0.0)).value
        found[center].append(
            _Waiting(lot, came, start, due if due is not None else 1e12, priority, float(work))
        )
        if operation in delayed:
            found[center].append(_Waiting("?", -1.0, -1.0, 0.0, 0.0, 0.0))
    return {center: rows for center, rows in found.items() if all(w.lot != "?" for w in rows)}
