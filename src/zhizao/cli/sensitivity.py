"""`zhizao sensitivity`: the effect of each parameter on a KPI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, load_plant, rules_beside
from zhizao.cli.options import Days, Json, Kpi, PlantFile, Replications, ReportFile, Seed, several
from zhizao.cli.output import cell, hand_over, say, show_table
from zhizao.cli.progress import compile_once, progress

if TYPE_CHECKING:
    from zhizao.studies.sensitivity import SensitivityResult

_SHOWN = 25


@guarded
def sensitivity(
    plant_file: PlantFile,
    of: Kpi = "lead_time",
    fields: Annotated[
        list[str] | None,
        several(
            "--fields",
            "PATTERN",
            "Parameters to vary, with * as wildcard, such as 'routes.*'",
            "all that the file states",
        ),
    ] = None,
    step: Annotated[float, typer.Option(help="Relative step, up and down; a count is raised by one.")] = 0.05,
    days: Days = None,
    replications: Replications = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Estimate the effect of each parameter on a KPI, by finite differences with common random numbers.

    Ctrl-C keeps the parameters finished so far.

    \b
    Examples:
      zhizao sensitivity plant.yaml
      zhizao sensitivity plant.yaml --of throughput --fields "routes.*" --step 0.1
      zhizao sensitivity plant.yaml --fields "work_centers.*.speed" --report tornado.html
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.sensitivity import sensitivity as study

    check_outputs({"--report": report}, (plant_file,))
    plant = load_plant(plant_file)
    compile_once()
    with rules_beside(plant_file), progress("varying parameters") as on_progress:
        result = study(
            plant,
            of,
            fields=fields or None,
            step=step,
            days=days,
            replications=replications,
            seed=seed,
            progress=on_progress,
        )
    hand_over(result, report, as_json, show_sensitivity)


def show_sensitivity(result: SensitivityResult) -> None:
    """Print the answer and the fields with an effect."""
    from zhizao.studies.sensitivity.findings import change

    say([result.plant.name, *result.notes])
    shown = [effect for effect in result.effects if effect.moves]
    rows = [
        (e.nudges.field.path, e.nudges.field.text, e.nudges.label, cell(change(e)), cell(e.elasticity))
        for e in shown[:_SHOWN]
    ]
    heads = ("field", "now", "step", f"change of {result.of} (95 % interval)", "elasticity")
    show_table("Effects, largest first (~: not significant)", heads, rows, right=3)
    if len(shown) > _SHOWN:
        say([f"{len(shown) - _SHOWN} smaller effects are in --json and --report."])
