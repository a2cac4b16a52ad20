"""What must hold of every run, as checks of its numbers: for the laws beside this file and for
`benchmarks/random_plants.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isinf, isnan
from typing import Any

import numpy as np
import polars as pl

from zhizao.engine.lift import Raw
from zhizao.kernels import tables as k
from zhizao.kpi import elements, values
from zhizao.kpi.states import states_from_events
from zhizao.plant import OffShift, Plant
from zhizao.records import Records

DAY_S = 86400.0


# ---------------------------------------------------------------- nothing is lost
def no_lot_is_lost(raw: Raw) -> None:
    inside = raw.state.lots[raw.state.lots.used > 0]
    made = sorted([*raw.exits["serial"].tolist(), *inside.serial.tolist()])
    assert made == list(range(int(raw.state.clock[0].serial))), "a lot is lost"
    assert raw.state.clock[0].in_plant == (inside.used == 2).sum(), "lots in the plant are counted wrong"


def no_piece_is_lost(raw: Raw) -> None:
    exits, lots = raw.exits, raw.state.lots
    inside = lots[lots.used > 0]
    assert (exits["pieces"] == exits["good"] + exits["scrap"]).all(), "pieces of a lot that left are lost"
    assert (inside.started == inside.pieces + inside.scrap).all(), "pieces of a lot inside are lost"
    assert ((exits["escaped"] >= 0) & (exits["escaped"] <= exits["good"])).all(), "more escapes than pieces"
    assert ((inside.active >= 0) & (inside.active <= inside.pieces)).all(), "more pieces in work than there"
    assert (exits["good"][exits["status"] == k.SCRAPPED] == 0).all(), "a scrapped lot has good pieces"
    assert (exits["pieces"] > 0).all(), "a lot without pieces left"
    assert (raw.state.stocks.pieces >= 0).all(), "less than nothing in stock"


def rows_balance(raw: Raw) -> None:
    """What goes into an operation comes out good, scrapped or to rework."""
    log = raw.log
    done = log[(log.activity == k.A_PROCESS) & (log.good + log.scrap + log.rework > 0)]
    ruined = done.good + done.rework == 0  # a failure also scraps pieces that wait for rework
    assert (done.good + done.scrap + done.rework == done.pieces_in)[~ruined].all(), "a row loses pieces"
    assert (done.scrap >= done.pieces_in)[ruined].all(), "a ruined lot keeps pieces"


def states_add_up(raw: Raw, seconds: float) -> None:
    np.testing.assert_allclose(raw.seconds.sum(axis=1), seconds, rtol=1e-12)
    assert (raw.seconds >= 0).all(), "a unit is less than no time in a state"


def nobody_works_more_than_there_is(plant: Plant, raw: Raw, seconds: float) -> None:
    there: list[float] = [group.count for group in plant.personnel]
    there += [*(tool.count for tool in plant.tools), *(utility.limit for utility in plant.utilities)]
    most = np.array(there) * seconds * (1 + 1e-12)
    assert (raw.worked[: len(there)] <= most).all(), "more people, tools or utilities than there are"


# ---------------------------------------------------------------- the log
def spans(log: Any, activities: tuple[int, ...], key: str) -> Iterator[Any]:
    """Rows of each unit or lot, in order of their end."""
    kept = log[np.isin(log.activity, activities) & (log[key] >= 0)]
    kept = kept[np.lexsort((kept.start, kept.end, kept[key]))]
    edges = np.flatnonzero(np.diff(kept[key])) + 1
    yield from np.split(kept, edges) if len(kept) else ()


def units_do_one_thing_at_once(plant: Plant, raw: Raw) -> None:
    """But for cascades and conveyors; and a batch is one thing."""
    log = raw.log[raw.log.unit < sum(len(center.units) for center in plant.work_centers)]
    for activities in ((k.A_SETUP, k.A_PROCESS), (k.A_FAILURE, k.A_MAINTENANCE)):
        for rows in spans(log, activities, "unit"):
            own = rows[np.unique(rows[["end", "start"]], return_index=True)[1]]
            assert (own.start[1:] >= own.end[:-1]).all(), "a unit does two things at once"


def lots_are_in_one_place(raw: Raw) -> None:
    for own in spans(raw.log, (k.A_SETUP, k.A_PROCESS), "serial"):
        assert (own.start[1:] >= own.end[:-1]).all(), "a lot is in two places at once"


def people_are_in_one_place(plant: Plant, raw: Raw) -> None:
    """As far as the log tells: it names the group that serves the first need."""
    log = raw.log
    kept = log[np.isin(log.activity, (k.A_SETUP, k.A_PROCESS)) & (log.resource >= 0) & (log.end > log.start)]
    for row, group in enumerate(plant.personnel):
        own = kept[kept.resource == row]
        edges = np.concatenate([own.start, own.end])
        change = np.repeat([1, -1], len(own))[np.lexsort((np.repeat([1, 0], len(own)), edges))]
        assert not len(own) or np.cumsum(change).max() <= group.count * group.tends, "people in two places"


def booked_states_are_logged(plant: Plant, found: Records) -> None:
    """But `blocked` and `waiting`, which leave no row; and only where work pauses off shift."""
    assert found.events is not None
    assert found.states is not None
    logged = states_from_events(found.events, found.start, found.end, plant)
    kept = [c.id for c in plant.work_centers if c.off_shift is OffShift.PAUSE]
    for name in ("down", "maintenance", "off"):
        for column in ("seconds", "energy_cost"):
            booked, read = (
                frame.filter(pl.col("state").cast(pl.String) == name, pl.col("work_center").is_in(kept))
                .group_by("unit")
                .agg(pl.col(column).sum())
                .sort("unit")
                for frame in (found.states, logged)
            )
            np.testing.assert_allclose(booked[column], read[column], rtol=1e-9, atol=1e-3)


# ---------------------------------------------------------------- at a moment
def limits_hold(t: k.Tables, s: k.State) -> None:
    """Places, people, cards and counters, after all that happens at a moment."""
    c, used = s.clock[0], s.lots[s.lots.used == 2]
    assert c.in_plant == len(used)
    there_at_first = int((t.orders.step >= 0).sum()) if t.whole[0].release_rule < 0 else 0
    assert t.whole[0].conwip < 0 or makes_lots(t) or c.in_plant <= max(t.whole[0].conwip, there_at_first), (
        "more than CONWIP allows"
    )
    assert ((s.resources.free >= 0) & (s.resources.free <= t.resources["count"])).all(), (
        "people in two places"
    )
    assert (s.resources.free == t.resources["count"] - taken(t, s)).all(), "somebody is lost"
    assert s.clock[0].waits == (s.units.ticket > 0).sum()
    work_centers_hold(t, s, used)


def makes_lots(t: k.Tables) -> bool:
    """Whether lots come up inside the plant, which no release control keeps out."""
    made = (t.materials["split"] > 0) | (t.materials.make_end > t.materials.make_first)
    return bool(made.any() or (t.products.cards > 0).any())


def work_centers_hold(t: k.Tables, s: k.State, used: Any) -> None:
    """Of the work centers, not of vehicles, cranes and conveyors, which have rows behind them."""
    real = int(t.whole[0].centers_n)
    centers, there = t.centers[:real], s.centers[:real]
    # lots of a batch and of a cascade that come back to their own work center are let in for good
    limited = (centers.capacity >= 0) & (centers.extras & (k.X_BATCH | k.X_CASCADE) == 0)
    room = centers.capacity + there.empty - there.waiting - there.on_the_way
    assert (room[limited] >= 0).all(), "more lots than the buffer holds"
    units = range(int(centers.unit_end.max()))
    for unit in units:
        x = s.units[unit]
        assert (x.lot >= 0) == (x.phase != k.EMPTY), "a unit works on nothing, or rests with a lot"
        # the first lot of a batch may have left before the others, and be another one elsewhere
        gone = x.in_hand != k.ONE_LOT and x.phase == k.HOLDS
        assert x.lot < 0 or gone or s.lots[x.lot].unit == unit, "a lot in two places"
    in_hand = [(unit, int(s.units[unit].lot)) for unit in units if s.units[unit].lot >= 0]
    held = [lot for unit, lot in in_hand if s.lots[lot].unit == unit]
    assert len(set(held)) == len(held), "a lot on two units"
    ahead = int((used.special & k.RESERVED > 0).sum())  # places kept, beside where the lots are
    ahead += int(s.trips.keeps[s.lots.used == 2].sum())
    assert sum(there.waiting) + sum(there.on_the_way) + len(held) <= len(used) + ahead, "more lots than there"
    busy = np.bincount(t.units.center[: len(units)][s.units.phase[: len(units)] != k.EMPTY], minlength=real)
    assert (there.empty == centers.unit_end - centers.unit_first - busy).all(), "empty units counted wrong"


def taken(t: k.Tables, s: k.State) -> Any:
    """What the lots on units and the repairs hold of each crew, tool and utility.

    People who repair the unit whose lot they serve are taken once.
    """
    total = np.zeros(len(t.resources), np.int64)
    for unit, x in enumerate(s.units):
        serving, repairing = np.zeros_like(total), np.zeros_like(total)
        if x.lot >= 0 and x.phase != k.HOLDS and s.lots[x.lot].unit == unit:  # done with, people have gone
            add_held(t, serving, s.resource_of[x.lot], t.alternatives[s.lots[x.lot].alternative])
        if x.downtime >= 0:
            add_held(t, repairing, s.repair_of[unit], t.downtimes[x.downtime])
        total += np.maximum(serving, repairing)
    return total


def add_held(t: k.Tables, held: Any, crews: Any, owner: Any) -> None:
    for need in range(owner.need_first, owner.need_end):
        if crews[need - owner.need_first] >= 0:
            held[crews[need - owner.need_first]] += t.needs[need].count


# ---------------------------------------------------------------- the records
ALWAYS_KNOWN = ("throughput", "output_rate", "lot_rate", "wip", "energy", "cost_rate")
"""KPIs that every run of a plant knows."""


def records_are_sound(plant: Plant, found: Records) -> None:
    """Times in order and within the run, no nan among the KPIs that the plant determines."""
    lots = found.lots.filter(pl.col("completed").is_not_null())
    assert (lots["completed"] >= lots["release"]).all(), "a lot is completed before its release"
    assert found.events is not None
    ended = found.events.filter(pl.col("end").is_not_null())
    assert (ended["end"] >= ended["start"]).all(), "a row ends before it starts"
    assert found.states is not None
    for column in ("seconds", "energy_kwh", "energy_cost"):
        assert found.states[column].is_finite().all(), f"{column} of a state is no number"
    kpis = values(elements(found, plant))
    endless = [name for name, value in kpis.items() if isinf(value)]
    assert not endless, f"KPIs are endless: {', '.join(endless)}"
    sold = lots.filter(
        pl.col("status").cast(pl.String) == "completed", pl.col("completed") > found.start
    ).height
    known = [*ALWAYS_KNOWN, *(("lead_time_mean",) if sold else ())]
    unknown = [name for name in known if isnan(kpis[name])]
    assert not unknown, f"KPIs are unknown: {', '.join(unknown)}"
