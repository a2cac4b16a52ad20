"""A portfolio of searches for a shop; the best schedule is checked against the problem."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from zhizao.kernels.compiling.cache import is_kept
from zhizao.kernels.compiling.options import JIT_ON
from zhizao.quantities.errors import EngineError, InputError
from zhizao.solvers.shop import kernels
from zhizao.solvers.shop.check import faults, value
from zhizao.solvers.shop.problem import Objective, Problem, Solution
from zhizao.solvers.shop.search import blocking, flexible, flowshop, general, hybrid, jobshop, nowait
from zhizao.solvers.shop.search.context import Incumbent, Search, SearchContext
from zhizao.solvers.shop.sound import require_sound

_SEARCHES = (
    (jobshop.fits, jobshop.search),
    (nowait.fits, nowait.search),
    (flowshop.fits, flowshop.search),
    (hybrid.fits, hybrid.search),
    (flexible.fits, flexible.search),
    (blocking.fits, blocking.search),
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
    on_improvement: Callable[[Incumbent], None] | None = None,
) -> Solution:
    """Search for a schedule, with a specialised search where one understands the shop, else the general one.

    Parameters
    ----------
    seconds
        Wall time.
    workers
        Threads, each a search with its own random stream. With one, equal seeds and equal `work` give
        equal schedules.
    work
        Moves that each search may try (default: unlimited).
    on_improvement
        Called with each new incumbent, from the thread that found it.

    Raises
    ------
    InputError
        The shop has faults, or no search of this version understands all that it has.
    KeyboardInterrupt
        Cancelled before there was a schedule; after that the solution is the best by then.
    """
    require_sound(problem)
    compile_for(problem)
    context = SearchContext(problem, seconds=seconds, seed=seed, work=work, on_improvement=on_improvement)
    interrupted, tried = False, [0]
    try:
        context.prove(lower_bound(problem))
        if general.fits(problem):
            schedule = general.first(problem)
            context.offer(schedule, value(problem, schedule), by="rule")
        search = _search(problem)
        _run(context, [search] * workers if search is not None else [], tried)
    except KeyboardInterrupt:
        interrupted = True
    best = context.best
    if best.schedule is None or best.value is None:
        if interrupted:
            raise KeyboardInterrupt
        raise InputError(
            f"{problem.name}: no schedule was found within {seconds:g} s; give it more --seconds"
        )
    wrong = faults(problem, best.schedule)
    if wrong or value(problem, best.schedule) != best.value:
        raise EngineError(f"{problem.name}: search {best.by!r} broke a rule: {wrong[:1]}; please report it")
    return Solution(best.schedule, best.value, best.bound, context.used_s(), sum(tried), interrupted)


class _Compilation(SearchContext):
    """A context that goes on where the first schedule is proved optimal, so that every kernel is called."""

    def is_proved(self) -> bool:
        """Never."""
        return False


def compile_for(problem: Problem) -> None:
    """Compile the search for this shop, once after an install; it does not count as search time."""
    search = _search(problem)
    known = f"{search.__module__}" if search is not None else ""
    if search is None or known in _READY:
        return
    if general.fits(problem):
        general.first(problem)
    unsolved = Incumbent(bound=-1)  # below any value
    search(_Compilation(problem, seconds=float("inf"), work=2, best=unsolved), 0)  # a start and a step
    _READY.add(known)


def needs_compile(problem: Problem | None = None) -> bool:
    """Whether the search for this shop (None: for any) is compiled first (once after an install)."""
    search = general.search if problem is None else _search(problem)
    return search is not None and JIT_ON and not is_kept(Path(kernels.__file__), search.__module__)


def lower_bound(problem: Problem) -> int:
    """A quick lower bound: longest job and load of units for the makespan, else every job without waiting."""
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


def has_own_search(problem: Problem) -> bool:
    """Whether a search that is made for it understands a shop, not only the general one."""
    return any(fits(problem) for fits, _ in _SEARCHES)


def _search(problem: Problem) -> Search | None:
    for fits, search in _SEARCHES:
        if fits(problem):
            return search
    return general.search if general.fits(problem) else None


def _run(context: SearchContext, searches: list[Search], tried: list[int]) -> None:
    """Run searches in threads until all return, and note the moves that each tried; a cancel ends them."""
    failed: list[BaseException] = []

    def run(search: Search, seed: int) -> None:
        try:
            tried.append(search(context, seed))
        except Exception as error:  # noqa: BLE001  raised again by the waiting thread
            failed.append(error)
            context.stop()

    if not searches:
        raise InputError(
            f"{context.problem.name}: no search understands all that this shop has "
            "(blocking or no-wait together with set-ups, breaks, transport, workers, pools or alternatives)"
        )
    threads = [
        threading.Thread(target=run, args=(search, context.seed + 1009 * number), daemon=True)
        for number, search in enumerate(searches)
    ]
    try:
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            for thread in threads:
                thread.join(_WAIT_S)
    finally:
        context.stop()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
    if failed:
        raise failed[0]
