"""`zhizao bottlenecks`: the resources that limit a plant."""

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
        int, typer.Option(min=0, help="Number of resources to test with one more unit or person.")
    ] = 6,
    relevance: Relevance = 0.005,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Find the bottleneck of throughput and of lead time.

    Each likely resource in turn gets one more unit or person, using common random numbers. Ctrl-C keeps the
    experiments finished so far.

    \b
    Examples:
      zhizao bottlenecks plant.yaml
      zhizao bottlenecks plant.yaml --replications 20 --report bottleneck.html
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.bottlenecks import bottlenecks as study

    check_outputs({"--report": report}, (plant_file,))
    plant = load_plant(plant_file)
    compile_once()
    with rules_beside(plant_file), progress("testing resources") as on_progress:
        result = study(
            plant,
            days=days,
            replications=replications,
            seed=seed,
            tried=tried,
            relevance=relevance,
            progress=on_progress,
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
    heads = ("resource", "load", "momentary", "wait", "lead time with one more", "throughput with one more")
    show_table("Evidence (momentary: share of time as momentary bottleneck)", heads, rows)
