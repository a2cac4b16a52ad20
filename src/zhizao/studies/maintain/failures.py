"""Failure models by component from maintenance records, and a forecast that the records judge."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zhizao.engine import Progress
from zhizao.experiments.facts import version
from zhizao.quantities import Input, InputError
from zhizao.studies.maintain.components import Component, Effect, FailureResult, Forecast
from zhizao.studies.maintain.facts import Floats, Interval
from zhizao.studies.maintain.outlook import RESAMPLES, Machines, Outlook
from zhizao.studies.maintain.replacement import Life, Replacement, Stops, age_replacement
from zhizao.studies.maintain.spells import MACHINE, EventDates, Spells, close_failures, dates_of, spells_of
from zhizao.studies.maintain.table import Records, read_records
from zhizao.studies.maintain.weibull import Fit, fitted, misfit, shape_interval

LEAST_FAILURES = 10
"""Fewest failures from which a life is fitted."""
PER_COVARIATE = 10
"""Failures for each covariate, at least (Peduzzi et al. 1995)."""
LEAST_OF_CLASS = 5
"""Failures of a class, at least, without which its factor is not shown."""
MOST_CLASSES = 8
"""Most values of a covariate in words."""
DAY_S = 86_400.0
DOUBT = 0.01
"""Probability of a misfit below which a life is said not to be of the form fitted."""


@dataclass(frozen=True, slots=True)
class FailureAim:
    """What is wanted: the share of the recorded time that a forecast is fitted on, and its level.

    `repair_s`, `preventive_s`: downtime of a failure and of a preventive replacement in s; with both, age
    replacement is judged.
    """

    fitted_on: float = 2 / 3
    level: float = 0.9
    repair_s: float | None = None
    preventive_s: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("fitted_on", self.fitted_on), ("level", self.level)):
            if not 0.1 <= value < 1:
                raise InputError(f"{name}: found {value:g}; expected at least 0.1 and less than 1")
        if self.preventive_s is None:
            return
        if self.repair_s is None or not 0 < self.preventive_s < self.repair_s:
            raise InputError(
                f"preventive: found {self.preventive_s:g} s with a repair of {self.repair_s or 0:g} s; "
                "expected more than 0 and less than the repair, or no downtime is saved"
            )

    @property
    def stops(self) -> Stops | None:
        """Both downtimes in days; None where they are not both given."""
        if self.repair_s is None or self.preventive_s is None:
            return None
        return Stops(self.repair_s / DAY_S, self.preventive_s / DAY_S)


DEFAULT = FailureAim()


def failure_models(
    failures: str | Path,
    replacements: str | Path | None = None,
    machines: str | Path | None = None,
    *,
    aim: FailureAim = DEFAULT,
    seed: int = 1,
    progress: Progress | None = None,
) -> FailureResult:
    """Fit times between failures by component, and forecast the last part of the records from the first.

    Parameters
    ----------
    failures
        Table of failures: machine, time, component.
    replacements
        Table of replacements, with the same columns. One that is no failure is preventive: it censors.
    machines
        Table of machines; its other columns, in numbers or words, are covariates of the life.
    aim
        Share of the time that the forecast is fitted on, and its level.
    seed
        Seed of bootstrap and forecast.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        A table has faults.
    """
    failed = read_records(failures, "failures")
    replaced = None if replacements is None else read_records(replacements, "replacements")
    fleet = None if machines is None else read_records(machines, "machines")
    dates = dates_of(failed, replaced, fleet)
    numbers, names, columns, design = _fleet(dates, fleet)
    days = [day for of in dates.failures.values() for day in of]
    begin, end = min(days), max(day for of in dates.renewals.values() for day in of)
    if end <= begin:
        raise InputError(f"{failures}: found records of one time only; give records of a span of time")
    components = sorted({component for _, component in dates.failures})
    varying = design[:, 1:] - design[:, 1:].mean(axis=0)
    by_column = Machines(numbers, columns, varying / varying.std(axis=0))
    now = begin + aim.fitted_on * (end - begin)
    outlook = Outlook(dates, by_column, (begin, end), now, aim.level, seed)
    forecasts, drift = outlook.forecasts(components, LEAST_FAILURES)
    work = _Work(dates, numbers, names, design, (begin, end), forecasts, aim.stops, seed)
    found: list[tuple[Component, tuple[Effect, ...], Replacement | None]] = []
    for number, component in enumerate(components):
        found.append(work.component(component))
        if progress is not None:
            progress((number + 1) / len(components))
    return FailureResult(
        title=Path(failures).name,
        inputs=_inputs(failed, replaced, fleet),
        seed=seed,
        version=version(),
        level=aim.level,
        days=end - begin,
        drift=drift.interval if forecasts else None,
        fitted_days=aim.fitted_on * (end - begin),
        machines=len(numbers),
        stops=aim.stops,
        preventive=replaced is not None,
        fleet=fleet is not None,
        close=close_failures(dates),
        components=tuple(one for one, _, _ in found),
        effects=tuple(effect for _, effects, _ in found for effect in effects),
        replacements=tuple(one for _, _, one in found if one is not None),
    )


def _inputs(*tables: Records | None) -> tuple[Input, ...]:
    return tuple(one.source for one in tables if one is not None)


def _fleet(
    dates: EventDates, fleet: Records | None
) -> tuple[dict[str, int], tuple[str, ...], tuple[str, ...], Floats]:
    """Numbers of machines, covariates and their columns, and the design: 1, then covariates by machine."""
    seen = sorted({machine for machine, _ in dates.renewals})
    if fleet is None:
        return {one: i for i, one in enumerate(seen)}, (), (), np.ones((len(seen), 1))
    key = fleet.column(*MACHINE)
    ids = fleet.ids(key)
    for row, one in enumerate(ids):
        if one in ids[:row]:
            fleet.fault(row, key, f"found {one!r} twice", "write one row per machine")
    if missing := [one for one in seen if one not in ids]:
        fleet.fault(-1, key, f"found no row of machine {missing[0]!r}", "write one row per machine")
    columns = [np.ones(len(ids))]
    names: list[tuple[str, str]] = []
    for column in fleet.frame.columns:
        if column != key:
            for name, values in _covariates(fleet, column):
                names.append((name, column))
                columns.append(values)
    fleet.raise_faults()
    covariates, of = tuple(one for one, _ in names), tuple(column for _, column in names)
    return {one: i for i, one in enumerate(ids)}, covariates, of, np.column_stack(columns)


def _covariates(fleet: Records, column: str) -> list[tuple[str, Floats]]:
    """A column of numbers about its mean; a column of words as its values but the first."""
    texts = fleet.texts(column)
    try:
        values = np.array([float(cell) for cell in texts])
    except ValueError:
        classes = sorted(set(texts))
        if len(classes) > MOST_CLASSES:
            right = f"write at most {MOST_CLASSES} values, or leave the column out"
            fleet.fault(-1, column, f"found {len(classes)} different words", right)
        return [(f"{column} {one}", np.array([float(cell == one) for cell in texts])) for one in classes[1:]]
    if not np.isfinite(values).all():
        fleet.fault(-1, column, "found a value that is not known", "write finite numbers")
    return [(column, values - values.mean())] if np.ptp(values) > 0 else []


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What the components share."""

    dates: EventDates
    machines: dict[str, int]
    names: tuple[str, ...]
    design: Floats
    span: tuple[float, float]
    forecasts: dict[str, Forecast]
    stops: Stops | None
    seed: int

    def component(self, name: str) -> tuple[Component, tuple[Effect, ...], Replacement | None]:
        """The model of a component on all records, and the forecast from the first part."""
        spells = spells_of(self.dates, name, self.machines, self.span)
        failures, censored = int(spells.failed.sum()), int((spells.failed == 0).sum())
        if failures < LEAST_FAILURES:
            return Component(name, failures, censored), (), self._replaced(name)
        alone = self.design[:, :1]
        best, plain = fitted(spells, alone), fitted(spells, alone, shape=1.0)
        # AIC: the shape is one parameter more
        wears = 2 * (best.log_likelihood - plain.log_likelihood) > 2
        model = best if wears else plain
        drawn = [
            fitted(one, alone, shape=None if wears else 1.0, start=model) for one in self._samples(spells)
        ]
        found = Component(
            name,
            failures,
            censored,
            shape_interval(spells, alone, best),
            _percentiles(np.exp(model.weights[0]), np.exp([one.weights[0] for one in drawn])),
            not wears,
            misfit(spells, model) >= DOUBT,
            self.forecasts.get(name),
        )
        return found, self._effects(name, spells), self._replaced(name, found, drawn)

    def _replaced(
        self, name: str, found: Component | None = None, drawn: list[Fit] | None = None
    ) -> Replacement | None:
        """Age replacement of a component by the life that was fitted, and those of bootstrap samples."""
        if self.stops is None:
            return None
        if found is None or found.shape is None or found.scale is None:
            return Replacement(name, "too few failures")
        if found.exponential:
            return Replacement(name, "no wear is shown: a memoryless life fits as well")
        lives = [Life(one.shape, float(np.exp(one.weights[0]))) for one in drawn or ()]
        life = Life(found.shape.value, found.scale.value)
        return age_replacement(name, found.shape, life, lives, self.stops, fits=found.fits)

    def _effects(self, name: str, spells: Spells) -> tuple[Effect, ...]:
        """Factors of the covariates on the life; none where failures are too few for them."""
        count = self.design.shape[1] - 1
        if not count or spells.failed.sum() < PER_COVARIATE * count:
            return ()
        best = fitted(spells, self.design)
        drawn = np.array([fitted(one, self.design, start=best).weights for one in self._samples(spells)])
        return tuple(
            Effect(name, covariate, self._factor(i, spells, best, drawn[:, i]))
            for i, covariate in enumerate(self.names, 1)
        )

    def _factor(self, i: int, spells: Spells, best: Fit, drawn: Floats) -> Interval | None:
        """The factor of a covariate; None where a class, or all others, have next to no failures."""
        column = self.design[spells.machine, i]
        failed = column[spells.failed > 0]
        if len(np.unique(column)) == 2 and min((failed > 0).sum(), (failed <= 0).sum()) < LEAST_OF_CLASS:
            return None
        return _percentiles(float(np.exp(best.weights[i])), np.exp(drawn))

    def _samples(self, spells: Spells) -> list[Spells]:
        """Bootstrap samples of machines with failures in them."""
        random, count = np.random.default_rng(self.seed), len(self.machines)
        drawn = [spells.of_machines(random.integers(0, count, size=count), count) for _ in range(RESAMPLES)]
        return [one for one in drawn if one.failed.sum() > 1]


def _percentiles(value: float, drawn: Floats) -> Interval:
    if len(drawn) < 2:
        return Interval(float(value), None, None)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Interval(float(value), float(low), float(high))
