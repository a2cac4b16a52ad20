"""Every KPI once: its name, unit, clause, sense and formula over the elements.

Clauses: ISO 22400-2:2014 defines elements in clause 5, KPIs in clause 6; sub-clauses are not given here.
Words of a formula are those of the standard (APT, PBT, AUBT …), see `elements`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from math import inf, isfinite, nan
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from zhizao.kpi.elements import Elements, Level, elements_by
from zhizao.quantities.errors import InputError, nearest_name
from zhizao.records.schema import Records

if TYPE_CHECKING:
    from zhizao.plant.model import Plant

ISO = "ISO 22400-2:2014"
_MONEY = "currency"


class Better(Enum):
    """Which way a KPI improves."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Formula:
    """One KPI; `level` is the smallest thing that it describes (unit < work center < plant).

    `unit` is that of the value: a `share` is a number like 0.05, and a `currency` the plant's own.
    `compute` gives nan where the elements are unknown; it never raises and never turns unknown into 0.
    """

    id: str
    name: str
    unit: str
    clause: str
    better: Better
    level: Level
    description: str
    compute: Callable[[Elements], float]


def ratio(part: float, whole: float) -> float:
    """`part / whole`, nan where the whole is 0 or either is unknown."""
    return float(part / whole) if whole else nan


