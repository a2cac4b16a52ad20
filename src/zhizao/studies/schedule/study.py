"""Plan the orders of a plant."""

from __future__ import annotations

from collections.abc import Callable

from zhizao.kpi.facts import version
from zhizao.plant import Plant
from zhizao.solvers.shop import Objective
from zhizao.solvers.shop.hunt import Best
from zhizao.solvers.shop.solve import solve
from zhizao.studies.schedule.late import why_late
from zhizao.studies.schedule.plan import orders_of
from zhizao.studies.schedule.result import Plan
from zhizao.studies.schedule.shape import shape
from zhizao.studies.schedule.work import lots_to_plan


def schedule(
    plant: Plant,
    *,
    objective: Objective | None = None,
    seconds: float = 20.0,
    seed: int = 1,
    work: int | None = None,
    told: Callable[[Best], None] | None = None,
) -> Plan:
    """Plan the orders of a plant: who does what on which unit, with whom, and when.

    Durations and set-ups are means; units, people, tools, utilities, working time, ways and release dates
    are kept, as far as the result's notes do not say otherwise.

    Parameters
    ----------
    plant
        With orders (not only streams), and perhaps lots that are in it already (`wip`).
    objective
        What is to be small (default: weighted tardiness where an order has a due date, else the makespan).
    seconds
        Wall time for the search, in s.
    seed, work
        With `work` (moves to try, by one thread instead of two) equal seeds give equal plans.
    told
        Called at each better plan.

    Raises
    ------
    InputError
        There is nothing to plan, or something that no plan can do, with the reason.
    """
    lots = lots_to_plan(plant)
    has_due = any(lot.due_s is not None for lot in lots)
    goal = objective or (Objective.TARDINESS if has_due else Objective.MAKESPAN)
    shaped = shape(plant, lots, objective=goal)
    solution = solve(
        shaped.problem, seconds=seconds, seed=seed, workers=1 if work else 2, work=work, told=told
    )
    orders = orders_of(shaped, solution.schedule)
    return Plan(
        plant=plant,
        shape=shaped,
        solution=solution,
        orders=orders,
        late=why_late(shaped, solution.schedule, orders),
        seed=seed,
        version=version(),
    )
