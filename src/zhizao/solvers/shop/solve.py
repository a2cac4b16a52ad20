"""A portfolio of searches for a shop; the best schedule is checked against the problem."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from zhizao.kernels.compiling.cache import is_kept
from zhizao.kernels.compiling.options import JIT_ON
from zhizao.quantities.errors import EngineError, InputError
from zhizao.solvers.shop import kernels
from zhizao.solvers.shop.bounds import lower_bound
from zhizao.solvers.shop.check import faults, value
from zhizao.solvers.shop.exact import cpsat, enumeration, permutations
from zhizao.solvers.shop.problem import Problem, Solution
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
BOUND_SHARE = 0.1  # of the time: when it is over, bounds of further units are not looked at
LARGE = 1_000_000  # operations × jobs above which a dispatch rule takes long, so that a plain list is first
FEW = 4  # jobs of a shop for which kernels are compiled


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
    began = time.monotonic()
    require_sound(problem)
    checked_s = time.monotonic() - began
    compile_for(problem)
    context = SearchContext(
        problem, seconds, seed, work, on_improvement, spent_s=checked_s, reserve_s=checked_s
    )
    interrupted, tried = False, [0]
    try:
        until = -math.inf if work is not None else context.left_s() * (1 - BOUND_SHARE)
        context.prove(lower_bound(problem, lambda: context.left_s() < until))
        if general.fits(problem):
            _start(context)
        if not context.is_over():
            _prove_small(context)
        if context.best.schedule is None or not context.is_over():
            _run(context, _portfolio(problem, workers, is_counted=work is not None), tried)
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


def _start(context: SearchContext) -> None:
    """Offer a schedule at once, and keep as much time as its check took for that of the result."""
    problem = context.problem
    is_large = problem.operations * problem.jobs > LARGE
    schedule = general.listed(problem, context.is_over) if is_large else general.first(problem)
    began = time.monotonic()
    faults(problem, schedule)
    context.offer(schedule, value(problem, schedule), by="rule")
    context.reserve_s = time.monotonic() - began


class _Compilation(SearchContext):
    """A context that goes on where the first schedule is proved optimal, so that every kernel is called."""

    def is_proved(self) -> bool:
        """Never."""
        return False


def compile_for(problem: Problem) -> None:
    """Compile the search for this shop, once after an install; it does not count as search time."""
    if cpsat.fits(problem):
        cpsat.load()
    problem = _few_jobs(problem)
    search = _search(problem)
    known = f"{search.__module__}" if search is not None else ""
    if search is None or known in _READY:
        return
    if general.fits(problem):
        general.first(problem)
        general.listed(problem)
    unsolved = Incumbent(bound=-1)  # below any value
    search(_Compilation(problem, seconds=float("inf"), work=2, best=unsolved), 0)  # a start and a step
    _READY.add(known)


def _few_jobs(problem: Problem) -> Problem:
    """The first jobs of a shop: kernels compile for kinds of arrays, and these are as those of all."""
    p, jobs = problem, min(problem.jobs, FEW)
    keep = np.flatnonzero(p.job < jobs)
    if len(keep) == p.operations or (p.before_first[1:] < p.before_first[:-1]).any():
        return p
    row = np.full(p.operations, -1, np.int64)
    row[keep] = np.arange(len(keep))
    after = np.repeat(np.arange(p.operations), np.diff(p.before_first))
    inside = (row[after] >= 0) & (row[p.before] >= 0)
    of_mode = np.repeat(np.arange(p.operations), np.diff(p.mode_first))
    modes = row[of_mode] >= 0
    counts = np.bincount(row[after[inside]], minlength=len(keep))
    return replace(
        p,
        job=p.job[keep],
        mode_first=np.r_[0, np.cumsum(np.diff(p.mode_first)[keep])].astype(np.int64),
        mode_unit=p.mode_unit[modes],
        mode_time=p.mode_time[modes],
        mode_worker=None if p.mode_worker is None else p.mode_worker[modes],
        before_first=np.r_[0, np.cumsum(counts)].astype(np.int64),
        before=row[p.before[inside]],
        release=p.release[:jobs],
        due=p.due[:jobs],
        weight=p.weight[:jobs],
        no_wait=None if p.no_wait is None else p.no_wait[keep],
        setups=None if p.setups is None else replace(p.setups, family=p.setups.family[keep]),
        pools=None if p.pools is None else replace(p.pools, need=p.pools.need[keep]),
    )


def needs_compile(problem: Problem | None = None) -> bool:
    """Whether the search for this shop (None: for any) is compiled first (once after an install)."""
    search = general.search if problem is None else _search(problem)
    return search is not None and JIT_ON and not is_kept(Path(kernels.__file__), search.__module__)


def _prove_small(context: SearchContext) -> None:
    """Enumerate a small shop."""
    if enumeration.fits(context.problem):
        enumeration.prove(context)
    else:
        permutations.prove(context)


def _portfolio(problem: Problem, workers: int, *, is_counted: bool) -> list[Search]:
    """The own search, in all threads but one where CP-SAT may prove something.

    `is_counted`: moves are limited, so that equal seeds find the same; a solver that is stopped by the clock
    has no place there.
    """
    search = _search(problem)
    searches: list[Search] = [search] * workers if search is not None else []
    if is_counted or (workers == 1 and searches) or not cpsat.fits(problem):
        return searches
    return [*searches[:-1], cpsat.search]


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
