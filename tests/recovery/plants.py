"""Plants whose numbers the learner does not know: random ones, each from its seed, and those of the examples.

A random plant is one that a log can tell about: every machine is loaded enough to show its hours, every
branch is gone often enough to be counted, and lots do not pile up without end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tests.recovery.facts import loads
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import Operation, Plant, Setup, Takes, read_plant
from zhizao.quantities import scaled
from zhizao.records import Records

EXAMPLES = Path(__file__).parents[2] / "examples" / "plants"
ZOO = ("garment", "one-machine", "two-machines", "night-shift", "furnace", "litho-cell")
LOTS_A_DAY = {
    "garment": 42.0, "one-machine": 144.0, "two-machines": 120.0, "night-shift": 2.0, "furnace": 144.0,
    "litho-cell": 32.0,
}  # fmt: skip
RANDOM = tuple(range(24))
WEEK_D = 7.0

CALENDARS = {
    "two-shift": {"mon-fri": ["06:00-22:00"]},
    "long-week": {"mon-sat": ["06:00-22:30"]},
    "day": {"mon-sat": ["07:30-12:00", "12:30-16:30"]},
}
OPEN_H = {"always": 168.0, "two-shift": 80.0, "long-week": 99.0, "day": 51.0}
WITHIN = {
    "always": ("always", "always", "long-week"),
    "two-shift": ("two-shift",),
    "long-week": ("long-week", "day"),
}
RULES = (
    "fifo", "earliest-due-date", "shortest-processing-time", "least-setup", "priority", "critical-ratio",
)  # fmt: skip
PIECES = (
    "discrete(5: 0.5, 10: 0.3, 20: 0.2)", "discrete(4: 0.4, 12: 0.6)", "10", "gamma(12, cv 0.5)",
)  # fmt: skip
LOADS = (0.55, 0.8)  # of a work center, set-ups and repairs apart
PEOPLE_LOAD = 0.85


@dataclass(frozen=True, slots=True)
class Hidden:
    """A plant to be found again, how long it takes to let about 10,000 lots through, and whether the log
    names its machines one by one."""

    name: str
    plant: Plant
    days: float
    warm_up_days: float = 7.0
    units_named: bool = True


def names(count: int = len(RANDOM)) -> tuple[str, ...]:
    """Names of the random plants and of those of the examples."""
    return (*(f"random-{seed}" for seed in RANDOM[:count]), *ZOO)


def hidden(name: str, lots: int) -> Hidden:
    """A plant by name, with the time in which about so many lots come."""
    if name.startswith("random-"):
        return random_plant(int(name.removeprefix("random-")), lots)
    return _example(name, lots)


def log_of(case: Hidden, seed: int = 77) -> Records:
    """What the plant's log shows of its window."""
    settings = RunSettings(
        days=case.days, warm_up_days=case.warm_up_days, seed=seed, threads=1, log=LogLevel.EVENTS
    )
    records = run(case.plant, settings).records[0]
    if case.units_named or records.events is None:
        return records
    return replace(records, events=records.events.with_columns(unit=pl.col("work_center")))


# ---------------------------------------------------------------- examples
def _example(name: str, lots: int) -> Hidden:
    plant = read_plant(EXAMPLES / f"{name}.yaml")
    if (
        name == "night-shift"
    ):  # its three orders are no log: tiles of both colours, one every 4 h of the night
        stream = {"mix": {"red": 2, "blue": 1}, "every": "exponential(4 h)", "calendar": "nights"}
        plant = Plant.model_validate({**plant.model_dump(by_alias=True), "orders": [stream]})
    return Hidden(name, plant, lots / LOTS_A_DAY[name] + WEEK_D)


# ---------------------------------------------------------------- random plants
@dataclass(frozen=True, slots=True)
class _Frame:
    """What is drawn before the rest: sizes and the hours of everything."""

    rng: np.random.Generator
    seed: int
    parts: tuple[str, ...]
    centers: tuple[str, ...]
    units: dict[str, int]
    hours: dict[str, str]
    order_hours: str


def random_plant(seed: int, lots: int) -> Hidden:
    """The random plant of a seed; features come in turn, so that each is met more than once in twenty."""
    frame = _frame(seed)
    every_s = float(frame.rng.uniform(1500, 3000)) * OPEN_H[frame.order_hours] / 168.0
    plant = _loaded(_plant(frame, every_s), frame)
    weeks = lots * every_s / 3600 / OPEN_H[frame.order_hours]
    return Hidden(f"random-{seed}", plant, (weeks + 1) * WEEK_D, units_named=_units_named(seed))


