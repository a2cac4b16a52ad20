"""`zhizao select`: the best of several changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, load_plant, rules_beside
from zhizao.cli.options import Days, Json, Kpi, PlantFile, ReportFile, Seed, several
from zhizao.cli.output import between, cell, hand_over, say, show_table, shown
from zhizao.cli.progress import compile_once, progress

if TYPE_CHECKING:
    from zhizao.studies.select import SelectResult


@guarded
def select(
    plant_file: PlantFile,
    of: Kpi,
    indifference: Annotated[
        float,
        typer.Option(help="Indifference zone: the smallest difference that matters, in the unit of the KPI."),
    ],
    measure: Annotated[
        list[str] | None, several("--measure", "ID", "Candidate: a measure of the plant file")
    ] = None,
    tried: Annotated[
        list[str] | None,
        several("--try", "PATH=VALUE", "Candidate: a change, or several separated by `;`"),
    ] = None,
    confidence: Annotated[float, typer.Option(help="Probability of correct selection to guarantee.")] = 0.95,
    ocba: Annotated[
        bool,
        typer.Option(
            "--ocba", help="Use optimal computing budget allocation; the probability is then an estimate."
        ),
    ] = False,
    at_most: Annotated[int, typer.Option(min=10, help="Largest number of replications per candidate.")] = 200,
    days: Days = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Select the best of several changes, with a guaranteed probability of correct selection.

    The plant without changes is a candidate too. Inferior candidates are eliminated early. Ctrl-C keeps the
    replications finished so far.

    \b
    Examples:
      zhizao select plant.yaml --of throughput --indifference 5 --measure vision-at-cut --measure second-press
      zhizao select plant.yaml --of lead_time --indifference 0.5 --try work_centers.cut.units=3
      zhizao select plant.yaml --of unit_cost --indifference 0.1 --measure vision-at-cut --ocba --at-most 50
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.experiments.selection import Effort
    from zhizao.plant.changes import changes_in
    from zhizao.studies.select import Goal, Method, candidates
    from zhizao.studies.select import select as study

    check_outputs({"--report": report}, (plant_file,))
    goal = Goal(of, Effort(indifference, confidence, at_most=at_most), Method.OCBA if ocba else Method.KN)
    plant = load_plant(plant_file)
    plants = candidates(plant, measure or (), {text: changes_in(text, "--try") for text in tried or ()})
    compile_once()
    with rules_beside(plant_file), progress("selecting") as on_progress:
        result = study(plants, goal, days=days, seed=seed, progress=on_progress)
    hand_over(result, report, as_json, show_selection)


def _standing(place: int, in_play: bool, decided: bool) -> str:
    if place == 0:
        return "best"
    if not in_play:
        return "eliminated"
    return "" if decided else "still possible"


def show_selection(result: SelectResult) -> None:
    """Print the answer and the candidates."""
    say([result.plant.name, *result.notes])
    rows = [
        (
            row["candidate"],
            shown(row["mean"], row["unit"]),
            between(row["low"], row["high"], row["unit"]),
            "" if place == 0 else shown(row["behind"], row["unit"]),
            "" if place == 0 else between(row["behind_low"], row["behind_high"], row["unit"]),
            cell(row["replications"]),
            _standing(place, row["in_play"], result.decided),
        )
        for place, row in enumerate(result.table().iter_rows(named=True))
    ]
    heads = ("candidate", result.goal.of, "95 % interval", "best - candidate", "95 % interval", "runs", "")
    show_table("Candidates, best first", heads, rows)
