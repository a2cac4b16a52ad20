"""A fab for display panels in the structure of the testbed SMT2020, with numbers of our own.

SMT2020 (Kopp et al. 2020, doi 10.1109/TSM.2020.3001933) describes a wafer fab by tool families, routes,
set-ups, batches, cascades, sampling, rework, queue limits, dedication, maintenance, failures and hot lots.
This is a panel fab in the same terms: thin-film transistors (six masks), colour filters (six masks), the cell
and the module, in lots of 20 glasses. The number of units follows from the load.

    python examples/display_fab.py display-fab.yaml && zhizao simulate display-fab.yaml --days 60
"""

from __future__ import annotations

import sys
from math import ceil
from pathlib import Path
from typing import Any

from zhizao.plant import Plant, write_plant

GLASSES = 20
LOT_EVERY_MIN = 40.0
LOAD = 0.86  # share of the time that a unit shall work, set-ups, stops and small batches aside

# family: (minutes to load, minutes per glass); furnaces: (minutes, "batch");
# tracks: (minutes in it, minutes per glass, "track")
FAMILIES: dict[str, tuple[Any, ...]] = {
    "washer": (8, 0.9, "track"), "sputter": (12, 1.6), "cvd": (15, 2.1), "litho": (45, 1.5, "track"),
    "cd-meter": (5, 0.6), "dry-etch": (10, 1.9), "wet-etch": (8, 1.2), "stripper": (6, 1.0, "track"),
    "anneal": (150, "batch"), "optical-check": (5, 0.8), "film-meter": (4, 0.5), "array-test": (6, 1.3),
    "laser-repair": (5, 2.5), "cf-coater": (30, 1.4, "track"), "cf-scanner": (10, 1.5),
    "cf-oven": (90, "batch"), "cf-check": (5, 0.9), "pi-printer": (10, 1.5), "pi-oven": (60, "batch"),
    "rubber": (6, 1.1), "sealer": (8, 1.8), "assembler": (12, 2.0), "uv-curer": (20, 0.7, "track"),
    "cutter": (8, 2.2), "cell-test": (6, 1.7), "polariser": (10, 2.4), "bonder": (10, 3.0),
    "backlight": (8, 2.6), "ageing": (480, "batch"), "final-test": (6, 2.0),
}  # fmt: skip
SET_UP = {"litho": "18 min", "cf-scanner": "15 min", "sputter": "25 min"}
WORN = {"cvd": 900, "sputter": 1200, "dry-etch": 1000}  # glasses between cleanings
MASKS = {
    "gate": "wet-etch", "active": "dry-etch", "source": "wet-etch", "via": "dry-etch", "shield": "dry-etch",
    "pixel": "wet-etch",
}  # fmt: skip
COLOURS = ("black", "red", "green", "blue", "overcoat", "spacer")


def step(name: str, family: str, **more: Any) -> dict[str, Any]:
    """One operation, with the times of its family."""
    load, *rest = FAMILIES[family]
    made: dict[str, Any] = {"id": name, "on": family, **more}
    if rest == ["batch"]:
        batch = {"lots": "2..6", "wait_at_most": "3 h"}
        return made | {"takes": f"uniform({0.95 * load} min, {1.05 * load} min)", "batch": batch}
    made["takes"] = {"load": f"{load} min", "per_piece": f"{rest[0]} min"}
    if rest[-1] == "track":
        made["cascade"] = {"per_piece": f"{rest[0]} min"}
    return made


def transistors() -> list[dict[str, Any]]:
    """Six masks: film, pattern, etch, strip and looks in between; the first and the last on one scanner."""
    made: list[dict[str, Any]] = []
    for mask, etch in MASKS.items():
        film = "cvd" if etch == "dry-etch" else "sputter"
        same = {"same_unit_as": "gate-litho"} if mask == "pixel" else {}
        soon = {"from": f"{mask}-wash", "at_most": "6 h"}
        made += [
            step(f"{mask}-wash", "washer"),
            step(f"{mask}-film", film, setup_family=mask, queue_at_most=soon),
            step(f"{mask}-thickness", "film-meter", sample=0.4),
            step(f"{mask}-litho", "litho", setup_family=mask, **same),
            step(f"{mask}-width", "cd-meter", sample=0.5, defects={
                "per": "lot", "share": 0.02, "then": f"rework {mask}-litho", "at_most": 2}),
            step(f"{mask}-etch", etch),
            step(f"{mask}-strip", "stripper", queue_at_most={"from": f"{mask}-etch", "at_most": "4 h"}),
            step(f"{mask}-rinse", "washer"),
            step(f"{mask}-look", "optical-check", sample=0.6, defects={"share": 0.004, "found": 0.8}),
        ]  # fmt: skip
        if film == "cvd":
            made.append(step(f"{mask}-anneal", "anneal"))
    return [*made, step("array-test", "array-test"), step("repair", "laser-repair", sample=0.25)]


