"""Search for short tours with PyVRP: iterated local search with late acceptance hill-climbing.

Source: Wouda, Lan & Kool, PyVRP: a high-performance VRP solver package, INFORMS Journal on Computing 36
(2024), 943-955, doi 10.1287/ijoc.2023.0055.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zhizao.quantities import InputError
from zhizao.solvers.tours.problem import Plan, Tours, distance_of, faults_of

if TYPE_CHECKING:
    from pyvrp import ProblemData, Solution

Progress = Callable[[float, int | None], None]
"""Called with the completed fraction, in 0..1, and the cost of the best plan so far, if there is one."""
STARTS = 3
"""Searches from starts of their own, of which the best goes on. Chosen on X-n200-k36: better there than one
start for each of three seeds (benchmarks/results/tours.md)."""
STARTING = 0.5
"""Share of the time for them."""
_BETWEEN_S = 0.2
"""Least time between two calls of `progress`: more would slow the search down."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How long to search, in s, and the seed of the search.

    The search may end later by one improvement of its start, some seconds with thousands of customers.
    """

    seconds: float = 20.0
    seed: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.seconds < float("inf"):
            raise InputError(f"seconds: found {self.seconds:g}; expected more than 0")
        if not 0 <= self.seed < 1 << 30:
            raise InputError(f"seed: found {self.seed}; expected 0 to {(1 << 30) - 1}")


DEFAULT = Settings()


@dataclass(frozen=True, slots=True)
class Found:
    """The best plan of a search, checked; None: none was found, which does not prove that there is none.

    `distance` is that of the plan; `iterations` and `seconds` are those of the search; `interrupted`: it was
    ended by Ctrl-C.
    """

    plan: Plan | None
    distance: int | None
    iterations: int
    seconds: float
    interrupted: bool


@dataclass(slots=True)
class _Watch:
    """Stops the search at its deadline, and keeps the best feasible solution."""

    settings: Settings
    progress: Progress | None
    begun: float = field(default_factory=time.perf_counter)
    until: float = 1.0
    asked: float = 0.0
    iterations: int = 0
    best: Solution | None = None
    cost: int | None = None

    def __call__(self, _best_cost: int) -> bool:
        """Whether to stop, because the share `until` of the time has passed; asked before each iteration."""
        passed = time.perf_counter() - self.begun
        if self.progress is not None and passed - self.asked >= _BETWEEN_S:
            self.asked = passed
            self.progress(min(passed / self.settings.seconds, 1.0), self.cost)
        if passed > self.settings.seconds * self.until:
            return True
        self.iterations += 1
        return False

    def keep(self, found: Solution) -> None:
        """Note a solution if it is feasible and the best."""
        cost = found.distance_cost() + found.fixed_vehicle_cost()
        if found.is_feasible() and (self.cost is None or cost < self.cost):
            self.best, self.cost = found, cost


def plan_tours(tours: Tours, *, settings: Settings = DEFAULT, progress: Progress | None = None) -> Found:
    """Look for the shortest tours in the time given.

    Ctrl-C ends the search and keeps the best plan so far. Equal seeds search alike; the time decides how far.

    Raises
    ------
    InputError
        The extra `logistics` is not installed.
    RuntimeError
        The solver's plan fails the check, which is an error of this package.
    """
    if tours.size == 1:
        return Found((), 0, 0, 0.0, interrupted=False)
    watch = _Watch(settings, progress)
    interrupted = _searched(_data(tours), watch)
    seconds = time.perf_counter() - watch.begun
    if watch.best is None:
        return Found(None, None, watch.iterations, seconds, interrupted)
    plan = _plan(watch.best)
    faults = faults_of(tours, plan)
    if faults:
        raise RuntimeError(f"PyVRP gave a plan with a fault: {faults[0]}")
    return Found(plan, distance_of(tours, plan), watch.iterations, seconds, interrupted)


def pyvrp() -> Any:
    """The solver.

    Raises
    ------
    InputError
        It is not installed.
    """
    try:
        import pyvrp as solver
    except ImportError as error:
        raise InputError(f"tours need PyVRP ({error}); pip install 'zhizao[logistics]'") from error
    return solver


def _searched(data: ProblemData, watch: _Watch) -> bool:
    """Search until the watch says so; whether Ctrl-C came first."""
    solver = pyvrp()
    from pyvrp.exceptions import PenaltyBoundWarning
    from pyvrp.IteratedLocalSearch import IteratedLocalSearchCallbacks, IteratedLocalSearchParams

    class Keeping(IteratedLocalSearchCallbacks):
        """Gives what is found to the watch."""

        def on_start(self, ils: Any) -> None:
            watch.keep(ils.initial_solution)

        def on_best(self, best: Solution) -> None:
            watch.keep(best)

    params = solver.SolveParams(ils=IteratedLocalSearchParams(callbacks=Keeping()))
    try:
        with warnings.catch_warnings():  # that no feasible solution is found is what `Found.plan` says
            warnings.simplefilter("ignore", PenaltyBoundWarning)
            first = STARTS * watch.settings.seed
            for start in range(STARTS):
                watch.until = STARTING * (start + 1) / STARTS
                solver.solve(data, watch, seed=first + start, collect_stats=False, params=params)
            watch.until = 1.0
            solver.solve(data, watch, first, collect_stats=False, params=params, initial_solution=watch.best)
    except KeyboardInterrupt:
        return True
    return False


def _data(tours: Tours) -> ProblemData:
    solver = pyvrp()
    service, earliest, latest, release = (
        tours.times(name) for name in ("service", "earliest", "latest", "release")
    )
    customers = [
        solver.Client(
            location=place,
            delivery=[int(tours.demand[place])],
            service_duration=int(service[place]),
            tw_early=int(earliest[place]),
            tw_late=int(latest[place]),
            release_time=int(release[place]),
        )
        for place in range(1, tours.size)
    ]
    several = tours.trips_at_most > 1
    vehicles = solver.VehicleType(
        num_available=min(tours.vehicles, tours.size - 1),
        capacity=[tours.capacity],
        tw_early=int(earliest[0]),
        tw_late=int(latest[0]),
        fixed_cost=tours.vehicle_cost,
        reload_depots=[0] if several else [],
        max_reloads=tours.trips_at_most - 1,
    )
    data: ProblemData = solver.ProblemData(
        locations=[solver.Location(0, 0) for _ in range(tours.size)],
        clients=customers,
        depots=[solver.Depot(location=0, service_duration=int(service[0]))],
        vehicle_types=[vehicles],
        distance_matrices=[tours.distance],
        duration_matrices=[tours.times("duration")],
    )
    return data


def _plan(found: Solution) -> Plan:
    """A solution of PyVRP, which numbers customers from 0, as a plan."""
    vehicles = []
    for route in found.routes():
        trips: list[list[int]] = [[]]
        for stop in route:
            if stop.is_client():
                trips[-1].append(stop.idx + 1)
            elif trips[-1]:
                trips.append([])
        vehicles.append(tuple(tuple(trip) for trip in trips if trip))
    return tuple(vehicle for vehicle in vehicles if vehicle)
