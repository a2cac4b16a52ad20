"""One replication of a plant with its randomness: by a rule, or by a plan that is made anew on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from zhizao.engine.decoder import Decoder
from zhizao.engine.forecast import forecast_plant, take_over
from zhizao.plant import Plant
from zhizao.solvers.plans import Decisions, DueDateMoves, Effort, improve
from zhizao.solvers.shop import Objective
from zhizao.studies.schedule.judge import goes_by_due_dates
from zhizao.studies.schedule.search.decisions import Layout, layout_of, plan_frame, structure_of
from zhizao.studies.schedule.search.decoding import Decoding
from zhizao.studies.schedule.work import Lot

_STEP_S = 86_400.0  # between looks whether all is done
_LONGEST_S = 3660 * _STEP_S
_CANDIDATES = 3  # rules, by which each plan made on the way may go on


class Way(StrEnum):
    """What a plan that is made anew on the way decides."""

    ORDER = "order"  # the order of operations, their units and batches
    DUE_DATES = "due dates"  # due dates by which a dispatch rule goes on


@dataclass(frozen=True, slots=True)
class Replanning:
    """How a plan is made anew while it is followed."""

    every_s: float  # simulated time between two plans
    cpu_s: float  # of the search for each
    decodes: int | None = None  # instead: so many runs of the twin, for equal plans on every machine
    way: Way = Way.ORDER
    ahead_s: float = 0.0  # computing time for due dates before the first replication
    ahead_decodes: int | None = None  # instead


@dataclass(frozen=True, slots=True)
class Followed:
    """What came of one replication; `value_s`: the objective over all lots but the `unfinished`."""

    value_s: float
    unfinished: int
    plans: int = 0  # made on the way
    cpu_s: float = 0.0  # for them


class Follower:
    """Runs replications of one plant; each thread has one of its own.

    Parameters
    ----------
    plants
        The plant under the rules that take part, the best first.
    certain, lots
        The plant without randomness, and its lots.
    """

    def __init__(
        self, plants: Sequence[Plant], certain: Plant, lots: Sequence[Lot], objective: Objective, seed: int
    ) -> None:
        self._seed = seed
        frame = plan_frame(certain, lots)
        self._runs = []
        for plant in plants:
            decoder = Decoder(plant, frame, replication=(seed, 0))
            layout = layout_of(decoder, certain, lots)
            self._runs.append(Decoding(decoder, layout, (certain, lots), objective))
        due = [place for place, plant in enumerate(plants) if goes_by_due_dates(plant)]
        self._by_due = due[0] if due else 0  # place of the rule whose due dates are shifted
        self.ways: tuple[Way, ...] = tuple(Way) if due and objective is Objective.TARDINESS else (Way.ORDER,)
        self._forecasts: dict[int, Decoding] = {}
        for place in sorted({*range(len(plants[:_CANDIDATES])), *due[:1]}):
            decoder = Decoder(forecast_plant(plants[place]), frame, replication=(seed, 0))
            self._forecasts[place] = Decoding(decoder, layout, (certain, lots), objective)
        self.ahead: Decisions | None = None  # due dates by which replications begin
        self.layout: Layout = layout
        self.units = {name: row for row, name in enumerate(decoder.lowered.names.units)}
        self._structure = structure_of(decoder, layout, lots)

    @property
    def _undecided(self) -> Decisions:
        free = Decisions.blank(len(self.layout.first))
        free.key[:] = np.inf
        return free

    def due_dates_ahead(self, terms: Replanning, seed: int) -> Decisions:
        """Due dates, and deliberate waits, with which the rule is best without randomness."""
        terms = replace(terms, cpu_s=terms.ahead_s, decodes=terms.ahead_decodes)
        began = time.thread_time()
        main = self._forecasts[self._by_due]
        main.begin()
        main.decisions.assign(self._undecided)
        return improve(self._structure, main, _effort(terms, began), seed, moves=DueDateMoves)[1]

    def rule(self, number: int, place: int = 0) -> Followed:
        """A replication by the rule at a place of the list."""
        run = self._begin(place, number, self._undecided)
        return self._to_the_end(run)

    def plan(self, number: int, decisions: Decisions) -> Followed:
        """A replication that keeps to a plan, however the day goes."""
        return self._to_the_end(self._begin(0, number, decisions))

    def replanned(
        self, number: int, decisions: Decisions, terms: Replanning, go_on: Callable[[], bool]
    ) -> Followed | None:
        """A replication by a plan that is made anew now and then; None: `go_on` said no."""
        by_due = terms.way is Way.DUE_DATES
        place = self._by_due if by_due else 0
        if by_due:
            decisions = self._undecided if self.ahead is None else self.ahead
        current = decisions.copy()
        plan_on = self._due_dates_on if by_due else self._order_on
        run = self._begin(place, number, current)
        now, plans, spent = 0.0, 0, 0.0
        while True:
            now += terms.every_s
            if not run.decoder.run_to(now) or run.decoder.done or now > _LONGEST_S:
                break
            if not go_on():
                return None
            began = time.thread_time()
            current = plan_on(run.decoder, current, terms, number + plans)
            run.decisions.assign(current)
            run.write()
            run.decoder.rank_again()
            plans += 1
            spent += time.thread_time() - began
        value, unfinished = run.reached()
        return Followed(value, unfinished, plans, spent)

    def _begin(self, place: int, number: int, decisions: Decisions) -> Decoding:
        run = self._runs[place]
        run.decisions.assign(decisions)
        run.write()
        run.decoder.draw_again(self._seed, number)
        run.begin()
        return run

    def _to_the_end(self, run: Decoding) -> Followed:
        now = 0.0
        while not run.decoder.done and now < _LONGEST_S:
            now += max(_STEP_S, 0.25 * now)
            if not run.decoder.run_to(now):
                break
        return Followed(*run.reached())

    def _due_dates_on(self, run: Decoder, current: Decisions, terms: Replanning, seed: int) -> Decisions:
        """The best due dates from where the run is: those that were, or the true ones, and then improved."""
        began = time.thread_time()
        main = self._forecasts[self._by_due]
        undecided = self._undecided
        was = self._forecast(main, run, current)
        main.decisions.assign(undecided if self._forecast(main, run, undecided) < was else current)
        effort = _effort(terms, began)
        return improve(self._structure, main, effort, seed, moves=DueDateMoves)[1]

    def _order_on(self, run: Decoder, current: Decisions, terms: Replanning, seed: int) -> Decisions:
        """The best plan from where the run is: the one that was, or a rule from now on, and then improved."""
        began = time.thread_time()
        main = self._forecasts[0]
        best, cost = current.copy(), self._forecast(main, run, current)
        for forecast in [*self._forecasts.values()][:_CANDIDATES]:
            other = self._forecast(forecast, run, self._undecided)
            if other < cost:
                best, cost = repeating(forecast), other
        main.decisions.assign(best)
        return improve(self._structure, main, _effort(terms, began), seed)[1]

    @staticmethod
    def _forecast(forecast: Decoding, run: Decoder, decisions: Decisions) -> float:
        take_over(forecast.decoder, run)
        forecast.begin()
        forecast.decisions.assign(decisions)
        forecast.decisions.keep[:] = 0
        return forecast.whole()


def _effort(terms: Replanning, began: float) -> Effort:
    until = np.inf if terms.decodes else began + terms.cpu_s
    return Effort(lambda: time.thread_time() < until, decodes=terms.decodes)


def repeating(decoding: Decoding) -> Decisions:
    """The decisions that repeat the accepted run, on whatever unit is free."""
    start = decoding.timetable.start
    decisions = Decisions.blank(len(start))
    decisions.key[:] = np.where(start >= 0.0, start, np.inf)
    return decisions
