"""What units have in hand by a log: the time that is left of it, set-ups and repairs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import polars as pl

from zhizao.plant import Condition, Operation, Plant, UnitSituation
from zhizao.plant.model import WorkCenter
from zhizao.plant.query import mean_lot_s, takes_at, work_calendar
from zhizao.quantities import InputError, mean
from zhizao.quantities.calendars import working_intervals
from zhizao.records import Activity

_SETUP = Activity.SETUP.value
_DOWN = (Activity.FAILURE.value, Activity.MAINTENANCE.value)
_WORK = (Activity.PROCESS.value, Activity.INSPECT.value)
_Row = dict[str, Any]


class InHand:
    """Reads units off the rows of an event log.

    Parameters
    ----------
    plant
        The plant; times left are by its means.
    moment
        When.
    strict
        Refuse a unit that is down where the plant has no failures or maintenance; else its time left is None.
    """

    def __init__(self, plant: Plant, moment: datetime, *, strict: bool = True) -> None:
        self._plant, self._moment, self._strict = plant, moment, strict
        self.centers = {unit.id: center for center in plant.work_centers for unit in center.units}
        self._operations = {o.id: o for route in plant.routes.values() for o in route}

    def left_s(self, row: _Row, operation: Operation, pieces: int) -> float:
        """Working time left of what is in hand, by its mean."""
        center = self.centers[row["unit"]]
        if row["activity"] == _SETUP:
            whole = 0.0 if center.setup is None else mean(center.setup.default)
        else:
            speed = next(unit.speed for unit in center.units if unit.id == row["unit"])
            takes = next((takes_at(operation, a) for a in operation.on if a.work_center == center.id), None)
            whole = 0.0 if takes is None else mean_lot_s(takes, pieces) / speed
        return max(0.0, whole - self._open_s(center, row["start"]))

    def _open_s(self, center: WorkCenter, start: datetime) -> float:
        length = (self._moment - start).total_seconds()
        calendar = work_calendar(self._plant, center)
        if calendar is None:
            return length
        return sum(end - begin for begin, end in working_intervals(calendar, start, length))

    def units(self, events: pl.DataFrame) -> Iterator[UnitSituation]:
        """What units are set up for, and which are under repair."""
        families: dict[str, str | None] = {}
        last: dict[str, _Row] = {}
        down: dict[str, _Row] = {}
        for row in events.filter(pl.col("unit").is_in(list(self.centers))).iter_rows(named=True):
            if row["activity"] in (None, _SETUP, *_WORK):
                last[row["unit"]] = row
                families[row["unit"]] = self._family(row, families.get(row["unit"]))
            elif row["activity"] in _DOWN and row["end"] is None:
                down[row["unit"]] = row
        for unit in self.centers:
            setting_up = unit in last and last[unit]["activity"] == _SETUP and last[unit]["end"] is None
            family = None if setting_up else families.get(unit)
            if unit in down:
                failed = down[unit]["activity"] == Activity.FAILURE.value
                state, left = Condition.DOWN if failed else Condition.MAINTENANCE, self._repair_s(down[unit])
                yield UnitSituation(id=unit, state=state, setup_family=family, repair_left=left)
            elif family is not None or setting_up:
                state = Condition.SETUP if setting_up else Condition.IDLE
                yield UnitSituation(id=unit, state=state, setup_family=family)

    def _family(self, row: _Row, before: str | None) -> str | None:
        """What an operation leaves its unit set up for."""
        setup = self.centers[row["unit"]].setup
        if setup is None:
            return None
        operation, product = self._operations.get(row["operation"]), self._plant.products.get(row["product"])
        own = {
            "family": None if operation is None else operation.setup_family,
            "product": row["product"],
            "operation": row["operation"],
        }
        attributes = {} if product is None else product.attributes
        family = own[setup.by] if setup.by in own else attributes.get(setup.by)
        return before if family is None and setup.without_family == "keep" else family

    def _repair_s(self, row: _Row) -> float | None:
        """Time left of a repair or of maintenance, by its mean."""
        center = self.centers[row["unit"]]
        failed = row["activity"] == Activity.FAILURE.value
        times = (
            [one.repair for one in center.failures] if failed else [one.takes for one in center.maintenance]
        )
        if not times and not self._strict:
            return None
        if not times:
            kind = "failures" if failed else "maintenance"
            raise InputError(
                f"actuals: unit {row['unit']!r} is down since {row['start']}; its work center {center.id!r} "
                f"has no {kind} in the plant: give it some, for how long it takes"
            )
        passed: float = (self._moment - row["start"]).total_seconds()
        usual = sum(map(mean, times)) / len(times)
        return max(0.0, usual - passed)
