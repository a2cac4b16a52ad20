"""`zhizao phase`: what a process makes of lots, for the plant file, and its parameters from records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import INPUT, guarded
from zhizao.cli.files import check_outputs, rules_beside, written
from zhizao.cli.options import Json, ReportFile, Seed
from zhizao.cli.output import hand_over, say, show_frame
from zhizao.cli.progress import progress, tell
from zhizao.quantities.errors import InputError

if TYPE_CHECKING:
    from zhizao.studies.phase import PhaseFitResult, PhaseResult

_SHOWN = 10
_DRAWS = 200
_COLUMNS = ("batch", "time")


@guarded
def phase(
    file: Annotated[Path, typer.Argument(metavar="PHASE.yaml", help="Phase file.", show_default=False)],
    draws: Annotated[int | None, typer.Option(min=1, help="Lots to draw.", show_default=str(_DRAWS))] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write time, defects and energy of the lots (CSV), for `outcomes` of a plant file; "
            "with --fit the phase file with the fitted parameters (YAML).",
            show_default=False,
        ),
    ] = None,
    records: Annotated[
        Path | None,
        typer.Option(
            "--fit",
            metavar="RECORDS.csv",
            help="Fit parameters to a table with a row per batch and time, and columns named as states.",
            show_default=False,
        ),
    ] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option("--parameter", metavar="NAME", help="Parameter to fit; repeat it.", show_default=False),
    ] = None,
    batch: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Column of the batch, for --fit.", show_default=_COLUMNS[0]),
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Column of the time since the start of the batch, for --fit; one called hour, minute "
            "and the like is in that unit, any other in the model's.",
            show_default=_COLUMNS[1],
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

    With --fit, parameters and their spread across batches come from records instead.

    \b
    Examples:
      zhizao phase examples/phases/forge-furnace.yaml
      zhizao phase furnace.yaml --draws 500 -o furnace.csv
      zhizao phase culture.yaml --seed 2 --report culture.html
      zhizao phase culture.yaml --fit batches.csv --parameter growth_max -o fitted.yaml
    """  # noqa: D301  \b keeps the lines below it apart
    check_outputs({"--report": report, "--output": output}, (file, records))
    if records is not None:
        if draws is not None:
            raise InputError("--draws is for lots; run `zhizao phase` on the fitted file to draw them")
        columns = (batch or _COLUMNS[0], time or _COLUMNS[1])
        fitted = _fit(file, records, parameters or [], columns, seed, output)
        hand_over(fitted, report, as_json, _show_fit)
        return
    for option, given in (("--parameter", parameters), ("--batch", batch), ("--time", time)):
        if given:
            raise InputError(f"{option} is for --fit RECORDS.csv; give that too, or leave {option} out")
    _draw(file, draws or _DRAWS, seed, output, (report, as_json))


def _draw(file: Path, draws: int, seed: int, output: Path | None, shown: tuple[Path | None, bool]) -> None:
    from zhizao.studies.phase import phase as study

    with rules_beside(file), progress("integrating") as on_progress:
        result = study(file, draws=draws, seed=seed, progress=on_progress)
    if output is not None:
        written("--output", output, result.save_outcomes)
        tell(f"outcomes: {output} (write `outcomes: {output.name}` at the operation in the plant file)")
    hand_over(result, *shown, _show)
    if result.failure:
        tell(f"error: {result.name}: {result.failure}\n{result.lots.height} of {draws} lots are kept")
        raise typer.Exit(INPUT)


def _fit(
    file: Path, records: Path, parameters: list[str], columns: tuple[str, str], seed: int, output: Path | None
) -> PhaseFitResult:
    from zhizao.studies.phase import fit_phase

    with rules_beside(file), progress("fitting") as on_progress:
        result = fit_phase(file, records, parameters, columns=columns, seed=seed, progress=on_progress)
    if output is not None:
        written("--output", output, result.save_phase)
        tell(f"phase file: {output} (draw lots by `zhizao phase {output.name}`)")
    return result


def _show_fit(result: PhaseFitResult) -> None:
    say([result.title, *result.notes])
    show_frame("Parameters across batches", result.table())
    if result.held_out:
        show_frame("Batches predicted by the others", result.coverage())


def _show(result: PhaseResult) -> None:
    say([result.title, *result.notes])
    show_frame("Lots at the end of the phase", result.table().head(_SHOWN))
    if result.table().height > _SHOWN:
        say([f"The first {_SHOWN} of {result.table().height} lots; --json or -o has all."])
