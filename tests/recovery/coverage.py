"""How many of the learned 95 % intervals hold the true value.

The truth of a number is what it estimates: a mean over the visits, set-ups or orders that the log shows, each
with what the hidden plant gives for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from tests.recovery.compare import setup_pairs
from tests.recovery.facts import Fact, facts, moments, reworks, visits
from zhizao.plant import OrderStream, Plant
from zhizao.quantities import mean
from zhizao.records import Records
from zhizao.studies.learn import LearnResult

EXACT = 1e-9  # relative: an interval of no width still holds what it is


@dataclass(frozen=True, slots=True)
class Held:
    """One interval of the evidence and the value it should hold."""

    what: str
    truth: float
    amount: float
    low: float
    high: float

    @property
    def covers(self) -> bool:
        """Whether it does."""
        slack = EXACT * max(abs(self.truth), 1.0)
        return self.low - slack <= self.truth <= self.high + slack

    def __str__(self) -> str:
        return f"{self.what}: {self.truth:.5g} not in {self.low:.5g} to {self.high:.5g} ({self.amount:.5g})"


def intervals(hidden: Plant, result: LearnResult, log: Records) -> list[Held]:
    """Every interval of the evidence whose true value the hidden plant can tell."""
    truth = Truth(hidden, log)
    rows = result.evidence.select("what", "amount", "low", "high").drop_nulls()
    rows = rows.filter(pl.len().over("what") == 1)  # an address of two numbers does not say which is meant
    reported = ((what, truth.of(what), *numbers) for what, *numbers in rows.iter_rows())
    return [Held(what, true, *numbers) for what, true, *numbers in reported if true is not None]


class Truth:
    """The true value of what the evidence is about, by its address."""

    def __init__(self, hidden: Plant, log: Records) -> None:
        assert log.events is not None
        self._plant, self._log, self._facts = hidden, log, facts(hidden)
        self._work = visits(log.events)
        self._steps = {
            (product, op.id): op
            for product, made in hidden.products.items()
            for op in (hidden.routes[made.route] if isinstance(made.route, str) else ())
        }
        self._readers: tuple[tuple[str, Callable[..., float | None]], ...] = (
            (r"work_centers\.([^.]+)\.units", lambda c: self._value(f"units/{c}")),
            (r"work_centers\.([^.]+)\.calendar", lambda c: self._value(f"hours/{c}")),
            (r"work_centers\.([^.]+)\.setup", self._setup),
            (r"work_centers\.([^.]+)\.failures\.between", self._between),
            (r"work_centers\.([^.]+)\.failures\.repair", lambda c: self._value(f"failures.repair/{c}")),
            (r"operations\.([^.]+)\.takes", self._takes),
            (r"operations\.([^.]+)\.takes\.([^.]+)", self._takes),
            (r"operations\.([^.]+)\.delay", lambda o: self._over_visits(o, "delay")),
            (r"operations\.([^.]+)\.defects\.share", lambda o: self._over_visits(o, "scrap")),
            (r"orders\.every", self._every),
            (r"orders\.mix\.([^.]+)", lambda p: self._value(f"mix/{p}")),
            (r"orders\.pieces", self._pieces),
            (r"orders\.due", self._due),
            (r"routes\.([^.]+)\.([^.]+)\.next\.([^.]+)", self._next),
            (r"personnel\.([^.]+)\.count", lambda g: self._value(f"people/{g}")),
        )

    def of(self, what: str) -> float | None:
        """True value; None where the hidden plant has no such number."""
        for pattern, reader in self._readers:
            found = re.fullmatch(pattern, what)
            if found:
                return reader(*found.groups())
        return None

    def _value(self, address: str) -> float | None:
        value = self._facts.get(address, Fact("")).value
        return None if isinstance(value, str) else float(value)

    def _between(self, center: str) -> float | None:
        modes = next(c.failures for c in self._plant.work_centers if c.id == center)
        return mean(modes[0].between) if len(modes) == 1 else None

    def _every(self) -> float | None:
        streams = [d for d in self._plant.orders if isinstance(d, OrderStream)]
        return mean(streams[0].every) if len(streams) == len(self._plant.orders) == 1 else None

    def _due(self) -> float | None:
        dues = {d.due for d in self._plant.orders if isinstance(d, OrderStream)}
        return self._value("due") if len(dues) == 1 else None

    def _pieces(self) -> float | None:
        sizes = [f.value for a, f in self._facts.items() if a.startswith("pieces/")]
        return float(sizes[0]) if len(set(sizes)) == 1 else None

    def _setup(self, center: str) -> float | None:
        """Mean over the set-ups that the log shows."""
        pairs = setup_pairs(self._log.events) if self._log.events is not None else {}
        own = [(self._value("/".join((f"setup/{center}", f"{a}:{b}", f"{c}:{d}"))), n)
               for (_, at, a, b, c, d), n in pairs.items() if at == center]  # fmt: skip
        if not own or any(value is None for value, _ in own):
            return None
        return float(np.average([value for value, _ in own], weights=[n for _, n in own]))

    def _takes(self, operation: str, center: str | None = None) -> float | None:
        """Mean over the visits that the log shows, each with its own pieces."""
        rows = self._work.filter(pl.col("operation") == operation)
        rows = rows if center is None else rows.filter(pl.col("work_center") == center)
        size = (
            pl.when(pl.col("batch").is_null())
            .then("pieces_in")
            .otherwise(pl.col("pieces_in").sum().over("batch"))
        )
        counts = rows.with_columns(size=size).group_by("product", "work_center", "size").len()
        total, n = 0.0, 0
        for product, at, pieces, count in counts.iter_rows():
            step = self._steps.get((product, operation))
            way = next((w for w in step.on if w.work_center == at), None) if step else None
            if step is None or way is None:
                return None
            takes = way.takes or step.takes
            assert takes is not None  # one of the two is given, or the plant is refused
            total, n = total + count * moments(takes, pieces, 0.0)[0], n + count
        return total / n if n else None

    def _over_visits(self, operation: str, kind: str) -> float | None:
        """Mean over the visits of all parts."""
        counts = self._work.filter(pl.col("operation") == operation).group_by("product").len().iter_rows()
        own = [(self._value(f"{kind}/{product}/{operation}") or 0.0, n) for product, n in counts]
        return float(np.average([v for v, _ in own], weights=[n for _, n in own])) if own else None

    def _next(self, route: str, operation: str, after: str) -> float | None:
        if reworks(self._plant):  # the share depends on how often a lot was there
            return None
        parts = (p for p, made in self._plant.products.items() if route in (p, made.route))
        product = next(parts, None)
        return None if product is None else self._value(f"next/{product}/{operation}/{after}")
