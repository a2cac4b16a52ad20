"""What it is worth to learn: begin, watch what the first plants gain, and plan the rest anew each year."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.workflows.portfolio.gains import Gains
from zhizao.workflows.portfolio.model import MONTHS_OF_YEAR, NEVER, Floats, Plan, Problem
from zhizao.workflows.portfolio.solve import Effort, best_plan

Done = Callable[[float], None]


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """A way to begin: the measures of the first year, and the value under each draw of the gains.

    `timed_out` counts the searches that a time limit ended.
    """

    name: str
    first: NDArray[np.int64]
    values: Floats
    timed_out: int = 0


def replanned(
    problem: Problem, gains: Gains, first: NDArray[np.int64], truth: Floats, noise: Floats, effort: Effort
) -> tuple[Plan, int]:
    """The plan that follows if the true gains are these and each year is planned by what is known by then.

    A gain is known at the end of a year in which the measure has worked, up to the error of its measurement.
    Gives the plan, and how many searches a time limit ended.
    """
    plan = np.full(len(problem.items), NEVER, dtype=np.int64)
    plan[first] = 0
    timed_out = 0
    realised = truth + noise * gains.observation
    months = np.array([one.months for one in problem.items])
    for year in range(1, problem.limits.years):
        seen = (plan >= 0) & (plan * MONTHS_OF_YEAR + months < year * MONTHS_OF_YEAR)
        expected = gains.given(seen, realised)
        fixed = fixed_until(plan, year, problem.limits.years)
        best = best_plan(problem, problem.values(expected), effort, fixed=fixed)
        plan, timed_out = best.plan, timed_out + best.out_of_time
        plan[plan > year] = NEVER  # what comes later is planned later
    return plan, timed_out


def fixed_until(plan: Plan, year: int, years: int) -> Floats:
    """Choices before a year as they were made; later ones free."""
    fixed = np.full((len(plan), years), np.nan)
    fixed[:, :year] = 0.0
    taken = np.flatnonzero((plan >= 0) & (plan < year))
    fixed[taken] = 0.0
    fixed[taken, plan[taken]] = 1.0
    return fixed


def pilots(problem: Problem, values: Floats, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The best of each kind among `rows` by value per money in the first year, of what needs nothing else."""
    bound = {a for a, _ in problem.needs}
    found: dict[str, int] = {}
    ratio = values[:, 0] / np.maximum(problem.uses[0], 1e-9)
    for row in sorted(rows.tolist(), key=lambda each: -ratio[each]):
        kind = problem.items[row].kind
        if kind is not None and row not in bound and values[row, 0] > 0:
            found.setdefault(kind, row)
    return np.array(sorted(found.values()), dtype=np.int64)


def starts(problem: Problem, values: Floats, plan: Plan, effort: Effort) -> dict[str, NDArray[np.int64]]:
    """Ways to begin: as planned, as planned with a pilot of each kind, and by pilots alone."""
    as_planned = np.flatnonzero(plan == 0)
    found = {"as planned": as_planned}
    one_of_each = pilots(problem, values, np.arange(len(plan)))
    begun = {problem.items[row].kind for row in as_planned}
    missing = [row for row in one_of_each if problem.items[row].kind not in begun]
    if missing:
        fixed = np.full(values.shape, np.nan)
        fixed[missing, 0] = 1.0
        trial = best_plan(problem, values, effort, fixed=fixed).plan
        if problem.allows(trial):
            found["as planned, with a pilot of each kind"] = np.flatnonzero(trial == 0)
    alone = pilots(problem, values, as_planned)
    if len(alone) and len(alone) < len(as_planned):
        found["pilots alone, the rest later"] = alone
    return found


def learning(  # noqa: PLR0913  what a simulation takes
    problem: Problem,
    gains: Gains,
    ways: dict[str, NDArray[np.int64]],
    draws: Floats,
    noise: Floats,
    *,
    effort: Effort,
    done: Done,
) -> tuple[Start, ...]:
    """The value of each way to begin, under each draw, with the rest planned as one learns."""
    found = []
    for number, (name, first) in enumerate(ways.items()):
        values, timed_out = np.empty(len(draws)), 0
        for row, truth in enumerate(draws):
            plan, cut = replanned(problem, gains, first, truth, noise[row], effort)
            timed_out += cut
            values[row] = problem.value(plan, truth[None])[0]
            done((number + (row + 1) / len(draws)) / len(ways))
        found.append(Start(name, first, values, timed_out))
    return tuple(found)
