"""The search: initial design, then rounds of surrogate, allocation and fresh replications."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError
from zhizao.solvers.subsets.allocation import Belief, Posterior, belief, neighbours, next_subsets
from zhizao.solvers.subsets.kernel import Kernel, default_kernel
from zhizao.solvers.subsets.observations import Data
from zhizao.solvers.subsets.problem import ENUMERABLE, Problem, members, subset_of
from zhizao.solvers.subsets.settings import Effort, Settings
from zhizao.solvers.subsets.surrogate import condition, fit

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

Observations = tuple[Numbers, Numbers, Array]
"""Subset, replication and value of each observation."""

Sample = Callable[[Sequence[int], int, int], Array]
"""`sample(subsets, first, n)`: values (more is better) of replications first to first + n - 1 of each
subset, shape (len(subsets), n). Equal replication numbers share their random numbers."""


@dataclass(frozen=True)
class Progress:
    """Where the search stands: draws made, draws allowed, the choice, and how sure it is (None at first)."""

    drawn: int
    at_most: int
    chosen: int
    good: float | None


@dataclass(frozen=True)
class Values:
    """Replications of one subset: their numbers and values, in order of number."""

    replications: tuple[int, ...]
    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean over the replications."""
        return float(np.mean(self.values))


@dataclass(frozen=True)
class Found:
    """What the search found.

    Parameters
    ----------
    evaluated
        Every subset that was drawn, with its replications.
    chosen
        The subset to take; 0 = none of the measures.
    good
        Estimated probability that no allowed subset is better than the chosen one by more than the relevance;
        None when the search ended before it could say.
    means
        Posterior mean of every evaluated subset.
    drawn
        Replications drawn, all together.
    kept
        Measures that were searched; fewer than all when there are more than can be enumerated. `good` speaks
        of subsets of these.
    ended
        Why the search ended: "sure", "effort", "stopped" (deadline) or "cancelled".
    """

    evaluated: dict[int, Values]
    chosen: int
    good: float | None
    means: dict[int, float]
    drawn: int
    kept: tuple[int, ...]
    ended: str

    @property
    def cancelled(self) -> bool:
        """Whether Ctrl-C ended the search."""
        return self.ended == "cancelled"


