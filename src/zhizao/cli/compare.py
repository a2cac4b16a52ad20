"""`zhizao compare`: the effect of a change."""

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
    Interest,
    Json,
    MeasureFiles,
    PlanFile,
    PlantFile,
    Relevance,
    Replications,
    ReportFile,
    Seed,
    Uncertainty,
    Years,
    several,
    share_of,
)
from zhizao.cli.output import cell, hand_over, say, show_table, show_uncertainty, shown
from zhizao.cli.progress import compile_once, computed_by, progress

if TYPE_CHECKING:
    from zhizao.plant import Plant
    from zhizao.studies.compare import CompareResult, Outcome


@guarded
def compare(
    plant_file: PlantFile,
    other: Annotated[
        Path | None,
        typer.Argument(metavar="[OTHER]", help="Plant file after the change.", show_default=False),
    ] = None,
    measure: Annotated[list[str] | None, several("--measure", "ID", "Measure of the plant file")] = None,
    measures: MeasureFiles = None,
    days: Days = None,
    replications: Replications = None,
    seed: Seed = 1,
    uncertainty: Uncertainty = None,
    plan: PlanFile = None,
    relevance: Relevance = 0.005,
    interest: Interest = "8 %",
    years: Years = 5.0,
    backend: Backend = "threads",
    checkpoint: Checkpoint = None,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Compare a plant with its alternatives, using common random numbers.

    Several measures are compared one by one and all together. Ctrl-C keeps the replications finished so far.

    \b
    Examples:
      zhizao compare before.yaml after.yaml
      zhizao compare plant.yaml --measure vision-at-cut
      zhizao compare plant.yaml --measure vision-at-cut --uncertainty 20
      zhizao compare plant.yaml --measure vision-at-cut --interest 0.06 --years 8 --relevance 0.01
      zhizao compare plant.yaml --measures inspection.yaml
      zhizao compare plant.yaml --plan plan.parquet
      zhizao compare plant.yaml --measure vision-at-cut --measure two-more-sewing-places --report gain.html
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.kpi.verdicts import check_relevance
    from zhizao.quantities import InputError
    from zhizao.studies.compare import Appraisal, compare_measures
    from zhizao.studies.compare import compare as compare_plants

    check_outputs({"--report": report}, (plant_file, other, plan, *(measures or ())))
    if bool(measure or measures) if other or plan else not (measure or measures):
        raise InputError(
            "nothing to compare with; give OTHER, --plan, or one or more --measure ID or --measures FILE"
        )
    appraisal = Appraisal(share_of("--interest", interest), years)
    check_relevance(relevance)
    before, measure = _with_measures(load_plant(plant_file), measures or [], measure or [])
    after = None if other is None else load_plant(other)
    follow = load_plan(plan)
    compile_once()
    with (
        rules_beside(plant_file, other),
        computed_by(backend, checkpoint),
        progress("comparing") as on_progress,
    ):
        study = (
            partial(compare_measures, ids=measure)
            if measure
            else partial(compare_plants, after=after, plan=follow)
        )
        result = study(
            before,
            days=days,
            replications=replications,
            seed=seed,
            uncertainty=uncertainty,
            relevance=relevance,
            appraisal=appraisal,
            progress=on_progress,
        )
    hand_over(result, report, as_json, show_comparison)


def _with_measures(plant: Plant, files: list[Path], ids: list[str]) -> tuple[Plant, list[str]]:
    """The plant with the measures of files, and those to compare: all of the files unless some are named."""
    from zhizao.plant import with_measure_files

    more = with_measure_files(plant, files)
    taken = ids or [one.id for one in more.measures[len(plant.measures) :]]
    if taken:
        more.with_measures(taken)  # reports an unknown measure before anything is compiled
    return more, taken


def show_comparison(result: CompareResult, *, all_kpis: bool = True) -> None:
    """Print notes and, for each change, its headline rows and the rest."""
    say([result.plant.name, *result.notes])
    for scenario in result.scenarios:
        _show_scenario(result, scenario, all_kpis=all_kpis)


def _show_scenario(result: CompareResult, scenario: Outcome, *, all_kpis: bool) -> None:
    from zhizao.kpi import HEADLINE
    from zhizao.studies.compare.page import costs_money, money_in_words, relative

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
        if all_kpis or row["kpi"] in (*HEADLINE, "escape_rate")
    ]
    show_table(scenario.name, ("KPI", "before", "after", "change (95 % interval)", "verdict"), rows)
    show_uncertainty(scenario.uncertainty, f": {scenario.name}")
    if costs_money(scenario.money):
        said = money_in_words(scenario.money, result.plant.currency)
        say([f"{scenario.name}: " + "; ".join(f"{name} {cell(value)}" for name, value in said.items())])