def _mean(values: np.typing.NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else nan


def _quantile(values: np.typing.NDArray[np.float64], share: float) -> float:
    return float(np.quantile(values, share)) if len(values) else nan


# ---------------------------------------------------------------- formulas that others build on
def availability(e: Elements) -> float:
    """APT / PBT."""
    return ratio(e.time.apt_s, e.time.pbt_s)


def effectiveness(e: Elements) -> float:
    """PRI x PQ / APT."""
    return ratio(e.plan.planned_s, e.time.apt_s)


def quality_ratio(e: Elements) -> float:
    """GQ / PQ."""
    return ratio(e.quantity.gq, e.quantity.pq)


def oee(e: Elements) -> float:
    """Availability x effectiveness x quality ratio."""
    return availability(e) * effectiveness(e) * quality_ratio(e)


def nee(e: Elements) -> float:
    """AUPT / PBT x effectiveness x quality ratio."""
    return ratio(e.time.aupt_s, e.time.pbt_s) * effectiveness(e) * quality_ratio(e)


def defect_rate(e: Elements) -> float:
    """(scrap + escaped) / (pieces that left + scrap)."""
    return ratio(e.quantity.sq + e.quantity.escaped, e.quantity.gq + e.quantity.sq)


def first_pass_yield(e: Elements) -> float:
    """GP / IP."""
    return ratio(e.quantity.first_pass, e.quantity.inspected)


_H, _L, _N = Better.HIGHER, Better.LOWER, Better.NEITHER
_UNIT, _PLANT = Level.UNIT, Level.PLANT

_EQUIPMENT = (
    Formula(
        "oee",
        "OEE index",
        "share",
        ISO,
        _H,
        _UNIT,
        "Availability x effectiveness x quality ratio: the share of planned time that made good pieces at "
        "plan speed.",
        oee,
    ),
    Formula(
        "nee",
        "NEE index",
        "share",
        ISO,
        _H,
        _UNIT,
        "AUPT / PBT x effectiveness x quality ratio: as OEE, with set-up counted as useful time.",
        nee,
    ),
    Formula(
        "availability",
        "Availability",
        "share",
        ISO,
        _H,
        _UNIT,
        "APT / PBT: production time over planned busy time (working time less planned maintenance).",
        availability,
    ),
    Formula(
        "effectiveness",
        "Effectiveness",
        "share",
        ISO,
        _H,
        _UNIT,
        "PRI x PQ / APT: planned over actual run time. Needs a plant with the planned times.",
        effectiveness,
    ),
    Formula(
        "quality_ratio",
        "Quality ratio",
        "share",
        ISO,
        _H,
        _UNIT,
        "GQ / PQ: good pieces over produced pieces.",
        quality_ratio,
    ),
    Formula(
        "utilization_efficiency",
        "Utilization efficiency",
        "share",
        ISO,
        _H,
        _UNIT,
        "APT / AUBT: production time over busy time (production, set-up and interruptions).",
        lambda e: ratio(e.time.apt_s, e.time.aubt_s),
    ),
    Formula(
        "allocation_efficiency",
        "Allocation efficiency",
        "share",
        ISO,
        _H,
        _UNIT,
        "AUBT / PBT: busy time over planned busy time. Blocked and waiting time belong to AUBT where "
        "they are recorded; a factory's event log does not distinguish them from idle time.",
        lambda e: ratio(e.time.aubt_s, e.time.pbt_s),
    ),
    Formula(
        "technical_efficiency",
        "Technical efficiency",
        "share",
        ISO,
        _H,
        _UNIT,
        "APT / (APT + ADET): production time over production time and delays (down, blocked, waiting).",
        lambda e: ratio(e.time.apt_s, e.time.apt_s + e.time.adet_s),
    ),
    Formula(
        "setup_ratio",
        "Setup ratio",
        "share",
        ISO,
        _L,
        _UNIT,
        "AUST / AUPT: set-up time over processing time (production and set-up).",
        lambda e: ratio(e.time.aust_s, e.time.aupt_s),
    ),
    Formula(
        "mtbf",
        "Mean operating time between failures",
        "h",
        ISO,
        _H,
        _UNIT,
        "APT / failures. The standard sums the times between failures; production time over the number of "
        "failures is the same sum with the unfinished last interval in it, so that long lives count in full.",
        lambda e: ratio(e.time.apt_s / 3600, e.failure.failures),
    ),
    Formula(
        "mttr",
        "Mean time to restoration",
        "h",
        ISO,
        _L,
        _UNIT,
        "Time from failure to restoration, on average over the repairs that ended within the window.",
        lambda e: ratio(e.failure.repair_s / 3600, e.failure.repairs),
    ),
    Formula(
        "corrective_maintenance_ratio",
        "Corrective maintenance ratio",
        "share",
        ISO,
        _L,
        _UNIT,
        "CMT / (CMT + PMT): down time over down time and planned maintenance.",
        lambda e: ratio(e.time.adot_s, e.time.adot_s + e.time.maintenance_s),
    ),
)

_QUALITY = (
    Formula(
        "scrap_ratio",
        "Scrap ratio",
        "share",
        ISO,
        _L,
        _UNIT,
        "SQ / PQ: scrapped over produced pieces.",
        lambda e: ratio(e.quantity.sq, e.quantity.pq),
    ),
    Formula(
        "rework_ratio",
        "Rework ratio",
        "share",
        ISO,
        _L,
        _UNIT,
        "RQ / PQ: pieces sent to rework (each time they are sent) over produced pieces.",
        lambda e: ratio(e.quantity.rq, e.quantity.pq),
    ),
    Formula(
        "first_pass_yield",
        "First pass yield",
        "share",
        ISO,
        _H,
        _UNIT,
        "GP / IP: pieces good at the first try over pieces tried. For the plant: good pieces of the lots "
        "that left, less their reworked pieces, over good and scrapped ones.",
        first_pass_yield,
    ),
    Formula(
        "defect_rate",
        "Defect rate",
        "share",
        "zhizao",
        _L,
        _PLANT,
        "(scrapped + escaped pieces) / (pieces shipped + scrapped), of lots that left within the window. Not "
        "known from a factory's log, which has only what inspection found (see the scrap ratio).",
        defect_rate,
    ),
    Formula(
        "escape_rate",
        "Escape rate",
        "share",
        "zhizao",
        _L,
        _PLANT,
        "Defective pieces shipped over pieces shipped, of lots that left within the window. Not known from a "
        "factory's log.",
        lambda e: ratio(e.quantity.escaped, e.quantity.gq),
    ),
)

_FLOW = (
    Formula(
        "throughput",
        "Throughput",
        "pieces/day",
        "zhizao",
        _H,
        _PLANT,
        "Truly good pieces per calendar day of the window: those shipped less the defective ones among them. "
        "Not known from a factory's log, which does not see what inspection missed (see the output rate).",
        lambda e: ratio(e.quantity.truly_good, e.days),
    ),
    Formula(
        "output_rate",
        "Output rate",
        "pieces/day",
        "zhizao",
        _H,
        _UNIT,
        "GQ per calendar day of the window: pieces that are good according to inspection.",
        lambda e: ratio(e.quantity.gq, e.days),
    ),
    Formula(
        "lot_rate",
        "Lots completed",
        "lots/day",
        "zhizao",
        _H,
        _PLANT,
        "Completed lots per calendar day of the window.",
        lambda e: ratio(e.flow.completed, e.days),
    ),
    Formula(
        "throughput_rate",
        "Throughput rate",
        "pieces/h",
        ISO,
        _H,
        _PLANT,
        "PQ / AOET: pieces per hour of order execution time, over the orders finished within the window.",
        lambda e: ratio(e.flow.order_pq, e.flow.aoet_s / 3600),
    ),
    Formula(
        "allocation_ratio",
        "Allocation ratio",
        "share",
        ISO,
        _H,
        _PLANT,
        "AUBT / AOET: time that units worked or were set up for an order over its execution time.",
        lambda e: ratio(e.flow.order_aubt_s, e.flow.aoet_s),
    ),
    Formula(
        "lead_time_mean",
        "Lead time, mean",
        "h",
        "zhizao",
        _L,
        _PLANT,
        "From release to completion, lots completed within the window.",
        lambda e: _mean(e.flow.lead_s) / 3600,
    ),
    Formula(
        "lead_time_p50",
        "Lead time, median",
        "h",
        "zhizao",
        _L,
        _PLANT,
        "Half of the lots are at most this long in the plant.",
        lambda e: _quantile(e.flow.lead_s, 0.5) / 3600,
    ),
    Formula(
        "lead_time_p90",
        "Lead time, 90 %",
        "h",
        "zhizao",
        _L,
        _PLANT,
        "Nine lots of ten are at most this long in the plant.",
        lambda e: _quantile(e.flow.lead_s, 0.9) / 3600,
    ),
    Formula(
        "lead_time_p95",
        "Lead time, 95 %",
        "h",
        "zhizao",
        _L,
        _PLANT,
        "Nineteen lots of twenty are at most this long in the plant.",
        lambda e: _quantile(e.flow.lead_s, 0.95) / 3600,
    ),
    Formula(
        "flow_factor",
        "Flow factor",
        "1",
        "Hopp & Spearman, Factory Physics",
        _L,
        _PLANT,
        "Lead time over raw process time (working hours of process and inspect rows), over the same lots.",
        lambda e: ratio(e.flow.raw_lead_s, e.flow.raw_s),
    ),
    Formula(
        "wip",
        "Work in process",
        "lots",
        "zhizao",
        _L,
        _PLANT,
        "Lots in the plant (released, not yet completed or scrapped), averaged over the window's time.",
        lambda e: ratio(e.flow.wip_lot_s, e.window_s),
    ),
    Formula(
        "on_time_share",
        "On-time share",
        "share",
        "zhizao",
        _H,
        _PLANT,
        "Lots completed by their due date over completed lots with a due date.",
        lambda e: _mean((e.flow.tardiness_s <= 0).astype(np.float64)),
    ),
    Formula(
        "tardiness_mean",
        "Tardiness, mean",
        "h",
        "zhizao",
        _L,
        _PLANT,
        "Hours past the due date (0 for a lot on time), over completed lots with a due date.",
        lambda e: _mean(e.flow.tardiness_s) / 3600,
    ),
    Formula(
        "limit_break_share",
        "Broken queue limits",
        "share",
        "zhizao",
        _L,
        _PLANT,
        "Lots that waited longer than a queue limit allows, over all lots that left; unknown where no "
        "operation has a limit.",
        lambda e: _mean(e.flow.limit_broken),
    ),
)

_COST = (
    Formula(
        "unit_energy",
        "Unit energy",
        "kWh/piece",
        "zhizao",
        _L,
        _PLANT,
        "Energy of all units in all states per truly good piece. ISO 22400-2 divides by produced pieces.",
        lambda e: ratio(e.cost.energy_kwh, e.quantity.truly_good),
    ),
    Formula(
        "energy",
        "Energy",
        "kWh/day",
        "zhizao",
        _N,
        _UNIT,
        "Energy of the units in all states per calendar day.",
        lambda e: ratio(e.cost.energy_kwh, e.days),
    ),
    Formula(
        "unit_co2",
        "Unit CO2",
        "kg/piece",
        "zhizao",
        _L,
        _PLANT,
        "CO2 of the energy used, at the tariff's kg per kWh, per truly good piece.",
        lambda e: ratio(e.cost.co2_kg, e.quantity.truly_good),
    ),
    Formula(
        "unit_cost",
        "Unit cost",
        f"{_MONEY}/piece",
        "zhizao",
        _L,
        _PLANT,
        "Equipment, personnel, energy and escapes of the window and material of the lots that left in it, "
        "per truly good piece. A kind of cost for which the plant states no price is left out.",
        lambda e: ratio(e.cost.total, e.quantity.truly_good),
    ),
    Formula(
        "cost_rate",
        "Cost",
        f"{_MONEY}/day",
        "zhizao",
        _N,
        _UNIT,
        "All known costs per calendar day.",
        lambda e: ratio(e.cost.total, e.days),
    ),
    Formula(
        "worker_efficiency",
        "Worker efficiency",
        "share",
        ISO,
        _H,
        _PLANT,
        "APWT / APAT: work time of the personnel over their attendance time, both with overtime.",
        lambda e: ratio(e.cost.apwt_s, e.cost.apat_s),
    ),
    Formula(
        "overtime",
        "Overtime",
        "h/day",
        "zhizao",
        _L,
        _PLANT,
        "Hours that people work outside their calendar per calendar day; `off_shift: finish` asks for them. "
        "Unknown from a log that does not say who worked, where the plant may have overtime.",
        lambda e: ratio(e.cost.overtime_s / 3600, e.days),
    ),
)

FORMULAS: dict[str, Formula] = {f.id: f for f in (*_FLOW, *_COST, *_QUALITY, *_EQUIPMENT)}
"""All KPIs by id."""

AS_INSPECTED = frozenset(
    {
        "output_rate",
        "lot_rate",
        "scrap_ratio",
        "rework_ratio",
        "first_pass_yield",
        "quality_ratio",
        "oee",
        "nee",
    }
)
"""KPIs that count what inspection found: in them a defect that is shipped looks better than one found."""

_OVER_ONE = frozenset({"oee", "nee", "effectiveness", "rework_ratio", "allocation_ratio"})
"""Shares that may exceed 100 %: of planned times, of pieces counted each time, of several lots at once."""


def range_of(name: str) -> tuple[float, float]:
    """Least and largest value that a KPI can have: times, counts and shares are not below 0; costs may be."""
    formula = FORMULAS[name]
    if _MONEY in formula.unit:
        return -inf, inf
    return 0.0, 1.0 if formula.unit == "share" and name not in _OVER_ONE else inf


HEADLINE = ("throughput", "unit_cost", "unit_energy", "defect_rate", "lead_time_mean")
"""The five rows that a manager reads first."""

FROM_LOTS = frozenset(
    {
        "throughput",
        "output_rate",
        "escape_rate",
        "lot_rate",
        "wip",
        "on_time_share",
        "tardiness_mean",
        "limit_break_share",
    }
    | {f"lead_time_{name}" for name in ("mean", "p50", "p90", "p95")}
)
"""KPIs of the plant that need no event log, only its lots: quick to measure over many runs."""

_ORDER = {Level.UNIT: 0, Level.WORK_CENTER: 1, Level.PLANT: 2}


def formulas_at(level: Level) -> tuple[Formula, ...]:
    """The KPIs that can be asked of a unit, a work center or the plant."""
    return tuple(f for f in FORMULAS.values() if _ORDER[f.level] <= _ORDER[level])


def unit_of(formula: Formula, plant: Plant | None) -> str:
    """Unit of a KPI, in the plant's own currency where it is money."""
    return formula.unit if plant is None else formula.unit.replace(_MONEY, plant.currency)


def formula_of(name: str) -> Formula:
    """The KPI of that id; `lead_time` and `tardiness` are short for their means.

    Raises
    ------
    InputError
        No KPI has that name; the nearest is offered.
    """
    found = FORMULAS.get(name) or FORMULAS.get(f"{name}_mean")
    if found is None:
        near = nearest_name(name, FORMULAS)
        meant = f"did you mean {near!r}? " if near else ""
        raise InputError(f"found no KPI {name!r}; {meant}KPIs are: {', '.join(FORMULAS)}")
    return found


def values(e: Elements, only: Iterable[str] | None = None) -> dict[str, float]:
    """KPIs of one set of elements by id, nan where unknown: all, or `only` those of these ids."""
    formulas = formulas_at(e.level) if only is None else (FORMULAS[name] for name in only)
    return {f.id: f.compute(e) for f in formulas}


def compute(records: Records, plant: Plant | None = None, *, by: Level | str = Level.PLANT) -> pl.DataFrame:
    """KPIs of the plant, of every work center or of every work unit, as a table.

    Columns: `kpi` (id), `name`, `unit` (of measure), `value` (null: unknown) and, below the plant,
    `work_center` and `work_unit`.
    """
    level = Level(by)
    rows = [
        {
            "kpi": f.id,
            "name": f.name,
            "unit": unit_of(f, plant),
            "value": value if isfinite(value := f.compute(e)) else None,
            "work_center": e.work_center,
            "work_unit": e.unit,
        }
        for e in elements_by(records, plant, level)
        for f in formulas_at(level)
    ]
    schema = {name: pl.Float64 if name == "value" else pl.String for name in _COLUMNS[Level.UNIT]}
    return pl.DataFrame(rows, schema=schema).select(_COLUMNS[level])


_COLUMNS = {
    Level.PLANT: ["kpi", "name", "unit", "value"],
    Level.WORK_CENTER: ["kpi", "name", "unit", "value", "work_center"],
    Level.UNIT: ["kpi", "name", "unit", "value", "work_center", "work_unit"],
}
