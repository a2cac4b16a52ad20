"""Move each number of a plant a little, with common random numbers, and measure what a KPI does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import nan
from pathlib import Path

import numpy as np

from zhizao.engine import LogLevel, Progress
from zhizao.experiments.cancel import interrupted
from zhizao.experiments.experiment import Experiment
from zhizao.experiments.facts import REPLICATIONS, RunPlan, version
from zhizao.experiments.scenario import Scenario, inputs_of
from zhizao.experiments.window import wip_growth
from zhizao.kpi import FORMULAS, FROM_LOTS, elements, formula_of
from zhizao.kpi.analysis import Floats, replicated_difference, replication_interval
from zhizao.kpi.verdicts import family
from zhizao.plant import Plant, as_plant
from zhizao.quantities import InputError
from zhizao.records import Records, lots_alone
from zhizao.studies.sensitivity.findings import Effect
from zhizao.studies.sensitivity.nudges import Nudges, Skipped, chosen, nudged
from zhizao.studies.sensitivity.result import SensitivityResult

_NOISE = 1e-12  # what differs less differs by the order of a sum


def sensitivity(  # noqa: PLR0913  each is an option of the command
    plant: Plant | str | Path,
    of: str = "lead_time",
    *,
    fields: Iterable[str] | None = None,
    step: float = 0.05,
    days: float | None = None,
    replications: int | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> SensitivityResult:
    """Find which numbers of a plant move a KPI, by finite differences with common random numbers.

    Parameters
    ----------
    plant
        A plant, or the path of a plant file.
    of
        The KPI, by its id; `lead_time` is short for its mean.
    fields
        Paths of the numbers to try, with `*` for anything (`routes.*`). Default: every number that differs
        from its default, and all numbers of units.
    step
        Relative step, up and down; for a distribution, of its mean. A whole number is raised by one.
    days
        Length of the window after the warm-up, which is detected (default as in `simulate`).
    replications
        Pairs of runs (default: 20), at least 2.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        An argument is wrong, or no number fits a pattern.
    KeyboardInterrupt
        Cancelled before the plant as it is was run; after that the result holds the fields done by then.
    """
    plant = as_plant(plant)
    if not 0 < step < 1:
        raise InputError(f"step: found {step:g}; right is a share between 0 and 1, for example 0.05")
    plan = RunPlan(days, REPLICATIONS if replications is None else replications, seed)
    tried = [nudged(plant, one, step) for one in chosen(plant, fields)]
    work = _Work(Scenario("as it is", plant), formula_of(of).id, plan, Experiment(plan.seed, progress))
    work.measure()
    interrupted = work.try_all([one for one in tried if isinstance(one, Nudges)])
    return _result(work, [one for one in tried if isinstance(one, Skipped)], interrupted)


@dataclass
class _Work:
    """The KPI of the plant as it is, and the effects as they come in."""

    base: Scenario
    of: str
    plan: RunPlan
    experiment: Experiment
    lots: Sequence[Records] = ()
    now: Floats = field(default_factory=lambda: np.empty(0))
    effects: list[Effect] = field(default_factory=list)

    def measure(self) -> None:
        """Find the window and run the plant as it is."""
        self.experiment.log = LogLevel.LOTS if self.of in FROM_LOTS else LogLevel.EVENTS
        self.experiment.find_window([self.base], self.plan.days, 0.05)
        records = self.experiment.records(self.base, 0, self.plan.replications, 0.05)
        self.lots = [lots_alone(r) for r in records]
        self.now = self._kpi(self.base.plant, records)

    def _kpi(self, plant: Plant, records: Sequence[Records]) -> Floats:
        return np.array([FORMULAS[self.of].compute(elements(r, plant)) for r in records])

    def try_all(self, tried: Sequence[Nudges]) -> bool:
        """Try one field after the other; tells whether that was interrupted."""

        def each() -> None:
            for nudges in tried:
                share = 0.45 / len(tried)
                down, up = self._after(nudges.down, share), self._after(nudges.up, share)
                self.effects.append(_effect(nudges, self.now, down, up))

        return interrupted(each)

    def _after(self, plant: Plant | None, share: float) -> Floats | None:
        """The KPI after a change; a change below rounding counts as none."""
        if plant is None:
            return None
        records = self.experiment.records(Scenario("after", plant), 0, self.plan.replications, share)
        values = self._kpi(plant, records)
        return np.where(np.abs(values - self.now) <= _NOISE * np.abs(self.now), self.now, values)


def _effect(nudges: Nudges, now: Floats, down: Floats | None, up: Floats | None) -> Effect:
    """One step up, as half of up less down where both are there (central difference)."""
    sides = (down is not None) + (up is not None)
    gain = ((now if up is None else up) - (now if down is None else down)) / sides
    return Effect(nudges, replicated_difference(now, now + gain), _relative(now, down), _relative(now, up))


def _relative(now: Floats, after: Floats | None) -> float:
    return nan if after is None else replicated_difference(now, after).relative.mean


# ---------------------------------------------------------------- result
def _result(work: _Work, skipped: Sequence[Skipped], interrupted: bool) -> SensitivityResult:
    window = work.experiment.window
    if not replication_interval(work.now).n:
        raise InputError(f"{work.of} is not known for this plant; choose another KPI")
    return SensitivityResult(
        plant=work.base.plant,
        window=window,
        replications=work.plan.replications,
        seed=work.plan.seed,
        keeps_up=window.ends or not wip_growth(work.lots).steady,
        interrupted=interrupted,
        version=version(),
        inputs=inputs_of([work.base]),
        of=work.of,
        effects=tuple(sorted(_shown(work.effects), key=_rank)),
        skipped=tuple(skipped),
    )


def _shown(effects: Sequence[Effect]) -> list[Effect]:
    """The effects, with what stands of them: all fields are one family of tests."""
    evidence = family([effect.difference for effect in effects], 0.0)
    return [replace(effect, shown=e.significant) for effect, e in zip(effects, evidence, strict=True)]


def _rank(effect: Effect) -> tuple[bool, float]:
    return (not effect.shown, -abs(np.nan_to_num(effect.difference.absolute.mean)))
