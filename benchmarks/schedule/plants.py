"""Plans of plants against the best of the dispatch rules, on a list of plants that is fixed beforehand.

    python benchmarks/schedule/plants.py [--plants glass-tight ...] [--seconds 60] [--seed 1]
    python benchmarks/schedule/plants.py --table [--rows FILE]

Ten generated plants with 5,000 operations each (`generated`), the plants of examples/ with orders for as long
as about `LOTS` lots take (`example`), and the plants on which a prototype was measured (`cases`, from
ZHIZAO_SHARED or ../shared beside the repository). `--tuning` takes other plants of the same generator:
settings are chosen on those. A row is appended as soon as a plant is done; a later call goes on where the
last one stopped. All of it is without randomness: the value of a plan is what the twin makes of it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.rows import append, read  # noqa: E402
from benchmarks.surroundings import commit_of  # noqa: E402
from zhizao.engine.follow import warm_up  # noqa: E402
from zhizao.plant import JobOrder, OrderStream, Plant, read_plant, with_order_table  # noqa: E402
from zhizao.plant.certain import without_randomness  # noqa: E402
from zhizao.quantities import InputError, mean  # noqa: E402
from zhizao.solvers.shop import Objective  # noqa: E402
from zhizao.studies.schedule import schedule  # noqa: E402
from zhizao.studies.schedule.judge import PlanSelection  # noqa: E402
from zhizao.studies.schedule.plan import value_s  # noqa: E402
from zhizao.studies.schedule.work import lots_to_plan  # noqa: E402

SHARED = Path(os.environ.get("ZHIZAO_SHARED", ROOT.parent / "shared"))
ROWS = HERE.parent / "results" / "schedule" / "plants.csv"
COLUMNS = (
    "set", "plant", "operations", "rule", "rule_h", "plan_h", "less", "by", "first_s", "seconds", "cpu_s",
    "limit_s", "seed", "commit", "load",
)  # fmt: skip
KEY = ("set", "plant", "limit_s", "seed", "commit")
TUNING = 1000  # between the seeds of plants for tuning and those of plants that are reported
LOTS = 200  # of an example
HOUR_S, DAY_S = 3600.0, 86_400.0
TWO = {"mon-fri": ["06:00-14:00", "14:00-22:00"]}
DAY = {"mon-fri": ["06:00-22:00"], "sat": ["06:00-14:00"]}
Features = frozenset[str]

KINDS: dict[str, str] = {
    "open-all-hours": "",
    "shifts": "calendars",
    "set-ups": "setups units",
    "people": "people calendars units",
    "furnaces": "batches units",
    "furnaces-and-shifts": "batches calendars setups",
    "transport": "transport setups units",
    "conwip": "conwip calendars units",
    "splits": "splits units calendars",
    "everything": "calendars setups people batches units transport splits",
}


# ---------------------------------------------------------------- generated plants
def generated(number: int, *, seed: int = 0, operations: int = 5000) -> Plant:
    """The plant of a kind; equal seeds give equal plants."""
    features = frozenset(list(KINDS.values())[number].split())
    rng = Random(7919 * (seed + 1) + number)
    steps = 10
    orders = operations // steps
    centers, units = _centers(rng, features)
    routes, work = _routes(rng, features, units, steps)
    families = [f"f{n}" for n in range(4)]
    products = {
        f"p{n}": {"route": f"r{n}", "lot": 12, "attributes": {"family": rng.choice(families)}}
        for n in range(12)
    }
    days = _days(work, units, features, orders)
    own: dict[str, Any] = {
        "plant": list(KINDS)[number],
        "start": "2026-01-05",
        "calendars": {"two": TWO, "day": DAY},
        "work_centers": centers,
        "routes": routes,
        "products": products,
        "orders": _orders(rng, orders, days, 12),
    }
    if "people" in features:
        people = {"id": "operator", "count": max(2, round(0.75 * sum(units)))}
        own["personnel"] = [people | ({"calendar": "two"} if "calendars" in features else {})]
    if "transport" in features:
        own["transport"] = {"default": "6 min"}
    if "conwip" in features:
        own["release"] = {"conwip": 6 * len(units)}
    return Plant.model_validate(own)


def _centers(rng: Random, features: Features) -> tuple[list[dict[str, Any]], list[int]]:
    centers, units = [], []
    for n in range(10):
        count = rng.choice([1, 2, 2, 3]) if "units" in features else 1
        one: dict[str, Any] = {"id": f"c{n}", "units": count}
        if "calendars" in features:
            one["calendar"] = "two" if n % 2 else "day"
        if "setups" in features and n % 3 != 2:
            one["setup"] = {"by": "family", "default": f"{rng.choice([15, 25, 40])} min"}
        centers.append(one)
        units.append(count)
    return centers, units


def _routes(
    rng: Random, features: Features, units: list[int], steps: int
) -> tuple[dict[str, list[dict[str, Any]]], list[float]]:
    """Routes, and the minutes of work that a lot brings to each center in the mean."""
    work = [0.0] * len(units)
    routes = {}
    furnaces = {4, 8} if "batches" in features else set[int]()
    for n in range(12):
        route: list[dict[str, Any]] = []
        for step in range(steps):
            center = rng.choices(range(len(units)), weights=units)[0]
            minutes = rng.randint(10, 60)
            one: dict[str, Any] = {"id": f"o{step}", "on": f"c{center}", "takes": f"{minutes} min"}
            if center in furnaces:
                minutes *= 3
                one |= {"takes": f"{minutes} min", "batch": {"lots": "1..4", "by": "product"}}
            elif "splits" in features and step == steps // 2:
                one |= {"split": 6}
            if "people" in features:
                one["needs"] = {"operator": 1}
            if "setups" in features:
                one["setup_family"] = f"f{rng.randrange(4)}"
            work[center] += minutes / (2.5 if center in furnaces else 1.0) / 12
            route.append(one)
        routes[f"r{n}"] = route
    return routes, work


def _days(work: list[float], units: list[int], features: Features, orders: int) -> float:
    """In how many days the orders come: nearly as much work as the busiest center can do."""
    hours = 13.0 if "calendars" in features else 24.0
    slower = 1.0 + 0.2 * ("setups" in features) + 0.35 * ("splits" in features) + 0.1 * ("people" in features)
    return max(w / u for w, u in zip(work, units, strict=True)) * orders / 60.0 / hours * 0.85 * slower


def _orders(rng: Random, count: int, days: float, products: int) -> list[dict[str, Any]]:
    orders = []
    for n in range(count):
        release = rng.random() * days * 24.0
        due = release + 24.0 * (1.0 + 3.0 * rng.random())
        orders.append({
            "id": f"j{n:04d}", "product": f"p{rng.randrange(products)}", "pieces": 12,
            "release": f"{release:.2f} h", "due": f"{due:.2f} h", "priority": rng.choice([0, 0, 1, 3]),
        })  # fmt: skip
    return orders


# ---------------------------------------------------------------- examples and cases
def examples() -> dict[str, Path]:
    folder = ROOT / "examples"
    found = {path.stem: path for path in sorted((folder / "plants").glob("*.yaml"))}
    return found | {path.parent.name: path for path in sorted((folder / "factories").glob("*/plant.yaml"))}


def example(path: Path, *, seed: int = 0) -> Plant:
    """A plant of the examples with the next orders of its streams, in three quarters of their time."""
    plant = read_plant(path)
    rng = Random(7919 * (seed + 1) + sum(path.read_bytes()))
    streams = [one for one in plant.orders if isinstance(one, OrderStream)]
    orders = [one for one in plant.orders if isinstance(one, JobOrder)]
    rate = sum(1.0 / max(mean(one.every), 1e-9) for one in streams)
    for number, stream in enumerate(streams):
        at = 0.0
        while at * rate < LOTS:
            at += rng.expovariate(1.0 / max(mean(stream.every), 1e-9))
            orders.append(_order_of(plant, stream, f"S{number}-{len(orders)}", 0.75 * at, rng))
    return plant.model_copy(update={"orders": tuple(orders)})


def _order_of(plant: Plant, stream: OrderStream, name: str, release: float, rng: Random) -> JobOrder:
    names = list(stream.mix) or [str(stream.product)]
    product = rng.choices(names, weights=list(stream.mix.values()) or None)[0]
    pieces = plant.products[product].lot if stream.pieces is None else max(1, round(mean(stream.pieces)))
    allowed = DAY_S if stream.due is None else mean(stream.due)
    priority = rng.choice([0.0, 0.0, 1.0, 3.0])
    due = release + allowed * (0.3 + 0.7 * rng.random())
    return JobOrder(id=name, product=product, pieces=pieces, release=release, due=due, priority=priority)


def case(name: str, factor: float) -> Plant:
    """A plant of the prototype; the time that its orders have is cut by a factor."""
    folder = SHARED / "cases" / "21-plan-with-batches-loses-to-rules"
    plant = read_plant(folder / "glass.yaml") if name == "glass" else read_plant(folder / "sched-batch.yaml")
    if name == "glass":
        plant = with_order_table(plant, folder / "orders100.csv")
    orders = [one for one in plant.orders if isinstance(one, JobOrder)]
    tight = [
        one.model_copy(update={"due": one.release + factor * (one.due - one.release)})
        for one in orders
        if one.due is not None
    ]
    return plant.model_copy(update={"orders": tuple(tight)})


CASES = {"glass-tight": ("glass", 0.5), "glass": ("glass", 0.7), "batches": ("sched-batch", 0.7)}


def every_plant(seed: int) -> Iterator[tuple[str, str, Callable[[], Plant]]]:
    """(Set, name, what makes it)."""
    for number, name in enumerate(KINDS):
        yield "generated", name, partial(generated, number, seed=seed)
    for name, (kind, factor) in CASES.items():
        yield "cases", name, partial(case, kind, factor)
    for name, path in examples().items():
        yield "examples", name, partial(example, path, seed=seed)


# ---------------------------------------------------------------- measure
def first_run_s(plant: Plant) -> float:
    """How long it takes to the first plan."""
    began = time.perf_counter()
    certain = without_randomness(plant)
    selection = PlanSelection(certain, lots_to_plan(certain), Objective.TARDINESS)
    selection._run(certain, None, at_all_costs=True)
    return time.perf_counter() - began


def measure(plant: Plant, seconds: float, seed: int) -> dict[str, str]:
    load, first = os.getloadavg()[0], first_run_s(plant)
    certain = without_randomness(plant)
    lots = lots_to_plan(certain)
    rules = PlanSelection(certain, lots, Objective.TARDINESS)
    rules.rules()
    by, outcome = rules.starts[0]
    rule = value_s(lots, outcome, Objective.TARDINESS)
    began, cpu = time.perf_counter(), time.process_time()
    plan = schedule(plant, objective="tardiness", seconds=seconds, seed=seed)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    value = plan.judged.value_s
    return {
        "operations": str(sum(len(lot.route) for lot in lots)),
        "rule": by, "rule_h": f"{rule / HOUR_S:.2f}", "plan_h": f"{value / HOUR_S:.2f}",
        "less": "" if rule <= 0 else f"{100 * (1 - value / rule):.1f}", "by": plan.judged.by,
        "first_s": f"{first:.2f}", "seconds": f"{took:.1f}", "cpu_s": f"{cpu:.1f}", "load": f"{load:.1f}",
    }  # fmt: skip


def table(rows: list[dict[str, str]]) -> Iterator[str]:
    """Mean reduction of the weighted tardiness over the plants on which the best rule is late at all."""
    yield "| set | commit | s | plants | late by rule | less tardiness, % | worse | first plan, s |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|"
    groups: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in rows:
        for name in (row["set"], "all"):
            groups.setdefault((name, row["commit"], row["limit_s"]), []).append(row)
    for key, own in groups.items():
        late = [float(row["less"]) for row in own if row["less"]]
        worse = sum(float(row["plan_h"]) > float(row["rule_h"]) for row in own)
        first = max(float(row["first_s"]) for row in own)
        gain = f"{sum(late) / len(late):.1f}" if late else ""
        yield f"| {' | '.join(key)} | {len(own)} | {len(late)} | {gain} | {worse} | {first:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--plants", nargs="*", default=[])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tuning", action="store_true")
    parser.add_argument("--rows", type=Path, default=ROWS)
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args()
    if not given.table:
        run(given)
    print("\n".join(table(read(given.rows))))


def run(given: argparse.Namespace) -> None:
    warm_up()
    commit = commit_of()
    done = {tuple(row[name] for name in KEY) for row in read(given.rows)}
    for kind, name, make in every_plant(TUNING if given.tuning else 0):
        about = {"set": kind, "plant": name, "limit_s": f"{given.seconds:g}", "seed": str(given.seed)}
        about["commit"] = commit
        if (given.plants and name not in given.plants) or tuple(about[key] for key in KEY) in done:
            continue
        try:
            row = about | measure(make(), given.seconds, given.seed)
        except InputError as error:
            print(f"{kind}/{name}: {error}")
            continue
        append(given.rows, COLUMNS, [row])
        print(f"{kind}/{name}: {row['rule_h']} h by {row['rule']}, {row['plan_h']} h in {row['seconds']} s")


if __name__ == "__main__":
    main()
