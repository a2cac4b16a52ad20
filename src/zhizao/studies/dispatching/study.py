"""Search for a dispatch rule on the twin, and compare it with the known rules on fresh random numbers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from os import cpu_count
from pathlib import Path

import numpy as np
import polars as pl

from zhizao.engine import LogLevel, Progress, RunSettings
from zhizao.engine.trials import Trials
from zhizao.experiments.cancel import interrupted
from zhizao.experiments.experiment import Experiment
from zhizao.experiments.facts import check_days, version
from zhizao.experiments.inputs import plant_input
from zhizao.experiments.scenario import Scenario
from zhizao.experiments.window import Window, wip_growth
from zhizao.kpi import FORMULAS, FROM_LOTS, Better, elements, formula_of
from zhizao.kpi.analysis import replicated_difference, replication_interval
from zhizao.plant import Plant, as_plant
from zhizao.plant.model import DispatchRule
from zhizao.quantities import InputError, nearest_name
from zhizao.records import LotStatus, Records, with_events
from zhizao.solvers.rules import (
    NO_DUE_S,
    NUMBERS,
    WORDS,
    Behaviour,
    Budget,
    Race,
    SearchSpace,
    Tree,
    Variation,
    formula,
    inputs_of,
    known_rules,
    program,
    source_of,
)
from zhizao.studies.dispatching.findings import AS_IT_IS, FOUND, OPEN_TOO, Evaluated
from zhizao.studies.dispatching.result import DispatchingResult
from zhizao.studies.dispatching.twin_rules import changing, function_of, steady

DAYS = 28.0
REPLICATIONS = 20
_MIN_REPLICATIONS = 6  # to compare rules by, however little time is left
_FRESH = 10_000  # number of the first replication that the search does not see
_ALIASES = {"cost": "unit_cost"}
_SEARCH = 0.65  # share of the time; the rest is for the judgement


@dataclass(frozen=True, slots=True)
class _Limits:
    """What a search may take: seconds in all, and runs (`work`), whichever ends first; one is needed.

    With `work` alone the result is the same wherever it is found. `days` is the window of every run (default:
    four weeks, or until a table of orders is done), `replications` those that the rules are judged by; with
    `seconds` it may be fewer.
    """

    seconds: float | None = 60.0
    work: int | None = None
    days: float | None = None
    replications: int = REPLICATIONS

    def __post_init__(self) -> None:
        check_days(self.days)
        if self.seconds is None and self.work is None:
            raise InputError("found no limit for the search; give seconds, work, or both")
        if self.seconds is not None and not 0 < self.seconds < 1e7:
            raise InputError(f"seconds: found {self.seconds:g}; right is more than 0")
        if self.work is not None and self.work < 1:
            raise InputError(f"work: found {self.work}; right is 1 run or more")
        if self.replications < 2:
            raise InputError(f"replications: found {self.replications}; an interval takes at least 2")


def dispatching(  # noqa: PLR0913  each is an option of the command
    plant: Plant | str | Path,
    goal: str,
    *,
    at: str | Iterable[str] = (),
    seconds: float | None = 60.0,
    work: int | None = None,
    days: float | None = None,
    replications: int | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> DispatchingResult:
    """Search for a dispatch rule for some work centers of a plant.

    Parameters
    ----------
    plant
        A plant, or the path of a plant file.
    goal
        Id of the KPI that is to be best, such as `tardiness`, `lead_time`, `throughput` or `cost`.
    at
        Id or ids of the work centers that get the rule (default: all).
    seconds, work
        Wall time in s, and runs of the search, whichever ends first; None is no limit, and one is needed.
        With `work` alone a seed gives the same rule anywhere.
    days
        Length of the window (default: four weeks, or until a table of orders is done).
    replications
        Fresh runs that the rules are compared by (default: 20); with `seconds` it may be fewer.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        An argument is wrong, or the plant does not know the KPI.
    KeyboardInterrupt
        Cancelled before the known rules were tried; after that there is a result.
    """
    plant = as_plant(plant)
    limits = _Limits(seconds, work, days, REPLICATIONS if replications is None else replications)
    study = _Work(plant, _goal(goal), _centers(plant, at), limits, Experiment(seed, progress))
    study.prepare()
    race = study.race()
    tree = race.best(list(known_rules(study.space).values()))
    return study.judged(tree, race)


def _goal(name: str) -> str:
    plain = name.replace("-", "_")
    found = formula_of(_ALIASES.get(plain, plain))
    if found.better is Better.NEITHER:
        raise InputError(
            f"{found.id} has no good direction, so no rule is the best by it; choose another KPI"
        )
    return found.id


def _centers(plant: Plant, at: str | Iterable[str]) -> tuple[str, ...]:
    known = [center.id for center in plant.work_centers]
    wanted = tuple(dict.fromkeys([at] if isinstance(at, str) else at)) or tuple(known)
    for name in wanted:
        if name not in known:
            near = nearest_name(name, known)
            hint = f"; did you mean {near!r}?" if near else ""
            raise InputError(f"found no work center {name!r}{hint}")
    return wanted


@dataclass
class _Work:
    """The runs of the study."""

    plant: Plant
    goal: str
    at: tuple[str, ...]
    limits: _Limits
    experiment: Experiment
    space: SearchSpace = field(default_factory=lambda: SearchSpace(frozenset(), 1.0))
    began: float = field(default_factory=time.perf_counter)
    run_s: float = 0.0
    present: Sequence[Records] = ()

    @property
    def seed(self) -> int:
        return self.experiment.seed

    @property
    def window(self) -> Window:
        return self.experiment.window

    @property
    def _sign(self) -> float:
        return -1.0 if FORMULAS[self.goal].better is Better.HIGHER else 1.0

    # ------------------------------------------------------------ before
    def prepare(self) -> None:
        """Find the window, and what tells lots apart."""
        ends = all(hasattr(order, "pieces") for order in self.plant.orders)
        days = self.limits.days or (None if ends else DAYS)
        now = Scenario(AS_IT_IS, self.plant)
        self.experiment.find_window([now], days, 0.05)
        began, runs = time.perf_counter(), 2
        self.present = self.experiment.records(now, 0, runs)
        self.run_s = (time.perf_counter() - began) / runs
        self._value(self.present[0])
        self.space = SearchSpace(
            self._discriminating(self.present[0].lots), self._work_s(with_events(self.present[0]))
        )

    def _discriminating(self, lots: pl.DataFrame) -> frozenset[str]:
        """Rule inputs that differ between lots."""
        several = {"priority": ("priority",), "pieces": ("pieces", "active")}
        found = {name for column, names in several.items() if lots[column].n_unique() > 1 for name in names}
        found |= {"due"} if lots["due"].is_not_null().any() else set()
        own = [center for center in self.plant.work_centers if center.id in self.at]
        return frozenset(found | ({"setup"} if any(center.setup for center in own) else set()))

    def _work_s(self, records: Records) -> float:
        """How long a lot typically works at the centers."""
        if records.events is None:
            return 3600.0
        rows = records.events.filter(
            pl.col("work_center").cast(pl.String).is_in(self.at),
            pl.col("activity").cast(pl.String) == "process",
        )
        seconds = rows.select((pl.col("end") - pl.col("start")).dt.total_microseconds().mean() / 1e6).item()
        return float(f"{seconds:.3g}") if seconds else 3600.0

    # ------------------------------------------------------------ search
    def race(self) -> Race:
        """The search, not yet begun."""
        limits, rng = self.limits, np.random.default_rng(self.seed)
        seconds = None if limits.seconds is None else max(_SEARCH * limits.seconds - self._spent(), 0.1)
        lots = self.present[0].lots
        allowed = (lots["due"] - lots["release"]).dt.total_microseconds().drop_nulls().to_numpy() / 1e6
        behaviour = Behaviour(
            self.space,
            allowed.astype(np.float64) if len(allowed) else np.array([NO_DUE_S]),
            lots["priority"].to_numpy().astype(np.float64),
            rng,
        )
        budget = Budget(seconds, limits.work)
        variation, progress = Variation(self.space, rng), self.experiment.parts.next(0.6)
        return Race(self._evaluate(), variation, behaviour, budget, rng, progress)

    def _spent(self) -> float:
        return time.perf_counter() - self.began

    @property
    def _log(self) -> LogLevel:
        return LogLevel.LOTS if self.goal in FROM_LOTS else LogLevel.EVENTS

    def _evaluate(self) -> _Evaluate:
        warm_up = self.window.warm_up_days
        settings = RunSettings(
            warm_up + self.window.days, seed=self.seed, log=self._log, warm_up_days=warm_up
        )
        blank = dict.fromkeys((*WORDS, *NUMBERS), "0")
        products = {
            name: product.model_copy(update={"attributes": {**product.attributes, **blank}})
            for name, product in self.plant.products.items()
        }
        empty = self.plant.model_copy(update={"products": products})
        both = [Trials(with_rule(empty, self.at, rule), settings) for rule in (steady, changing)]
        return _Evaluate(self, both[0], both[1])

    def value(self, records: Records) -> float:
        """The goal of a run, so that less is better."""
        return self._sign * self._value(records)

    def _value(self, records: Records) -> float:
        if self.goal in OPEN_TOO and not self.window.ends:
            records = _closed(records)
        value = FORMULAS[self.goal].compute(elements(with_events(records), self.plant))
        if not isfinite(value):
            raise InputError(f"{self.goal} is not known in every run of this plant; choose another KPI")
        return value

    # ------------------------------------------------------------ judgement
    def judged(self, tree: Tree, race: Race) -> DispatchingResult:
        """The found rule and the known ones, compared on fresh random numbers."""
        at = ", ".join(self.at)
        said = f"Dispatch rule for {self.goal} at {at}: found by zhizao dispatching, seed {self.seed}."
        source = source_of(tree, said)
        plants = {FOUND: with_rule(self.plant, self.at, function_of(source)), AS_IT_IS: self.plant}
        plants |= {rule.value: with_rule(self.plant, self.at, rule) for rule in self._built_in()}
        values, interrupted = self._values(plants)
        rules = [
            Evaluated(name, replication_interval(own), replicated_difference(own, values[FOUND]))
            for name, own in values.items()
        ]
        return DispatchingResult(
            plant=self.plant,
            window=self.window,
            replications=len(values[FOUND]),
            seed=self.seed,
            keeps_up=self.window.ends or not wip_growth(self.present).steady,
            interrupted=interrupted or race.interrupted,
            version=version(),
            inputs=(plant_input(self.plant),),
            goal=self.goal,
            at=self.at,
            formula=formula(tree),
            source=source,
            known_as=next((name for name, known in known_rules(self.space).items() if known == tree), None),
            rules=tuple(sorted(rules, key=lambda rule: self._sign * rule.kpi.mean)),
            runs=race.runs,
            tried=len(race.values),
        )

    def _built_in(self) -> list[DispatchRule]:
        """Built-in rules that are not another one where lots do not differ so."""
        needs = {"priority": ("priority",), "due": ("earliest", "critical", "atc"), "setup": ("least-setup",)}
        lacking = [words for name, words in needs.items() if name not in self.space.inputs]
        return [rule for rule in DispatchRule if not any(rule.value.startswith(words) for words in lacking)]

    def _values(self, plants: dict[str, Plant]) -> tuple[dict[str, list[float]], bool]:
        """The goal by rule and replication, and whether it was cancelled; only whole rounds are kept."""
        values: dict[str, list[float]] = {name: [] for name in plants}
        scenarios = {name: Scenario(name, plant) for name, plant in plants.items()}
        experiment, size = self.experiment, cpu_count() or 1
        experiment.log = self._log
        wanted = self.limits.replications
        if self.limits.seconds is not None:
            left = max(0.95 * self.limits.seconds - self._spent(), 0.0)
            wanted = int(np.clip(left / (len(plants) * self.run_s), min(_MIN_REPLICATIONS, wanted), wanted))

        def rounds() -> None:
            while (done := len(values[FOUND])) < wanted:
                n = min(size, wanted - done)
                share = 0.35 * n / wanted / len(plants)
                chunk = {
                    name: experiment.records(one, _FRESH + done, n, share) for name, one in scenarios.items()
                }
                found = {name: [self._value(one) for one in records] for name, records in chunk.items()}
                for name, own in found.items():
                    values[name] += own

        cancelled = interrupted(rounds)
        if cancelled and len(values[FOUND]) < 2:
            raise KeyboardInterrupt
        return values, cancelled


@dataclass(frozen=True, slots=True)
class _Evaluate:
    """Runs rules as programs; those that read neither `now` nor `setup` take the quicker interpreter."""

    work: _Work
    steady: Trials
    changing: Trials

    def __call__(self, todo: Sequence[tuple[Tree, int]]) -> list[float]:
        """The value of each rule in a replication."""
        found = dict.fromkeys(range(len(todo)), 0.0)
        for trials, varies in ((self.steady, False), (self.changing, True)):
            places = [i for i, (tree, _) in enumerate(todo) if changes(tree) == varies]
            jobs = [(program(todo[i][0]), todo[i][1]) for i in places]
            for place, records in zip(places, trials.records(jobs), strict=True):
                found[place] = self.work.value(records)
        return list(found.values())


def changes(tree: Tree) -> bool:
    """Whether the number of a lot changes while it waits."""
    return not {"now", "setup"}.isdisjoint(inputs_of(tree))


def with_rule(plant: Plant, at: Iterable[str], rule: object) -> Plant:
    """The plant with a dispatch rule at some work centers."""
    return plant.replace({f"work_centers.{name}.dispatch": rule for name in at})


def _closed(records: Records) -> Records:
    """Records in which lots that are still open are done at the end of the window."""
    lots, here = records.lots, pl.col("status") == LotStatus.IN_PROCESS.value
    end = pl.lit(records.end).cast(lots.schema["completed"])
    done = pl.lit(LotStatus.COMPLETED.value).cast(lots.schema["status"])
    lots = lots.with_columns(
        completed=pl.when(here).then(end).otherwise("completed"),
        status=pl.when(here).then(done).otherwise("status"),
    )
    return replace(records, lot_table=lots, event_file=None)
