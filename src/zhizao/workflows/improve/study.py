"""From a plant or a log to a ranked and proven list of measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path
from typing import NoReturn

import polars as pl

from zhizao.engine import LogLevel, Progress
from zhizao.experiments import Experiment, Scenario, Window
from zhizao.experiments.cancel import Deadline, interrupted
from zhizao.experiments.experiment import PILOT_REPLICATIONS, batch_size
from zhizao.experiments.facts import check_days, version
from zhizao.experiments.progress import part
from zhizao.experiments.scenario import inputs_of
from zhizao.experiments.uncertainty import uncertain
from zhizao.experiments.window import DAYS, wip_growth
from zhizao.kpi.flow import completed_lots
from zhizao.plant import Measure, MeasureKind, Plant, as_plant
from zhizao.plant.files.money import prices_of_kinds, with_money
from zhizao.plant.measures.library import applicable, evidence_in
from zhizao.quantities import InputError
from zhizao.records import Records, lots_alone
from zhizao.solvers.subsets import Effort, Found, best_subset
from zhizao.studies.compare import Appraisal, Terms
from zhizao.studies.learn import LearnResult, learn
from zhizao.workflows.improve.choice import Ladder, ladder_of, lean, promising
from zhizao.workflows.improve.goal import Goal, default_goal, goal_of
from zhizao.workflows.improve.options import TODAY, LeftOut, Options, options_of
from zhizao.workflows.improve.plan import ENOUGH, MOST_DAYS, NO_LIMIT_S, PLAN, RUNS_OF_A_PLAN, SPENT, Plan
from zhizao.workflows.improve.proof import Candidate, Proof, proved
from zhizao.workflows.improve.result import ImproveResult
from zhizao.workflows.improve.studied import can_be_planned, found_rule, plan_measure, planned, rule_goal
from zhizao.workflows.improve.trials import Trials


def improve(  # noqa: PLR0913  each is an option of the command
    plant: Plant | Records | str | Path,
    *,
    money: str | Path | None = None,
    library: bool | None = None,
    rule: str | Path | None = None,
    goal: Goal | str | None = None,
    budget: float | None = None,
    at_most: int | None = None,
    days: float | None = None,
    seconds: float | None = 300.0,
    appraisal: Appraisal | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> ImproveResult:
    """Find the measures that pay: search their combinations, rank the best, and prove them by fresh runs.

    Parameters
    ----------
    plant
        A plant with measures, the path of its file, or an event log, from which the plant is learned first.
    money
        File of prices and costs, by id as in a plant file (default: those of the plant).
    library
        Whether measures of the library are searched too (default: if the plant has none of its own).
    rule
        Python file to write: a dispatch rule is searched for the plant (see `dispatching`), and is a measure
        too (AI dispatching) where it is shown to be better than the known rules.
    goal
        What is to get better, as `profit`, `throughput`, `unit-cost`, `unit-energy`, `lead-time`,
        `defects` or `on-time` (default: profit where prices are known, else throughput, else lead time).
    budget
        Most that all measures may cost once, in the plant's currency (default: no limit).
    at_most
        Most measures that may be taken together (default: no limit).
    days
        Length of the window after the warm-up, which is detected (default: as long as the time allows, up to
        13 weeks).
    seconds
        Time limit of the whole study; None: until the search is sure, or has run 20,000 replications.
    appraisal
        Interest and years of use for net present value and pay-back.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        An argument is wrong, the goal is not known of the plant, or the time is too short for a first run.
    KeyboardInterrupt
        Cancelled before the plant as it is was run; after that the result holds the best so far.
    """
    deadline = Deadline(NO_LIMIT_S if seconds is None else seconds)
    check_days(days)
    work = _Work(plant, appraisal or Appraisal(), deadline, seed, progress)
    work.prepare(money, library)
    work.pilot(days)
    work.choose_goal(None if goal is None else goal_of(goal))
    if rule is not None:
        work.find_rule(Path(rule))
    work.choose_options(budget, at_most)
    work.search()
    work.screen()
    work.schedule()
    work.prove()
    return work.result()


def _few_lots(days: float, lots: float) -> str:
    return (
        f"days: in {days:g} days {lots:.3g} lots are completed on average; right is a window in which "
        f"{PLAN.fewest_lots} or more are, or orders that the plant can make"
    )


@dataclass
class _Work:
    """The steps of the study, and what each leaves for the next."""

    source: Plant | Records | str | Path
    appraisal: Appraisal
    deadline: Deadline
    seed: int
    progress: Progress | None
    plan: Plan = PLAN
    library: bool = False
    not_planned: str = ""
    plant: Plant = field(init=False)
    learned: LearnResult | None = None
    window: Window = field(init=False)
    goal: Goal = field(init=False)
    keeps_up: bool = True
    trials: Trials = field(init=False)
    found: Found | None = None
    ladder: Ladder = field(default_factory=Ladder)
    extra: list[Candidate] = field(default_factory=list)
    proof: Proof = field(default_factory=Proof)
    interrupted: bool = False

    def _said(self, begin: float, share: float, left: float = 0.0) -> Progress:
        return self.deadline.watch(part(self.progress, begin, share), left + self.plan.spare_s)

    def _note(self, cancelled: bool) -> None:
        """Remember a Ctrl-C; after one the best so far is proved as well as a moment allows."""
        if cancelled:
            self.interrupted = True
            self.deadline.shorten(self.plan.after_cancel_s)

    # ------------------------------------------------------------ the plant
    def prepare(self, money: str | Path | None, library: bool | None) -> None:
        """Read the plant, or learn it, and give it its prices and the measures of the library."""
        self.plant = self._learned(self.source) if isinstance(self.source, Records) else as_plant(self.source)
        if money is not None:
            self.plant = with_money(self.plant, money)
        self.library = library if library is not None else not self.plant.measures
        if self.library:
            prices = {} if money is None else prices_of_kinds(money)
            more = applicable(self.plant, values=prices)
            self.plant = self.plant.replace({"measures": (*self.plant.measures, *more)})

    def _learned(self, records: Records) -> Plant:
        said = self._said(0.0, 0.03)

        def run() -> None:
            self.learned = learn(records, seed=self.seed, progress=said)

        if interrupted(run) or self.learned is None:
            self._too_slow()
        return self.learned.plant

    # ------------------------------------------------------------ pilot
    def pilot(self, days: float | None) -> None:
        """Find the window, and how long a replication takes."""
        experiment = Experiment(self.seed, self._said(0.0, 0.05), LogLevel.LOTS)
        today = Scenario(TODAY, self.plant)
        wanted = days

        def run() -> None:
            nonlocal wanted
            while True:
                self.window = experiment.find_window([today], wanted, 0.0)
                if self.window.ends:
                    return
                if days is None and wanted is None:
                    self.window = replace(self.window, days=self._days())
                runs = experiment.records(today, 0, PILOT_REPLICATIONS)
                lots = sum(completed_lots(one).select(pl.len()).collect().item() for one in runs) / len(runs)
                self.keeps_up = not wip_growth([lots_alone(one) for one in runs]).steady
                if lots >= self.plan.fewest_lots:
                    return
                if days is not None:
                    raise InputError(_few_lots(days, lots))
                wanted = 7.0 * ceil(self.window.days * min(self.plan.fewest_lots / max(lots, 1.0), 8.0) / 7.0)
                if wanted > MOST_DAYS:
                    raise InputError(_few_lots(self.window.days, lots))

        if interrupted(run):
            self._too_slow()

    def _too_slow(self) -> NoReturn:
        if not self.deadline.left > self.plan.spare_s:
            raise InputError(
                f"seconds: {self.deadline.seconds:g} s are over before the plant is learned and run once; "
                "give more seconds, or fewer days"
            )
        raise KeyboardInterrupt

    def _days(self) -> float:
        """A window in which the time left allows enough replications: whole weeks, at most 13."""
        spent = self.deadline.seconds - self.deadline.left
        per_day = spent / (PILOT_REPLICATIONS * DAYS)  # too much: it holds the finding of the window too
        most = self.deadline.left * self.plan.search / (ENOUGH * per_day)
        least = 7.0 * ceil(max(self.window.warm_up_days, 7.0) / 7.0)  # shorter, most of a run is warm-up
        return max(min(7.0 * int(most // 7.0), DAYS), least)

    # ------------------------------------------------------------ goal and options
    def choose_goal(self, goal: Goal | None) -> None:
        """Settle the goal."""
        learned = self.learned is not None
        self.goal = goal or default_goal(self.plant, keeps_up=self.keeps_up, learned=learned)

    def find_rule(self, path: Path) -> None:
        """Search a dispatch rule, and add it to the measures where it is better than the known ones."""
        kpi, seconds = rule_goal(self.goal, keeps_up=self.keeps_up), self.plan.rule * self.deadline.left
        if kpi is None:
            return
        made: list[Measure | None] = []
        said = self._said(0.05, 0.0)

        def run() -> None:
            made.append(
                found_rule(self.plant, kpi, self.window, path, seconds=seconds, seed=self.seed, progress=said)
            )

        self._note(interrupted(run) and self.deadline.left > self.plan.spare_s)
        for measure in filter(None, made):
            self.plant = self.plant.replace({"measures": (*self.plant.measures, measure)})

    def choose_options(self, budget: float | None, at_most: int | None) -> None:
        """Settle which measures can be searched."""
        experiment = Experiment(self.seed, None, LogLevel.LOTS, self.window)
        self.trials = Trials(
            options_of(self.plant, self.goal, budget, at_most), self.goal, self.appraisal, experiment
        )

    @property
    def options(self) -> Options:
        """What may be taken."""
        return self.trials.options

    # ------------------------------------------------------------ search
    def search(self) -> None:
        """Search the combinations until the best is known or the time for it is over."""
        if not self.options.measures:
            return
        begun = self.deadline.left
        reserve = (1 - self.plan.search) * begun

        def stop() -> bool:
            done = (begun - self.deadline.left) / (begun - reserve)
            if self.progress is not None:
                self.progress(0.05 + 0.55 * min(done, 1.0))
            return done >= 1

        self.trials.experiment = Experiment(
            self.seed, self.deadline.watch(None, reserve), LogLevel.LOTS, self.window
        )
        effort = Effort(self.plan.most_replications, self.plan.first, relevance=self.plan.relevance)
        problem, sample = self.options.problem, self.trials.sample

        def run() -> None:
            self.found = best_subset(problem, sample, effort, seed=self.seed, stop=stop)

        cut = interrupted(run) or (self.found is not None and self.found.cancelled)
        self._note(cut and self.deadline.left > reserve)

    # ------------------------------------------------------------ measures without a known cost
    def screen(self) -> None:
        """Try each measure whose cost is not known by itself, and keep those that gain most before it."""
        options = self.options.alone
        if not options.measures:
            return
        reserve = self.plan.proof * self.deadline.left
        experiment = Experiment(self.seed, self.deadline.watch(None, reserve), LogLevel.LOTS, self.window)
        trials = Trials(options, self.trials.goal, self.appraisal, experiment)
        wanted = {measure.id for measure in self.options.priceless}
        places = [b for b, measure in enumerate(options.measures) if measure.id in wanted]
        gains: dict[int, float] = {}

        def run() -> None:
            today = trials.sample([0], 0, self.plan.first).mean()
            for subset in (options.problem.with_needs(1 << b) for b in places):
                gains[subset] = float(trials.sample([subset], 0, self.plan.first).mean() - today)

        self._note(interrupted(run) and self.deadline.left > reserve)
        best = sorted(gains, key=lambda subset: -gains[subset])[: self.plan.priceless]
        self.extra = [Candidate(options.taken(subset), options.scenario(subset)) for subset in best]
        self.trials.seconds += trials.seconds
        self.trials.runs += trials.runs

    # ------------------------------------------------------------ a plan in place of rules
    def schedule(self) -> None:
        """Make a plan of the orders, where there is a table of them, and prove it as a measure."""
        own = any(measure.kind is MeasureKind.SCHEDULING for measure in self.plant.measures)
        if not (own or self.library) or not can_be_planned(self.plant):
            return
        measure, seconds = plan_measure(self.plant, self.seed), self.plan.rule * self.deadline.left
        if seconds < RUNS_OF_A_PLAN * self.trials.per_replication or not self.trials.runs:
            self.not_planned = "too little time to make a plan; give more seconds, or run `zhizao schedule`"
            return

        def run() -> None:
            scenario = planned(self.plant, measure, seconds=seconds, seed=self.seed)
            self.extra.append(Candidate((measure,), scenario))

        try:
            self._note(interrupted(run) and self.deadline.left > self.plan.spare_s)
        except InputError as error:  # it asks for something that no plan can do
            self.not_planned = str(error)

    # ------------------------------------------------------------ proof
    def prove(self) -> None:
        """Compare the chosen combination, its parts and its rivals with today, by fresh replications."""
        candidates = [*self._searched(), *self.extra]
        if not candidates:
            return
        self._prove(candidates)
        if self.proof.cut and self.deadline.left > self.plan.spare_s:
            self._note(True)
            if self.proof.compared is None:  # cancelled before a first batch was whole: a smaller one
                self._prove(candidates[: self.plan.fewest_proposals])
        self._choose()

    def _prove(self, candidates: list[Candidate]) -> None:
        draws, pairs = self._effort([one.scenario for one in candidates])
        terms = Terms(pairs, draws, self.seed + 1, self.plan.relevance, self.appraisal, headline_only=True)
        self.proof = proved(self.plant, candidates, self.window, terms, self._said(0.6, 0.4))

    def _choose(self) -> None:
        """Choose the best of those proved."""
        self.proof = self.proof.choosing(self.goal, learned=self.learned is not None)
        best = self.proof.chosen
        if best is None or not best.subset or self.found is None:
            return
        if best.subset in self.ladder.steps:
            steps = self.ladder.steps[: self.ladder.steps.index(best.subset) + 1]
            self.ladder = Ladder(best.subset, steps)
        else:
            self.ladder = ladder_of(best.subset, self.found, self.options.problem)

    def _searched(self) -> list[Candidate]:
        """What the search found worth proving."""
        if self.found is None or not self.found.evaluated:
            return []
        options, problem = self.options, self.options.problem
        self.ladder = ladder_of(lean(self.found, problem), self.found, problem)
        # The fewest draws, or a whole batch of replications, of each beside the plant as it is
        drawn = self.plan.pairs_of_a_draw * (self.plan.fewest_draws + 1)
        affordable = self._affordable // max(batch_size(), drawn) - 1 - len(self.extra)
        most = max(min(affordable, self.plan.proposals), self.plan.fewest_proposals)
        subsets = promising(self.ladder, self.found, problem, most)
        return [Candidate(options.taken(s), options.scenario(s), s == self.ladder.chosen, s) for s in subsets]

    @property
    def _affordable(self) -> int:
        """Replications that the time left allows."""
        return int(SPENT * self.deadline.left / max(self.trials.per_replication, 1e-9))

    def _effort(self, scenarios: Sequence[Scenario]) -> tuple[int | None, int]:
        """Plants to draw (None: nothing is uncertain), and pairs of runs, as the time left allows."""
        plan, of_each = self.plan, self._affordable // (len(scenarios) + 1)
        by_plan = any(one.plan is not None for one in scenarios)  # made for this plant, not for drawn ones
        if by_plan or not any(uncertain(one) for one in scenarios):
            return None, max(min(of_each, plan.pairs), plan.fewest_pairs)
        pairs = plan.pairs_of_a_draw
        return max(min(of_each // pairs, plan.draws), plan.fewest_draws), pairs

    # ------------------------------------------------------------ result
    def _not_planned(self) -> tuple[LeftOut, ...]:
        return (LeftOut(plan_measure(self.plant, self.seed), self.not_planned),) if self.not_planned else ()

    def result(self) -> ImproveResult:
        """What was found."""
        found, learned = self.found, self.learned
        return ImproveResult(
            plant=self.plant,
            window=self.window,
            replications=self.proof.replications,
            seed=self.seed,
            keeps_up=self.keeps_up,
            interrupted=self.interrupted,
            version=version(),
            standstills=() if self.proof.compared is None else self.proof.compared.standstills,
            inputs=(*(() if learned is None else learned.inputs), *inputs_of([Scenario(TODAY, self.plant)])),
            goal=self.goal,
            appraisal=self.appraisal,
            proposals=self.proof.proposals(self.goal, learned=learned is not None),
            probability=None if found is None else found.good,
            drawn=0 if found is None else found.drawn,
            combinations=0 if found is None else len(found.evaluated),
            ladder=tuple(self.options.taken(subset) for subset in self.ladder.steps),
            left_out=(*self.options.left_out, *self._not_planned()),
            busiest=self.proof.busiest,
            learned=learned is not None,
            log=() if learned is None else evidence_in(learned.plant),
            seconds=self.deadline.seconds - self.deadline.left,
        )
