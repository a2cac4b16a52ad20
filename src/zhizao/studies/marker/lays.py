"""Plan the lays of an order: markers of mixed sizes, spread in plies, with the least cloth."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

from zhizao.engine import Progress
from zhizao.experiments.facts import version
from zhizao.quantities import InputError, hashed
from zhizao.records.patterns import Pattern
from zhizao.solvers.nesting import Found, Settings, nest
from zhizao.studies.marker.layresult import Lay, LayResult
from zhizao.studies.marker.order import check_order
from zhizao.studies.marker.pieces import Cloth, Cut, cuts_of, nesting_of
from zhizao.studies.marker.plan import Content, LayRules, contents, lays_of, plan
from zhizao.studies.marker.result import MarkerResult

ROUNDS = 6
"""Most times that lengths are estimated anew; the plan mostly stands after three."""
DENSITY = 0.8
"""Assumed for the estimates before the first marker is nested; garments on cloth mostly use 75 to 90 %."""
DEFAULT = LayRules()
SINGLE = 0.4
"""Share of the progress for the lays of one size."""
HASTE_S = 1.0
"""After Ctrl-C, markers that the plan of single sizes still lacks are searched for so long."""


def plan_lays(
    pattern: Pattern,
    order: Mapping[str, int],
    cloth: Cloth,
    *,
    rules: LayRules = DEFAULT,
    seed: int = 1,
    progress: Progress | None = None,
) -> LayResult:
    """Plan lays that cut an order.

    All markers of the plan are nested and proved. Lengths of others are estimated from those nested so far;
    an integer program chooses, what it chooses is nested, until the choice stands.

    Parameters
    ----------
    pattern
        Pieces in sizes, as `zhizao.connect.dxf.read_pattern` gives them.
    order
        Garments by size.
    cloth
        Width and rules of the cloth, in mm.
    rules
        Garments a marker, table, plies, surplus, cost of a lay, time of the search for each marker.
    seed
        Seed of the searches. The time decides how far they come.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        The order is empty or names an unknown size, a piece is wider than the cloth, or a garment longer than
        the table.
    """
    check_order(order, pattern.sizes)
    ordered = {size: count for size, count in order.items() if count}
    planner = _Planner(pattern, ordered, cloth, rules, seed, progress)
    single, mixed = planner.planned()
    inputs = (
        hashed("pattern", pattern.style, repr(pattern).encode()),
        hashed("order", "order", json.dumps(ordered).encode()),
        hashed("rules", "rules", json.dumps(asdict(planner.rules)).encode()),
    )
    lays, of_one_size = planner.lays(mixed), planner.lays(single)
    notes = cuts_of(pattern, ordered, cloth.fabric)[1]
    return LayResult(
        pattern, ordered, cloth, planner.rules, lays, of_one_size, len(planner.found), notes, inputs, seed,
        version(), planner.interrupted,
    )  # fmt: skip


@dataclass(slots=True)
class _Planner:
    """The markers that are nested so far, and the plans from them."""

    pattern: Pattern
    order: dict[str, int]
    cloth: Cloth
    rules: LayRules
    seed: int
    progress: Progress | None
    found: dict[Content, tuple[Found, tuple[Cut, ...]]] = field(default_factory=dict)
    areas: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    interrupted: bool = False

    def planned(self) -> tuple[dict[Content, int], dict[Content, int]]:
        """The best plan of markers of one size, and the best of all."""
        demand = tuple(self.order.values())
        cuts = [cuts_of(self.pattern, {size: 1}, self.cloth.fabric)[0] for size in self.order]
        self.areas = np.array([nesting_of(one, self.cloth).area for one in cuts])
        everything = contents(demand, self.rules)
        one_size = [one for one in everything if sum(map(bool, one)) == 1]
        single = self._settled(one_size, 0.0, SINGLE)
        return single, self._settled(everything, SINGLE, 1.0)

    def _settled(self, allowed: Iterable[Content], begin: float, end: float) -> dict[Content, int]:
        """Plan, nest what is planned, and plan again until all is nested."""
        allowed, complete = tuple(allowed), begin > 0
        for number in range(ROUNDS):
            shares = begin + (end - begin) * number / ROUNDS, begin + (end - begin) * (number + 1) / ROUNDS
            try:
                if (self.interrupted and complete) or not self._round(allowed, *shares):
                    break
            except KeyboardInterrupt:
                self.interrupted = True
        if not complete:
            self._nest_singles()
        return plan(
            tuple(self.order.values()), self._usable(one for one in allowed if one in self.found), self.rules
        )

    def _round(self, allowed: tuple[Content, ...], begin: float, end: float) -> bool:
        """Plan with the lengths known so far, and nest what is planned; whether there was any to nest."""
        planned = plan(tuple(self.order.values()), self._usable(allowed), self.rules)
        missing = [one for one in planned if one not in self.found]
        for number, content in enumerate(missing, start=1):
            self._nest(content)
            if self.progress is not None:
                self.progress(begin + (end - begin) * number / len(missing))
            if self.interrupted and begin >= SINGLE:
                break
        return bool(missing)

    def _usable(self, allowed: Iterable[Content]) -> dict[Content, float]:
        """The lengths of markers that are not longer than the table."""
        lengths = {one: self._length(one) for one in allowed}
        return {one: length for one, length in lengths.items() if length <= self.rules.table_mm}

    def _nest_singles(self) -> None:
        """One garment of each size, where rounds end before the plan stands: they cut any order."""
        try:
            plan(tuple(self.order.values()), self._usable(self.found), self.rules)
        except InputError:
            sizes = range(len(self.order))
            for content in (tuple(int(size == other) for other in sizes) for size in sizes):
                if content not in self.found:
                    self._nest(content)

    def _length(self, content: Content) -> float:
        """Length of a marker in mm: as nested, else estimated.

        The estimate is a loss at the ends and a share of the area: length = a + b * area, by least squares
        from the markers nested so far, with no negative loss.
        """
        if content in self.found:
            return self.found[content][0].layout.length
        area = float(self.areas @ content) / self.cloth.usable_mm
        loss, slope = self._line()
        return loss + slope * area

    def _line(self) -> tuple[float, float]:
        x = np.array([self.areas @ one / self.cloth.usable_mm for one in self.found])
        y = np.array([found.layout.length for found, _ in self.found.values()])
        if len(x) < 2 or np.ptp(x) < 1e-6 * x.max():
            return 0.0, float((y / x).mean()) if len(x) else 1 / DENSITY
        slope, loss = np.polyfit(x, y, 1)
        return (float(loss), float(slope)) if loss > 0 else (0.0, float((x @ y) / (x @ x)))

    def _nest(self, content: Content) -> None:
        order = dict(zip(self.order, content, strict=True))
        cuts, _ = cuts_of(self.pattern, order, self.cloth.fabric)
        seconds = min(HASTE_S, self.rules.seconds) if self.interrupted else self.rules.seconds
        found = nest(nesting_of(cuts, self.cloth), settings=Settings(seconds, seed=self.seed))
        self.interrupted = self.interrupted or found.interrupted
        self.found[content] = found, cuts

    def lays(self, planned: dict[Content, int]) -> tuple[Lay, ...]:
        """The lays of a plan."""
        lays = []
        for content, plies in planned.items():
            found, cuts = self.found[content]
            order = {size: n for size, n in zip(self.order, content, strict=True) if n}
            made = MarkerResult(
                self.pattern, order, self.cloth, cuts, found, (), (), self.seed, version(),
                found.interrupted,
            )  # fmt: skip
            lays += [Lay(made, count) for count in lays_of(plies, self.rules.plies)]
        return tuple(sorted(lays, key=lambda lay: -lay.plies * lay.marker.length_mm))
