"""`zhizao learn`: a plant from an event log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, written
from zhizao.cli.logs import import_log, show_log
from zhizao.cli.options import Columns, Json, LogFile, ReportFile, SaveColumns, Seed
from zhizao.cli.output import cell, emit_json, say, show_frame, show_table, write_page
from zhizao.cli.progress import progress, tell

if TYPE_CHECKING:
    from zhizao.records.intake import LogImport
    from zhizao.studies.learn import LearnResult


@guarded
def learn(
    log_file: LogFile,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="PLANT", help="Plant file to write.", show_default=False)
    ],
    name: Annotated[
        str | None, typer.Option(help="Name of the plant.", show_default="name of the log file")
    ] = None,
    columns: Columns = None,
    save_columns: SaveColumns = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Learn a plant from an event log, with evidence for every parameter.

    The log has one row per finished activity: lot, operation, machine, start, end. Run `zhizao check LOG`
    first to see its data quality. The result lists what the log cannot tell and what is assumed instead.

    \b
    Examples:
      zhizao learn log.csv -o plant.yaml
      zhizao learn log.csv -o plant.yaml --save-columns map.json    # then edit the map
      zhizao learn log.csv -o plant.yaml --columns map.json --report learned.html
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.learn import learn as study

    outputs = {"--out": out, "--report": report, "--save-columns": save_columns}
    check_outputs(outputs, (log_file, columns))
    log = import_log(log_file, columns)
    tell(f"learning from {log.records.lots.height} lots ...")
    with progress("learning") as on_progress:
        result = study(log.records, name=name or log_file.stem, seed=seed, progress=on_progress)
    written("--out", out, result.write)
    if save_columns is not None:
        written("--save-columns", save_columns, log.columns.save)
    write_page(result, report)
    tell(f"plant: {out}")
    if as_json:
        emit_json(result.to_json())
    else:
        show_learned(result, log)


def show_learned(result: LearnResult, log: LogImport) -> None:
    """Print the column map, the learned parameters and what stays unknown."""
    show_log(log)
    show_frame(f"{result.plant.name}: learned from {result.lots} lots", result.table(), right=4)
    rows = [(unknown.what, unknown.assumed, unknown.record) for unknown in result.unknown]
    show_table("What the log cannot tell", ("what", "assumed", "record this"), rows, right=3)
    show_frame("For which measures the log has evidence", result.measures(), right=9)
    say([f"{cell(len(result.plant.work_centers))} work centers, {cell(len(result.plant.products))} products"])
