"""What bounds planning, and what is chosen for a problem by its size and density."""

from __future__ import annotations

from dataclasses import dataclass

from zhizao.solvers.fleet.problem import Problem


@dataclass(frozen=True)
class Settings:
    """What bounds planning.

    `depth` is how many steps ahead plans reach; `passes` how often each vehicle asks for a better plan in a
    step: once by priority, then to improve the weighted sum; `limit` bounds the shapes that one request may
    try. `memory_bytes` bounds the tables of distances. `reward` is what reaching a goal one step earlier is
    worth and `early` what each step is worth that a move is made earlier, in moves. `approach` weighs the
    way to a task's first errand against the length of the task (5: as the winners of 2024 found; there is
    more choice than work, and short tasks are done more often). `spread` and `power` say how much more the
    vehicles nearest to the end of their tasks weigh than the farthest: 1 + spread * share ** power. `active`
    is the share of the vehicles that may have a task where there is a choice: on crowded floors the others
    make way. Chosen on RANDOM-03 (400 steps; benchmarks/results/fleet.md): a depth of 3, a spread of 1e6
    to the power of 20, or a limit of 1,000 finished fewer tasks.

    A vehicle with a goal that has not left its cell for `patience` steps calls the vehicle ahead of it out of
    the way, for `called` steps (`calls`).
    """

    depth: int = 5
    passes: int = 4
    limit: int = 10_000
    memory_bytes: int = 8_000_000_000
    reward: float = 2.0
    early: float = 0.1
    approach: float = 5.0
    spread: float = 100.0
    power: float = 4.0
    active: float = 1.0
    patience: int = 4
    called: int = 8


def settings_for(problem: Problem) -> Settings:
    """Settings by vehicles per free cell and by the size of the fleet.

    Chosen on RANDOM-03, and for crowded floors on floors of 32 x 32 cells drawn at random with 20 % blocked
    and 85 % and 97 % of the cells taken (docs/decisions/0046). On crowded floors requests search long and
    find little, so that plans are shorter and fewer vehicles have tasks. Fleets of more than 2,000 make one
    request a vehicle in a step, to save time.
    """
    vehicles = len(problem.start)
    density = vehicles / len(problem.floor.places)
    large = vehicles > 2000
    return Settings(
        depth=3 if density > 0.9 else 4 if large or density > 0.6 else 5,
        passes=1 if large else 4,
        limit=1000 if large or density > 0.6 else 10_000,
        active=min(1.0, max(0.3, 1.0 - 2.4 * (density - 0.6))),
    )
