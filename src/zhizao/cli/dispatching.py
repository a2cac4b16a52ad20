"""`zhizao dispatching`: search for a dispatch rule on the twin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, load_plant, rules_beside, written
from zhizao.cli.options import Days, Json, PlantFile, ReportFile, Seed, several
from zhizao.cli.output import between, hand_over, say, show_table, shown
from zhizao.cli.progress import compile_once, progress, tell

if TYPE_CHECKING:
    from zhizao.studies.dispatching import DispatchingResult


@guarded
def dispatching(
    plant_file: PlantFile,
    goal: Annotated[
        str, typer.Option(help="KPI to optimise: tardiness, lead-time, throughput, cost …")
    ] = "tardiness",
    seconds: Annotated[
        float | None,
        typer.Option(help="Time limit of search and comparison.", show_default="60 without --work"),
    ] = None,
    work: Annotated[
        int | None,
        typer.Option(
            min=1, help="Limit of simulation runs; used alone, the result is the same on any machine."
        ),
    ] = None,
    at: Annotated[
        list[str] | None, several("--at", "ID", "Work center that gets the rule", "all work centers")
    ] = None,
    days: Days = None,
    replications: Annotated[
        int, typer.Option(min=2, help="Replications of each rule in the final comparison.")
    ] = 20,
    seed: Seed = 1,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="RULE.py",
            help="Write the rule as a Python function.",
            show_default=False,
        ),
    ] = None,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Search for a dispatch rule, and compare it with all known rules on fresh random numbers.

    Ctrl-C keeps the best rule found so far.

    \b
    Examples:
      zhizao dispatching plant.yaml --goal tardiness -o rule.py
      zhizao dispatching plant.yaml --goal lead-time --at cut --at sew --seconds 120
      zhizao dispatching plant.yaml --goal cost --work 2000 --seed 2 --report rule.html
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.dispatching import dispatching as study

    check_outputs({"--output": output, "--report": report}, (plant_file,))
    limit_s = 60.0 if seconds is None and work is None else seconds
    plant = load_plant(plant_file)
    compile_once()
    with rules_beside(plant_file), progress("searching") as on_progress:
        result = study(
            plant,
            goal,
            at=at or (),
            seconds=limit_s,
            work=work,
            days=days,
            replications=replications,
            seed=seed,
            progress=on_progress,
        )
    if output is not None:
        written("--output", output, result.save_rule)
        tell(f"rule: {output} (to use it, write `dispatch: {output.stem}:next_lot` in the plant file)")
    hand_over(result, report, as_json, show_rules)


def show_rules(result: DispatchingResult) -> None:
    """Print the rule, and the comparison of all rules."""
    say([result.plant.name, *result.notes])
    rows = [
        (
            row["rule"],
            shown(row["mean"], row["unit"]),
            between(row["low"], row["high"], row["unit"]),
            shown(row["found_less_it"], row["unit"]),
            between(row["difference_low"], row["difference_high"], row["unit"]),
        )
        for row in result.table().iter_rows(named=True)
    ]
    heads = ("rule", result.goal, "95 % interval", "found - rule", "95 % interval")
    show_table("Rules on fresh random numbers, best first", heads, rows)
