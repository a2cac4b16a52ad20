"""Small plants in which anyone can see what must come out."""

from __future__ import annotations

from zhizao.plant import Plant, parse_plant

LINE = """
zhizao: 1
plant: three machines in line
currency: EUR
work_centers:
  - {id: first, cost: 10/h}
  - {id: slow, cost: 10/h, power: {idle: 1 kW, busy: 5 kW}}
  - {id: last, cost: 10/h}
routes:
  r:
    - {id: one, on: first, takes: exponential(4 min)}
    - {id: two, on: slow, takes: exponential(8 min), defects: {share: 5 %}}
    - {id: three, on: last, takes: exponential(4 min)}
products: {p: {route: r, price: 10, material: 2, lot: 4}}
orders: [{product: p, every: exponential(10 min)}]
tariff: {default: 0.2/kWh}
measures:
  - {id: second-slow-machine, cost: 1000, set: {work_centers.slow.units: 2}}
  - {id: less-scrap, cost: 500, set: {routes.r.two.defects.share: 1 %}}
"""

FLOODED = LINE.replace("every: exponential(10 min)", "every: exponential(7 min)")

TABLE = """
zhizao: 1
plant: five orders
work_centers: [{id: m}]
routes: {r: [{id: o, on: m, takes: 2 h}]}
products: {p: {route: r}}
orders:
  - {id: a, product: p, pieces: 3}
  - {id: b, product: p, pieces: 2, release: 30 h}
"""

FEW_PEOPLE = """
zhizao: 1
plant: four machines, two people
work_centers: [{id: m, units: 4}]
personnel: [{id: crew, count: 2, skills: [turn]}]
routes: {r: [{id: o, on: m, takes: exponential(30 min), needs: {turn: 1}}]}
products: {p: {route: r}}
orders: [{product: p, every: exponential(18 min)}]
"""


CARRIED = (
    LINE.replace("power:", "at: [9 m, 0 m], power:")
    + """
transport:
  fleets:
    - id: agv
      vehicles: 2
      times:
        - {from: first, to: slow, takes: 1 min}
        - {from: slow, to: last, takes: 2 min}
        - {from: first, to: last, takes: 3 min}
"""
)


def line() -> Plant:
    """Three machines in line; the one in the middle is the slowest, at 80 % load."""
    return parse_plant(LINE)


def flooded() -> Plant:
    """The line with more orders than its slowest machine can do."""
    return parse_plant(FLOODED)


def table() -> Plant:
    """Five lots of 2 h each on one machine: three from the start, two from hour 30 on."""
    return parse_plant(TABLE)


def few_people() -> Plant:
    """Four machines, but two people, who are busy 83 % of the time."""
    return parse_plant(FEW_PEOPLE)
