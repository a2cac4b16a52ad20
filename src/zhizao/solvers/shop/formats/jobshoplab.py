"""Job shops with vehicles as YAML of jobshoplab (proto-lab-ro, 2024)."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from zhizao.solvers.shop.formats.lines import Line, Text
from zhizao.solvers.shop.problem import Problem, Transport


def read_yaml(text: Text, name: str) -> Problem:
    """Jobs as pairs (machine, time), places by name with an in- and an out-buffer, a number of vehicles."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        file = YAML(typ="safe", pure=True).load("\n".join(_spread(text)))
        config = file["instance_config"]
        instance, travel = config["instance"], config["logistics"]["specification"]
        jobs, vehicles = instance["specification"], int(instance["transport"]["amount"])
    except (YAMLError, KeyError, TypeError, ValueError) as error:
        raise text.fault(
            None,
            f"is no jobshoplab file ({type(error).__name__}: {' '.join(str(error).split())[:80]})",
            "it has instance_config with instance, transport and logistics",
        ) from error
    routes = [_route(text, line) for line in str(jobs).splitlines()[1:]]
    table = _table(text, str(travel))
    places = list(table)
    units = sum(place.startswith("m-") for place in places)
    if max(unit for route in routes for [(unit, _)] in route) >= units or "in-buf" not in table:
        raise text.fault(
            None, f"has travel times of {', '.join(places)}", "each machine and in-buf need them"
        )
    time = np.array([table[place] for place in places], np.int64)
    goal = places.index("out-buf") if "out-buf" in table else -1
    shop = Problem.of_routes(name, routes, units)
    return replace(shop, transport=Transport(time, vehicles, places.index("in-buf"), goal))


def _spread(text: Text) -> list[str]:
    """The lines as they stood in the file: their indents matter."""
    return [line.text for line in text.lines]


def _route(text: Text, row: str) -> list[list[tuple[int, int]]]:
    pairs = re.findall(r"\((\d+),\s*(\d+)\)", row)
    if not pairs:
        raise text.fault(None, f"found {row[:40]!r}", "a job is written j0|(machine,time) (machine,time)")
    checked = [text.numbers(Line(0, " ".join(pair))) for pair in pairs]
    return [[(machine, time)] for machine, time in checked]


def _table(text: Text, travel: str) -> dict[str, list[int]]:
    head, *rows = [row for row in travel.splitlines() if row.strip()]
    places = [place.strip() for place in head.split("|")]
    table = {
        row.split("|")[0].strip(): text.numbers(Line(0, row.split("|")[1])) for row in rows if "|" in row
    }
    machines = sorted((p for p in places if p.startswith("m-")), key=lambda p: int(p[2:]))
    ordered = machines + [p for p in places if p not in machines]
    if sorted(table) != sorted(places) or any(len(row) != len(places) for row in table.values()):
        raise text.fault(
            None, f"travel times of {', '.join(table)}", f"there should be a square of {', '.join(places)}"
        )
    column = [places.index(place) for place in ordered]
    return {place: [table[place][k] for k in column] for place in ordered}
