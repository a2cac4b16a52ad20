"""`zhizao bottlenecks`: what limits the plant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, load_plant, rules_beside
from zhizao.cli.options import Days, Json, PlantFile, Relevance, Replications, ReportFile, Seed
from zhizao.cli.output import cell, hand_over, say, show_table, shown
from zhizao.cli.progress import compile_once, progress

if TYPE_CHECKING:
    from zhizao.studies.bottlenecks import BottleneckResult


@guarded
def bottlenecks(
    plant_file: PlantFile,
    days: Days = None,
    replications: Replications = None,
    seed: Seed = 1,
    tried: Annotated[
        int, typer.Option(min=0, help="So many resources are tried with one more, the likeliest first.")
    ] = 6,
    relevance: Relevance = 0.005,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Find what limits throughput (orders, or a resource) and what comes first for the lead time.

    The experiment gives the plant one more unit (or person) of each likely resource, using common random
    numbers. Ctrl-C keeps the experiments done by then.

    \b
    zhizao bottlenecks plant.yaml
    zhizao bottlenecks plant.yaml --replications 20 --report bottleneck.html
    """  # noqa: D301  the sign keeps the lines below it apart
    from zhizao.studies.bottlenecks import bottlenecks as study

    check_outputs({"--report": report}, (plant_file,))
    plant = load_plant(plant_file)
    compile_once()
    with rules_beside(plant_file), progress("looking for the bottleneck") as told:
        result = study(
            plant,
            days=days,
            replications=replications,
            seed=seed,
            tried=tried,
            relevance=relevance,
            progress=told,
        )
    hand_over(result, report, as_json, show_bottlenecks)


def show_bottlenecks(result: BottleneckResult) -> None:
    """Print the answer and the evidence."""
    from zhizao.studies.bottlenecks.page import change

    say([result.plant.name, *result.notes])
    rows = [
        (
            r.label,
            shown(r.load.mean, "share"),
            shown(r.moment_share.mean, "share"),
            shown(r.wait_h.mean, "h"),
            "-" if r.gain is None else cell(change(r.gain.lead_time, r.gain.lead_time_evidence)),
            "-" if r.gain is None else cell(change(r.gain.throughput, r.gain.throughput_evidence)),
        )
        for r in result.resources
    ]
    heads = ("resource", "load", "moment", "wait", "lead time with one more", "throughput with one more")
    show_table("Evidence (moment: share of time as momentary bottleneck)", heads, rows)
