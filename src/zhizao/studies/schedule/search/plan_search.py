"""The searches of the study: one of the shop that is in the plant, one over the decisions of the plan."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np
import polars as pl

from zhizao.engine.follow import warm_up
from zhizao.plant import Plant
from zhizao.quantities import InputError
from zhizao.records import Activity
from zhizao.solvers.plans import Decisions, DueDateMoves, Effort, Structure, due_date_starts, improve, repair
from zhizao.solvers.plans.moves import Neighbourhood
from zhizao.solvers.shop import Objective, Solution
from zhizao.solvers.shop.search.context import Incumbent
from zhizao.solvers.shop.solve import compile_for, has_own_search, solve
from zhizao.studies.schedule.judge import PlanSelection, each_rule, goes_by_due_dates
from zhizao.studies.schedule.plan import NOT_BEFORE, Outcome, outcome_of, value_s
from zhizao.studies.schedule.search.decisions import (
    Layout,
    begins_of,
    decisions_of,
    decoder_for,
    layout_of,
    operations_of,
    structure_of,
)
from zhizao.studies.schedule.search.decoding import BROKEN_S, Decoding, price_of
from zhizao.studies.schedule.shop.instance import ShopInstance, is_pure, shop_instance
from zhizao.studies.schedule.shop.rows import rows_of

_RUNS_KEPT = 6.0  # runs of the twin for which time is kept after the search: to follow what it found
_MAX_OPERATIONS = 10_000  # of a shop: its first schedules take time with their square
_MIN_SHARE = 0.2  # of the time that a search gets at least
_SHOP_FIRST = 0.2  # share of the time for the shop, if the plant has more than it
_SHOP_ALONE = 0.8  # and if the twin does what the shop's schedule says
_SAME = 1e-6  # so close is that value
_STARTS = 0.05  # share of the time of a search for plans to begin with
_RUNS_TRIED = 4  # runs of rules among them
_REPAIRED = 3.0  # times as long for those of them that break hold limits
_ROUNDS = 4  # after each, all workers go on from the best
_WORKERS = 2
_WAIT_S = 0.02  # between looks for Ctrl-C
_SEEDS = 1009  # between the seeds of workers


@dataclass(eq=False)
class PlanSearch:
    """Searches plans of one plant, and hands what they find to the selection.

    `problem` says why no search took part; `instance` and `solution` are the shop that was searched.
    """

    selection: PlanSelection
    seed: int
    work: int | None
    on_improvement: Callable[[Incumbent], None] | None
    instance: ShopInstance | None = None
    solution: Solution | None = None
    problem: str | None = None
    interrupted: bool = False
    _workers: list[_Worker] = field(default_factory=list)

    def prepare(self) -> None:
        """Make the shop, and compile what is not yet compiled: that is no time of the search."""
        warm_up()
        selection = self.selection
        if sum(len(lot.route) for lot in selection.lots) > _MAX_OPERATIONS:
            return
        if not is_pure(selection.plant, selection.lots):
            return
        try:
            instance = shop_instance(selection.plant, selection.lots, objective=selection.objective)
            if has_own_search(instance.problem):  # the general one knows less of the plant than the twin
                compile_for(instance.problem)
                self.instance = instance
        except InputError:
            self.instance = None

    def run(self, left_s: float, seconds: float) -> None:
        """Search in the time that is left, but for what following takes."""
        selection = self.selection
        began = time.perf_counter()
        kept = 0.0 if self.work else _RUNS_KEPT * selection.longest_s
        time_s = max(left_s - kept, _MIN_SHARE * left_s)
        if time_s <= 0.0:
            self.problem = f"the rules alone took the {seconds:g} s; give it more --seconds"
            return
        if self.instance is not None:
            self._shop(_SHOP_FIRST * time_s)
            alone = selection.before is None and self._is_the_plant()
            if alone and not (selection.proved or self.interrupted):
                self._shop((_SHOP_ALONE - _SHOP_FIRST) * time_s)
        left = began + time_s - time.perf_counter()
        if self.interrupted or selection.settled or left <= 0.0 or not selection.starts:
            return
        self._plans(left)

    # ------------------------------------------------------------ the shop
    def _shop(self, time_s: float) -> None:
        selection = self.selection
        assert self.instance is not None
        try:
            solution = solve(
                self.instance.problem,
                seconds=time_s,
                seed=self.seed if self.solution is None else self.seed + _SEEDS,
                workers=1 if self.work else _WORKERS,
                work=self.work,
                on_improvement=self.on_improvement,
            )
        except InputError:
            self.instance = None
            return
        self.interrupted = solution.interrupted
        if self.solution is None or solution.value < self.solution.value:
            self.solution = solution
            rows = rows_of(selection.plant, self.instance, solution.schedule)
            selection.until = float("inf") if self.interrupted else selection.until + selection.longest_s
            selection.plan("a search of its shop", rows)

    def _is_the_plant(self) -> bool:
        """Whether the twin does just what the schedule of the shop says."""
        if self.solution is None or not self.selection.starts:
            return False
        outcome = self.selection.starts[-1][1]
        value = value_s(self.selection.lots, outcome, self.selection.objective)
        kept = outcome.unfinished == 0 and outcome.broken == 0
        return kept and value <= self.solution.value * (1.0 + _SAME) + _SAME

    # ------------------------------------------------------------ decisions
    def _plans(self, time_s: float) -> None:
        selection = self.selection
        ends = time.perf_counter() + time_s
        self._workers = [_Worker.of(selection)]
        starts = self._starts(time.perf_counter() + _STARTS * time_s)
        self._workers[0].decoding.decisions.assign(starts[0])
        ruled = self._ruled()
        if ruled is not None:
            self._workers.append(_Worker.of(selection, ruled))
        elif not self.work:
            self._workers.append(_Worker.of(selection))
            self._workers[1].decoding.decisions.assign(starts[min(1, len(starts) - 1)])
        rounds = 1 if self.work else _ROUNDS
        for number in range(rounds):
            rest = rounds - 1 - number
            until = ends - time_s * rest / rounds if rest else ends  # with no limit, 0 of it is no number
            self._round(number, until)
            best = min(self._workers, key=lambda worker: worker.cost)
            if self.interrupted or best.reaches(selection.bound_s) or time.perf_counter() >= ends:
                break
            self._workers = [best, *(best.beside(one) for one in self._workers if one is not best)]
        best = min(self._workers, key=lambda worker: worker.cost)
        selection.until = float("inf") if self.interrupted else selection.until + 2.0 * selection.longest_s
        outcome = best.outcome(selection)
        if outcome is not None:
            selection.offer("a search over the order, unit and start of each operation", outcome)

    def _ruled(self) -> Plant | None:
        """The plant under the best rule that looks at due dates; None: order and units alone are searched."""
        selection = self.selection
        if selection.objective is not Objective.TARDINESS or selection.before is not None:
            return None
        plants = {by: plant for by, plant in each_rule(selection.plant) if goes_by_due_dates(plant)}
        runs = [one for one in selection.starts if one[0] in plants]
        return plants[min(runs, key=lambda one: selection.merit(one[1]))[0]] if runs else None

    def _starts(self, until: float) -> list[Decisions]:
        """Decisions to begin with, the best first: those of the runs, and others, as far as the time goes."""
        selection, worker, began = self.selection, self._workers[0], time.perf_counter()
        runs = sorted(selection.starts, key=lambda one: selection.merit(one[1]))[:_RUNS_TRIED]
        free = selection.objective is Objective.TARDINESS and selection.before is None
        others = due_date_starts(worker.structure) if free else ()
        found: list[tuple[float, Decisions]] = []
        for decisions in chain((worker.decisions_of(outcome) for _, outcome in runs), others):
            if found and time.perf_counter() >= until:
                break
            worker.decoding.decisions.assign(decisions)
            found.append((worker.decoding.whole(), decisions))
        found = self._repaired(found, until + _REPAIRED * (until - began))
        found.sort(key=lambda one: one[0])
        return [decisions for _, decisions in found]

    def _repaired(
        self, found: Sequence[tuple[float, Decisions]], until: float
    ) -> list[tuple[float, Decisions]]:
        """The plans to begin with, and those that break hold limits also with delays, as far as time goes."""
        worker, more = self._workers[0], list[tuple[float, Decisions]]()
        if not worker.structure.begins:
            return list(found)
        for cost, decisions in sorted(found, key=lambda one: one[0])[:_RUNS_TRIED]:
            if cost < BROKEN_S:
                break
            worker.decoding.decisions.assign(decisions)
            more.append(repair(worker.structure, worker.decoding, lambda: time.perf_counter() < until))
            if time.perf_counter() >= until:
                break
        return [*more, *found]

    def _round(self, number: int, until: float) -> None:
        """Let all workers search until a time."""
        stop = threading.Event()
        failed: list[BaseException] = []
        effort = Effort(
            go_on=lambda: not stop.is_set() and time.perf_counter() < until,
            decodes=None if self.work is None else -(-self.work // len(self._workers)),
            enough=self.selection.bound_s,
        )

        def work(place: int, worker: _Worker) -> None:
            try:
                worker.search(effort, self.seed + _SEEDS * place + number, self._show)
            except BaseException as error:  # noqa: BLE001  raised again by the waiting thread
                failed.append(error)
                stop.set()

        threads = [
            threading.Thread(target=work, args=(place, worker), daemon=True)
            for place, worker in enumerate(self._workers)
        ]
        try:
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                for thread in threads:
                    thread.join(_WAIT_S)
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            stop.set()
            for thread in threads:
                if thread.ident is not None:
                    thread.join()
        if failed:
            raise failed[0]

    def _show(self, value: float) -> None:
        if self.on_improvement is not None and value < BROKEN_S:
            self.on_improvement(Incumbent(value=round(value), bound=int(self.selection.bound_s), by="plan"))


@dataclass(eq=False)
class _Worker:
    """One search over decisions, with a decoder of its own; `ruled`: of due dates by which a rule goes."""

    layout: Layout
    structure: Structure
    decoding: Decoding
    cost: float
    best: Decisions
    units: dict[str, int]
    selection: PlanSelection
    ruled: bool

    @classmethod
    def of(cls, selection: PlanSelection, ruled: Plant | None = None) -> _Worker:
        """A search over order and units, or over the due dates that the rules of a plant see."""
        before = selection.before
        decoder = decoder_for(ruled or selection.plant, selection.lots, selection.state, before)
        layout = layout_of(decoder, selection.plant, selection.lots)
        price = None if before is None else price_of(decoder, layout, selection.lots, before)
        decoding = Decoding(decoder, layout, (selection.plant, selection.lots), selection.objective, price)
        units = {name: row for row, name in enumerate(decoder.lowered.names.units)}
        structure = structure_of(decoder, layout, selection.lots)
        if before is not None:
            fixed = tuple(one in before.frozen for one in operations_of(layout, selection.lots))
            structure = replace(structure, fixed=fixed)
            held = before.held
            decoding.earliest[:] = [held.get(one, 0.0) for one in operations_of(layout, selection.lots)]
        begins = begins_of(selection.plant, selection.lots, layout)
        structure = replace(structure, begins=begins)
        if ruled is not None:
            decoding.decisions.key[:] = np.inf
        kept = decoding.decisions.copy()
        return cls(layout, structure, decoding, float("inf"), kept, units, selection, ruled is not None)

    def beside(self, other: _Worker) -> _Worker:
        """The worker that goes on beside this one, the best, from what it has found."""
        if other.ruled and not self.ruled:
            other = _Worker.of(self.selection)
        if other.ruled == self.ruled:
            other.decoding.decisions.assign(self.best)
            return other
        outcome = self.outcome(self.selection)
        if outcome is not None:
            made = other.decisions_of(outcome)
            made.not_before[:] = np.where(self.best.not_before > 0.0, made.key, 0.0)
            made.amount[:] = self.best.amount
            other.decoding.decisions.assign(made)
        return other

    def decisions_of(self, outcome: Outcome) -> Decisions:
        """The decisions that repeat a run."""
        made = decisions_of(
            outcome.rows, self.layout, self.selection.lots, self.selection.plant.start, self.units
        )
        self._keep_ways(made)
        if self.selection.before is not None:
            made.keep[:] = made.unit >= 0
        return made

    def _keep_ways(self, decisions: Decisions) -> None:
        """Send operations to the work centers where they were."""
        for row, options in enumerate(self.structure.options):
            if len(self.layout.rows[row]) == 1:  # an alternative belongs to one route
                ways = [way for way, unit in options if unit == decisions.unit[row]]
                decisions.alternative[row] = ways[0] if ways else -1

    def search(self, effort: Effort, seed: int, on_improvement: Callable[[float], None]) -> None:
        moves = DueDateMoves if self.ruled else Neighbourhood
        cost, best = improve(self.structure, self.decoding, effort, seed, on_improvement, moves=moves)
        if cost < self.cost:
            self.cost, self.best = cost, best

    def reaches(self, bound_s: float) -> bool:
        return self.decoding.value <= bound_s

    def outcome(self, selection: PlanSelection) -> Outcome | None:
        """The run of the best decisions, with its log."""
        decisions, decoder = self.decoding.decisions, self.decoding.decoder
        decisions.assign(self.best)
        self.decoding.write()
        followed = decoder.follow(lambda: time.perf_counter() < selection.until)
        if followed is None:
            return None
        outcome = outcome_of(selection.plant, selection.lots, followed)
        waiting = np.flatnonzero((decisions.not_before > 0.0) | (decisions.amount > 0))
        rows = _holding(outcome.rows, self.layout, selection, waiting.tolist())
        return replace(outcome, rows=selection.marked(rows))


def _holding(
    rows: pl.DataFrame, layout: Layout, selection: PlanSelection, waiting: Sequence[int]
) -> pl.DataFrame:
    """Rows of a run in which these operations do not start before they did."""
    if not waiting:
        return rows
    operations = operations_of(layout, selection.lots)
    names = {operations[row] for row in waiting}
    works = rows.filter(pl.col("activity").is_in([Activity.SETUP.value, Activity.PROCESS.value]))
    taken = works.group_by("lot", "operation").agg(pl.col("start").min().alias(NOT_BEFORE))
    held = pl.DataFrame(list(names), schema={"lot": pl.String, "operation": pl.String}, orient="row")
    return rows.join(taken.join(held, ["lot", "operation"]), ["lot", "operation"], how="left")