@dataclass
class _State:
    """Observations so far and what they led to; the search appends to it, so that a cancel keeps it."""

    problem: Problem
    sample: Sample
    effort: Effort
    rng: np.random.Generator
    kept: tuple[int, ...]
    stop: Callable[[], bool]
    progress: Callable[[Progress], None]
    subsets: list[int] = field(default_factory=list)
    replications: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    next_replication: int = 0
    chosen: int = 0
    good: float | None = None
    means: dict[int, float] = field(default_factory=dict)
    ended: str = "effort"

    @property
    def left(self) -> int:
        """Draws that may still be made."""
        return self.effort.replications_at_most - len(self.values)

    @property
    def settings(self) -> Settings:
        """What tunes the search."""
        return self.effort.settings

    def over(self) -> bool:
        """Whether nothing more may be drawn: the deadline has passed, or the effort is spent."""
        if self.left > 0 and self.stop():
            self.ended = "stopped"
        return self.ended == "stopped" or self.left <= 0

    def tell(self) -> None:
        """Report where the search stands."""
        self.progress(Progress(len(self.values), self.effort.replications_at_most, self.chosen, self.good))

    def draw(self, subsets: Sequence[int], count: int, first: int) -> None:
        """Draw replications of some subsets, as far as the effort reaches, and keep them."""
        subsets = list(subsets)[: self.left // count]
        if not subsets:
            return
        found = np.asarray(self.sample(subsets, first, count), float)
        if found.shape != (len(subsets), count) or not np.isfinite(found).all():
            raise InputError(f"sample gave shape {found.shape}; expected finite {(len(subsets), count)}")
        for subset, row in zip(subsets, found, strict=True):
            self.subsets += [subset] * count
            self.replications += range(first, first + count)
            self.values += row.tolist()
        self.next_replication = max(self.next_replication, first + count)


def best_subset(
    problem: Problem,
    sample: Sample,
    effort: Effort,
    *,
    seed: int = 1,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Found:
    """Find the best subset of measures from noisy replications with common random numbers.

    Parameters
    ----------
    problem
        The measures and which subsets are allowed.
    sample
        Draws replications of subsets.
    effort
        How many, and when two subsets count as equal.
    seed
        Of the search's own random numbers.
    stop
        Asked before every call of `sample`: True ends the search (deadline).
    progress
        Called after every round.

    Returns
    -------
    Found
        The best so far, also after `stop` and Ctrl-C.
    """
    state = _State(
        problem, sample, effort, np.random.default_rng(seed), tuple(range(problem.size)), stop, progress
    )
    try:
        _search(state)
    except KeyboardInterrupt:
        state.ended = "cancelled"
    return _found(state)


def _found(state: _State) -> Found:
    evaluated: dict[int, list[tuple[int, float]]] = {}
    for subset, number, value in zip(state.subsets, state.replications, state.values, strict=False):
        evaluated.setdefault(subset, []).append((number, value))
    values = {
        subset: Values(*(tuple(column) for column in zip(*sorted(pairs), strict=True)))
        for subset, pairs in evaluated.items()
    }
    return Found(values, state.chosen, state.good, state.means, len(state.values), state.kept, state.ended)


def _search(state: _State) -> None:
    """Screen if there are too many measures, draw the initial design, then rounds until an end."""
    if state.over():
        return
    if state.problem.size > ENUMERABLE:
        _screen(state)
        state.tell()
    cube = _Cube.of(state)
    design = cube.design(state)
    for at in range(state.effort.first):
        if state.over():
            break
        state.draw(design, 1, at)
        _choose_by_mean(state, cube)
        state.tell()
    if state.values:
        _rounds(state, cube)


def _rounds(state: _State, cube: _Cube) -> None:
    """Fit, judge, and draw fresh replications of the contenders until one is sure or nothing is left."""
    model, sure = _Model(default_kernel(cube.size)), 0
    while True:
        data = model.update(cube.observations(state), cube.size, state.settings)
        found = cube.judge(state, model, data)
        state.tell()
        seems = (state.good or 0.0) >= state.effort.sure
        unseen = cube.unseen(found, data) if seems else np.empty(0, np.int64)
        sure = sure + 1 if seems and not len(unseen) else 0
        if sure >= state.settings.confirmations or len(cube.columns) == 1:
            state.ended = "sure"
            return
        if state.over():
            return
        if len(unseen):
            whole = [cube.whole[i] for i in (found.chosen, *unseen)]
            state.draw(whole[: state.left], 1, state.next_replication)
        else:
            cube.round(state, found)


@dataclass
class _Model:
    """Hyperparameters and the units of the values at the last fit."""

    kernel: Kernel
    fitted: int = 0
    scale: float = 1.0
    shift: float = 0.0

    def update(self, seen: Observations, size: int, settings: Settings) -> Data:
        """Fit again when the observations have grown enough; the observations in the units of the fit."""
        subsets, replications, values = seen
        due = len(values) >= settings.refit_at * self.fitted
        if due:
            self.shift, self.scale = float(values.mean()), float(values.std()) or 1.0
        data = Data.of(size, subsets, replications, (values - self.shift) / self.scale)
        if due:
            self.kernel, self.fitted = fit(size, self.kernel, data, settings.fit_iterations), len(values)
        return data


def _choose_by_mean(state: _State, cube: _Cube) -> None:
    """Before there is a model: the greatest mean of the values, each less the mean of its replication."""
    subsets, at = np.unique(state.subsets, return_inverse=True)
    _, number = np.unique(state.replications, return_inverse=True)
    values = np.array(state.values)
    values = values - (np.bincount(number, values) / np.bincount(number))[number]
    mean = np.bincount(at, values) / np.bincount(at)
    mean[~np.isin(subsets, cube.whole)] = -np.inf
    state.chosen = int(subsets[np.argmax(mean)])


def _screen(state: _State) -> None:
    """Of more measures than can be enumerated, keep those that gain most, alone or as the last one.

    Each measure is tried alone and taken out of the greedy union, with what it needs; the better of the two
    gains counts. What a kept measure needs is kept with it.
    """
    problem = state.problem
    alone = [problem.with_needs(1 << i) for i in range(problem.size)]
    fine = [i for i in range(problem.size) if problem.allows(alone[i])]
    state.draw([0, *dict.fromkeys(alone[i] for i in fine)], 1, 0)
    value = dict(zip(state.subsets, state.values, strict=True))
    gain = {i: value.get(alone[i], value[0]) - value[0] for i in fine}
    union = 0
    for i in sorted(fine, key=lambda i: -gain[i]):
        if problem.allows(union | alone[i]):
            union |= alone[i]
    without = {i: union & ~(1 << i) for i in members(union) if problem.allows(union & ~(1 << i))}
    state.draw([s for s in dict.fromkeys([union, *without.values()]) if s not in value], 1, 0)
    value = dict(zip(state.subsets, state.values, strict=True))
    if union in value:
        for i, rest in without.items():
            if rest in value:
                gain[i] = max(gain[i], value[union] - value[rest])
    kept = 0
    for i in sorted(fine, key=lambda i: -gain[i]):
        wider = kept | alone[i]
        if wider.bit_count() <= ENUMERABLE:
            kept = wider
    state.kept = members(kept)


@dataclass(frozen=True)
class _Cube:
    """The allowed subsets of the kept measures: `columns` numbers them, ascending in number of measures."""

    kept: tuple[int, ...]
    columns: Numbers
    whole: tuple[int, ...]
    place: dict[int, int]

    @classmethod
    def of(cls, state: _State) -> _Cube:
        problem = state.problem
        if len(state.kept) < problem.size:
            problem = problem.restricted(state.kept)
        columns = np.nonzero(problem.allowed())[0]
        columns = columns[np.argsort(np.bitwise_count(columns), kind="stable")]
        whole = tuple(subset_of(state.kept[i] for i in members(int(c))) for c in columns)
        return cls(state.kept, columns, whole, dict(zip(whole, columns.tolist(), strict=True)))

    @property
    def size(self) -> int:
        return len(self.kept)

    def design(self, state: _State) -> list[int]:
        """Subsets of the initial design: none, singles, all less one, and random ones of every number."""
        number = np.bitwise_count(self.columns)
        most = int(number.max())
        near = (number <= 1) | (number >= self.size - 1)
        chosen = [self.whole[i] for i in np.nonzero(near)[0]]
        for _ in range(state.settings.design_per_measure * self.size):
            pool = np.nonzero(number == state.rng.integers(most + 1))[0]
            if len(pool):
                chosen.append(self.whole[state.rng.choice(pool)])
        return list(dict.fromkeys(chosen))

    def observations(self, state: _State) -> Observations:
        """Subsets in the numbers of the cube, replications and values of what was drawn within it."""
        use = [i for i, subset in enumerate(state.subsets) if subset in self.place]
        subsets = np.array([self.place[state.subsets[i]] for i in use], np.int64)
        replications = np.array([state.replications[i] for i in use], np.int64)
        return subsets, replications, np.array([state.values[i] for i in use])

    def judge(self, state: _State, model: _Model, data: Data) -> Belief:
        """Condition the surrogate, choose, and note it in the state."""
        surrogate = condition(self.size, model.kernel, data)
        measured = np.nonzero(np.isin(self.columns, data.subsets))[0]
        mean = surrogate.mean()[self.columns]
        found = belief(
            Posterior(surrogate, self.columns, mean, model.shift / model.scale),
            measured,
            state.effort,
            state.rng,
        )
        state.chosen, state.good = self.whole[found.chosen], found.good
        state.means = {self.whole[i]: float(mean[i] * model.scale + model.shift) for i in measured}
        return found

    def unseen(self, found: Belief, data: Data) -> Numbers:
        """Columns that differ from the chosen one in one or two measures and were not drawn yet."""
        near = np.bitwise_count(self.columns ^ self.columns[found.chosen]) <= 2
        return np.nonzero(near & ~np.isin(self.columns, data.subsets))[0]

    def round(self, state: _State, found: Belief) -> None:
        """Draw fresh replications of the contenders, and of a few subsets beside them."""
        step, settings = state.effort.step, state.settings
        beside = int(settings.explored * step)
        chosen = list(next_subsets(found, max(step - beside, 1), state.rng))
        near = neighbours(found.chosen, self.columns, self.size)
        for pool in (near, np.arange(len(self.columns))):
            chosen += list(state.rng.choice(pool, min(beside // 2, len(pool)), replace=False))
        subsets = list(dict.fromkeys(self.whole[i] for i in chosen))[: state.left]
        draws = step * max(1, int(settings.growth * len(state.values) / step))
        most = settings.replications_per_round * draws // step
        count = min(draws // len(subsets), most, state.left // len(subsets))
        state.draw(subsets, max(count, 1), state.next_replication)
