"""What holds in every factory, whatever happens there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any
from unittest import mock

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings

from tests.engine.shops import DAY, raw_run, raw_run_of, records
from tests.laws import checks
from tests.laws.factories import DAYS, factories
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.engine.lower import lower
from zhizao.engine.rules import load_rules
from zhizao.engine.run import _Replication, with_keys
from zhizao.kernels import tables as k
from zhizao.kpi.people import attendance_s
from zhizao.plant import Plant
from zhizao.plant.query import rework_target

engine_run = import_module("zhizao.engine.run")  # its name in the package is that of its function
few = settings(max_examples=25)


def moments(plant: Plant, days: float) -> Iterator[tuple[k.Tables, k.State]]:
    """The state after all that happens at each moment of a run."""
    lowered = lower(plant, k.LOG_EVENTS)
    t = with_keys(lowered.tables, 1, 0)
    replication = _Replication(t, load_rules(lowered.names.rules))
    with mock.patch.object(engine_run, "_BUDGET", 1):
        for now in replication.run_to(days * DAY):
            clock = replication._s.clock[0]
            ahead = replication._s.heap.time[int(clock.hole) : int(clock.heap_n)]
            if clock.agenda_n == 0 and not (ahead == now).any():
                yield t, replication._s


def without(plant: Plant, *fields: str) -> Plant:
    """The same plant without something that its operations may have."""
    every = [(route, o) for route, operations in plant.routes.items() for o in operations]
    return plant.replace({f"routes.{r}.{o.id}.{field}": None for r, o in every for field in fields})


# ---------------------------------------------------------------- nothing is lost
@few
@given(factories())
def test_lots_in_are_lots_out_and_scrapped_and_in_process(plant: Plant) -> None:
    raw = raw_run(plant, DAYS)
    checks.no_lot_is_lost(raw)
    left, inside = len(raw.exits), int((raw.state.lots.used == 2).sum())
    assert records(plant, DAYS).lots.height == left + inside


@few
@given(factories())
def test_pieces_started_are_good_or_scrapped_or_in_process(plant: Plant) -> None:
    checks.no_piece_is_lost(raw_run(plant, DAYS))


@few
@given(factories())
def test_pieces_that_go_into_an_operation_come_out_good_or_scrapped_or_to_rework(plant: Plant) -> None:
    checks.rows_balance(raw_run(plant, DAYS))


@few
@given(factories())
def test_the_states_of_a_unit_add_up_to_the_window(plant: Plant) -> None:
    checks.states_add_up(raw_run(plant, DAYS), DAYS * DAY)


@few
@given(factories())
def test_people_work_as_long_as_units_work_for_them(plant: Plant) -> None:
    """With one person for every operation: the hours of people are the hours set up and busy, by `tends`.

    But of a cascade people see only the first part of each lot.
    """
    plant = without(plant, "cascade")
    alone: dict[str, Any] = {
        f"routes.{r}.{o.id}.needs": {"people": 1} for r, ops in plant.routes.items() for o in ops
    }
    for center in plant.work_centers:
        alone |= {f"work_centers.{center.id}.{kind}": [] for kind in ("failures", "maintenance")}
    raw = raw_run(plant.replace(alone), DAYS)
    worked = raw.seconds[:, [k.SETUP, k.BUSY]].sum() / plant.personnel[0].tends
    assert raw.worked[: len(plant.personnel)].sum() == pytest.approx(worked, abs=1e-3)


@few
@given(factories())
def test_nobody_works_more_than_the_time_and_no_utility_gives_more_than_its_limit(plant: Plant) -> None:
    checks.nobody_works_more_than_there_is(plant, raw_run(plant, DAYS), DAYS * DAY)


@few
@given(factories())
def test_nobody_works_more_than_they_attend(plant: Plant) -> None:
    """Work on shift and overtime, each group for itself."""
    found = records(plant, DAYS)
    for group in plant.personnel:
        worked, over_time = (found.personnel_s or {})[group.id], (found.overtime_s or {})[group.id]
        assert 0.0 <= over_time <= worked + 1e-6
        assert worked <= attendance_s(found, plant, group) * (1 + 1e-12) + 1e-6


@few
@given(factories())
def test_energy_is_power_times_time_and_what_the_work_takes(plant: Plant) -> None:
    found = records(plant, DAYS)
    assert found.events is not None
    assert found.states is not None
    power = {center.id: center.power for center in plant.work_centers}
    by_state = sum(power[c].kw(state) * s / 3600 for c, _, state, s, _, _ in found.states.rows())
    uses = {(r, o.id): o.energy for r, ops in plant.routes.items() for o in ops if o.energy is not None}
    done = found.events.filter(pl.col("end").is_not_null(), pl.col("activity").cast(pl.String) == "process")
    least = most = 0.0
    for product, operation, pieces_in, good, scrap, rework in done.select(
        "product", "operation", "pieces_in", "pieces_good", "pieces_scrap", "pieces_rework"
    ).iter_rows():
        use = uses.get((str(plant.products[product].route), operation))
        kwh = 0.0 if use is None else use.per_lot + use.per_piece * pieces_in
        most += kwh
        least += kwh if good + rework or scrap < pieces_in else 0.0  # else a failure may have ruined it
    assert by_state + least - 1e-6 <= found.states["energy_kwh"].sum() <= by_state + most + 1e-6


# ---------------------------------------------------------------- at every moment
@settings(max_examples=15)
@given(plant=factories())
def test_limits_hold_at_every_moment(plant: Plant) -> None:
    for t, s in moments(plant, 0.5):
        checks.limits_hold(t, s)


@settings(max_examples=15)
@given(plant=factories(before=True))
def test_no_place_is_lost_where_places_are_kept_before_work_begins(plant: Plant) -> None:
    plant = without(plant, "delay").replace({"transport": {}})
    for t, s in moments(plant, 0.5):
        checks.limits_hold(t, s)
        keep = np.flatnonzero((s.lots.used == 2) & (s.lots.special & k.RESERVED > 0))
        here, goal = (
            t.alternatives.center[row] for row in (s.lots.alternative[keep], s.lot_extra.reserved[keep])
        )
        kept = np.bincount(goal[goal != here], minlength=len(t.centers))
        assert (s.centers.on_the_way == kept).all()


@settings(max_examples=15)
@given(plant=factories(before=True))
def test_no_lot_waits_for_room_on_a_unit_where_places_are_kept_before_work_begins(plant: Plant) -> None:
    for _, s in moments(without(plant, "defects", "queue_at_most"), 0.5):
        assert (s.units.phase != k.HOLDS).all()
        assert (s.units.jammed == 0).all()


@settings(max_examples=15)
@given(plant=factories(rooms=False))
def test_no_unit_stays_idle_where_a_lot_and_its_people_wait(plant: Plant) -> None:
    """Only the rule `no-start` leaves a lot in the queue of a free unit that is open and up."""
    lax = {f"work_centers.{c.id}.off_shift": "pause" for c in plant.work_centers}
    free: dict[str, Any] = {f"work_centers.{c.id}.uses": {} for c in plant.work_centers}
    for route, operations in plant.routes.items():
        free |= {f"routes.{route}.{o.id}.{what}": {} for o in operations for what in ("needs", "tools")}
    plant = without(plant, "batch", "same_unit_as")
    free |= {f"work_centers.{c.id}.setup.min_run": 1 for c in plant.work_centers if c.setup is not None}
    for t, s in moments(plant.replace({**lax, **free}), 0.5):
        for unit, state in enumerate(s.units):
            opened = s.calendars[t.units[unit].calendar].open
            able = state.phase == k.EMPTY and state.downtime < 0 and opened and state.inside == 0
            assert not (able and s.centers[t.units[unit].center].waiting)


# ---------------------------------------------------------------- the log
@few
@given(factories())
def test_a_unit_never_does_two_things_at_once(plant: Plant) -> None:
    """But for cascades; and a batch is one thing."""
    checks.units_do_one_thing_at_once(plant, raw_run(without(plant, "cascade"), DAYS))


@few
@given(factories())
def test_a_lot_is_never_in_two_places_at_once(plant: Plant) -> None:
    checks.lots_are_in_one_place(raw_run(plant, DAYS))


@few
@given(factories())
def test_a_lot_follows_its_route_and_goes_back_only_where_the_plant_says(plant: Plant) -> None:
    """But for those that waited too long."""
    found = records(without(plant, "queue_at_most"), DAYS)
    assert found.events is not None
    routes = {name: list(plant.routes[str(p.route)]) for name, p in plant.products.items()}
    done = found.events.filter((pl.col("activity") == "process") & pl.col("end").is_not_null())
    for own in done.partition_by("lot", as_dict=True, maintain_order=True).values():
        route = routes[own["product"][0]]
        place = {operation.id: i for i, operation in enumerate(route)}
        steps = [place[name] for name in own["operation"]]
        for here, following, back in zip(steps, steps[1:], own["pieces_rework"], strict=False):
            defects = route[here].defects
            target = rework_target(defects.then) if defects is not None else None
            if back:
                assert target is not None
                assert following == place[target]
            else:
                assert all(route[skipped].sample < 1 for skipped in range(here + 1, following))
                assert following > here


@few
@given(factories())
def test_people_are_never_in_more_places_than_there_are_people(plant: Plant) -> None:
    """As far as the log tells: it names the group that serves the first need."""
    checks.people_are_in_one_place(plant, raw_run(plant, DAYS))


@few
@given(factories())
def test_never_more_lots_are_inside_than_conwip_allows(plant: Plant) -> None:
    exits = raw_run(plant.replace({"release": {"conwip": 2}, "wip": []}), DAYS).exits
    edges = np.concatenate([exits["release"], exits["end"]])
    change = np.repeat([1, -1], len(exits))[np.lexsort((np.repeat([1, 0], len(exits)), edges))]
    assert not len(exits) or np.cumsum(change).max() <= 2


# ---------------------------------------------------------------- the same again
@few
@given(factories())
def test_a_longer_horizon_extends_and_never_changes_the_log(plant: Plant) -> None:
    short, long = raw_run(plant, DAYS / 2), raw_run(plant, DAYS)
    assert short.log.tobytes() == long.log[: len(short.log)].tobytes()
    assert (long.log[len(short.log) :].end > DAYS / 2 * DAY).all()
    n = len(short.exits)
    for name in short.exits.dtype.names:
        assert short.exits[name].tobytes() == long.exits[name][:n].tobytes()


@settings(max_examples=8)
@given(factories())
def test_any_number_of_threads_gives_the_same_to_the_bit(plant: Plant) -> None:
    one, three = (
        run(plant, RunSettings(days=DAYS, replications=4, threads=n, log=LogLevel.EVENTS)).records
        for n in (1, 3)
    )
    for a, b in zip(one, three, strict=True):
        assert a.events is not None
        assert b.events is not None
        assert a.states is not None
        assert b.states is not None
        assert a.events.equals(b.events)
        assert a.states.equals(b.states)
        assert a.lots.equals(b.lots)
        assert a.personnel_s == b.personnel_s


def relabelled(plant: Plant) -> Plant:
    """The same plant with other names for everything that has one."""
    form = plant.model_dump(mode="json", by_alias=True)
    for center in form["work_centers"]:
        units = center["units"]
        if isinstance(units, list):
            center["units"] = [u | {"id": f"~{u['id']}"} if isinstance(u, dict) else f"~{u}" for u in units]
        center["id"] = f"~{center['id']}"
        rename_keys(center, "uses")
        for stop in (*center["failures"], *center["maintenance"]):
            rename_keys(stop, "needs")
    for route in form["routes"].values():
        for operation in route:
            operation["on"] = [renamed_place(place) for place in operation["on"]]
            rename_keys(operation, "needs", "tools")
    for group in form["personnel"]:
        group["id"], group["skills"] = f"~{group['id']}", [f"~{skill}" for skill in group["skills"]]
    for shared in (*form["tools"], *form["utilities"]):
        shared["id"] = f"~{shared['id']}"
    for item in form["orders"]:
        if "id" in item:
            item["id"] = f"~{item['id']}"
    return Plant.model_validate(form)


def rename_keys(part: dict[str, Any], *fields: str) -> None:
    for field in fields:
        part[field] = {f"~{name}": value for name, value in part[field].items()}


def renamed_place(place: Any) -> Any:
    return f"~{place}" if isinstance(place, str) else place | {"work_center": f"~{place['work_center']}"}


@few
@given(factories())
def test_relabelling_changes_nothing_but_the_random_numbers(plant: Plant) -> None:
    """Keys go by ids; with the keys of the old names the run is the same to the bit."""
    old, new = lower(plant, k.LOG_EVENTS), lower(relabelled(plant), k.LOG_EVENTS)
    keyed = {name: getattr(new.tables, name).copy() for name in ("downtimes", "orders")}
    for name, table in keyed.items():
        table["key"] = getattr(old.tables, name)["key"]
    assert not (old.tables.downtimes["key"] == new.tables.downtimes["key"]).any()
    plain = raw_run_of(old, DAYS)
    other = raw_run_of(replace(new, tables=new.tables._replace(**keyed)), DAYS)
    assert plain.log.tobytes() == other.log.tobytes()
    assert plain.seconds.tobytes() == other.seconds.tobytes()


# ---------------------------------------------------------------- two books, one truth
@few
@given(factories())
def test_the_states_that_the_twin_books_are_those_of_its_log(plant: Plant) -> None:
    """But `blocked` and `waiting`, which leave no row; and only where work pauses off shift."""
    checks.booked_states_are_logged(plant, records(plant, DAYS))