def _units_named(seed: int) -> bool:
    """A log that does not name units cannot tell what they were set up for: no set-ups in these plants."""
    return seed % 5 != 3


def _frame(seed: int) -> _Frame:
    rng = np.random.default_rng([20260105, seed])
    parts = ("coat", "vest", "hood")[: 1 + seed % 3]
    centers = ("cut", "mill", "weld", "paint", "pack")[: 2 + int(rng.integers(4))]
    base = ("always", "two-shift", "long-week", "always")[seed % 4]
    hours, now = {}, base
    for center in centers:  # later work centers keep no longer hours than earlier ones, so that all are used
        now = str(rng.choice(WITHIN.get(now, (now,))))
        hours[center] = now
    units = {center: 1 + int(rng.integers(3)) for center in centers}
    return _Frame(rng, seed, parts, centers, units, hours, base)


def _plant(frame: _Frame, every_s: float) -> Plant:
    rng, seed = frame.rng, frame.seed
    calendar = {} if frame.order_hours == "always" else {"calendar": frame.order_hours}
    stream = {
        "mix": {part: round(float(rng.uniform(1, 3)), 1) for part in frame.parts},
        "every": _arrivals(every_s, seed),
        "pieces": PIECES[seed % len(PIECES)],
        "due": "uniform(12 h, 96 h)",
    }
    return Plant.model_validate(
        {
            "plant": f"random {seed}",
            "calendars": CALENDARS,
            "work_centers": [_center(frame, center) for center in frame.centers],
            "personnel": _people(frame),
            "routes": {part: _route(frame, part) for part in frame.parts},
            "products": _products(frame),
            "orders": [{**stream, **calendar}],
        }
    )


def _loaded(plant: Plant, frame: _Frame) -> Plant:
    """The plant with its times scaled so that loads are drawn from LOADS, and its people are just enough."""
    busy = loads(plant)
    wanted = {center: float(frame.rng.uniform(*LOADS)) * frame.units[center] for center in frame.centers}
    factor = {center: wanted[center] / max(busy[center], 1e-9) for center in frame.centers}
    changes: dict[str, Any] = {}
    for route, steps in plant.routes.items():
        for step in steps:
            changes[f"routes.{route}.{step.id}"] = _rescaled(step, factor)
    for center in plant.work_centers:
        if center.setup:
            changes[f"work_centers.{center.id}.setup"] = _setup_rescaled(center.setup, factor[center.id])
    for group in plant.personnel:
        most = sum(wanted[center] for center in frame.centers[:2])
        changes[f"personnel.{group.id}.count"] = math.ceil(most / PEOPLE_LOAD / group.tends)
    return plant.replace(changes)


def _rescaled(step: Operation, factor: dict[str, float]) -> Operation:
    assert step.takes is not None  # as _route gives it
    ways = tuple(
        way.model_copy(update={"takes": _times(way.takes, factor[way.work_center])}) if way.takes else way
        for way in step.on
    )
    return step.model_copy(update={"takes": _times(step.takes, factor[step.on[0].work_center]), "on": ways})


def _setup_rescaled(setup: Setup, factor: float) -> Setup:
    times = tuple(t.model_copy(update={"takes": scaled(t.takes, factor)}) for t in setup.times)
    return setup.model_copy(update={"default": scaled(setup.default, factor), "times": times})


def _times(takes: Takes, factor: float) -> Takes:
    once, each, load = (
        scaled(d, factor) if d else None for d in (takes.per_lot, takes.per_piece, takes.load)
    )
    return Takes(per_lot=once, per_piece=each, load=load)


def _time(rng: np.random.Generator, mean_s: float) -> str:
    cv = round(float(rng.uniform(0.15, 0.7)), 2)
    low, high = mean_s * (1 - cv), mean_s * (1 + cv)
    forms = (
        f"gamma({mean_s:.0f} s, cv {cv})",
        f"lognormal({mean_s:.0f} s, cv {cv})",
        f"uniform({low:.0f} s, {high:.0f} s)",
        f"triangular({low:.0f} s, {mean_s:.0f} s, {high:.0f} s)",
        f"exponential({mean_s:.0f} s)",
        f"weibull({mean_s:.0f} s, cv {cv})",
        f"{mean_s:.0f} s",
    )
    return str(rng.choice(forms))


def _takes(rng: np.random.Generator) -> dict[str, str]:
    mean_s = float(rng.uniform(10, 40)) * 60
    kind = int(rng.integers(3))
    if kind == 0:
        return {"per_lot": _time(rng, mean_s)}
    if kind == 1:
        return {"per_piece": _time(rng, mean_s / 10), "load": f"{float(rng.uniform(2, 6)):.0f} min"}
    return {"per_lot": _time(rng, mean_s / 2), "per_piece": f"{mean_s / 20:.0f} s"}


