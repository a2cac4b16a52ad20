"""Job shops with vehicles as YAML of JobShopLab (proto-lab-ro, 2024).

Read are jobs, travel times and the number of vehicles, which all stand at the in-buffer at first. Other
fields of the format (set-up times, outages, times that vary, …) are refused by name.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from zhizao.quantities.errors import nearest_name
from zhizao.solvers.shop.formats.lines import Line, Text
from zhizao.solvers.shop.problem import Problem, Transport

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

Fields = dict[str, "Node"]

_TOP = re.compile(r"""^(\{\s*)?["']?instance_config["']?\s*:""", re.MULTILINE)
_PLANT = re.compile(r"""^["']?(zhizao|work_centers)["']?\s*:""", re.MULTILINE)
_PAIR = r"\(\s*(\d+)\s*,\s*(\d+)\s*\)"
_JOB = re.compile(rf"({_PAIR}\s*)+")
_VEHICLE = "agv"
_STATIC = "static"
_HOME, _GOAL = "in-buf", "out-buf"
_FLEET = ("type", "amount")
_LOGISTICS = ("type", "amount", "specification", "time_behavior")


def is_jobshoplab(raw: str) -> bool:
    """Whether a text has the top field `instance_config` and none that only a plant has."""
    return bool(_TOP.search(raw)) and not _PLANT.search(raw)


def read_yaml(text: Text, name: str) -> Problem:
    """Jobs as pairs (machine, time), places by name with an in- and an out-buffer, a number of vehicles."""
    top = _fields(text, _root(text), "", ("title", "instance_config", "init_state"))
    if "instance_config" not in top:
        raise text.fault(None, "is no jobshoplab file", "it has instance_config with instance and logistics")
    config = _fields(
        text, top["instance_config"], "instance_config", ("description", "instance", "logistics")
    )
    at = _line(top["instance_config"])
    instance = _fields(
        text,
        _needed(text, at, config, "instance"),
        "instance",
        ("description", "specification", "transport", "time_behavior"),
    )
    _require_static(text, instance)
    head, *rows = _rows(text, _needed(text, at, instance, "specification"))
    units = head.text.count("|") + 1
    shop = Problem.of_routes(name, _routes(text, head, rows, units), units)
    transport = _transport(text, instance, config, units)
    if "init_state" in top:
        _require_home(text, top["init_state"])
    return shop if transport is None else replace(shop, transport=transport)


# ---------------------------------------------------------------- YAML with its lines
def _root(text: Text) -> Node | None:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        root: Node | None = YAML(typ="safe", pure=True).compose(text.raw)
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        said = getattr(error, "problem", None) or type(error).__name__
        line = Line(mark.line + 1, "") if mark else None
        raise text.fault(line, f"is no YAML ({said})", "check indents and quotes") from error
    return root


def _line(node: Node) -> Line:
    return Line(node.start_mark.line + 1, str(node.value))


def _fields(text: Text, node: Node | None, where: str, known: tuple[str, ...]) -> Fields:
    """Fields of a mapping; those that cannot be honoured are refused."""
    from ruamel.yaml.nodes import MappingNode

    what = where or "the file"
    if not isinstance(node, MappingNode):
        line = _line(node) if node else None
        raise text.fault(line, f"{what} has no fields", f"right is {', '.join(known)}")
    found: Fields = {}
    for key, value in node.value:
        field = str(key.value)
        if field not in known:
            near = nearest_name(field, known)
            hint = f"; did you mean {near!r}?" if near else ""
            right = f"{what} may have {', '.join(known)}; nothing else is honoured here{hint}"
            raise text.fault(_line(key), f"found {field!r}", right)
        if field in found:
            raise text.fault(_line(key), f"found {field!r} twice", "give it once")
        found[field] = value
    return found


def _needed(text: Text, at: Line, fields: Fields, field: str) -> Node:
    if field not in fields:
        raise text.fault(at, f"has no {field!r}", "a jobshoplab file needs it")
    return fields[field]


def _word(text: Text, node: Node) -> str:
    from ruamel.yaml.nodes import ScalarNode

    if not isinstance(node, ScalarNode):
        raise text.fault(_line(node), "found a list or fields", "one value stands here")
    return str(node.value)


def _rows(text: Text, node: Node) -> list[Line]:
    """Lines of a block of text, with their places in the file."""
    first = node.start_mark.line + 2  # a block begins on the line after its |
    lines = [Line(first + k, row.strip()) for k, row in enumerate(_word(text, node).splitlines())]
    filled = [line for line in lines if line.text]
    if len(filled) < 2 or getattr(node, "style", None) != "|":
        raise text.fault(_line(node), "found no table", "after | stand a head and rows, each on its line")
    return filled


# ---------------------------------------------------------------- what stands in it
def _require_static(text: Text, fields: Fields) -> None:
    behavior = fields.get("time_behavior")
    if behavior is not None and behavior.value != _STATIC:
        raise text.fault(_line(behavior), "found times that vary (time_behavior)", f"right is {_STATIC}")


def _routes(text: Text, head: Line, rows: list[Line], units: int) -> list[list[list[tuple[int, int]]]]:
    names: dict[str, Line] = {}
    routes = []
    for line in rows:
        job, _, pairs = (part.strip() for part in line.text.partition("|"))
        if not _JOB.fullmatch(pairs):
            right = "a job is written j0|(0,4) (1,2), all of it whole numbers"
            raise text.fault(line, f"found {line.text[:40]!r}", right)
        if job in names:
            raise text.fault(line, f"found job {job!r} as in line {names[job].number}", "name each job once")
        names[job] = line
        found = [text.numbers(Line(line.number, " ".join(pair))) for pair in re.findall(_PAIR, pairs)]
        highest = max(machine for machine, _ in found)
        if highest >= units:
            right = f"line {head.number} has {units} machines, which are counted from 0"
            raise text.fault(line, f"found machine {highest}", right)
        routes.append([[(machine, time)] for machine, time in found])
    return routes


def _transport(text: Text, instance: Fields, config: Fields, units: int) -> Transport | None:
    """Vehicles and travel times; None: the file has neither."""
    parts = ((instance, "transport", _FLEET), (config, "logistics", _LOGISTICS))
    blocks = {
        name: (parent[name], _fields(text, parent[name], name, known))
        for parent, name, known in parts
        if name in parent
    }
    if not blocks:
        return None
    found = [fields for _, fields in blocks.values()]
    for fields in found:
        _require_static(text, fields)
        if "type" in fields and _word(text, fields["type"]) != _VEHICLE:
            kind = fields["type"]
            raise text.fault(_line(kind), f"found transport of type {kind.value!r}", f"right is {_VEHICLE}")
    amounts = [fields["amount"] for fields in found if "amount" in fields]
    tables = [fields["specification"] for fields in found if "specification" in fields]
    if not amounts or not tables:
        at = _line(next(node for node, _ in blocks.values()))
        missing = "travel times (logistics: specification)" if amounts else "number of vehicles (amount)"
        raise text.fault(at, f"found transport without {missing}", "add it, or take transport out")
    vehicles = [_vehicles(text, amount) for amount in amounts]
    if len(set(vehicles)) > 1:
        raise text.fault(_line(amounts[1]), f"found {vehicles[1]} and {vehicles[0]} vehicles", "say it once")
    places, time = _travel(text, _rows(text, tables[0]), units)
    goal = places.index(_GOAL) if _GOAL in places else -1
    return Transport(time, vehicles[0], places.index(_HOME), goal)


def _vehicles(text: Text, node: Node) -> int:
    word = _word(text, node)
    if not word.isdecimal() or not int(word):
        raise text.fault(_line(node), f"found {word!r} vehicles", "right is a whole number of 1 or more")
    return int(word)


def _travel(text: Text, rows: list[Line], units: int) -> tuple[list[str], np.ndarray]:
    """Names of places, machines first and in order, and the times between them."""
    head = rows[0]
    listed = [place.strip() for place in head.text.split("|")]
    machines = [f"m-{unit}" for unit in range(units)]
    right = f"there are {', '.join([*machines, _HOME])} and perhaps {_GOAL}, each once"
    for place in (*machines, _HOME):
        if place not in listed:
            raise text.fault(head, f"found no travel times of {place}", right)
    others = [place for place in listed if place not in (*machines, _HOME, _GOAL)]
    if others or len(set(listed)) < len(listed):
        raise text.fault(head, f"found {', '.join(others or listed)}", right)
    table = dict(_travel_row(text, line, listed) for line in rows[1:])
    if len(rows) != len(listed) + 1 or len(table) < len(listed):
        found = f"found {len(rows) - 1} rows of travel times, of {len(table)} places"
        raise text.fault(rows[-1], found, f"there should be one for each of {', '.join(listed)}")
    places = machines + [place for place in listed if place not in machines]
    column = [listed.index(place) for place in places]
    return places, np.array([[table[place][k] for k in column] for place in places], np.int64)


def _travel_row(text: Text, line: Line, listed: list[str]) -> tuple[str, list[int]]:
    place, _, times = (part.strip() for part in line.text.partition("|"))
    if place not in listed:
        raise text.fault(line, f"found {place[:40]!r}", f"a row begins with one of {', '.join(listed)} and |")
    row = text.numbers(Line(line.number, times))
    if len(row) != len(listed):
        raise text.fault(line, f"found {len(row)} travel times", f"there should be {len(listed)}")
    return place, row


def _require_home(text: Text, node: Node) -> None:
    """Vehicles stand where jobs come in; another place would be read and ignored."""
    from ruamel.yaml.nodes import MappingNode

    named = (str(key.value) for key, _ in node.value) if isinstance(node, MappingNode) else ("t-0",)
    vehicles = _fields(text, node, "init_state", tuple(named))
    for name, vehicle in vehicles.items():
        place = _fields(text, vehicle, f"init_state of {name}", ("location",)).get("location")
        if place is not None and place.value != _HOME:
            right = f"here all vehicles start at {_HOME}: take init_state out to schedule so"
            raise text.fault(_line(place), f"found {name} at {place.value}", right)
