"""`zhizao simulate`: the KPIs of a plant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import (
    check_outputs,
    load_plan,
    load_plant,
    load_state,
    rules_beside,
    with_orders,
    written,
)
from zhizao.cli.options import (
    Backend,
    Checkpoint,
    Days,
    Json,
    OrdersFile,
    PlanFile,
    PlantFile,
    Replications,
    ReportFile,
    Seed,
    StateFile,
    Uncertainty,
    several,
)
from zhizao.cli.output import between, hand_over, say, show_table, show_uncertainty, shown
from zhizao.cli.progress import compile_once, computed_by, progress, tell

if TYPE_CHECKING:
    from zhizao.experiments.precision import Target
    from zhizao.studies.simulate import SimulateResult

Precision = Annotated[
    float | None,
    typer.Option(
        help="Add replications until each KPI in --of has at most this relative half-width, such as 0.02.",
        show_default=False,
    ),
]
HalfWidth = Annotated[
    float | None,
    typer.Option(
        help="Add replications until each KPI in --of has at most this half-width, in its unit.",
        show_default=False,
    ),
]


@guarded
def simulate(
    plant_file: PlantFile,
    days: Days = None,
    replications: Replications = None,
    seed: Seed = 1,
    precision: Precision = None,
    half_width: HalfWidth = None,
    of: Annotated[
        list[str] | None,
        several("--of", "KPI", "KPI for --precision or --half-width", "the headline KPIs"),
    ] = None,
    events: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.parquet|.csv",
            help="Write the event log of the first replication.",
            show_default=False,
        ),
    ] = None,
    uncertainty: Uncertainty = None,
    orders: OrdersFile = None,
    plan: PlanFile = None,
    state: StateFile = None,
    backend: Backend = "threads",
    checkpoint: Checkpoint = None,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Simulate a plant: every KPI with its confidence interval, and the load of each resource.

    Ctrl-C keeps the replications finished so far.

    \b
    Examples:
      zhizao simulate plant.yaml
      zhizao simulate plant.yaml --days 364 --replications 20 --report plant.html
      zhizao simulate plant.yaml --precision 0.02 --of lead_time
      zhizao simulate plant.yaml --half-width 0.5 --of lead_time_p90 --json
      zhizao simulate plant.yaml --uncertainty 20
      zhizao simulate plant.yaml --orders orders.csv --plan plan.parquet
      zhizao simulate plant.yaml --from state.yaml --days 7
      zhizao simulate plant.yaml --events log.parquet
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.quantities import InputError
    from zhizao.studies.simulate import simulate as study

    check_outputs({"--events": events, "--report": report}, (plant_file, orders, plan, state))
    if events is not None and events.suffix.lower() not in (".parquet", ".csv"):
        raise InputError(f"--events {events}: an event log is written as .parquet or .csv")
    target = _target(precision, half_width, of)
    plant, follow = with_orders(load_plant(plant_file), orders), load_plan(plan)
    begin = load_state(state, plant)
    compile_once()
    with rules_beside(plant_file), computed_by(backend, checkpoint), progress("simulating") as on_progress:
        result = study(
            plant,
            days=days,
            replications=replications,
            seed=seed,
            precision=target,
            uncertainty=uncertainty,
            plan=follow,
            state=begin,
            progress=on_progress,
        )
    _write_events(result, events)
    hand_over(result, report, as_json, show_simulation)


def _target(precision: float | None, half_width: float | None, of: list[str] | None) -> Target | None:
    from zhizao.experiments.precision import Target
    from zhizao.kpi import HEADLINE
    from zhizao.quantities import InputError

    if precision is None and half_width is None:
        if of:
            raise InputError("--of needs --precision or --half-width")
        return None
    if half_width is not None and not of:
        raise InputError("--half-width needs --of: its unit is that of the KPI")
    return Target(precision, half_width, tuple(of) if of else HEADLINE)


def _write_events(result: SimulateResult, path: Path | None) -> None:
    if path is None or result.events is None:
        return
    from zhizao.records.files import write_frame

    log = result.events
    written("--events", path, lambda target: write_frame(log, target))
    tell(f"event log of the first replication: {path} ({log.height} rows)")


def show_simulation(result: SimulateResult) -> None:
    """Print notes, KPIs and loads."""
    say([result.plant.name, *result.notes])
    rows = [
        (row["name"], shown(row["mean"], row["unit"]), between(row["low"], row["high"], row["unit"]))
        for row in result.table().iter_rows(named=True)
    ]
    show_table(
        f"{result.replications} replications, seed {result.seed}", ("KPI", "mean", "95 % interval"), rows
    )
    show_uncertainty(result.uncertainty)
    busy = [
        (
            f"{row['resource']} ({row['count']})",
            shown(row["mean"], "share"),
            between(row["low"], row["high"], "share"),
        )
        for row in result.load_table().iter_rows(named=True)
    ]
    show_table("Load of resources", ("resource", "load", "95 % interval"), busy)
