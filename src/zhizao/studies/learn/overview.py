"""What was learned, on one page that a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from zhizao.plant import OrderStream, Plant
from zhizao.studies.learn.unknown import Unknown

WIDTH = 118  # signs of a line
CENTERS, PRODUCTS, INFERRED, DOUBTS, UNKNOWN = (
    7,
    3,
    6,
    3,
    10,
)  # lines of each part, so that a page holds them all
PARTS = {
    "set-ups": ".setup",
    "failures": ".failures.between",
    "maintenance": ".maintenance.every",
    "batches": ".batch",
    "delays": ".delay",
    "scrap": ".defects.share",
}


def overview(
    plant: Plant, work_centers: pl.DataFrame, evidence: pl.DataFrame, unknown: Sequence[Unknown], lots: int
) -> tuple[str, ...]:
    """Lines of the page: work centers with their load, routes and orders, what is in doubt, and what the log
    cannot tell."""
    lines = [f"{plant.name}: learned from {lots} lots"]
    lines += [
        *_centers(work_centers),
        "",
        *_routes(plant),
        *_orders(plant, evidence),
        *_found(evidence),
        *_inferred(evidence),
    ]
    doubts = list(_doubts(evidence))
    if doubts:
        lines += ["", "In doubt", *_first(doubts, DOUBTS)]
    if unknown:
        left = [f"  {one.what}: {one.assumed}; record {one.record}" for one in unknown]
        lines += [
            "",
            "What the log cannot tell, what is assumed, and what to record",
            *_first(left, UNKNOWN),
        ]
    return tuple(_cut(line) for line in lines)


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else line[: WIDTH - 4].rstrip() + " ..."


def _first(lines: list[str], most: int) -> list[str]:
    """The first lines, with the number of the others."""
    return lines if len(lines) <= most else [*lines[: most - 1], f"  and {len(lines) - most + 1} more"]


def _centers(table: pl.DataFrame) -> list[str]:
    wide = max([11, *(len(name) for name in table["work_center"])])
    wide = min(wide, WIDTH - 40)
    rows = [
        f"  {name[:wide]:{wide}}{units:7}{hours:14.1f}{busy:8.0%}"
        for name, units, hours, busy, _ in table.iter_rows()
    ]
    return [f"  {'work center':{wide}}{'units':>7}{'open h/week':>14}{'busy':>8}", *_first(rows, CENTERS)]


def _routes(plant: Plant) -> list[str]:
    lines = []
    past = plant.past_lots.lots.keys() if plant.past_lots is not None else set()
    for name, product in plant.products.items():
        routes = [product.route] if isinstance(product.route, str) else list(product.route or ())
        steps = sorted({len(plant.routes[route]) for route in routes})
        span = f"{steps[0]}" if len(steps) == 1 else f"{steps[0]} to {steps[-1]}" if steps else "no"
        ways = "1 route" if len(routes) == 1 else f"{len(routes)} routes"
        if past and past <= set(routes):
            ways = f"drawn from {len(past)} past lots"
        lines.append(f"  {name}: {ways}, {span} operations")
    return [f"Products: {len(lines)}", *_first(lines, PRODUCTS)]


def _orders(plant: Plant, evidence: pl.DataFrame) -> list[str]:
    streams = [one for one in plant.orders if isinstance(one, OrderStream)]
    own = evidence.filter(pl.col("what").str.contains(r"^orders\.(.+\.)?every$"))
    said = "; ".join(own["value"].to_list()[:2])
    return [f"Orders: {len(streams)} stream{'' if len(streams) == 1 else 's'}, one order in {said}"]


def _found(evidence: pl.DataFrame) -> Iterator[str]:
    """What else was found, by kind, with the number of places."""
    names = evidence["what"]
    parts = [(kind, int(names.str.ends_with(end).sum())) for kind, end in PARTS.items()]
    told = ", ".join(f"{kind} at {n}" for kind, n in parts if n)
    if told:
        yield f"Also learned, with the number of places: {told}"


def _inferred(evidence: pl.DataFrame) -> list[str]:
    """What no row of the log says, with its value."""
    own = evidence.filter(pl.col("how").str.starts_with("inferred"))
    lines = [
        f"  {what.removesuffix('.inferred')}: {value}" for what, value in own["what", "value"].iter_rows()
    ]
    return ["Inferred, for no row of the log says so", *_first(lines, INFERRED)] if lines else []


def _doubts(evidence: pl.DataFrame) -> Iterator[str]:
    """Parameters whose value says that the log does not settle it, those that are alike on one line."""
    doubtful = evidence.filter(pl.col("value").str.contains("unknown|uncertain|assumed"))
    alike: dict[tuple[str, str], list[str]] = {}
    for what, value in doubtful.select("what", "value").iter_rows():
        place, _, part = what.removeprefix("work_centers.").rpartition(".")
        alike.setdefault((part, value), []).append(place)
    for (part, value), places in sorted(alike.items(), key=lambda pair: -len(pair[1])):
        yield f"  {part} of {places[0] if len(places) == 1 else f'{len(places)} work centers'}: {value}"
