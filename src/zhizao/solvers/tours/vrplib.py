"""Read instances in the format of VRPLIB, by the reader of PyVRP.

Format: pyvrp.org, Supported VRPLIB fields; Uchoa et al. (2017), doi 10.1016/j.ejor.2016.08.012.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zhizao.quantities import InputError
from zhizao.solvers.tours.problem import FOREVER, Tours
from zhizao.solvers.tours.solve import pyvrp

if TYPE_CHECKING:
    from pyvrp import ProblemData


class Rounding(Enum):
    """How numbers become whole ones: a convention of each benchmark."""

    ROUND = "round"
    TRUNCATE = "trunc"
    DIMACS = "dimacs"  # ten times, without what is behind the point
    EXACT = "exact"  # a thousand times, rounded


def read_tours(path: Path, rounding: Rounding = Rounding.ROUND) -> Tours:
    """Read an instance with one depot and equal vehicles.

    Raises
    ------
    InputError
        The file cannot be read, is no VRPLIB file, or asks for what `Tours` does not know; the extra
        `logistics` is not installed.
    """
    solver = pyvrp()
    try:
        data = solver.read(path, rounding.value)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (ValueError, KeyError, IndexError, TypeError, RuntimeError) as error:
        reason = str(error).strip() or type(error).__name__
        raise InputError(f"{path}: is no instance in the format of VRPLIB ({reason})") from error
    unknown = next(_unknown(data), None)
    if unknown is not None:
        raise InputError(f"{path}: found {unknown}; expected one depot, equal vehicles and deliveries only")
    return _tours(data)


def _unknown(data: ProblemData) -> Iterator[str]:
    """What a problem asks for that `Tours` does not know."""
    (first, *others) = data.vehicle_types()
    if data.num_depots != 1:
        yield f"{data.num_depots} depots"
    if others:
        yield f"{len(others) + 1} kinds of vehicles"
    if data.shipments():
        yield "shipments from customer to customer"
    if any(client.prize or not client.required for client in data.clients()):
        yield "customers that may be left out"
    if any(sum(client.pickup) for client in data.clients()):
        yield "goods to be collected"
    if first.max_distance < FOREVER or first.shift_duration < FOREVER:
        yield "a limit to the length of a tour"
    if first.unit_distance_cost != 1:
        yield "a cost of distance other than 1"


def _tours(data: ProblemData) -> Tours:
    vehicles = data.vehicle_types()[0]
    clients = data.clients()

    def table(name: str, depot: int) -> Any:
        values = [depot, *(getattr(client, name) for client in clients)]
        return np.minimum(np.array(values, dtype=np.int64), FOREVER)

    return Tours(
        distance=np.asarray(data.distance_matrix(0), dtype=np.int64),
        demand=np.array([0, *(sum(client.delivery) for client in clients)], dtype=np.int64),
        capacity=min(sum(vehicles.capacity), FOREVER) if vehicles.capacity else FOREVER,
        vehicles=vehicles.num_available,
        duration=np.asarray(data.duration_matrix(0), dtype=np.int64),
        service=table("service_duration", data.depot(0).service_duration),
        earliest=table("tw_early", vehicles.tw_early),
        latest=table("tw_late", vehicles.tw_late),
        release=table("release_time", 0),
        trips_at_most=min(vehicles.max_reloads, len(clients)) + 1 if vehicles.reload_depots else 1,
        vehicle_cost=vehicles.fixed_cost,
    )
