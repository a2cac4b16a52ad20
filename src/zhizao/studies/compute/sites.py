"""Read a site file: sites with series of carbon intensity and price, and jobs with deadlines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil, floor
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from zhizao.plant.faults import Problem, located
from zhizao.plant.files.forms import read_form
from zhizao.quantities import Fault, Input, hashed, nearest_name
from zhizao.quantities.fields import Power, Share
from zhizao.solvers.shifting.problem import Doubles, Task
from zhizao.studies.compute.read import Cells, ClusterFileError

JOB_COLUMNS: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("job", "submitted", "deadline", "duration_h", "gpus", "interruptible", "restart_h", "sites"), ()
)
"""Columns of a job list with deadlines."""
OPTIONAL = frozenset({"gpus", "interruptible", "restart_h", "sites"})
HOUR = timedelta(hours=1)
YES_NO = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False, "": True}


class Objective(StrEnum):
    """What is made small."""

    CARBON = "carbon"
    COST = "cost"


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Site(_Form):
    """A computing centre: power of a GPU in use, power usage effectiveness, GPUs, and its series."""

    power_per_gpu: Power
    carbon: str | None = None
    price: str | None = None
    gpus: Annotated[float, Field(gt=0)] | None = None
    pue: Annotated[float, Field(ge=1)] = 1.0


class SiteFile(_Form):
    """Sites by name, the job list, and how well the series can be forecast."""

    sites: Annotated[dict[str, Site], Field(min_length=1)]
    jobs: str
    objective: Objective = Objective.CARBON
    forecast_error: Share = 0.05
    error_persistence: Annotated[Share, Field(lt=1)] = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Centres:
    """What a site file says, by slots; intensity in kg/kWh, price per kWh (nan: unknown), [sites, slots]."""

    said: SiteFile
    names: tuple[str, ...]
    intensity: Doubles
    price: Doubles
    slot_h: float
    jobs: tuple[str, ...]
    tasks: tuple[Task, ...]
    inputs: tuple[Input, ...]


def read_sites(path: Path) -> Centres:
    """Read a site file with its series and its job list.

    Raises
    ------
    InputError
        A file cannot be read, or has faults; all that were found are listed with file and line.
    """
    said, tree = read_form(path, SiteFile, ClusterFileError, "a site file")
    wanted = "carbon" if said.objective is Objective.CARBON else "price"
    lacking = [
        Problem(("sites", name), f"found no series of {wanted}", f"name a CSV file: {wanted}: FILE")
        for name, site in said.sites.items()
        if getattr(site, wanted) is None
    ]
    if lacking:
        raise ClusterFileError(located(lacking, tree.locate))
    inputs, faults = [hashed("sites", path.name, path.read_bytes())], list[Fault]()
    series: dict[tuple[str, str], _Series] = {}
    for name, site in said.sites.items():
        for kind, file, column in (
            ("carbon", site.carbon, "g_per_kwh"),
            ("price", site.price, "price_per_kwh"),
        ):
            if file is not None:
                cells = Cells(path.parent / file, {"time": (), column: ()}, "time", frozenset())
                series[name, kind] = _series(cells, column, signed=kind == "price")
                faults += cells.faults
                inputs.append(cells.input)
    if faults:
        raise ClusterFileError(tuple(faults))
    clock = _same_clock(series)
    cells = Cells(path.parent / said.jobs, JOB_COLUMNS, "job", OPTIONAL)
    tasks = () if cells.faults else tuple(_tasks(cells, clock, tuple(said.sites)))
    if cells.faults:
        raise ClusterFileError(tuple(cells.faults))
    missing = np.full(len(clock.times), np.nan)
    tables = [
        np.array([series[name, kind].values if (name, kind) in series else missing for name in said.sites])
        for kind in ("carbon", "price")
    ]
    names, every = tuple(said.sites), (*inputs, cells.input)
    return Centres(
        said, names, tables[0] / 1000, tables[1], clock.slot / HOUR, tuple(cells.names()), tasks, every
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Series:
    file: str
    times: tuple[datetime, ...]
    values: Doubles

    @property
    def slot(self) -> timedelta:
        return self.times[1] - self.times[0]


def _series(cells: Cells, column: str, *, signed: bool) -> _Series:
    """A series without gaps; its slot is the step between its first two times."""
    if cells.faults:
        return _Series(cells.file, (), np.empty(0))
    times, values = _times(cells, "time"), np.full(cells.frame.height, np.nan)
    for row, text in enumerate(cells.texts(column)):
        try:
            values[row] = float(text)
        except ValueError:
            cells.fault(row, column, f"found {text!r}", "write a number")
            continue
        if not np.isfinite(values[row]) or (values[row] < 0 and not signed):
            cells.fault(row, column, f"found {text}", "write a number from 0 on")
    if len(times) < 2:
        cells.fault(0, "time", f"found {len(times)} times", "write at least two")
    if not cells.faults:
        _without_gaps(cells, times)
    return _Series(cells.file, tuple(times), values)


def _without_gaps(cells: Cells, times: list[datetime]) -> None:
    slot = times[1] - times[0]
    for row in range(1, len(times)):
        step = times[row] - times[row - 1]
        if step != slot or slot <= timedelta(0):
            right = f"write one row every {slot}, in order" if slot > timedelta(0) else "write times in order"
            cells.fault(row, "time", f"found a step of {step}", right)


def _times(cells: Cells, column: str) -> list[datetime]:
    """Moments of a column; a fault for each that is none."""
    found = []
    for row, text in enumerate(cells.texts(column)):
        try:
            found.append(datetime.fromisoformat(text).replace(tzinfo=None))
        except ValueError:
            cells.fault(row, column, f"found {text!r}", "write a moment such as 2026-03-01 14:30")
            found.append(datetime.min)
    return found


def _same_clock(series: dict[tuple[str, str], _Series]) -> _Series:
    first = next(iter(series.values()))
    for other in series.values():
        if other.times != first.times:
            found = f"found other times than in {first.file}"
            right = f"write the same {len(first.times)} times from {first.times[0]} on"
            raise ClusterFileError((Fault(other.file, 2, "time", found, right, None),))
    return first


def _tasks(cells: Cells, clock: _Series, sites: tuple[str, ...]) -> Iterator[Task]:
    begin, until = _times(cells, "submitted"), _times(cells, "deadline")
    hours, gpus = cells.numbers("duration_h", None), cells.numbers("gpus", 1.0)
    restart, slots = cells.numbers("restart_h", 0.0), clock.slot / HOUR
    if cells.faults:
        return
    pauses, allowed = _pauses(cells), _allowed(cells, sites)
    for row in range(cells.frame.height):
        first = ceil(round((begin[row] - clock.times[0]) / clock.slot, 9))
        end = floor(round((until[row] - clock.times[0]) / clock.slot, 9))
        need = ceil(round(hours[row] / slots, 9)) if np.isfinite(hours[row]) else 0
        if gpus[row] <= 0:
            cells.fault(row, "gpus", f"found {gpus[row]:g}", "write more than 0")
        if need < 1:
            cells.fault(row, "duration_h", "found no work", "write hours above 0")
        elif first < 0 or end > len(clock.times):
            found = f"found {begin[row]} to {until[row]}"
            right = f"stay within the series, {clock.times[0]} to {clock.times[-1] + clock.slot}"
            cells.fault(row, "deadline", found, right)
        elif end - first < need:
            found = f"found {max(0, end - first)} whole slots of {slots:g} h for {hours[row]:g} h of work"
            cells.fault(row, "deadline", found, "write a later deadline, or a shorter duration")
        if not cells.faults:
            again = ceil(round(restart[row] / slots, 9))
            yield Task(need, first, end, float(gpus[row]), pauses[row], again, allowed[row])


def _pauses(cells: Cells) -> list[bool]:
    """Whether each job may be interrupted; it may where nothing is said."""
    for row, text in enumerate(cells.texts("interruptible")):
        if text.lower() not in YES_NO:
            cells.fault(row, "interruptible", f"found {text!r}", "write yes or no")
    return [YES_NO.get(text.lower(), True) for text in cells.texts("interruptible")]


def _allowed(cells: Cells, sites: tuple[str, ...]) -> list[tuple[int, ...]]:
    """Numbers of the sites where each job may run; none: all."""
    found = []
    for row, text in enumerate(cells.texts("sites")):
        names = [part.strip() for part in text.split("|") if part.strip()]
        for name in names:
            if name not in sites:
                right = f"name a site: {', '.join(sites)}"
                cells.fault(row, "sites", f"found {name!r}", right, nearest_name(name, sites))
        found.append(tuple(sites.index(name) for name in names if name in sites))
    return found
