"""`zhizao check`: whether the plant file is right."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from zhizao.cli.faults import INPUT, guarded
from zhizao.cli.files import load_plant, rules_beside
from zhizao.cli.options import Json, PlantFile
from zhizao.cli.output import emit_json, say

if TYPE_CHECKING:
    from zhizao.plant import Plant


@guarded
def check(plant_file: PlantFile, as_json: Json = False) -> None:
    """Check a plant file, and tell all its faults at once.

    \b
    zhizao check plant.yaml
    zhizao check plant.yaml --json    # faults as data: file, line, where, found, right, nearest
    """  # noqa: D301  the sign keeps the lines below it apart
    from zhizao.quantities import PlantError

    try:
        plant = load_plant(plant_file)
        with rules_beside(plant_file):
            _check_rules(plant)
    except PlantError as error:
        if not as_json:
            raise
        emit_json(_json({"ok": False, "faults": [asdict(fault) for fault in error.faults]}))
        raise typer.Exit(INPUT) from None
    found = counts(plant)
    if as_json:
        emit_json(_json({"ok": True, "plant": plant.plant, **found, "faults": []}))
    else:
        say([f"{plant_file}: {plant.plant}: no faults", *(f"  {name}: {n}" for name, n in found.items())])


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
        "people": sum(crew.count for crew in plant.personnel),
        "routes": len(plant.routes),
        "operations": sum(len(operations) for operations in plant.routes.values()),
        "products": len(plant.products),
        "orders or streams": len(plant.orders),
        "lots in the plant": len(plant.wip),
        "measures": len(plant.measures),
    }


def _json(found: dict[str, Any]) -> str:
    return json.dumps({"study": "check", **found}, ensure_ascii=False, indent=2)
