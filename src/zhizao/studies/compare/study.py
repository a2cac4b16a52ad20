"""Run the plant before and after a change with common random numbers; measure the difference by pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from zhizao.engine import LogLevel, Progress
from zhizao.experiments.experiment import Experiment, Replications
from zhizao.experiments.facts import REPLICATIONS, RunPlan, version
from zhizao.experiments.scenario import Planned, Scenario, inputs_of, plan_rows, with_measures
from zhizao.experiments.uncertainty import check_uncertainty
from zhizao.experiments.window import DAY_S, Window
from zhizao.kpi import range_of
from zhizao.kpi.analysis import Difference, replicated_difference
from zhizao.kpi.money import FOR_MONEY, Measured, measured
from zhizao.kpi.verdicts import RELEVANCE, check_relevance
from zhizao.plant import Plant, as_plant
from zhizao.quantities import InputError
from zhizao.records import Records
from zhizao.studies.compare.drawn import NOISE, with_uncertainty
from zhizao.studies.compare.findings import Outcome, judged
from zhizao.studies.compare.payback import Appraisal, Costs, money
from zhizao.studies.compare.result import CompareResult
from zhizao.studies.compare.seen import Run, run_of, seen_in

TOGETHER = "all together"
ASSUMED = Appraisal()
_BASE = 0.1  # share of the work before plants are drawn


def compare(  # noqa: PLR0913  each is an option of the command
    before: Plant | str | Path,
    after: Plant | str | Path | None = None,
    *,
    plan: pl.DataFrame | Planned | None = None,
    days: float | None = None,
    replications: int | None = None,
    seed: int = 1,
    uncertainty: int | None = None,
    relevance: float = RELEVANCE,
    appraisal: Appraisal = ASSUMED,
    progress: Progress | None = None,
) -> CompareResult:
    """Compare two plants with common random numbers, or a plant by its rules with itself by a plan.

    Parameters
    ----------
    before, after
        Plants, or paths of plant files. Default of `after`: the same plant, which then needs a plan to
        differ.
    plan
        What lots of the order table are to do when and where: the result of `schedule`, or a table with the
        columns of an event log (see `engine.plan`). The plant after follows it.
    days
        Length of the window after the warm-up, which is detected (default as in `simulate`).
    replications
        Pairs of runs (default: 20), at least 2.
    uncertainty
        Plants to draw from the `uncertainty` of the numbers of either plant, each with as many pairs of runs;
        before and after get the same draw and common random numbers. Intervals then include parameter
        uncertainty as well as simulation noise, and
        each change says what its interval is made of. 20 give a fair interval.
    relevance
        Relative change from which a difference is called better or worse, as a share (default: 0.005).
    appraisal
        Interest and years of use for the net present value of a measure.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        An argument is wrong, or the plants count money in different currencies.
    KeyboardInterrupt
        Cancelled before two pairs were done; after that the result holds the pairs done by then.
    """
    if after is None and plan is None:
        raise InputError("compare: found neither a plant after nor a plan; give one of them, or both")
    before = as_plant(before)
    after = before if after is None else as_plant(after)
    if before.currency != after.currency:
        raise InputError(
            f"found money in {before.currency} before and {after.currency} after; use one currency"
        )
    by_plan = "by plan" if after is before else "after"
    name = after.name if after.name != before.name else by_plan
    return compare_scenarios(
        before,
        (Scenario(name, after, plan_rows(plan)),),
        days,
        Terms(replications, uncertainty, seed, relevance, appraisal),
        progress=progress,
    )


def compare_measures(  # noqa: PLR0913  each is an option of the command
    plant: Plant | str | Path,
    ids: Iterable[str],
    *,
    days: float | None = None,
    replications: int | None = None,
    seed: int = 1,
    uncertainty: int | None = None,
    relevance: float = RELEVANCE,
    appraisal: Appraisal = ASSUMED,
    progress: Progress | None = None,
) -> CompareResult:
    """Compare a plant with itself after its measures: each alone and, of several, all together.

    Arguments are those of `compare`; `plant` is a plant or the path of its file, and `ids` names measures of
    it.

    Raises
    ------
    PlantError
        A measure is unknown, or what it sets does not fit.
    """
    plant = as_plant(plant)
    wanted = tuple(dict.fromkeys(ids))
    if not wanted:
        known = ", ".join(measure.id for measure in plant.measures) or "none"
        raise InputError(f"found no measure to compare; the plant's measures are: {known}")
    after = tuple(with_measures(plant, (name,), name) for name in wanted)
    if len(wanted) > 1:
        after = (*after, with_measures(plant, wanted, TOGETHER))
    terms = Terms(replications, uncertainty, seed, relevance, appraisal)
    return compare_scenarios(plant, after, days, terms, progress=progress)


# ---------------------------------------------------------------- runs
@dataclass(frozen=True, slots=True)
class Terms:
    """How plants are compared; see `compare`.

    `headline_only` measures the headline, the on-time share, escapes and money alone, from lots without an
    event log: several times as quick. Intervals over drawn plants then do not say what they are made of by
    group, unless there are enough draws to tell by regression.
    """

    replications: int | None = None
    uncertainty: int | None = None
    seed: int = 1
    relevance: float = RELEVANCE
    appraisal: Appraisal = ASSUMED
    headline_only: bool = False

    def __post_init__(self) -> None:
        check_relevance(self.relevance)


def compare_scenarios(
    before: Plant,
    after: Sequence[Scenario],
    days: float | Window | None,
    terms: Terms,
    *,
    progress: Progress | None = None,
) -> CompareResult:
    """Compare a plant with scenarios, for studies that make their own; errors are those of `compare`.

    `days` may be a window that was found already: then no pilot is run.
    """
    window = days if isinstance(days, Window) else None
    length = days.days if isinstance(days, Window) else days
    pairs = RunPlan(length, REPLICATIONS if terms.replications is None else terms.replications).replications
    scenarios = (Scenario("before", before), *after)
    if terms.uncertainty is not None:
        if any(one.plan is not None for one in after):
            raise InputError("uncertainty: found a plan too, which is made for one plant; give one of them")
        check_uncertainty(scenarios, terms.uncertainty, pairs)
    base = 1.0 if terms.uncertainty is None else _BASE
    experiment = Experiment(terms.seed, progress)
    if window is None:
        experiment.find_window(scenarios, length, 0.3 * base)
    else:
        experiment.window = window
    measure: Callable[[Records, Plant], Measured] = measured
    one_run: Callable[[Records, Plant], Run] = run_of
    if terms.headline_only:
        experiment.log, measure, one_run = LogLevel.LOTS, judged_quickly, _quick_run
    runs = Replications(experiment, scenarios, one_run)
    runs.run(pairs, (0.7 if window is None else 1.0) * base, at_least=2)
    found = _result(runs, terms)
    if terms.uncertainty is None or runs.interrupted:
        return found
    return with_uncertainty(found, experiment, scenarios, terms.uncertainty, measure)


def judged_quickly(records: Records, plant: Plant) -> Measured:
    """What a change is judged by, from lots without an event log."""
    return measured(records, plant, only=(*FOR_MONEY, "escape_rate"))


def _quick_run(records: Records, plant: Plant) -> Run:
    return Run(judged_quickly(records, plant))


# ---------------------------------------------------------------- result
def _result(runs: Replications[Run], wanted: Terms) -> CompareResult:
    return CompareResult(
        plant=runs.scenarios[0].plant,
        scenarios=tuple(_outcome(runs, place, wanted) for place in range(1, len(runs.scenarios))),
        window=runs.experiment.window,
        replications=runs.done,
        seed=runs.experiment.seed,
        keeps_up=runs.keeps_up(),
        interrupted=runs.interrupted,
        version=version(),
        relevance=wanted.relevance,
        appraisal=wanted.appraisal,
        standstills=runs.standstills(),
        inputs=inputs_of(runs.scenarios),
        before=seen_in(runs.rows[0]),
    )


def _difference(name: str, before: list[Measured], after: list[Measured]) -> Difference:
    """Paired difference; what differs in the last digits only (the order of a sum) does not differ."""
    pairs = [(b.kpis[name], a.kpis[name]) for b, a in zip(before, after, strict=True)]
    same = [b if abs(a - b) <= NOISE * abs(b) else a for b, a in pairs]
    found = replicated_difference([b for b, _ in pairs], same)
    bounds = range_of(name)
    return replace(found, before=found.before.within(*bounds), after=found.after.within(*bounds))


def costs_of(scenario: Scenario) -> Costs:
    """What the measures of a scenario cost, and when they work."""
    return Costs(scenario.cost, scenario.yearly_cost, scenario.installation_s / DAY_S)


def _outcome(runs: Replications[Run], place: int, wanted: Terms) -> Outcome:
    scenario = runs.scenarios[place]
    before, after = ([run.measured for run in runs.rows[row]] for row in (0, place))
    differences = {name: _difference(name, before, after) for name in before[0].kpis}
    return Outcome(
        scenario.name,
        scenario.plant,
        tuple(measure.id for measure in scenario.measures),
        judged(differences, wanted.relevance),
        money(costs_of(scenario), wanted.appraisal, before, after),
        runs.keeps_up(place),
        uncertainty=None,
        seen=seen_in(runs.rows[place]),
    )
