"""`zhizao learn`: a plant from an event log."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, written
from zhizao.cli.logs import import_log
from zhizao.cli.options import Columns, Json, LogFile, ReportFile, SaveColumns, Seed
from zhizao.cli.output import cell, emit_json, say, write_page
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
    """Print one page: how the log was read, what was learned, and what stays unknown."""
    columns = ", ".join(
        f"{field}={column}" for field, column in log.columns.used().items() if field != column
    )
    read = f"Columns: {columns}." if columns else "Columns: as they are named."
    say(
        [
            *result.overview(),
            "",
            *wrap(f"{read} {len(log.quality)} findings on data quality: zhizao check.", 118),
        ]
    )
    say([f"Evidence for {cell(result.evidence.height)} parameters: --report FILE or --json."])
    say(["Not validated yet: zhizao validate PLANT LOG, best with a log of later days."])
