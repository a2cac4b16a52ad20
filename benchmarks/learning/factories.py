"""Seeded factories with the features of ordinary plants, from which logs are simulated and learned.

`random_plants.py` makes plants in which everything meets, to find faults; these are for measuring what is
learned: a few work centers at common loads, with what a kind names. Equal seeds give equal plants.
"""

from __future__ import annotations

from random import Random
from typing import Any

from zhizao.plant import Plant

LOAD = 0.8  # of the busiest work center by its work alone; set-ups, failures and rework come on top
TWO_SHIFTS = {"mon-fri": ["06:00-14:00", "14:00-22:00"]}
ONE_SHIFT = {"mon-fri": ["07:00-12:00", "12:30-16:00"]}
LAWS = ("gamma({}, cv 0.3)", "lognormal({}, cv 0.4)", "normal({}, cv 0.1)", "gamma({}, cv 0.5)")
KINDS: dict[str, str] = {
    "setups": "setups due",
    "people": "people",
    "people-and-setups": "people setups",
    "conwip": "conwip setups",
    "failures": "failures",
    "failures-one-shift": "failures night",
    "rework": "rework due",
    "ovens": "batches setups",
    "buffers": "buffers failures",
    "pieces": "pieces setups",
    "pieces-and-people": "pieces people failures",
    "everything": "setups failures people conwip rework due pieces",
}


def factory(kind: str, seed: int) -> Plant:
    """The plant of a kind and a seed."""
    features = frozenset(KINDS[kind].split())
    rng = Random(f"{kind} {seed}")
    count = rng.randint(4, 7)
    units = [rng.choice([1, 1, 2, 2, 3]) for _ in range(count)]
    routes, work = _routes(rng, features, count)
    products = {name: _product(rng, features, name) for name in routes}
    mix = {name: rng.choice([1, 2, 3, 4]) for name in routes}
    form: dict[str, Any] = {
        "plant": f"{kind} {seed}",
        "start": "2026-01-05",
        "calendars": {"shifts": ONE_SHIFT if "night" in features else TWO_SHIFTS},
        "work_centers": [_center(rng, features, n, units[n]) for n in range(count)],
        "routes": routes,
        "products": products,
    }
    minutes, loads = _pace(work, mix, units, features)
    form["orders"] = [
        {"mix": mix, "every": f"exponential({minutes:.3g} min)", "calendar": "shifts"}
        | ({"due": f"uniform({rng.randint(1, 2)} d, {rng.randint(4, 8)} d)"} if "due" in features else {})
    ]
    if "people" in features:
        crew = max(2, round(sum(loads) * 1.2))  # busy 83 % of their time with the work alone
        form["personnel"] = [{"id": "operators", "count": crew, "calendar": "shifts"}]
    if "conwip" in features:
        form["release"] = {"conwip": round(1.5 * sum(units)) + 2}
    return Plant.model_validate(form)


def _center(rng: Random, features: frozenset[str], number: int, units: int) -> dict[str, Any]:
    one: dict[str, Any] = {"id": f"c{number}", "units": units, "calendar": "shifts"}
    if "setups" in features and number % 2 == 0:
        one["setup"] = {"by": "product", "default": f"{rng.choice([10, 15, 20])} min"}
    if "failures" in features and rng.random() < 0.7:
        between, repair = rng.choice([(30, 60), (60, 120), (100, 240)])
        repairs = f"lognormal({repair} min, cv {rng.choice([0.5, 0.8])})"
        one["failures"] = [{"between": f"exponential({between} h)", "repair": repairs}]
    if "buffers" in features and number:
        one["buffer"] = {"capacity": rng.randint(3, 6)}
    if "due" in features and rng.random() < 0.6:
        one["dispatch"] = rng.choice(["earliest-due-date", "critical-ratio"])
    return one


def _product(rng: Random, features: frozenset[str], route: str) -> dict[str, Any]:
    return {"route": route, "lot": rng.choice([8, 12, 20]) if "pieces" in features else 10}


def _routes(
    rng: Random, features: frozenset[str], count: int
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, list[float]]]:
    """Routes, and the minutes of work that a lot brings to each work center in the mean."""
    routes: dict[str, list[dict[str, Any]]] = {}
    work: dict[str, list[float]] = {}
    for name in ("a", "b", "c", "d")[: rng.randint(2, 4)]:
        visited = sorted(rng.sample(range(count), rng.randint(3, count)))  # a line, some stations skipped
        if "buffers" not in features and rng.random() < 0.5:
            rng.shuffle(visited)
        own = [0.0] * count
        steps = []
        for center in visited:
            minutes = rng.randint(15, 60)
            step, share = _step(rng, features, f"{name}{center}", center, minutes)
            own[center] += minutes * share
            steps.append(step)
        if "rework" in features:
            _rework(rng, steps)
        routes[name], work[name] = steps, own
    return routes, work


def _step(
    rng: Random, features: frozenset[str], name: str, center: int, minutes: int
) -> tuple[dict[str, Any], float]:
    """An operation, and the share of its time that a lot alone must bear."""
    law = rng.choice(
        ["gamma({}, cv 0.3)", "lognormal({}, cv 0.4)", "normal({}, cv 0.1)", "gamma({}, cv 0.5)"]
    )
    step: dict[str, Any] = {"id": name, "on": f"c{center}", "takes": law.format(f"{minutes} min")}
    if "pieces" in features:
        each = law.format(f"{minutes * 60 / 13:.0f} s")  # 13 pieces in the mean
        step["takes"] = {"load": "4 min", "per_piece": each}
    if "people" in features:
        step["needs"] = {"operators": 1}
    if "batches" in features and center == 2:
        batch = {"lots": "1..4", "by": "product", "wait_at_most": "2 h"}
        step |= {"takes": f"normal({3 * minutes} min, cv 0.05)", "batch": batch}
        return step, 3 / 2.5  # two or three lots together
    return step, 1.0


def _rework(rng: Random, steps: list[dict[str, Any]]) -> None:
    """Defects that the second operation makes, the last one finds and the second one works again."""
    maker, finder = steps[1], steps[-1]
    maker["defects"] = {"per": "lot", "share": rng.choice([0.08, 0.12, 0.18]), "found": 0}
    then = {"then": f"rework {maker['id']}", "at_most": 2, "else": "scrap"}
    finder["defects"] = {"per": "lot", "found": 0.95, **then}


def _pace(
    work: dict[str, list[float]], mix: dict[str, int], units: list[int], features: frozenset[str]
) -> tuple[float, list[float]]:
    """Open minutes between orders, and units busy in the mean at each work center at that pace."""
    whole = sum(mix.values())
    each = [sum(work[name][n] * w for name, w in mix.items()) / whole for n in range(len(units))]
    extra = 1 + 0.1 * ("setups" in features) + 0.1 * ("rework" in features) + 0.15 * ("buffers" in features)
    minutes = max(e / u for e, u in zip(each, units, strict=True)) * extra / LOAD
    return minutes, [e / minutes for e in each]
