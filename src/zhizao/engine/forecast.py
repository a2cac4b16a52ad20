"""Plan on from the middle of a run: a decoder without randomness takes over the state that a run has reached.

The run is one replication, with its own random numbers. What it has drawn for the future is not handed over:
failures never come in the forecast, and a unit that is down is down for the mean repair time from now on.
Work in hand ends when it will in the run: an assumption, as of a machine that shows the time left.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from zhizao.engine.decoder import Decoder
from zhizao.engine.opening import schedule
from zhizao.engine.state import events_ahead
from zhizao.kernels import tables as k
from zhizao.plant import Plant
from zhizao.plant.certain import without_randomness
from zhizao.plant.model import Failure
from zhizao.plant.query.transport import KINDS
from zhizao.quantities import Distribution, InputError, mean

_NEVER_S = 1e12
_NOT_DRAWN = ("log", "exits", "tries", "wheel", "far", "heap", "clock")
_OF_RUNS = (
    "now", "sequence", "free_lot", "lots_top", "in_plant", "backlog_head", "backlog_tail", "serial",
    "agenda_head", "agenda_n", "next_order", "order_left", "operations", "turns", "parts", "completed",
    "lead_sum", "good", "tickets", "waits", "pulling", "serve", "planned",
)  # fmt: skip


def forecast_plant(plant: Plant) -> Plant:
    """The plant without randomness, in which units can be down but do not fail."""
    certain = without_randomness(plant)

    def failing(parts: Any, of: Any) -> tuple[Any, ...]:
        own = {part.id: part.failures for part in of}
        return tuple(p.model_copy(update={"failures": tuple(map(_never, own[p.id]))}) for p in parts)

    kinds = {
        name: failing(getattr(certain.transport, name), getattr(plant.transport, name)) for name in KINDS
    }
    update = {
        "work_centers": failing(certain.work_centers, plant.work_centers),
        "transport": certain.transport.model_copy(update=kinds),
    }
    changed: Plant = certain.model_copy(update=update)
    return changed


def _never(failure: Failure) -> Failure:
    update = {
        "between": Distribution.constant(_NEVER_S),
        "repair": Distribution.constant(mean(failure.repair)),
    }
    changed: Failure = failure.model_copy(update=update)
    return changed


def take_over(forecast: Decoder, run: Decoder) -> None:
    """Let a forecast begin where a run is now.

    Parameters
    ----------
    forecast
        Of `forecast_plant`, with the same plan as the run.

    Raises
    ------
    InputError
        The plant has randomness by which its tables are others without it (streams of several products).
    """
    forecast.make_room(run.state)
    s, o = forecast.state, run.state
    for name in k.State._fields:
        if name in _NOT_DRAWN:
            continue
        mine, other = getattr(s, name), getattr(o, name)
        if mine.shape[1:] != other.shape[1:] or len(mine) < len(other):
            raise InputError(f"the plant cannot be planned while it runs: its table of {name} is drawn")
        mine[: len(other)] = other
    for name in _OF_RUNS:
        s.clock[name] = o.clock[name]
    s.lots["defective"] = 0
    s.downtimes["left"] = np.where(_fails(forecast), _NEVER_S, s.downtimes["left"])
    schedule(s, None, _events(forecast, o))
    forecast.begin_here(run.now_s)


def _fails(decoder: Decoder) -> Any:
    return np.asarray(decoder.lowered.tables.downtimes["planned"]) == 0


def _events(forecast: Decoder, o: k.State) -> Any:
    """The events ahead of a run, but for failures and for the ends of repairs that it has drawn."""
    t = forecast.lowered.tables
    ahead = events_ahead(o)
    kind = ahead["order"] >> 56
    fails = _fails(forecast)
    comes = (
        (kind == k.E_DOWNTIME) & fails[np.where(kind == k.E_DOWNTIME, ahead["who"], 0)]
        if len(fails)
        else np.zeros(len(ahead), bool)
    )
    ahead = ahead[~comes]
    kind = ahead["order"] >> 56
    for row in np.flatnonzero(kind == k.E_UNIT).tolist():
        unit = int(ahead["who"][row])
        down = int(o.units["downtime"][unit])
        if down >= 0 and fails[down] and int(ahead["token"][row]) == int(o.units["token"][unit]):
            number = int(t.downtimes["duration"][down])
            ahead["time"][row] = float(o.clock["now"][0]) + float(t.dists["average"][number])
    return ahead
