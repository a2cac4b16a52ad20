"""KPIs handed over to other tools: of a simulation or of an event log, as the export wants them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from math import nan
from typing import TYPE_CHECKING

from zhizao.connect.aas import Kpi, Kpis, Origin
from zhizao.kpi import FORMULAS, Level, compute, range_of, unit_of
from zhizao.kpi.analysis import Interval, replication_interval

if TYPE_CHECKING:
    from zhizao.plant import Plant
    from zhizao.records import Records
    from zhizao.studies.simulate import SimulateResult

_ID_OF = {Level.WORK_CENTER: "work_center", Level.UNIT: "work_unit"}


def simulated_kpis(result: SimulateResult) -> Kpis:
    """KPIs of a simulation, with 95 % intervals over its replications, and how it was run.

    Parameters
    ----------
    result : of `simulate`; its KPIs of the plant are taken as they are, those of work centers and units are
        computed from its records.
    """
    plant = result.plant
    facts: dict[str, str | int | float | datetime] = {
        "WindowDays": float(result.window.days),
        "Replications": result.replications,
        "Seed": result.seed,
    }
    whole = tuple(_kpi(name, plant, interval) for name, interval in result.kpis.items())
    centers, units = (_over_replications(result.records, plant, level) for level in _ID_OF)
    return Kpis(Origin.SIMULATED, whole, facts, centers, units)


def measured_kpis(records: Records, plant: Plant) -> Kpis:
    """KPIs of an event log, without intervals, and the window that it describes.

    Parameters
    ----------
    records : of the log.
    plant : gives calendars, planned times, power and prices; its names are those of the log.
    """
    facts: dict[str, str | int | float | datetime] = {
        "WindowStart": records.start,
        "WindowEnd": records.end,
    }
    values = compute(records, plant).select("kpi", "value").iter_rows()
    whole = tuple(_kpi(name, plant, _alone(value)) for name, value in values)
    centers, units = (
        {
            place: tuple(_kpi(name, plant, _alone(value[0])) for name, value in found.items())
            for place, found in _values([records], plant, level).items()
        }
        for level in _ID_OF
    )
    return Kpis(Origin.MEASURED, whole, facts, centers, units)


def _kpi(name: str, plant: Plant, interval: Interval) -> Kpi:
    formula = FORMULAS[name]
    unit = unit_of(formula, plant)
    words = (formula.name, unit, formula.description, formula.clause)
    return Kpi(name, *words, interval.mean, interval.low, interval.high)


def _alone(value: float | None) -> Interval:
    return Interval(nan if value is None else value, nan, nan, 0 if value is None else 1)


def _over_replications(
    replications: Iterable[Records], plant: Plant, level: Level
) -> Mapping[str, tuple[Kpi, ...]]:
    return {
        place: tuple(
            _kpi(name, plant, replication_interval(values).within(*range_of(name)))
            for name, values in found.items()
        )
        for place, found in _values(replications, plant, level).items()
    }


def _values(all_records: Iterable[Records], plant: Plant, level: Level) -> dict[str, dict[str, list[float]]]:
    """Values by place and KPI, one for each records; nan where unknown."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for records in all_records:
        rows = compute(records, plant, by=level).select(_ID_OF[level], "kpi", "value")
        for place, name, value in rows.iter_rows():
            found[place][name].append(nan if value is None else value)
    return found
