"""What makes lots wait and work take as long as it does, and how that goes into a plant."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from zhizao.plant.model import (
    DispatchRule,
    Failure,
    Maintenance,
    Personnel,
    Setup,
    SetupTime,
    WorkCenter,
    WorkUnit,
)
from zhizao.quantities.distributions import Distribution
from zhizao.records import Records
from zhizao.studies.learn.evidence import Finding
from zhizao.studies.learn.log.jobs import Floats, jobs
from zhizao.studies.learn.log.visits import History, Visit
from zhizao.studies.learn.log.week import Opening
from zhizao.studies.learn.resources.batches import BatchRule, learn_batches
from zhizao.studies.learn.resources.crews import find_people
from zhizao.studies.learn.resources.dispatch import Picked, learn_dispatch
from zhizao.studies.learn.resources.homes import learn_homes
from zhizao.studies.learn.resources.outliers import find_stops
from zhizao.studies.learn.resources.people import People, learn_people
from zhizao.studies.learn.resources.release import learn_release
from zhizao.studies.learn.resources.setups import SetupRule, learn_setups
from zhizao.studies.learn.resources.stops import (
    FailureMode,
    Upkeep,
    has_failures,
    learn_failures,
    learn_maintenance,
)
from zhizao.studies.learn.resources.units import learn_speeds, learn_units


@dataclass(frozen=True, eq=False)
class Causes:
    """All causes by work center, and what they leave: by visit, in the order of the history's table."""

    units: dict[str, int]
    speeds: dict[str, dict[str, float]]
    setups: dict[str, SetupRule]
    failures: dict[str, FailureMode]
    maintenance: dict[str, Upkeep]
    dispatch: dict[str, Picked]
    people: People
    conwip: int | None  # most lots in the plant, None: no limit
    batches: dict[tuple[str, str], BatchRule]
    homes: dict[tuple[str, str], str]  # the earlier operation whose unit an operation goes back to
    work_s: Floats  # work that no set-up and no stop explains, as the first unit does it
    together: Floats  # pieces that were worked on together
    home_unit: pl.Series  # that its lot must go to, if any
    history: History

    def explain(self, operation: str, center: str) -> bool:
        """Whether lots wait there for others or for people, so that no wait is left without a cause."""
        return (operation, center) in self.batches or bool(self.people.needs(operation, center))

    @cached_property
    def work(self) -> dict[Visit, float]:
        """The work by visit."""
        return dict(zip(self.history.listed, self.work_s.tolist(), strict=True))

    @cached_property
    def sized_work(self) -> dict[Visit, tuple[float, float]]:
        """The work by visit, with the pieces that were worked on together."""
        pairs = zip(self.work_s.tolist(), self.together.tolist(), strict=True)
        return dict(zip(self.history.listed, pairs, strict=True))


def learn_causes(
    records: Records, history: History, pauses: dict[str, Opening], openings: dict[str, Opening]
) -> tuple[Causes, list[Finding]]:
    """Look for all causes in turn; each takes its part out of the work of the visits."""
    table = jobs(history, records)
    units, about_units = learn_units(history)
    setups, work_s, about_setups = learn_setups(table)
    failures, about_failures = learn_failures(
        records, history, table, pauses=pauses, units=units, openings=openings
    )
    if not has_failures(records):
        failures, work_s, about_failures = find_stops(table, work_s, openings)
    speeds, work_s, about_speeds = learn_speeds(table, work_s)
    maintenance, about_maintenance = learn_maintenance(records, history, table, pauses=pauses)
    homes, home_unit, about_homes = learn_homes(table)
    dispatch, about_dispatch = learn_dispatch(table, work_s, setups, home_unit)
    people, about_people = learn_people(records, history, units, openings, table)
    if not people.groups:
        people, about_people = find_people(records, history, units, openings, table)
    crew = any(group.limits for group in people.groups)
    conwip, about_release = learn_release(history, units, crew=crew)
    batches, together, about_batches = learn_batches(table)
    causes = Causes(
        units, speeds, setups, failures, maintenance, dispatch, people, conwip, batches, homes, work_s,
        together, home_unit, history,
    )  # fmt: skip
    return causes, [
        *about_units, *about_speeds, *about_setups, *about_failures, *about_maintenance, *about_dispatch,
        *about_people, *about_release, *about_batches, *about_homes,
    ]  # fmt: skip


# ---------------------------------------------------------------- into the plant
def work_center(causes: Causes, name: str, calendar: str | None, units: list[str]) -> WorkCenter:
    """Work center with what was learned of it; `units` are the names that the log gives. A set-up that every
    lot needs is a part of its operations (see `load`)."""
    count, speeds = causes.units[name], causes.speeds.get(name, {})
    ids = units if len(units) >= count else [f"{name}-{i + 1}" for i in range(count)]
    mode, plan = causes.failures.get(name), causes.maintenance.get(name)
    return WorkCenter(
        id=name,
        units=tuple(WorkUnit(id=unit, speed=speeds.get(unit, 1.0)) for unit in ids),
        calendar=calendar,
        dispatch=causes.dispatch[name].rule if name in causes.dispatch else DispatchRule.FIFO,
        setup=_setup(causes.setups.get(name)),
        failures=(_failure(mode, name),) if mode else (),
        maintenance=(_maintenance(plan),) if plan else (),
    )


def _failure(mode: FailureMode, name: str) -> Failure:
    needs = {crew(name): 1} if mode.rests else {}
    return Failure(clock=mode.clock, between=mode.between, repair=mode.repair, needs=needs)


def crew(center: str) -> str:
    """People who repair the units of a work center in its hours only."""
    return f"repair of {center}"


def crews(causes: Causes, calendars: dict[str, str]) -> tuple[Personnel, ...]:
    """A crew for each work center whose repairs rest in closed hours, of as many as it has units (assumed:
    repairs do not wait for each other)."""
    return tuple(
        Personnel(id=crew(name), count=causes.units[name], calendar=calendars[name])
        for name, mode in sorted(causes.failures.items())
        if mode.rests
    )


def load(causes: Causes, name: str) -> Distribution | None:
    """Set-up time of a work center where every lot needs one, whatever was made before."""
    rule = causes.setups.get(name)
    return rule.takes if rule is not None and rule.by == "lot" else None


def _setup(rule: SetupRule | None) -> Setup | None:
    if rule is None or rule.by == "lot":
        return None
    times = tuple(SetupTime(from_family=a, to=b, takes=takes) for a, b, takes in rule.times)
    return Setup(by=rule.by, default=rule.takes, times=times)


def _maintenance(plan: Upkeep) -> Maintenance:
    when: Any = "now" if plan.now else "idle"
    return Maintenance(clock=plan.clock, every=plan.every, takes=plan.takes, when=when)


def step(causes: Causes, operation: str, product: str, *centers: str) -> dict[str, Any]:
    """Fields of an operation of a product, at these work centers, that its causes give."""
    found: dict[str, Any] = {}
    for center in reversed(centers):  # the first, where most is done, has the last word
        rule = causes.setups.get(center)
        if rule is not None and rule.families is not None:
            found["setup_family"] = rule.families.get((operation, product), f"{operation} of {product}")
        if (operation, center) in causes.batches:
            found["batch"] = causes.batches[operation, center].batch
        needs = causes.people.needs(operation, center)
        if needs:
            found["needs"] = needs
    return found
