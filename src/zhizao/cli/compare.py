"""`zhizao compare`: what a change gains."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, load_plan, load_plant, rules_beside
from zhizao.cli.options import (
    Backend,
    Checkpoint,
    Days,
    Ignorance,
    Json,
    PlanFile,
    PlantFile,
    Replications,
    ReportFile,
    Seed,
    several,
)
from zhizao.cli.output import cell, hand_over, say, show_ignorance, show_table, shown
from zhizao.cli.progress import compile_once, computed_by, progress

if TYPE_CHECKING:
    from zhizao.studies.compare import CompareResult, Scenario


@guarded
def compare(
    plant_file: PlantFile,
    other: Annotated[
        Path | None,
        typer.Argument(metavar="[OTHER]", help="Plant file after the change.", show_default=False),
    ] = None,
    measure: Annotated[list[str] | None, several("--measure", "ID", "A measure of the plant file")] = None,
    days: Days = None,
    replications: Replications = None,
    seed: Seed = 1,
    ignorance: Ignorance = None,
    plan: PlanFile = None,
    backend: Backend = "threads",
    checkpoint: Checkpoint = None,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Compare a plant with another, or with itself after its measures or by a plan, on the same luck.

    Several measures are shown each alone and all together. Ctrl-C keeps the pairs of runs done by then.

    \b
    zhizao compare before.yaml after.yaml
    zhizao compare plant.yaml --measure vision-at-cut
    zhizao compare plant.yaml --measure vision-at-cut --ignorance 20
    zhizao compare plant.yaml --plan plan.parquet
    zhizao compare plant.yaml --measure vision-at-cut --measure two-more-sewing-places --report gain.html
    """  # noqa: D301  the sign keeps the lines below it apart
    from zhizao.quantities import InputError
    from zhizao.studies.compare import compare as compare_plants
    from zhizao.studies.compare import compare_measures

    check_outputs({"--report": report}, (plant_file, other, plan))
    if bool(measure) if other or plan else not measure:
        raise InputError("compare takes another plant file, --plan, or --measure ID one or several times")
    before = load_plant(plant_file)
    after = None if other is None else load_plant(other)
    follow = load_plan(plan)

    if measure:
        before.with_measures(measure)  # an unknown measure is told before anything is compiled
    compile_once()
    with rules_beside(plant_file, other), computed_by(backend, checkpoint), progress("comparing") as told:
        study = (
            partial(compare_measures, ids=measure)
            if measure
            else partial(compare_plants, after=after, plan=follow)
        )
        result = study(
            before, days=days, replications=replications, seed=seed, ignorance=ignorance, progress=told
        )
    hand_over(result, report, as_json, show_comparison)


def show_comparison(result: CompareResult, *, all_kpis: bool = True) -> None:
    """Print notes and, for each change, its headline rows and the rest."""
    say([result.plant.plant, *result.notes])
    for scenario in result.scenarios:
        _show_scenario(result, scenario, all_kpis=all_kpis)


def _show_scenario(result: CompareResult, scenario: Scenario, *, all_kpis: bool) -> None:
    from zhizao.kpi import HEADLINE
    from zhizao.studies.compare.page import relative

    table = result.table()
    rows = [
        (
            row["name"],
            shown(row["before"], row["unit"]),
            shown(row["after"], row["unit"]),
            cell(relative(scenario.changes[row["kpi"]])),
            row["verdict"],
        )
        for row in table.filter(table["change"] == scenario.name).iter_rows(named=True)
        if all_kpis or row["kpi"] in HEADLINE
    ]
    show_table(scenario.name, ("KPI", "before", "after", "change (95 % interval)", "verdict"), rows)
    show_ignorance(scenario.ignorance, f": {scenario.name}")
    if scenario.cost:
        say([_money(result, scenario)])


def _money(result: CompareResult, scenario: Scenario) -> str:
    from zhizao.studies.compare.page import paid_after

    currency, gain = result.plant.currency, scenario.gain_per_day
    cost = f"cost once {cell(scenario.cost)} {currency}"
    if scenario.payback is None:
        return f"{scenario.name}: {cost}; the plant says too little about money to tell when it is paid back"
    bounds = f"{cell(gain.low)} to {cell(gain.high)}"
    gained = f"gain per day {cell(gain.mean)} ({bounds}) {currency}"
    return f"{scenario.name}: {cost}; {gained}; paid back after: {cell(paid_after(scenario.payback))}"
