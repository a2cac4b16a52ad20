"""`zhizao learn`: a plant from a log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, written
from zhizao.cli.options import Columns, Json, LogFile, ReportFile, Seed
from zhizao.cli.output import cell, emit_json, say, show_frame, show_table, write_page
from zhizao.cli.progress import compile_once, tell

if TYPE_CHECKING:
    from zhizao.connect.csv import LogImport
    from zhizao.studies.learn import LearnResult


@guarded
def learn(
    log_file: LogFile,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="PLANT", help="Plant file to write.", show_default=False)
    ],
    name: Annotated[
        str | None, typer.Option(help="Name of the plant.", show_default="that of the log's file")
    ] = None,
    columns: Columns = None,
    save_columns: Annotated[
        Path | None,
        typer.Option(
            "--save-columns",
            metavar="MAP.json",
            help="Write the column map that was used.",
            show_default=False,
        ),
    ] = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Learn a plant from an event log, with the evidence for every number and what the log cannot tell.

    The log has one row per finished activity: lot, operation, machine, start, end, and what else there is.

    \b
    zhizao learn log.csv -o plant.yaml
    zhizao learn log.csv -o plant.yaml --save-columns map.json    # then edit the map, and:
    zhizao learn log.csv -o plant.yaml --columns map.json --report learned.html
    """  # noqa: D301  the sign keeps the lines below it apart
    from zhizao.studies.learn import learn as study

    outputs = {"--out": out, "--report": report, "--save-columns": save_columns}
    check_outputs(outputs, (log_file, columns))
    log = import_log(log_file, columns)
    compile_once()
    result = study(log.records, name=name or log_file.stem, seed=seed)
    written("--out", out, result.write)
    if save_columns is not None:
        written("--save-columns", save_columns, log.columns.save)
    write_page(result, report)
    tell(f"plant: {out}")
    if as_json:
        emit_json(result.to_json())
    else:
        show_learned(result, log)


def import_log(path: Path, columns: Path | None) -> LogImport:
    """Read a log, with a column map where one is given."""
    from zhizao.connect.csv import ColumnMap, read_log
    from zhizao.quantities import LogError

    if not path.exists():
        raise LogError(f"{path}: found no such file; give the path of an event log")
    return read_log(path, columns=None if columns is None else ColumnMap.load(columns))


def show_learned(result: LearnResult, log: LogImport) -> None:
    """Print how the log was read, what was learned and what stays unknown."""
    show_table("Columns of the log", ("our name", "column"), log.columns.used().items(), right=2)
    if log.unmapped:
        say([f"not read: {', '.join(log.unmapped)}"])
    if log.quality:
        show_frame("What was found in the log", log.table(), right=3)
    show_frame(f"{result.plant.plant}: learned from {result.lots} lots", result.table(), right=4)
    rows = [(unknown.what, unknown.assumed, unknown.record) for unknown in result.unknown]
    show_table("What the log cannot tell", ("what", "assumed", "record this"), rows, right=3)
    say([f"{cell(len(result.plant.work_centers))} work centers, {cell(len(result.plant.products))} products"])
