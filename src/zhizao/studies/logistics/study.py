"""Run a plant and its alternatives in transport with common random numbers, and judge the differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from zhizao.engine import LogLevel, Progress
from zhizao.experiments.experiment import Experiment, Replications
from zhizao.experiments.facts import RunPlan, version
from zhizao.experiments.scenario import Scenario, inputs_of
from zhizao.kpi import elements, values
from zhizao.kpi.analysis import replicated_difference, replication_interval
from zhizao.kpi.loads import loads
from zhizao.kpi.verdicts import RELEVANCE, check_relevance, family
from zhizao.plant import Plant, as_plant
from zhizao.plant.query import transporter_ids
from zhizao.quantities import InputError
from zhizao.records import Records, with_events
from zhizao.studies.logistics.alternatives import Alternative, alternatives, flow_between
from zhizao.studies.logistics.findings import JUDGED, Delays, Judged
from zhizao.studies.logistics.result import LogisticsResult

REPLICATIONS = 20
MARGIN = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """One replication: its KPIs, loads of transporters, traffic."""

    kpis: dict[str, float]
    loads: dict[str, float]
    trips: dict[str, int]
    delayed_s: dict[str, float]
    zones: pl.DataFrame | None


def logistics(  # noqa: PLR0913  each is an option of the command
    plant: Plant | str | Path,
    *,
    days: float | None = None,
    replications: int | None = None,
    margin: float = MARGIN,
    relevance: float = RELEVANCE,
    seed: int = 1,
    progress: Progress | None = None,
) -> LogisticsResult:
    """Find how many vehicles a plant needs, which rules suit it, and what traffic and layout cost.

    Each alternative differs from the plant in one thing: two vehicles less to two more of each fleet, other
    dispatch rules, the other command of cranes, work centers on one another's places, and no traffic.

    Parameters
    ----------
    plant
        A plant with fleets or cranes, or the path of its file.
    days
        Length of the window after the warm-up (default as in `simulate`).
    replications
        Pairs of runs of each alternative (default: 20).
    margin
        Loss of throughput, and rise of lead time, up to which an alternative is as good, as a share.
    relevance
        Relative change from which a difference is better or worse, as a share.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        An argument is wrong, or the plant has neither vehicles nor cranes.
    KeyboardInterrupt
        Cancelled before two pairs were done; after that the result holds the pairs done by then.
    """
    plant = as_plant(plant)
    check_relevance(relevance)
    if not 0 < margin < 1:
        raise InputError(f"margin: found {margin:g}; right is a share above 0 and below 1, as 0.02")
    pairs = RunPlan(days, REPLICATIONS if replications is None else replications).replications
    if not (plant.transport.fleets or plant.transport.cranes):
        raise InputError(f"{plant.name}: found no vehicles and no cranes, so there is no transport to plan")
    experiment = Experiment(seed, progress)
    now = Scenario("as it is", plant)
    experiment.find_window([now], days, 0.1)
    flow = _flow(experiment, now)
    others = alternatives(plant, flow)
    experiment.log = LogLevel.LOTS  # what is judged needs no event log
    runs = Replications(experiment, [now, *(Scenario(one.name, one.plant) for one in others)], _run_of)
    runs.run(pairs, 0.85, at_least=2)
    judged = _judged(runs, others, relevance)
    return LogisticsResult(
        plant=plant,
        window=experiment.window,
        replications=runs.done,
        seed=seed,
        keeps_up=runs.keeps_up(),
        interrupted=runs.interrupted,
        version=version(),
        inputs=inputs_of(runs.scenarios),
        standstills=runs.standstills(),
        margin=margin,
        present={name: replication_interval([run.kpis[name] for run in runs.rows[0]]) for name in JUDGED},
        alternatives=judged,
        delays=_delays(runs.rows[0]),
        loads=_loads(runs.rows[0]),
        flow=flow,
        zones=_zones(runs.rows[0]),
    )


def _flow(experiment: Experiment, now: Scenario) -> pl.DataFrame:
    """Lots from work center to work center, in one run that is not compared."""
    events = [with_events(one).events for one in experiment.records(now, 0, 1, 0.05)]
    return flow_between([log for log in events if log is not None])


def _run_of(records: Records, plant: Plant) -> _Run:
    frame = loads(records, plant).filter(pl.col("resource").is_in(transporter_ids(plant)))
    traffic = records.traffic
    return _Run(
        values(elements(records, plant), JUDGED),
        dict(frame.select("resource", "load").iter_rows()),
        {} if traffic is None else traffic.trips,
        {} if traffic is None else traffic.delayed_s,
        None if traffic is None else traffic.zones,
    )


# ---------------------------------------------------------------- result
def _judged(runs: Replications[_Run], others: Sequence[Alternative], relevance: float) -> tuple[Judged, ...]:
    """All differences of all alternatives are one family of tests."""
    base = runs.rows[0]
    differences = [
        replicated_difference([run.kpis[name] for run in base], [run.kpis[name] for run in row])
        for row in runs.rows[1:]
        for name in JUDGED
    ]
    evidence = family(differences, relevance)
    n = len(JUDGED)
    return tuple(
        Judged(
            one,
            dict(zip(JUDGED, differences[n * i : n * i + n], strict=True)),
            dict(zip(JUDGED, evidence[n * i : n * i + n], strict=True)),
            runs.keeps_up(i + 1),
        )
        for i, one in enumerate(others)
    )


def _delays(runs: Sequence[_Run]) -> tuple[Delays, ...]:
    """Delay of a trip by others, by fleet on a floor."""
    found = []
    for name in runs[0].trips:
        per_trip = [run.delayed_s[name] / run.trips[name] for run in runs if run.trips[name]]
        if per_trip:
            trips = float(np.mean([run.trips[name] for run in runs]))
            found.append(Delays(name, trips, replication_interval(per_trip).within(0.0, np.inf)))
    return tuple(found)


def _loads(runs: Sequence[_Run]) -> dict[str, float]:
    return {name: float(np.mean([run.loads[name] for run in runs])) for name in runs[0].loads}


def _zones(runs: Sequence[_Run]) -> pl.DataFrame | None:
    """Means over the runs, by zone."""
    frames = [run.zones for run in runs if run.zones is not None]
    if not frames:
        return None
    sums = ("visits", "held_s", "waited_s")
    means = {name: np.mean([frame[name].to_numpy() for frame in frames], axis=0) for name in sums}
    return frames[0].select("floor", "x_m", "y_m").with_columns(pl.Series(k, v) for k, v in means.items())
