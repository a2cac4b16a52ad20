"""The twin evaluates plans: each candidate is followed without randomness, beside every dispatch rule."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from zhizao.engine.follow import follow
from zhizao.plant import DispatchRule, Plant, PlantState
from zhizao.plant.rules import rule_name
from zhizao.quantities import InputError
from zhizao.solvers.shop import Objective
from zhizao.studies.schedule.bound import bound_s
from zhizao.studies.schedule.hours import Hours, hours_of
from zhizao.studies.schedule.plan import Outcome, merit, outcome_of, value_s, with_holds
from zhizao.studies.schedule.work import Lot

if TYPE_CHECKING:
    from zhizao.studies.schedule.previous import Previous

_ROUNDS = 4  # runs in which a plan must come to repeat itself; seen on random plants: one, seldom two
_ENDLESS = 100  # rows for an operation of a lot: it goes back for ever, and first visits are its plan
_CLOSE_S = 1e-3  # a plan is proved if it is so close to the bound: sums of rounded times
_BY_DUE = {
    DispatchRule.EARLIEST_DUE_DATE, DispatchRule.CRITICAL_RATIO, DispatchRule.ATC,
    DispatchRule.PRIORITY_RATIO, DispatchRule.PRIORITY_SETUP_RATIO,
}  # fmt: skip
_SAME = ("lot", "operation", "unit", "activity", "start", "end")


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A plan as the twin carries it out; `by`: where it comes from.

    `outcome` has the rows that go out. Followed in the twin they give `value_s`, and, where `exact`, the very
    same rows.
    """

    by: str
    outcome: Outcome
    value_s: float
    exact: bool