def _route(frame: _Frame, part: str) -> list[dict[str, Any]]:
    rng, seed = frame.rng, frame.seed
    at = [c for c in frame.centers if part == "coat" or c != frame.centers[-2]]
    route: list[dict[str, Any]] = [
        {"id": f"{center}-{part}", "on": [center], "takes": _takes(rng)} for center in at
    ]
    if seed % 4 == 1 and len(route) > 2:  # either of two machines
        route[1]["on"] = [at[1], {"work_center": at[2], "takes": _takes(rng)}]
    _branches(route, rng, seed)
    if seed % 3 == 1:
        route[-1]["defects"] = {"share": round(float(rng.uniform(0.02, 0.06)), 3)}
    if seed % 6 == 2 and part == "coat":
        route[1]["delay"] = f"exponential({float(rng.uniform(1, 4)):.1f} h)"
    if seed % 8 == 6 and part == "coat":
        route[-1]["batch"] = {"lots": 3, "by": "operation"}
    if seed % 4 == 3:
        for step in route:
            step.update({"needs": {"workers": 1}} if step["on"][0] in frame.centers[:2] else {})
    return route


def _branches(route: list[dict[str, Any]], rng: np.random.Generator, seed: int) -> None:
    if seed % 2 == 0 and len(route) > 2:  # some leave an operation out
        share = round(float(rng.uniform(0.15, 0.4)), 2)
        route[0]["next"] = {route[1]["id"]: round(1 - share, 2), route[2]["id"]: share}
    if seed % 3 == 2:  # some go back
        share = round(float(rng.uniform(0.08, 0.2)), 2)
        route[-1]["next"] = {route[-2]["id"]: share, "end": round(1 - share, 2)}
    if seed % 7 == 5 and len(route) > 2:
        route[1]["sample"] = round(float(rng.uniform(0.4, 0.8)), 2)


def _arrivals(every_s: float, seed: int) -> str:
    return (f"exponential({every_s:.0f} s)", f"gamma({every_s:.0f} s, cv 0.5)", f"{every_s:.0f} s")[
        seed // 2 % 3
    ]


def _center(frame: _Frame, center: str) -> dict[str, Any]:
    rng, seed, place = frame.rng, frame.seed, frame.centers.index(center)
    found: dict[str, Any] = {"id": center, "units": frame.units[center]}
    if frame.hours[center] != "always":
        found["calendar"] = frame.hours[center]
    if place == seed % len(frame.centers):
        clock, hours = ("busy", 12) if seed % 2 else ("calendar", 18)
        repair = f"lognormal({float(rng.uniform(15, 50)):.0f} min, cv {float(rng.uniform(0.3, 0.8)):.1f})"
        between = f"exponential({float(rng.uniform(0.7, 1.4)) * hours:.1f} h)"
        found["failures"] = [{"clock": clock, "between": between, "repair": repair}]
    if len(frame.parts) > 1 and (place + seed) % 2 == 0 and _units_named(seed):
        found["setup"] = _setup(frame)
    rule = RULES[(seed + place) % len(RULES)]
    found["dispatch"] = "fifo" if rule == "least-setup" and "setup" not in found else rule
    return found


def _setup(frame: _Frame) -> dict[str, Any]:
    """By product, or by its colour; with times that depend on both in every other plant."""
    rng, seed = frame.rng, frame.seed
    by = "colour" if seed % 9 in (2, 5) else "product"
    setup: dict[str, Any] = {"by": by, "default": _time(rng, float(rng.uniform(2, 5)) * 60)}
    if seed % 2 == 0:
        families = frame.parts if by == "product" else ("light", "dark")
        setup["times"] = [
            {"from": a, "to": b, "takes": f"{float(rng.uniform(2, 8)):.1f} min"}
            for a in families
            for b in families
            if a != b
        ]
    return setup


def _people(frame: _Frame) -> list[dict[str, Any]]:
    """One group for the first two work centers in every fourth plant; `_loaded` says how many they are."""
    if frame.seed % 4 != 3:
        return []
    return [{"id": "workers", "count": 1, "tends": 1 + frame.seed % 8 // 7}]


def _products(frame: _Frame) -> dict[str, Any]:
    colours = {"coat": "light", "vest": "dark", "hood": "dark"}
    return {
        part: {"route": part, "lot": 100, "priority": float(place), "attributes": {"colour": colours[part]}}
        for place, part in enumerate(frame.parts)
    }
