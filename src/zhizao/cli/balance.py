"""`zhizao balance`: operations of a line to stations, and to workers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, written
from zhizao.cli.options import Json, ReportFile, Seed
from zhizao.cli.output import hand_over, say, show_frame
from zhizao.cli.progress import progress, tell
from zhizao.quantities.errors import InputError

if TYPE_CHECKING:
    from zhizao.studies.balance import BalanceResult


@guarded
def balance(
    operations: Annotated[
        Path,
        typer.Argument(metavar="OPERATIONS.csv", help="Table of operations.", show_default=False),
    ],
    cycle: Annotated[
        str | None,
        typer.Option(
            "--cycle", metavar="TIME", help="Cycle time, such as 60s; least stations.", show_default=False
        ),
    ] = None,
    stations: Annotated[
        int | None,
        typer.Option("--stations", help="Number of stations; least cycle time.", show_default=False),
    ] = None,
    workers: Annotated[
        Path | None,
        typer.Option(
            "--workers",
            metavar="SKILLS.csv",
            help="Time of each operation by worker, empty: cannot; one worker a station, least cycle time.",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.01, help="Time limit in seconds.")] = 20.0,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT.csv", help="Write the assignment.", show_default=False),
    ] = None,
    plant: Annotated[
        Path | None,
        typer.Option(
            "--plant", metavar="LINE.yaml", help="Write the line as a plant file.", show_default=False
        ),
    ] = None,
    cv: Annotated[
        float,
        typer.Option(min=0.0, help="Assumed coefficient of variation of operation times (with --plant)."),
    ] = 0.0,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Balance a line: give its operations to stations, and to workers, and say what is proved.

    \b
    Examples:
      zhizao balance operations.csv --cycle 60s
      zhizao balance operations.csv --stations 12 -o line.csv
      zhizao balance operations.csv --workers skills.csv --seconds 60
      zhizao balance operations.csv --cycle 60s --plant line.yaml --cv 0.2
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.balance import LineGoal
    from zhizao.studies.balance import balance as study

    check_outputs({"--report": report, "--output": output, "--plant": plant}, (operations, workers))
    _check(output, plant, cv)
    goal = LineGoal(None if cycle is None else _seconds_of(cycle), stations, workers)
    with progress("balancing") as on_progress:
        result = study(operations, goal, seconds=seconds, seed=seed, progress=on_progress)
    _write(result, output, plant, cv)
    hand_over(result, report, as_json, show_balance)


def _check(output: Path | None, plant: Path | None, cv: float) -> None:
    if output is not None and output.suffix.lower() != ".csv":
        raise InputError(f"--output {output}: found {output.suffix or 'no ending'!r}; write a .csv")
    if cv and plant is None:
        raise InputError("--cv: the times of the line vary only in its plant file; give --plant LINE.yaml")


def _write(result: BalanceResult, output: Path | None, plant: Path | None, cv: float) -> None:
    from zhizao.studies.balance import write_line

    if output is not None:
        written("--output", output, lambda path: result.assignment().write_csv(path))
        tell(f"assignment: {output}")
    if plant is not None:
        write_line(result, plant, cv)
        tell(f"plant: {plant}")


def _seconds_of(text: str) -> float:
    from zhizao.quantities.errors import QuantityError
    from zhizao.quantities.units import TIME, parse_quantity

    try:
        return parse_quantity(text.strip(), TIME)
    except QuantityError as error:
        raise InputError(f"--cycle {text}: {error}") from None


def show_balance(result: BalanceResult) -> None:
    """Print the answer, what is proved, and the stations."""
    say([result.title, *result.notes])
    show_frame("Stations", result.table())
