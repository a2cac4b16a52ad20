"""A folder of tables into a plant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from zhizao.connect.smt2020 import demand as given
from zhizao.connect.smt2020.equipment import set_ups, tool_families, ways, work_centers
from zhizao.connect.smt2020.files import Tables, read_route, read_tables
from zhizao.connect.smt2020.routes import Surroundings, operations, step_names
from zhizao.connect.smt2020.tables import Faults, Row, fault, read_date, text
from zhizao.plant import Operation, Plant, Product
from zhizao.quantities import PlantError

_START = datetime(2018, 1, 1)  # SIM_START of all models of the testbed


@dataclass(frozen=True, slots=True)
class _Part:
    row: Row
    route: str
    steps: list[Row]


def read_smt2020(folder: str | Path, *, compatible: bool = False) -> Plant:
    """Read a fab of the testbed SMT2020, or one in the same tables, into a plant.

    What each column means here, and why, is explained in docs/validation.md.

    Parameters
    ----------
    folder
        Holds tool.txt, part.txt, order.txt and the routes that part.txt names, and as far as they are there
        WIP.txt, attach.txt, downcal.txt, pmcal.txt, setup.txt, setupgrp.txt and fromto.txt: text with tabs,
        columns by name (AutoSched AP).
    compatible
        Read as the simulator PySCFabSim does: idle tools are never taken down, only full batches start, a
        step without set-up clears the set-up of its tool, uniform times are half as wide, and a lot is
        reworked from a step at most once.

    Raises
    ------
    PlantError
        The tables have faults; all that were found are listed with file, line and column.
    InputError
        A needed table is missing, or a file is no text.

    Notes
    -----
    D. Kopp, M. Hassoun, A. Kalir, L. Mönch, "SMT2020: a semiconductor manufacturing testbed",
    IEEE Transactions on Semiconductor Manufacturing 33(4), 2020, 522-531.
    """
    tables = read_tables(Path(folder))
    families = tool_families(tables.rows["tool"])
    parts = _parts(tables)
    lots = [*tables.rows["order"], *tables.rows["wip"]]
    start = _start(tables, lots)
    steps = {name: step_names(part.steps) for name, part in parts.items()}
    demand = given.demand(tables.rows["order"], tables.rows["wip"], steps, start)
    sizes = given.pieces_of(lots)
    routes = _routes(tables, families, parts, sizes, compatible=compatible)
    rows = [row for part in parts.values() for row in part.steps]
    centers = work_centers(tables, families, rows, compatible=compatible)
    orders, wip = given.orders(demand), given.wip(demand)
    _refuse(tables.faults)
    products = {
        name: Product(route=part.route, lot=max(sizes.get(name, {1}))) for name, part in parts.items()
    }
    return Plant(
        name=Path(folder).resolve().name,
        start=start,
        work_centers=centers,
        routes=routes,
        products=products,
        orders=orders,
        wip=wip,
    )


def _refuse(faults: Faults) -> None:
    if faults:
        unique = dict.fromkeys(faults)  # a step that two parts share is looked at twice
        raise PlantError(tuple(sorted(unique, key=lambda fault: (fault.file, fault.line))))


def _start(tables: Tables, lots: list[Row]) -> datetime:
    dates = tables.options.get("SIM_START", [])
    return (read_date(dates[0]) if dates else None) or given.beginning(lots) or _START


def _parts(tables: Tables) -> dict[str, _Part]:
    """Read the route of each part; parts may share one."""
    parts: dict[str, _Part] = {}
    read: dict[str, list[Row]] = {}
    for row in tables.rows["part"]:
        name = text(row, "PART")
        if name in parts:
            fault(row, "PART", f"found the part {name!r} again", "name each part once")
        file = row.cells.get("ROUTEFILE", f"{row.cells.get('ROUTE', 'route')}.txt")
        if file not in read:
            read[file] = read_route(tables, row, file)
        names = {step.cells.get("ROUTE", "") for step in read[file]}
        route = row.cells.get("ROUTE", min(names, default=file) or file)
        steps = [step for step in read[file] if step.cells.get("ROUTE", route) == route]
        if not steps and read[file]:
            fault(
                row, "ROUTE", f"found no steps of {route!r} in {file}", f"it holds {', '.join(sorted(names))}"
            )
        parts[name] = _Part(row, route, steps)
    return parts


def _routes(
    tables: Tables,
    families: Mapping[str, list[Row]],
    parts: Mapping[str, _Part],
    sizes: Mapping[str, set[int]],
    *,
    compatible: bool,
) -> dict[str, tuple[Operation, ...]]:
    tools = {name: rows[0] for name, rows in families.items()}
    between = ways(tables, compatible=compatible)
    made: dict[str, tuple[Operation, ...]] = {}
    for part in parts.values():
        if part.route in made:
            continue
        sharing = [name for name, other in parts.items() if other.route == part.route]
        pieces = {size for name in sharing for size in sizes.get(name, ())}
        around = Surroundings(
            tools=tools,
            ways=between,
            pieces=pieces.pop() if len(pieces) == 1 else None,
            set_ups=set_ups(tables.rows["setup"]),
            family=part.row.cells.get("PARTFAM", ""),
            compatible=compatible,
        )
        made[part.route] = operations(part.steps, around)
    return made
