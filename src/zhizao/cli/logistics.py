"""`zhizao logistics`: vehicles, rules, traffic and layout of a plant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, load_plant, rules_beside, written_text
from zhizao.cli.options import (
    Backend,
    Checkpoint,
    Days,
    Json,
    PlantFile,
    Relevance,
    Replications,
    ReportFile,
    Seed,
    share_of,
)
from zhizao.cli.output import hand_over, say, show_table
from zhizao.cli.progress import compile_once, computed_by, progress, tell

if TYPE_CHECKING:
    from zhizao.studies.logistics import LogisticsResult


@guarded
def logistics(
    plant_file: PlantFile,
    margin: Annotated[
        str,
        typer.Option(
            metavar="SHARE", help="Loss of throughput, and rise of lead time, up to which it is as good."
        ),
    ] = "2 %",
    days: Days = None,
    replications: Replications = None,
    relevance: Relevance = 0.005,
    seed: Seed = 1,
    backend: Backend = "threads",
    checkpoint: Checkpoint = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="MEASURES.yaml",
            help="Write what is better, or as good with fewer vehicles, as measures.",
            show_default=False,
        ),
    ] = None,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Find how many vehicles are enough, which rules suit them, and what traffic and layout cost.

    Each alternative differs from the plant in one thing, with common random numbers: two vehicles less to two
    more, dispatch rules, command of cranes, work centers on one another's places, no traffic. Ctrl-C keeps
    the replications finished so far.

    \b
    Examples:
      zhizao logistics plant.yaml
      zhizao logistics plant.yaml --margin 5% --days 7 --report logistics.html
      zhizao logistics plant.yaml -o measures.yaml
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.logistics import logistics as study

    check_outputs({"--report": report, "--output": output}, (plant_file,))
    share = share_of("--margin", margin)
    plant = load_plant(plant_file)
    compile_once()
    with (
        rules_beside(plant_file),
        computed_by(backend, checkpoint),
        progress("simulating") as on_progress,
    ):
        result = study(
            plant,
            days=days,
            replications=replications,
            margin=share,
            relevance=relevance,
            seed=seed,
            progress=on_progress,
        )
    if output is not None:
        _write_measures(result, output)
    hand_over(result, report, as_json, show_logistics)


def _write_measures(result: LogisticsResult, output: Path) -> None:
    from zhizao.plant import measures_text

    if not result.measures:
        tell("nothing is shown to be better, or as good with fewer vehicles: no measures are written")
        return
    text = measures_text(result.measures)
    written_text("--output", output, text)
    tell(f"measures: {output} (costs are not known: give them, then `zhizao improve --measures {output}`)")


def show_logistics(result: LogisticsResult) -> None:
    """Print the answer, and the alternatives with their intervals."""
    from zhizao.kpi import FORMULAS
    from zhizao.studies.logistics.findings import JUDGED
    from zhizao.studies.logistics.result import span_of

    say([result.plant.name, *result.notes])
    rows = [
        (row["alternative"], row["verdict"], *(span_of(row, name) for name in JUDGED))
        for row in result.table().iter_rows(named=True)
    ]
    heads = ("alternative", "verdict", *(f"{FORMULAS[name].name.lower()}, %" for name in JUDGED))
    show_table("Alternatives less the plant as it is (95 % intervals)", heads, rows)
