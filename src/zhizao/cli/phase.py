"""`zhizao phase`: what a process makes of lots, for the plant file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import INPUT, guarded
from zhizao.cli.files import check_outputs, rules_beside, written
from zhizao.cli.options import Json, ReportFile, Seed
from zhizao.cli.output import hand_over, say, show_frame
from zhizao.cli.progress import progress, tell

if TYPE_CHECKING:
    from zhizao.studies.phase import PhaseResult

_SHOWN = 10


@guarded
def phase(
    file: Annotated[Path, typer.Argument(metavar="PHASE.yaml", help="Phase file.", show_default=False)],
    draws: Annotated[int, typer.Option(min=1, help="Lots to draw.")] = 200,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUTCOMES.csv",
            help="Write time, defects and energy of the lots, for `outcomes` of a plant file.",
            show_default=False,
        ),
    ] = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Run a process described by differential equations for lots that differ.

    The equations are of the library, of your own, or in an FMU. Time, acceptance and energy of the lots are
    what an operation of the twin takes as `outcomes`. If a lot fails, those before it are kept, and the exit
    code is 2.

    \b
    Examples:
      zhizao phase examples/phases/forge-furnace.yaml
      zhizao phase furnace.yaml --draws 500 -o furnace.csv
      zhizao phase culture.yaml --seed 2 --report culture.html
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.phase import phase as study

    check_outputs({"--report": report, "--output": output}, (file,))
    with rules_beside(file), progress("integrating") as on_progress:
        result = study(file, draws=draws, seed=seed, progress=on_progress)
    if output is not None:
        written("--output", output, result.save_outcomes)
        tell(f"outcomes: {output} (write `outcomes: {output.name}` at the operation in the plant file)")
    hand_over(result, report, as_json, _show)
    if result.failure:
        tell(f"error: {result.name}: {result.failure}\n{result.lots.height} of {draws} lots are kept")
        raise typer.Exit(INPUT)


def _show(result: PhaseResult) -> None:
    say([result.title, *result.notes])
    show_frame("Lots at the end of the phase", result.table().head(_SHOWN))
    if result.table().height > _SHOWN:
        say([f"The first {_SHOWN} of {result.table().height} lots; --json or -o has all."])
