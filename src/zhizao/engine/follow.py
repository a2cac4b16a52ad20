"""Follow one plan, or the rules of a plant, until its orders are done: one run without randomness."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from zhizao.engine.lift import lift
from zhizao.engine.lower import Lowered, lower
from zhizao.engine.moment import MomentWatch
from zhizao.engine.run import _Replication, prepare, with_keys, with_log_level
from zhizao.engine.session.start import lower_started
from zhizao.engine.settings import DAY_S, LogLevel
from zhizao.kernels import tables as k
from zhizao.kernels.loop import seed_key
from zhizao.plant import Plant, PlantState
from zhizao.plant.certain import NEVER_RANDOM, without_randomness
from zhizao.plant.model import Model
from zhizao.plant.query import job_orders
from zhizao.quantities import Distribution, mean
from zhizao.records import Records

_QUIET_S = 35 * DAY_S  # in which no lot of the orders moves: nothing more will, unless some work is longer
_QUIET_FACTOR = 4.0  # of the longest time of the plant for a whole lot
_LONGEST_S = 3660 * DAY_S
_SEED = 1  # of no effect: nothing is drawn


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """One run; `done`: every lot of the order table, and every one there at the start, has left.

    `waiting`: (order, operation) of the lots that have not; operation None: outside the plant.
    """

    records: Records
    done: bool
    waiting: tuple[tuple[str, str | None], ...] = ()


def follow(
    plant: Plant,
    plan: pl.DataFrame | None = None,
    *,
    state: PlantState | None = None,
    go_on: Callable[[], bool] = lambda: True,
) -> Followed | None:
    """Run a plant without randomness (see `plant.certain`), by its rules or by a plan (see `engine.plan`).

    The run ends at the latest after ten years, and when no lot of the orders has moved for long. `go_on` is
    asked now and then; None: it said no. `state`: where the run begins, with the plant that `starting_at`
    gave for it; its readable part counts.

    Raises
    ------
    InputError
        The plan or the state does not fit the plant, its orders fill it without end, or a moment never ends.
    """
    certain = without_randomness(plant)
    lowered = lower(certain, plan=plan) if state is None else lower_started(certain, state, plan)
    return follow_lowered(lowered, go_on)


def follow_lowered(lowered: Lowered, go_on: Callable[[], bool] = lambda: True) -> Followed | None:
    """As `follow`, for a plant without randomness that is lowered with its plan."""
    lowered, certain = with_log_level(lowered, LogLevel.EVENTS), lowered.plant
    rules = prepare(lowered, _SEED)
    replication = _Replication(with_keys(lowered.tables, _SEED, 0), rules)
    if lowered.opening is not None:
        replication.open(lowered.opening, seed_key(_SEED, 0))
    replication.mark()
    watch = MomentWatch(lowered)
    quiet, moved, last, now = _quiet_s(certain), 0.0, b"", 0.0
    while go_on():
        now = min(now + max(now, DAY_S), _LONGEST_S)
        for _ in replication.run_to(now):
            replication.watched_by(watch)
            if not go_on():
                return None
        here = _here(lowered, replication.state)
        done = not len(here) and _all_released(lowered, replication.state)
        if here.tobytes() != last:
            moved, last = now, here.tobytes()
        if done or now >= _LONGEST_S or (_all_released(lowered, replication.state) and now > moved + quiet):
            break
    else:
        return None
    replication.mark()
    records = lift(lowered, replication.raw(), 0.0, now)
    return Followed(records, done, () if done else tuple(_waiting(lowered, here, replication.state)))


def warm_up() -> None:
    """Compile the twin, or load it, so that the next run takes only its own time."""
    follow(
        Plant.model_validate(
            {
                "plant": "one machine",
                "work_centers": [{"id": "m"}],
                "routes": {"r": [{"id": "a", "on": "m", "takes": "1 min"}]},
                "products": {"p": {"route": "r"}},
                "orders": [{"id": "o", "product": "p", "pieces": 1}],
            }
        )
    )


def _all_released(lowered: Lowered, state: k.State) -> bool:
    return int(state.clock[0].next_order) >= len(lowered.tables.orders)


def _here(lowered: Lowered, state: k.State) -> Any:
    """Where the lots of orders are that have not left: rows of (serial, order, step, unit, used)."""
    lots = np.asarray(state.lots).view(np.ndarray)
    mine = (lots["used"] > 0) & (lots["source"] == k.TABLE)
    rows = lots[mine]
    ordered = np.asarray(lowered.tables.orders["product"])[rows["order"]]
    rows = rows[rows["product"] == ordered]  # by-products are nobody's order
    return np.stack([rows[name] for name in ("serial", "order", "step", "unit", "used")], axis=1)


def _waiting(lowered: Lowered, here: Any, state: k.State) -> Iterator[tuple[str, str | None]]:
    names = lowered.names
    for _, order, step, _, used in here.tolist():
        yield names.orders[order], names.steps[step] if used > 1 else None
    for order in range(int(state.clock[0].next_order), len(names.orders)):
        yield names.orders[order], None


def _quiet_s(plant: Plant) -> float:
    lots = [plant.products[o.product].lot for o in job_orders(plant)]
    most = max([1, *lots, *(lot.pieces for lot in plant.wip)])
    return max(_QUIET_S, _QUIET_FACTOR * most * max(_times(plant), default=0.0))


def _times(value: Any) -> Iterator[float]:
    """Means of all distributions of a plant, whatever their unit, and the waits of its batches."""
    if isinstance(value, Distribution):
        yield mean(value)
    elif isinstance(value, Model) and not isinstance(value, NEVER_RANDOM):
        for field, inner in value:
            yield from ([float(inner)] if field == "wait_at_most" and inner else _times(inner))
    elif isinstance(value, tuple | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _times(inner)
