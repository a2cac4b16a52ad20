"""A balanced line as a plant: one work center and one operator per station."""

from __future__ import annotations

import re
from math import isfinite, sqrt
from pathlib import Path
from typing import Any

import numpy as np

from zhizao.plant import Plant, parse_plant, write_plant
from zhizao.quantities import InputError
from zhizao.studies.balance.findings import BalancedLine

SHORT = 0.8
"""Time between pieces as a share of the cycle time, so that the first station is never short of work."""
BUFFER = 1
"""Pieces that wait before each station but the first; assumed."""


def plant_of(found: BalancedLine, cv: float = 0.0) -> Plant:
    """Build the plant of a balanced line.

    Parameters
    ----------
    found
        The balanced line. Stations without operations are left out.
    cv
        Coefficient of variation of the time of each operation; 0: constant. Operations of a station vary
        independently; their sum is given a gamma distribution.

    Raises
    ------
    InputError
        The coefficient of variation is below 0, or the line has no work.
    """
    import yaml

    if not (isfinite(cv) and cv >= 0):
        raise InputError(f"cv: found {cv:g}; right is a number from 0 on")
    if found.cycle_s <= 0 or not found.times_s().any():
        raise InputError("plant: found a line without work; give operations a time above 0")
    return parse_plant(yaml.safe_dump(_content(found, cv), allow_unicode=True, sort_keys=False), file="line")


def write_line(found: BalancedLine, path: str | Path, cv: float = 0.0) -> None:
    """Write the plant of a balanced line as YAML; what is assumed stands in comments."""
    plant = plant_of(found, cv)
    said = f"assumed: coefficient of variation {cv:g} of each operation" if cv else "constant times"
    notes = {
        "orders": f"assumed: a piece every {SHORT:g} cycle times, so that the first station is never short",
        "routes": f"each step is all operations of a station, one piece at a time; {said}",
        "work_centers": f"assumed: room for {BUFFER} piece before each station but the first",
    }
    write_plant(plant, path, comments=notes)


def _content(found: BalancedLine, cv: float) -> dict[str, Any]:
    """The plant as data of a file."""
    times, station, worker = found.times_s(), found.balance.station, found.balance.worker
    used = [k for k in range(found.stations) if times[station == k].sum() > 0]
    centers = [{"id": f"station-{k + 1}"} for k in used]
    for center in centers[1:]:
        center["buffer"] = {"capacity": BUFFER}  # type: ignore[assignment]
    people = [
        f"operator-{k + 1}" if worker is None else _id(found.line.workers[int(worker[k])], k) for k in used
    ]
    steps = [
        {"id": f"sew-{k + 1}", "on": f"station-{k + 1}", "takes": _time(times[station == k], cv),
         "needs": {person: 1}}
        for k, person in zip(used, people, strict=True)
    ]  # fmt: skip
    return {
        "zhizao": 1,
        "plant": found.title,
        "work_centers": centers,
        "personnel": [{"id": person, "count": 1} for person in people],
        "routes": {"line": steps},
        "products": {"piece": {"route": "line"}},
        "orders": [{"product": "piece", "every": f"{SHORT * found.cycle_s:.6g} s"}],
    }


def _id(name: str, station: int) -> str:
    """The name as an id, with the station so that no two are the same."""
    return f"{re.sub(r'[^0-9A-Za-z一-鿿]+', '-', name).strip('-') or 'operator'}-{station + 1}"


def _time(times: np.ndarray[Any, np.dtype[np.float64]], cv: float) -> str:
    """Time of a station: the sum of operations, each with the coefficient of variation."""
    whole = float(times.sum())
    spread = cv * sqrt(float((times**2).sum())) / whole
    return f"gamma({whole:.6g} s, cv {spread:.4g})" if cv else f"{whole:.8g} s"
