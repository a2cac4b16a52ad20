"""A portfolio: the searches that understand a shop hunt together, and the best schedule is checked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from zhizao.kernels.compiling.cache import is_kept
from zhizao.kernels.compiling.options import JIT_ON
from zhizao.quantities.errors import EngineError, InputError
from zhizao.solvers.shop import flexible, flowshop, general, hybrid, jobshop, kernels
from zhizao.solvers.shop.check import faults, value
from zhizao.solvers.shop.hunt import Best, Hunt, Search
from zhizao.solvers.shop.problem import Objective, Problem, Solution
from zhizao.solvers.shop.sound import require_sound

_SEARCHES = (
    (jobshop.fits, jobshop.search),
    (flowshop.fits, flowshop.search),
    (hybrid.fits, hybrid.search),
    (flexible.fits, flexible.search),
)
_READY: set[str] = set()  # searches that are compiled
_WAIT_S = 0.05  # between looks for Ctrl-C


def solve(
    problem: Problem,
    *,
    seconds: float = 60.0,
    seed: int = 0,
    workers: int = 2,
    work: int | None = None,
    told: Callable[[Best], None] | None = None,
) -> Solution:
    """Look for a schedule; the special searches where one understands the shop, else the general one.

    Parameters
    ----------
    seconds
        Wall time.
    workers
        Threads, each a search of its own luck. With one, equal seeds and equal `work` give equal schedules.
    work
        Moves that each search may try (default: as many as the time lets it).
    told
        Called at each improvement.

    Raises
    ------
    InputError
        The shop has faults, or no search of this version understands all that it has.
    """
    require_sound(problem)
    compile_for(problem)
    hunt = Hunt(problem, seconds=seconds, seed=seed, work=work, told=told)
    hunt.prove(lower_bound(problem))
    if general.fits(problem):
        schedule = general.first(problem)
        hunt.offer(schedule, value(problem, schedule), by="rule")
    search = _search(problem)
    interrupted, tried = _hunt(hunt, [search] * workers if search is not None else [])
    best = hunt.best
    if best.schedule is None or best.value is None:
        raise InputError(
            f"{problem.name}: no schedule was found within {seconds:g} s; give it more --seconds"
        )
    wrong = faults(problem, best.schedule)
    if wrong or value(problem, best.schedule) != best.value:
        raise EngineError(f"{problem.name}: search {best.by!r} broke a rule: {wrong[:1]}; please report it")
    return Solution(best.schedule, best.value, best.bound, hunt.used_s(), tried, interrupted)


def compile_for(problem: Problem) -> None:
    """Compile what a hunt for this shop needs, once after an install: it does not count as time to search."""
    search = _search(problem)
    known = f"{search.__module__}" if search is not None else ""
    if search is None or known in _READY:
        return
    if general.fits(problem):
        general.first(problem)
    search(Hunt(problem, seconds=float("inf"), work=1), 0)
    _READY.add(known)


def needs_compile(problem: Problem | None = None) -> bool:
    """Whether the search for this shop (None: for any) is compiled first (once after an install)."""
    search = general.search if problem is None else _search(problem)
    return search is not None and JIT_ON and not is_kept(Path(kernels.__file__), search.__module__)


def lower_bound(problem: Problem) -> int:
    """A bound that is quick to have: of the makespan the longest job and the load of units; else 0 or
    work."""
    p = problem
    least = np.minimum.reduceat(p.mode_time, p.mode_first[:-1]) if p.operations else p.mode_time
    chain = general.rest_of(p)
    ends = np.zeros(p.jobs, np.int64)
    np.maximum.at(ends, p.job, chain)
    if p.objective is Objective.TARDINESS:
        return int((p.weight * np.maximum(0, p.release + ends - p.due)).sum())
    if p.objective is Objective.FLOW_TIME:
        return int((p.weight * ends).sum())
    single = np.diff(p.mode_first) == 1
    load = np.bincount(p.mode_unit[p.mode_first[:-1][single]], weights=least[single], minlength=p.units)
    return max(int((p.release + ends).max(initial=0)), int(load.max(initial=0)))


def _search(problem: Problem) -> Search | None:
    for fits, search in _SEARCHES:
        if fits(problem):
            return search
    return general.search if general.fits(problem) else None


def _hunt(hunt: Hunt, searches: list[Search]) -> tuple[bool, int]:
    """Let searches hunt until all return; whether Ctrl-C ended it, and the moves that were tried."""
    failed: list[BaseException] = []
    tried: list[int] = []

    def run(search: Search, seed: int) -> None:
        try:
            tried.append(search(hunt, seed))
        except Exception as error:  # noqa: BLE001  told by the thread that waits
            failed.append(error)
            hunt.stop()

    if not searches:
        raise InputError(
            f"{hunt.problem.name}: no search understands all that this shop has "
            "(blocking, or no-wait in a shop that is no flow shop)"
        )
    threads = [
        threading.Thread(target=run, args=(search, hunt.seed + 1009 * number), daemon=True)
        for number, search in enumerate(searches)
    ]
    for thread in threads:
        thread.start()
    interrupted = False
    while any(thread.is_alive() for thread in threads):
        try:
            for thread in threads:
                thread.join(_WAIT_S)
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted = True
            hunt.stop()
    if failed:
        raise failed[0]
    return interrupted, sum(tried)
