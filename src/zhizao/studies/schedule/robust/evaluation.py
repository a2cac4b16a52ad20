"""The plan and the dispatch rules under the plant's own randomness, on common random numbers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, TypeVar

import numpy as np

from zhizao.kpi.analysis import Interval, paired_difference, replication_interval
from zhizao.plant import Plant
from zhizao.quantities import InputError
from zhizao.report.text import duration
from zhizao.solvers.plans import Decisions
from zhizao.solvers.shop import Objective
from zhizao.studies.schedule.judge import each_rule
from zhizao.studies.schedule.robust.following import Followed, Follower, Replanning, Way
from zhizao.studies.schedule.work import Lot

_FEWEST = 2  # replications for an interval
_TO_CHOOSE = 20  # replications that choose rule and way, others than those that count; 8 chose the worse way
_HIGH = 0.9  # quantile that is shown
_WORKERS = 2
_ASSUMED = (
    "when a plan is made anew, it is known when work in hand ends; a unit that is down comes back after the "
    "mean repair time; failures ahead are not known"
)
Row = tuple[Followed, Followed, Followed]
Found = TypeVar("Found")
RULE, FIXED, REPLANNED = "rule", "plan as it is", "plan, replanned"


@dataclass(frozen=True, slots=True)
class Policy:
    """One way to run the day: the mean of the objective in s with its interval, and its 90 % quantile."""

    name: str
    mean: Interval
    high_s: float
    unfinished: float  # lots per replication that are never done

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        bounds = {"mean_s": self.mean.mean, "low_s": self.mean.low, "high_s": self.mean.high}
        return {"name": self.name, **bounds, "quantile_90_s": self.high_s, "unfinished": self.unfinished}


@dataclass(frozen=True, slots=True)
class Robustness:
    """What plans and rules come to under randomness.

    `difference` is the objective replanned less that of the best rule, in s, per replication; below 0 the
    plan is better. `recommended` is the name of a policy.
    """

    policies: tuple[Policy, ...]
    rule: str
    difference: Interval
    relative: Interval
    replications: int
    terms: Replanning
    plans: float  # per replication
    cpu_s: float  # per plan, as measured
    recommended: str

    def in_words(self, name: str) -> Iterator[str]:
        """The answer in sentences; `name`: of the objective."""
        by = {policy.name: policy for policy in self.policies}
        values = ", ".join(
            f"{each} {_hours(by[each].mean.mean)} (90 %: {_hours(by[each].high_s)})" for each in by
        )
        yield (
            f"With the plant's own failures and spread ({self.replications} replications), mean {name}: "
            f"{values}."
        )
        d = self.difference
        interval = f"95 % interval {_hours(d.low)} to {_hours(d.high)}"
        share = f" ({self.relative.mean:+.0%})" if isfinite(self.relative.mean) else ""
        what = "due dates by which a rule goes on" if self.terms.way is Way.DUE_DATES else "order and units"
        yield (
            f"The plan replanned every {duration(self.terms.every_s)} ({what}) against {self.rule}: "
            f"{_hours(d.mean)}{share}, {interval}. Recommended: {self.recommended}."
        )

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "replications": self.replications,
            "policies": [policy.as_json() for policy in self.policies],
            "best_rule": self.rule,
            "difference_s": {
                "mean": self.difference.mean, "low": self.difference.low, "high": self.difference.high,
            },
            "relative": {
                "mean": self.relative.mean, "low": self.relative.low, "high": self.relative.high,
            },
            "replan_every_s": self.terms.every_s,
            "replanned_are": self.terms.way.value,
            "plans_per_replication": self.plans,
            "cpu_s_per_plan": self.cpu_s,
            "recommended": self.recommended,
            "assumed": _ASSUMED,
        }  # fmt: skip


def _hours(seconds: float) -> str:
    return f"{seconds / 3600.0:.4g} h"


def evaluate(  # noqa: PLR0913  the plant in both forms, the plan, and how it is followed
    plant: Plant,
    certain: Plant,
    lots: Sequence[Lot],
    objective: Objective,
    decide: Callable[[Follower], Decisions],
    *,
    replications: int,
    terms: Replanning,
    seed: int,
    on_done: Callable[[int], None] = lambda _: None,
) -> Robustness:
    """Follow a plan under randomness, beside every dispatch rule.

    The best rule is chosen on replications of its own, and so is what is planned anew on the way (order and
    units, or due dates by which a rule goes on). All policies then have common random numbers.

    Parameters
    ----------
    decide
        Gives the decisions of the plan, in the rows of a follower.
    on_done
        Called with the number of replications done, in the caller's thread or another.

    Raises
    ------
    InputError
        Too few replications, or the plant cannot be planned while it runs.
    KeyboardInterrupt
        Cancelled before two replications were done; after that the result has those that are.
    """
    if replications < _FEWEST:
        raise InputError(f"replications: found {replications}; right is {_FEWEST} or more, 0 for none")
    names, plants = _ranked(plant, certain, lots, objective, seed)
    followers = [Follower(plants, certain, lots, objective, seed) for _ in range(_WORKERS)]
    plans = [(follower, decide(follower)) for follower in followers]
    if Way.DUE_DATES in followers[0].ways:
        ahead = followers[0].due_dates_ahead(terms, seed)
        for follower in followers:
            follower.ahead = ahead
    terms = _with_best_way(plans, terms, min(_TO_CHOOSE, replications))

    def one(follower: Follower, plan: Decisions, number: int, go_on: Callable[[], bool]) -> Row | None:
        by_rule, fixed = follower.rule(number), follower.plan(number, plan)
        new = follower.replanned(number, plan, terms, go_on)
        return None if new is None else (by_rule, fixed, new)

    rows: dict[int, Row] = {}
    try:
        _each(plans, range(_TO_CHOOSE, _TO_CHOOSE + replications), one, rows, on_done)
    except KeyboardInterrupt:
        if len(rows) < _FEWEST:
            raise
    return _summary(names[0], [rows[number] for number in sorted(rows)], terms)


def _each(
    plans: Sequence[tuple[Follower, Decisions]],
    numbers: range,
    run: Callable[[Follower, Decisions, int, Callable[[], bool]], Found | None],
    into: dict[int, Found],
    on_done: Callable[[int], None] = lambda _: None,
) -> None:
    """Run replications, each thread with a follower of its own; what they give stands in `into` by number.

    Raises
    ------
    KeyboardInterrupt
        Cancelled; what was done by then is there.
    """
    stop = threading.Event()

    def part(place: int) -> None:
        follower, plan = plans[place]
        for number in numbers[place :: len(plans)]:
            found = run(follower, plan, number, lambda: not stop.is_set())
            if found is None:
                return
            into[number] = found
            on_done(len(into))

    with ThreadPoolExecutor(len(plans)) as pool:
        jobs = [pool.submit(part, place) for place in range(len(plans))]
        try:
            for job in jobs:
                job.result()
        except BaseException:
            stop.set()
            raise


def _with_best_way(
    plans: Sequence[tuple[Follower, Decisions]], terms: Replanning, replications: int
) -> Replanning:
    """The terms with the way that was best on replications that do not count."""
    ways = plans[0][0].ways
    if len(ways) == 1:
        return replace(terms, way=ways[0])

    def each_way(
        follower: Follower, plan: Decisions, number: int, go_on: Callable[[], bool]
    ) -> list[Followed] | None:
        found = [follower.replanned(number, plan, replace(terms, way=way), go_on) for way in ways]
        return None if None in found else [one for one in found if one is not None]

    rows: dict[int, list[Followed]] = {}
    _each(plans, range(replications), each_way, rows)
    merits = [
        (
            sum(row[place].unfinished for row in rows.values()),
            sum(row[place].value_s for row in rows.values()),
            place,
        )
        for place in range(len(ways))
    ]
    return replace(terms, way=ways[min(merits)[2]])


def _ranked(
    plant: Plant, certain: Plant, lots: Sequence[Lot], objective: Objective, seed: int
) -> tuple[list[str], list[Plant]]:
    """The plant under each rule, the best first."""
    rules = list(each_rule(plant))
    follower = Follower([each for _, each in rules], certain, lots, objective, seed)
    merits = []
    for place in range(len(rules)):
        found = [follower.rule(number, place) for number in range(_TO_CHOOSE)]
        merits.append(
            (sum(one.unfinished for one in found), float(np.mean([one.value_s for one in found])), place)
        )
    order = [place for _, _, place in sorted(merits)]
    return [rules[place][0] for place in order], [rules[place][1] for place in order]


def _summary(rule: str, kept: Sequence[Row], terms: Replanning) -> Robustness:
    columns = {
        RULE: [row[0] for row in kept], FIXED: [row[1] for row in kept], REPLANNED: [row[2] for row in kept]
    }  # fmt: skip
    policies = []
    for name, found in columns.items():
        values = np.array([one.value_s for one in found])
        policies.append(
            Policy(
                rule if name == RULE else name,
                replication_interval(values),
                float(np.quantile(values, _HIGH)),
                float(np.mean([one.unfinished for one in found])),
            )
        )
    before = np.array([one.value_s for one in columns[RULE]])
    after = np.array([one.value_s for one in columns[REPLANNED]])
    change = paired_difference(before, after)
    worse = policies[2].unfinished > policies[0].unfinished
    better = policies[2].unfinished < policies[0].unfinished or change.absolute.high < 0.0
    plans = sum(one.plans for one in columns[REPLANNED])
    return Robustness(
        tuple(policies),
        rule,
        change.absolute,
        change.relative,
        len(kept),
        terms,
        plans / len(kept),
        sum(one.cpu_s for one in columns[REPLANNED]) / max(1, plans),
        REPLANNED if better and not worse else rule,
    )
