"""What makes lots wait and work take as long as it does, and how that goes into a plant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhizao.plant.model import Failure, Maintenance, Setup, SetupTime, WorkCenter, WorkUnit
from zhizao.records import Records
from zhizao.studies.learn.evidence import Finding
from zhizao.studies.learn.jobs import jobs
from zhizao.studies.learn.setups import SetupRule, learn_setups
from zhizao.studies.learn.stops import FailureMode, Upkeep, learn_failures, learn_maintenance
from zhizao.studies.learn.units import learn_speeds, learn_units
from zhizao.studies.learn.visits import History, Visit
from zhizao.studies.learn.week import Opening


@dataclass(frozen=True, slots=True, eq=False)
class Causes:
    """All causes by work center, and the work of each visit that none of them explains (s)."""

    units: dict[str, int]
    speeds: dict[str, dict[str, float]]
    setups: dict[str, SetupRule]
    failures: dict[str, FailureMode]
    maintenance: dict[str, Upkeep]
    work: dict[Visit, float]


def learn_causes(
    records: Records, history: History, pauses: dict[str, Opening]
) -> tuple[Causes, list[Finding]]:
    """Look for all causes in turn; each takes its part out of the work of the visits."""
    table = jobs(history, records)
    units, about_units = learn_units(history)
    setups, work_s, about_setups = learn_setups(table)
    speeds, work_s, about_speeds = learn_speeds(table, work_s)
    failures, about_failures = learn_failures(records, history, table, pauses=pauses)
    maintenance, about_maintenance = learn_maintenance(records, history, table, pauses=pauses)
    work = dict(zip(history.visits, work_s.tolist(), strict=True))
    findings = [*about_units, *about_speeds, *about_setups, *about_failures, *about_maintenance]
    return Causes(units, speeds, setups, failures, maintenance, work), findings


# ---------------------------------------------------------------- into the plant
def work_center(causes: Causes, name: str, calendar: str | None, units: list[str]) -> WorkCenter:
    """Work center with what was learned of it; `units` are the names that the log gives."""
    count, speeds = causes.units[name], causes.speeds.get(name, {})
    ids = units if len(units) >= count else [f"{name}-{i + 1}" for i in range(count)]
    mode, plan = causes.failures.get(name), causes.maintenance.get(name)
    return WorkCenter(
        id=name,
        units=tuple(WorkUnit(id=unit, speed=speeds.get(unit, 1.0)) for unit in ids),
        calendar=calendar,
        setup=_setup(causes.setups.get(name)),
        failures=(Failure(clock=mode.clock, between=mode.between, repair=mode.repair),) if mode else (),
        maintenance=(_maintenance(plan),) if plan else (),
    )


def _setup(rule: SetupRule | None) -> Setup | None:
    if rule is None:
        return None
    by = "product" if rule.by == "lot" else rule.by  # each way of a lot through the plant is a product
    times = tuple(SetupTime(from_family=a, to=b, takes=takes) for a, b, takes in rule.times)
    return Setup(by=by, default=rule.takes, times=times)


def _maintenance(plan: Upkeep) -> Maintenance:
    when: Any = "now" if plan.now else "idle"
    return Maintenance(clock=plan.clock, every=plan.every, takes=plan.takes, when=when)


def step(causes: Causes, operation: str, product: str, center: str) -> dict[str, Any]:
    """Fields of an operation of a product that its causes give."""
    rule = causes.setups.get(center)
    found: dict[str, Any] = {}
    if rule is not None and rule.families is not None:
        found["setup_family"] = rule.families.get((operation, product), f"{operation} of {product}")
    return found
