"""A plant whose lots do not meet: what it does once tells nothing about what it does next."""

from __future__ import annotations

from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import Plant, parse_plant
from zhizao.records import Records

ROOMY = """
zhizao: 1
plant: two operations, a day of waiting
start: 2026-01-05
work_centers: [{id: saw, units: 20}, {id: paint, units: 20}]
routes:
  r:
    - {id: cut, on: saw, takes: gamma(2 h, cv 0.5)}
    - {id: coat, on: paint, takes: gamma(3 h, cv 0.5), delay: exponential(20 h)}
  s:
    - {id: cut, on: saw, takes: gamma(1 h, cv 0.5)}
products:
  door: {route: r, lot: 10, attributes: {part: door}}
  "door #2": {route: s, lot: 10, attributes: {part: door}}
  frame: {route: s, lot: 10}
orders: [{mix: {door: 3, "door #2": 1, frame: 4}, every: exponential(4 h)}]
"""


def roomy(**changes: str) -> Plant:
    """The plant, with texts of it replaced."""
    text = ROOMY
    for old, new in changes.items():
        text = text.replace(old, new)
    return parse_plant(text)


def log_of(plant: Plant, *, days: float = 30, seed: int = 4) -> Records:
    """What the plant did in these days, after a week that nobody wrote down."""
    settings = RunSettings(days=days + 7, seed=seed, log=LogLevel.EVENTS, warm_up_days=7)
    return run(plant, settings).records[0]