@dataclass(eq=False)
class PlanSelection:
    """Runs plans and rules of one plant (without randomness) against the clock, and keeps the best.

    The first run is always made to its end; those after it are given up at the time `until`. `state`: that of
    the plant's start. `tick` is called now and then.
    """

    plant: Plant
    lots: Sequence[Lot]
    objective: Objective
    state: PlantState | None = None
    until: float = float("inf")
    tick: Callable[[], None] = lambda: None
    best: Judged | None = None
    longest_s: float = 0.0
    starts: list[tuple[str, Outcome]] = field(default_factory=list)  # runs that a search may begin with
    _best_rule: tuple[str, Outcome] | None = None
    _last_s: float = 0.0
    _merit_of_best: tuple[float, ...] = ()  # as followed

    @cached_property
    def hours(self) -> dict[str, Hours]:
        """Open hours of the work centers up to the end of the first run: no bound is later."""
        return hours_of(self.plant, self._last_s)

    @cached_property
    def bound_s(self) -> float:
        """A value in s below which no plan can come."""
        units = () if self.state is None else self.state.units
        set_up = {unit.id: unit.setup_family for unit in units if unit.setup_family is not None}
        return bound_s(self.plant, self.lots, self.hours, self.objective, set_up)

    def _reaches_bound(self, outcome: Outcome) -> bool:
        done = outcome.unfinished == 0 and outcome.broken == 0
        return done and value_s(self.lots, outcome, self.objective) <= self.bound_s + _CLOSE_S

    @property
    def before(self) -> Previous | None:
        """An earlier plan, of which little is to be changed."""
        return None

    @property
    def settled(self) -> bool:
        """Whether no search can find a better one."""
        return self.proved

    def marked(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with what they must not change."""
        return rows

    @property
    def proved(self) -> bool:
        """Whether no plan can be better than the best."""
        best = self.best
        if best is None or best.outcome.unfinished or best.outcome.broken:
            return False
        return best.value_s <= self.bound_s + _CLOSE_S

    def merit(self, outcome: Outcome) -> tuple[float, ...]:
        """By which plans are compared; the least is best."""
        return merit(self.lots, outcome, self.objective)

    def rules(self) -> None:
        """Try the plant as it is and under every rule; the best whose log repeats itself is kept."""
        found: list[tuple[str, Outcome]] = []
        for by, plant in each_rule(self.plant):
            try:
                outcome = self._run(plant, None, at_all_costs=not found)
            except InputError:  # the plant itself runs, so this rule is at fault
                if not found:
                    raise
                continue
            if outcome is None:
                continue
            found.append((by, outcome))
            if len(found) == 1 and self._reaches_bound(outcome):
                break
        found.sort(key=lambda one: self.merit(one[1]))
        self.starts, self._best_rule = list(found), found[0]
        for by, outcome in found:
            if self.best is not None and self.best.exact:
                return
            self._settle(by, outcome, at_all_costs=self.best is None)

    @property
    def better_rule(self) -> Judged | None:
        """The best rule where it is better than the plan: its log, followed, does not repeat itself."""
        if self._best_rule is None or self.best is None:
            return None
        by, outcome = self._best_rule
        if self.merit(outcome)[:3] >= self._merit_of_best[:3]:
            return None
        return Judged(by, outcome, value_s(self.lots, outcome, self.objective), exact=False)

    def plan(self, by: str, rows: pl.DataFrame) -> None:
        """Try a plan."""
        outcome = self._run(self.plant, rows, at_all_costs=self.best is None)
        if outcome is not None:
            self.starts.append((by, outcome))
            self.offer(by, outcome)

    def offer(self, by: str, outcome: Outcome) -> None:
        """Take a run of the twin for the plan, if it is the best."""
        best = self.best
        if best is None or self.merit(outcome) < self.merit(best.outcome):
            self._settle(by, outcome, at_all_costs=False)

    def _settle(self, by: str, outcome: Outcome, *, at_all_costs: bool) -> None:
        """Follow the rows of a run until they repeat themselves, and keep the last if it is the best."""
        for number in range(_ROUNDS):
            again = self._run(self.plant, outcome.rows, at_all_costs=at_all_costs)
            if again is None:
                return
            exact = same(again.rows, outcome.rows) and _ends_alike(again, outcome)
            if exact or number == _ROUNDS - 1:
                self._offer(Judged(by, outcome, value_s(self.lots, again, self.objective), exact), again)
                return
            outcome = again

    def _offer(self, judged: Judged, again: Outcome) -> None:
        """Keep a plan if it is better, by what the twin makes of it."""
        if self.best is None:
            self.best, self._merit_of_best = judged, self.merit(again)
            return
        new = *self.merit(again), not judged.exact
        old = *self._merit_of_best, not self.best.exact
        if new < old:
            self.best, self._merit_of_best = judged, self.merit(again)

    def _run(self, plant: Plant, rows: pl.DataFrame | None, *, at_all_costs: bool) -> Outcome | None:
        began = time.perf_counter()
        if not at_all_costs and began >= self.until:
            return None

        def go_on() -> bool:
            self.tick()
            return at_all_costs or time.perf_counter() < self.until

        followed = follow(plant, rows, state=self.state, go_on=go_on)
        if followed is None:
            return None
        outcome = outcome_of(self.plant, self.lots, followed)
        if outcome.rows.height > _ENDLESS * max(1, sum(len(lot.route) for lot in self.lots)):
            first = outcome.rows.unique(("lot", "operation", "activity"), keep="first", maintain_order=True)
            outcome = replace(outcome, rows=first)
        if rows is not None:
            outcome = replace(outcome, rows=with_holds(outcome.rows, rows))
        self._last_s = self._last_s or max((end for end in outcome.ends if end), default=0.0)
        self.longest_s = max(self.longest_s, time.perf_counter() - began)
        return outcome


def _ends_alike(again: Outcome, outcome: Outcome) -> bool:
    """Whether two runs end their lots at the same times and break as many limits."""
    return again.ends == outcome.ends and again.breaks == outcome.breaks


def same(rows: pl.DataFrame, others: pl.DataFrame) -> bool:
    """Whether two runs do the same at the same times."""
    return rows.select(_SAME).sort(_SAME).equals(others.select(_SAME).sort(_SAME))


def each_rule(plant: Plant) -> Iterator[tuple[str, Plant]]:
    """The plant as it is, then under each rule at all work centers, with the name of the rule."""
    own = {c.dispatch.value if isinstance(c.dispatch, DispatchRule) else rule_name(c.dispatch)
           for c in plant.work_centers}  # fmt: skip
    yield f"the plant's own rules ({', '.join(sorted(own))})", plant
    for rule in DispatchRule:
        if own != {rule.value}:
            centers = [
                center.model_copy(update={"dispatch": _where_it_applies(rule, set_up=bool(center.setup))})
                for center in plant.work_centers
            ]
            yield f"the rule {rule.value}", plant.model_copy(update={"work_centers": tuple(centers)})


def goes_by_due_dates(plant: Plant) -> bool:
    """Whether the rules of some work center look at due dates."""
    return any(center.dispatch in _BY_DUE for center in plant.work_centers)


def _where_it_applies(rule: DispatchRule, *, set_up: bool) -> DispatchRule:
    return DispatchRule.FIFO if rule is DispatchRule.LEAST_SETUP and not set_up else rule
