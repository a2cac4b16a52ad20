"""`zhizao check`: faults and warnings of a plant file, or data quality of a log."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from zhizao.cli.faults import INPUT, guarded
from zhizao.cli.files import check_outputs, rules_beside, written
from zhizao.cli.logs import PLANT_FILES, import_log, show_log
from zhizao.cli.options import Columns, Json, PlantOrLog, SaveColumns
from zhizao.cli.output import cell, emit_json, say
from zhizao.quantities.errors import InputError

if TYPE_CHECKING:
    from zhizao.plant import Plant
    from zhizao.quantities import Fault
    from zhizao.records.intake import LogImport


@guarded
def check(
    file: PlantOrLog, columns: Columns = None, save_columns: SaveColumns = None, as_json: Json = False
) -> None:
    """Check a plant file for faults and warnings, or an event log for data quality.

    \b
    Examples:
      zhizao check plant.yaml
      zhizao check plant.yaml --json                  # every fault with file, line and nearest name
      zhizao check log.csv                            # columns, missing ends, overlaps, duplicates
      zhizao check log.csv --save-columns map.json    # then edit the map
      zhizao check log.csv --columns map.json
    """  # noqa: D301  \b keeps the lines below it apart
    if file.suffix.lower() not in PLANT_FILES:
        _check_log(file, columns, save_columns, as_json)
        return
    if columns is not None or save_columns is not None:
        raise InputError(f"{file}: is a plant file; --columns and --save-columns need an event log")
    _check_plant(file, as_json)


def _check_log(file: Path, columns: Path | None, save_columns: Path | None, as_json: bool) -> None:
    check_outputs({"--save-columns": save_columns}, (file, columns))
    log = import_log(file, columns)
    if save_columns is not None:
        written("--save-columns", save_columns, log.columns.save)
    lots, (activities, work_h) = log.records.lots.height, _work(log)
    if not as_json:
        show_log(log)
        window = f"{log.records.start} to {log.records.end}"
        work = f"{cell(activities)} activities ({work_h:.4g} h of work)"
        say([f"{file}: {cell(log.quality.rows)} rows, {work}, {cell(lots)} lots, {window}"])
        return
    found = {
        "ok": True,
        "rows": log.quality.rows,
        "activities": activities,
        "work_h": work_h,
        "lots": lots,
        "columns": log.columns.used(),
        "not_read": log.unmapped,
        "findings": [asdict(finding) for finding in log.quality],
    }
    emit_json(_json(found))


def _work(log: LogImport) -> tuple[int, float]:
    """Rows of the records, each with its start and end, and the hours that the work of lots in them took."""
    from zhizao.records import Activity

    events = log.records.events
    assert events is not None  # an import has events
    kinds = [kind.value for kind in (Activity.SETUP, Activity.PROCESS, Activity.INSPECT)]
    work = events.filter(events["activity"].is_in(kinds) & events["lot"].is_not_null())
    microseconds = (work["end"] - work["start"]).dt.total_microseconds().sum()
    return events.height, float(microseconds) / 3600e6


def _check_plant(file: Path, as_json: bool) -> None:
    from zhizao.plant import read_with_warnings
    from zhizao.quantities import PlantError

    try:
        plant, warnings = read_with_warnings(file)
        with rules_beside(file):
            _check_rules(plant)
    except PlantError as error:
        if not as_json:
            raise
        emit_json(_json({"ok": False, "faults": _listed(error.faults), "warnings": []}))
        raise typer.Exit(INPUT) from None
    found = counts(plant)
    if as_json:
        problems = {"faults": [], "warnings": _listed(warnings)}
        emit_json(_json({"ok": True, "plant": plant.name, **found, **problems}))
        return
    doubts = f", {cell(len(warnings))} warning{'s' * (len(warnings) > 1)}" if warnings else ""
    say([f"{file}: {plant.name}: no faults{doubts}", *(f"  {name}: {n}" for name, n in found.items())])
    say(f"warning: {warning}" for warning in warnings)


def _listed(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    return [asdict(fault) for fault in faults]


def _check_rules(plant: Plant) -> None:
    """Load rules of the user's own; a plant without them needs no engine for its check."""
    from zhizao.plant.rules_used import numeric_attributes, rules_used

    uses = tuple(rules_used(plant))
    if uses:
        from zhizao.engine.rules import load_rules

        load_rules(uses, numeric_attributes(plant))


def counts(plant: Plant) -> dict[str, int]:
    """Count the parts of a plant."""
    return {
        "work centers": len(plant.work_centers),
        "units": sum(len(center.units) for center in plant.work_centers),
        "people": sum(group.count for group in plant.personnel),
        "routes": len(plant.routes),
        "operations": sum(len(operations) for operations in plant.routes.values()),
        "products": len(plant.products),
        "orders or streams": len(plant.orders),
        "lots in the plant": len(plant.wip),
        "measures": len(plant.measures),
    }


def _json(found: dict[str, Any]) -> str:
    return json.dumps({"study": "check", **found}, ensure_ascii=False, indent=2)
