"""Remaining useful life of units in service, learned from units that ran to failure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zhizao.engine import Progress
from zhizao.experiments.facts import version
from zhizao.quantities import InputError
from zhizao.studies.maintain.alarms import Alarms, alarms_of
from zhizao.studies.maintain.conformal import Calibration, HeldOut, calibrated, coverage
from zhizao.studies.maintain.facts import Floats, Interval, Ints
from zhizao.studies.maintain.features import Recipe, capped_life, recipe_of
from zhizao.studies.maintain.histories import History, columns_of, histories_of, informative
from zhizao.studies.maintain.learner import Predictor, fitted
from zhizao.studies.maintain.lives import Accuracy, LifeResult, UnitLife
from zhizao.studies.maintain.suspects import end_together, follows_life, outside, ranges
from zhizao.studies.maintain.table import read_records

CAP = 125.0
"""Default cap of the target: before that nothing has begun to wear (Heimes 2008 had 130, Zheng et al. 2017
and most since 125 to 130 on C-MAPSS)."""
EARLIEST = 20
"""Rows that a unit needs before its life is predicted: less says too little of how it started."""
SKIPPED = 10
"""First rows of a unit from which nothing is learned: windows are still empty."""
CUTS = 30
"""Random times at which each unit is cut to measure errors, as units in service are cut by today."""
FOLDS = 10
"""Folds of units."""
LEAST_UNITS = 10
"""Fewest units that ran to failure."""
DRAWS = 2_000
"""Bootstrap samples of units for intervals of errors."""


@dataclass(frozen=True, slots=True)
class LifeAim:
    """What is wanted. Lives, `cap`, `alarm` and `notice` are in the unit of the table's time.

    `cap`: longest remaining life; longer ones count as this. `level`: of the intervals. `alarm`:
    predicted life at which an alarm is raised. `notice`: shortest lead time that is of use.
    """

    unit: str | None = None
    time: str | None = None
    cap: float = CAP
    level: float = 0.9
    alarm: float = 30.0
    notice: float = 1.0

    def __post_init__(self) -> None:
        if not 0.5 <= self.level < 1:
            raise InputError(f"level: found {self.level:g}; expected at least 0.5 and less than 1")
        if not 0 < self.cap < float("inf"):
            raise InputError(f"cap: found {self.cap:g}; expected more than 0")
        if not 0 <= self.notice < self.alarm <= self.cap:
            raise InputError(
                f"alarm: found an alarm at {self.alarm:g} with a notice of {self.notice:g}; "
                f"expected 0 <= notice < alarm <= cap ({self.cap:g})"
            )


DEFAULT = LifeAim()


def remaining_life(
    histories: str | Path,
    current: str | Path | None = None,
    *,
    aim: LifeAim = DEFAULT,
    seed: int = 1,
    progress: Progress | None = None,
) -> LifeResult:
    """Learn the remaining life from units that ran to failure, and predict it for units in service.

    Parameters
    ----------
    histories
        Table of units run to failure: one row per unit and time, one column per sensor or setting. The last
        row of a unit is its failure.
    current
        Table of units in service, with the same columns; each is predicted at its last row.
    aim
        Names of columns, cap, level of intervals and threshold of alarms.
    seed
        Seed of folds, cuts and learners.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        A table has faults, units are too few, no sensor changes, or the extra `maintain` is not installed.
    """
    records = read_records(histories, "histories")
    columns = columns_of(records, aim.unit, aim.time)
    every = histories_of(records, columns)
    known = tuple(one for one in every if len(one.time) > EARLIEST + 1)
    if len(known) < LEAST_UNITS:
        raise InputError(
            f"{histories}: found {len(known)} units of more than {EARLIEST + 1} rows that ran to failure; "
            f"not shown: a remaining life takes at least {LEAST_UNITS}"
        )
    if not (used := informative(known)):
        raise InputError(f"{histories}: no sensor changes in any unit; not shown: give columns that vary")
    now: tuple[History, ...] = ()
    inputs = [records.source]
    if current is not None:
        in_service = read_records(current, "current")
        now, inputs = histories_of(in_service, columns), [*inputs, in_service.source]
    far = {one.unit: outside(one, used, ranges(known)) for one in now}
    work = _Work(known, aim.cap, seed)
    work.learn(progress)
    held_out = work.held_out()
    calibration = calibrated(held_out, aim.level, aim.cap)
    return LifeResult(
        title=Path(histories).name,
        inputs=tuple(inputs),
        seed=seed,
        version=version(),
        cap=aim.cap,
        level=aim.level,
        units=tuple(
            _not_shown(one) if far[one.unit] is not None else work.current(one, calibration) for one in now
        ),
        accuracy=_accuracy(held_out, work, aim, seed),
        alarms=work.alarms(aim),
        trained=len(known),
        left_out=tuple(one.unit for one in every if len(one.time) <= EARLIEST + 1),
        constant=tuple(name for i, name in enumerate(columns.sensors) if i not in used),
        follows=tuple(columns.sensors[i] for i in follows_life(known, used)),
        outside=tuple(f"{unit} ({columns.sensors[i]})" for unit, i in far.items() if i is not None),
        together=end_together(known),
        longest=float(np.median([one.time[-1] - one.time[0] for one in known])),
        held_out=held_out,
    )


class _Work:
    """Models of the folds, and what each says of the units that it did not see."""

    def __init__(self, known: tuple[History, ...], cap: float, seed: int) -> None:
        self.known, self.cap, self.seed = known, cap, seed
        folds = min(FOLDS, len(known))
        self.fold: Ints = np.random.default_rng(seed).permutation(len(known)) % folds
        self.models: list[tuple[Recipe, Predictor]] = []
        self.predicted: list[Floats] = [np.empty(0)] * len(known)

    def learn(self, progress: Progress | None) -> None:
        """Fit a model for each fold, on the units that are not in it."""
        folds = int(self.fold.max()) + 1
        for number in range(folds):
            rest = tuple(one for one, fold in zip(self.known, self.fold, strict=True) if fold != number)
            recipe = recipe_of(rest, self.cap)
            rows = [recipe.features(one)[SKIPPED:] for one in rest]
            target = np.concatenate([capped_life(one, self.cap)[SKIPPED:] for one in rest])
            self.models.append((recipe, fitted(np.vstack(rows), target, self.seed + number)))
            for unit in np.flatnonzero(self.fold == number):
                self.predicted[int(unit)] = self.by(number, self.known[int(unit)])
            if progress is not None:
                progress((number + 1) / folds)

    def by(self, number: int, history: History, last: int | None = None) -> Floats:
        """Remaining life by the model of a fold, at the last times (default: at all)."""
        recipe, predict = self.models[number]
        rows = recipe.features(history)
        return np.clip(predict(rows if last is None else rows[-last:]), 0, self.cap)

    def held_out(self) -> HeldOut:
        """Each unit cut at random times, predicted by the model that did not see it."""
        random = np.random.default_rng(self.seed)
        cuts = [random.integers(EARLIEST, len(one.time), size=CUTS) for one in self.known]
        lives = [capped_life(one, self.cap) for one in self.known]
        return HeldOut(
            np.repeat(np.arange(len(self.known)), CUTS),
            np.repeat(self.fold, CUTS),
            np.concatenate([one[cut - 1] for one, cut in zip(self.predicted, cuts, strict=True)]),
            np.concatenate([one[cut - 1] for one, cut in zip(lives, cuts, strict=True)]),
        )

    def alarms(self, aim: LifeAim) -> Alarms:
        """Alarms on every unit, by the model that did not see it."""
        left = [one.time[-1] - one.time[EARLIEST - 1 :] for one in self.known]
        seen = [one[EARLIEST - 1 :] for one in self.predicted]
        return alarms_of(seen, left, aim.alarm, aim.notice)

    def current(self, history: History, calibration: Calibration) -> UnitLife:
        """A unit in service at its last time; nothing is shown of one with too few rows."""
        if len(history.time) < EARLIEST:
            return _not_shown(history)
        by_model = np.array([self.by(number, history, 1)[0] for number in range(len(self.models))])
        low, high = calibration.interval(by_model) or (None, None)
        return UnitLife(history.unit, float(history.time[-1]), float(by_model.mean()), low, high)


def _not_shown(history: History) -> UnitLife:
    return UnitLife(history.unit, float(history.time[-1]), None, None, None)


def _accuracy(held_out: HeldOut, work: _Work, aim: LifeAim, seed: int) -> Accuracy:
    by_age = _by_age(work)
    model = _per_unit(held_out.unit, (held_out.predicted - held_out.actual) ** 2)
    age = _per_unit(held_out.unit, (by_age - held_out.actual) ** 2)
    drawn = np.random.default_rng(seed).integers(0, len(model), size=(DRAWS, len(model)))
    errors, ages = np.sqrt(model[drawn].mean(axis=1)), np.sqrt(age[drawn].mean(axis=1))
    return Accuracy(
        _percentiles(float(np.sqrt(model.mean())), errors),
        float(np.sqrt(age.mean())),
        _percentiles(float(np.sqrt(age.mean()) - np.sqrt(model.mean())), ages - errors),
        coverage(held_out, aim.level, aim.cap, seed),
    )


def _by_age(work: _Work) -> Floats:
    """What the age alone says: the mean capped life that is left to the other units as old."""
    random = np.random.default_rng(work.seed)
    lives = np.array([one.time[-1] - one.time[0] for one in work.known])
    found = []
    for number, one in enumerate(work.known):
        ages = one.time[random.integers(EARLIEST, len(one.time), size=CUTS) - 1] - one.time[0]
        others = np.delete(lives, number)
        left = np.clip(others[None] - ages[:, None], 0, work.cap)
        alive = others[None] > ages[:, None]
        found.append((left * alive).sum(axis=1) / np.maximum(alive.sum(axis=1), 1))
    return np.concatenate(found)


def _per_unit(unit: Ints, values: Floats) -> Floats:
    return np.asarray(np.bincount(unit, values) / np.bincount(unit))


def _percentiles(value: float, drawn: Floats) -> Interval:
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Interval(value, float(low), float(high))
