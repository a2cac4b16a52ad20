"""Plants whose names the metamodel does not allow as short ids."""

from __future__ import annotations

from pathlib import Path

from zhizao.plant import Plant, parse_plant

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
PLANTS = sorted(
    path
    for path in EXAMPLES.rglob("*.yaml")
    if path.read_text(encoding="utf-8").lstrip("#\n").find("zhizao: 1") >= 0
)

SHOP = """
zhizao: 1
plant: 冲压车间 №1
work_centers:
  - id: 冲压
    units: [{id: P 1, speed: 1.25}, P-2]
    cost: 90/h
    at: [2 m, 3.5 m]
    power: {idle: 2 kW, busy: 11 kW}
    setup: {default: 12 min}
    failures: [{between: exponential(40 h), repair: 30 min}, {clock: cycles, between: 500, repair: 5 min}]
    buffer: {capacity: 4}
  - id: cut
routes: {r: [{id: 落料, on: 冲压, takes: 2 min}, {id: cut/trim, on: cut, takes: {per_piece: 3 s}}]}
products: {p: {route: r}}
orders: [{product: p, every: 1 h, pieces: 10}]
uncertainty:
  - {what: work_centers.冲压.failures.repair, error: 0.1, observations: 40}
  - {what: operations.落料.takes, error: 0.02, observations: 900}
"""


def shop(text: str = SHOP) -> Plant:
    return parse_plant(text)