def colours() -> list[dict[str, Any]]:
    """Six masks of the colour filter."""
    made: list[dict[str, Any]] = []
    for colour in COLOURS:
        made += [
            step(f"{colour}-wash", "washer"),
            step(f"{colour}-coat", "cf-coater"),
            step(f"{colour}-expose", "cf-scanner", setup_family=colour),
            step(f"{colour}-bake", "cf-oven"),
            step(f"{colour}-look", "cf-check", sample=0.7, defects={
                "share": 0.01, "found": 0.9, "then": f"rework {colour}-coat", "at_most": 1}),
        ]  # fmt: skip
    return made


def cell_and_module() -> list[dict[str, Any]]:
    """From two glasses to a screen."""
    made = [step(f"{side}-{what}", family) for side in ("array", "filter") for what, family in (
        ("clean", "washer"), ("print", "pi-printer"), ("cure", "pi-oven"), ("rub", "rubber"))]  # fmt: skip
    limit = {"queue_at_most": {"from": "filter-rub", "at_most": "8 h", "then": "rework filter-rub"}}
    line = {
        "seal": "sealer", "assemble": "assembler", "cure": "uv-curer", "cut": "cutter",
        "light-up": "cell-test", "polarise": "polariser", "bond": "bonder", "wire": "bonder",
        "backlight": "backlight", "age": "ageing", "test": "final-test", "pack": "final-test",
    }  # fmt: skip
    made += [step(name, tool, **(limit if name == "seal" else {})) for name, tool in line.items()]
    made[-2]["defects"] = {"share": 0.01, "then": "rework bond", "at_most": 1}
    return made


def work_min(operation: dict[str, Any]) -> float:
    """Minutes for which a lot keeps a unit of its family busy, once."""
    load, *rest = FAMILIES[operation["on"]]
    if rest == ["batch"]:
        return float(load) / 4  # lots in a usual batch
    return float(rest[0]) * GLASSES + (0.0 if rest[-1] == "track" else float(load))


def centers(operations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many units as the load asks for."""
    made = []
    for family, times in FAMILIES.items():
        work = sum(work_min(o) * o.get("sample", 1.0) for o in operations if o["on"] == family)
        spare = 1.35 if family in SET_UP else 1.12  # set-ups and stops
        center: dict[str, Any] = {"id": family, "units": ceil(work * spare / LOT_EVERY_MIN / LOAD)}
        center["dispatch"] = "priority-critical-ratio"
        if family in SET_UP:
            center["setup"] = {"by": "family", "default": SET_UP[family], "min_run": 2}
            center["dispatch"] = "priority-least-setup-critical-ratio"
        if times[-1] != "batch":
            center["failures"] = [{"between": "exponential(90 h)", "repair": "gamma(100 min, cv 0.9)"}]
            center["maintenance"] = [{"every": "14 d", "for": "3 h", "first": "14 d", "in_turn": True}]
        if family in WORN:
            worn = {"clock": "pieces", "every": WORN[family], "for": "uniform(60 min, 90 min)"}
            center["maintenance"].append(worn)
        made.append(center)
    return made


def display_fab() -> Plant:
    """The fab as a plant."""
    route = [*transistors(), *colours(), *cell_and_module()]
    every = f"{LOT_EVERY_MIN * 30 / 29} min"
    hot = {"every": f"exponential({LOT_EVERY_MIN * 30} min)", "priority": 10, "due": "+4 d"}
    return Plant.model_validate(
        {
            "plant": "display fab",
            "work_centers": centers(route),
            "routes": {"panel": route},
            "products": {name: {"route": "panel", "lot": GLASSES} for name in ("monitor", "television")},
            "orders": [
                {
                    "mix": {"monitor": 2, "television": 3},
                    "every": every,
                    "due": "+9 d",
                },
                {"product": "television", **hot},
            ],
            "transport": {"default": "6 min"},
        }
    )


if __name__ == "__main__":
    write_plant(display_fab(), Path(sys.argv[1]))
