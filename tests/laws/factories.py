"""Small plants that do much in a day: every feature of the twin, at one scale of time."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.engine.shops import START, op
from zhizao.plant import DispatchRule, Plant

DAYS = 2.0
MINE = "tests.engine.rules_of_mine"
_CENTERS = ("x", "y", "z")
_CALENDARS = {
    "early": {"mon-sun": ["06:00-14:00"]},
    "two": {"mon-sun": ["05:00-13:00", "13:30-22:00"], "off": ["2026-01-06"]},
    "nights": {"mon-sun": ["20:00-06:00"]},
}
_FAMILIES = ("red", "blue")


@cache  # Hypothesis looks through every new strategy before it draws: made once, it is looked through once
def _times(least: int = 1, most: int = 30) -> st.SearchStrategy[str]:
    """A time of the order of minutes."""
    minutes = st.integers(least, most)
    return st.one_of(
        minutes.map(lambda m: f"{m} min"),
        minutes.map(lambda m: f"exponential({m} min)"),
        minutes.map(lambda m: f"uniform(1 s, {m} min)"),
        minutes.map(lambda m: f"lognormal({m} min, cv 0.7)"),
        minutes.map(lambda m: f"discrete({m} min: 0.5, 3 min: 0.5)" if m != 3 else "3 min"),
    )


def _stop(key: str, length: str, **more: Any) -> st.SearchStrategy[dict[str, Any]]:
    by_time = {"clock": st.sampled_from(["calendar", "busy"]), key: _times(30, 300)}
    by_cycles = {"clock": st.sampled_from(["cycles", "pieces"]), key: st.integers(1, 9).map(str)}
    return st.one_of(
        st.fixed_dictionaries({**by_time, length: _times(), **more}),
        st.fixed_dictionaries({**by_cycles, length: _times(), **more}),
    )


_repairers = st.sampled_from([{}, {}, {"people": 1}, {"skill": 1, "helpers": 1}])
_failures = _stop("between", "repair", then=st.sampled_from(["resume", "restart", "scrap"]), needs=_repairers)
_maintenance = _stop(
    "every", "for", when=st.sampled_from(["idle", "now"]), needs=_repairers, idle_too=st.booleans(),
    group=st.sampled_from([None, "g"]), window=st.sampled_from([None, None, "nights"]),
)  # fmt: skip
_setups = st.fixed_dictionaries(
    {"by": st.sampled_from(["family", "product", "operation", "fabric"]), "default": _times(1, 9)},
    optional={
        "times": st.just([{"from": "red", "to": "blue", "takes": "20 min"}, {"to": "red", "takes": "2 min"}]),
        "min_run": st.integers(1, 3),
        "without_family": st.sampled_from(["keep", "clear"]),
    },
)
_power = st.fixed_dictionaries({"off": st.just("1 kW"), "idle": st.just("2 kW"), "busy": st.just("5 kW")})
_standby = st.none() | st.fixed_dictionaries(
    {"after": st.integers(0, 40).map(lambda m: f"{m} min"), "wake": _times()}
)
_who = st.sampled_from([1, 1, {"count": 1, "during": "setup"}, {"count": 1, "during": "process"}])

_speeds = st.sampled_from([0.5, 1, 1.25])
_some_calendar = st.none() | st.sampled_from(sorted(_CALENDARS))
_off_shift = st.sampled_from(["pause", "finish", "no-start"])
_dispatch = st.sampled_from([*(rule.value for rule in DispatchRule), f"{MINE}:mixed"])
_some_setup = st.none() | _setups
_some_failures = st.lists(_failures, max_size=2)
_some_maintenance = st.lists(_maintenance, max_size=2)
_steam = st.sampled_from([{}, {}, {"steam": 0.1}, {"steam": 0.3}])
_buffers = st.none() | st.integers(0, 4).map(lambda n: {"capacity": n})


@st.composite
def _center(draw: st.DrawFn, name: str, *, rooms: bool) -> dict[str, Any]:
    units: Any = draw(st.integers(1, 3))
    if draw(st.booleans()):
        units = [{"id": f"{name}{n}", "speed": draw(_speeds)} for n in range(units)]
    center = {
        "id": name,
        "units": units,
        "calendar": draw(_some_calendar),
        "off_shift": draw(_off_shift),
        "dispatch": draw(_dispatch),
        "setup": draw(_some_setup),
        "failures": draw(_some_failures),
        "maintenance": draw(_some_maintenance),
        "power": draw(_power),
        "standby": draw(_standby),
        "uses": draw(_steam),
    }
    for plan in center["maintenance"]:
        if plan["group"] and plan["clock"] not in ("cycles", "pieces"):
            plan["ahead"] = "20 min"
    if center["calendar"] and draw(st.booleans()):
        center |= {"start_up": "10 min", "shut_down": "3 min"}
    if rooms:
        center["buffer"] = draw(_buffers)
    return center


@st.composite
def _takes(draw: st.DrawFn) -> dict[str, Any]:
    takes: dict[str, Any] = {"per_lot": draw(_times(1, 20))}
    if draw(st.booleans()):
        takes["per_piece"] = draw(_times(1, 4))
    if draw(st.booleans()):
        takes |= {"per_batch": draw(_times(1, 5)), "pieces_per_batch": draw(st.integers(1, 3))}
    if draw(st.booleans()):
        takes["load"] = draw(_times(1, 3))
    return takes


_any_takes = _takes()
_places = st.lists(st.sampled_from(_CENTERS), min_size=1, max_size=2, unique=True)
_sample = st.sampled_from([1.0, 1.0, 0.6])
_per = st.sampled_from(["piece", "piece", "lot"])
_defect_share = st.sampled_from([0.0, 0.1, 0.4])
_defect_rule = st.sampled_from([None, None, f"{MINE}:worn"])
_found = st.sampled_from([0.0, 0.5, 1.0])
_after_rework = st.sampled_from(["scrap", "pass"])
_needed = st.sampled_from([{}, {}, {"people": 1}, {"skill": 1}, {"people": 1, "helpers": 1}])
_tools = st.sampled_from([{}, {}, {"jig": 1}])
_energy = st.sampled_from([None, {"per_lot": "2 kWh", "per_piece": "0.5 kWh"}])
_family = st.sampled_from(_FAMILIES)
_routing = st.sampled_from([None, f"{MINE}:emptiest"])
_delay = st.none() | _times(1, 10)
_batch_by = st.sampled_from(["operation", "product", "family", "any", "fabric"])
_batch_size = st.sampled_from([{"lots": "2..3"}, {"lots": "1..4"}, {"pieces": "6..12"}])
_batch_wait = st.sampled_from(["0 s", "40 min", "3 h"])


@st.composite
def _route(draw: st.DrawFn, name: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 4))):
        own = f"{name}{number}"
        places = draw(_places)
        more: dict[str, Any] = {"sample": draw(_sample)}
        if draw(st.booleans()):
            back = draw(st.sampled_from([own, *(o["id"] for o in made)]))
            more["defects"] = {
                "per": draw(_per),
                "share": draw(_defect_share),
                "rule": draw(_defect_rule),
                "found": draw(_found),
                "then": draw(st.sampled_from(["scrap", f"rework {back}"])),
                "at_most": draw(st.integers(1, 3)),
                "else": draw(_after_rework),
            }
        needed = draw(_needed)
        needs = {who: draw(_who) for who in needed}
        more["tools"] = draw(_tools)
        more["energy"] = draw(_energy)
        more |= {"needs": needs, "setup_family": draw(_family)}
        more["routing"] = draw(_routing) if len(places) > 1 else None
        more["delay"] = draw(_delay)
        if draw(st.integers(0, 2)) == 0:
            more |= draw(_ties(places, made))
        made.append(op(own, *places, takes=draw(_any_takes), **more))
    return made


@st.composite
def _ties(draw: st.DrawFn, places: list[str], made: list[dict[str, Any]]) -> dict[str, Any]:
    """What few operations have: a batch or a unit to come back to, a cascade, a queue limit."""
    more: dict[str, Any] = {}
    same = [o["id"] for o in made if o["on"] == places and len(places) == 1]
    if bool(same) and draw(st.booleans()):
        more["same_unit_as"] = draw(st.sampled_from(same))
    elif draw(st.booleans()):
        by = draw(_batch_by)
        size = draw(_batch_size)
        more["batch"] = {**size, "by": by, "wait_at_most": draw(_batch_wait)}
    if draw(st.booleans()):
        more["cascade"] = draw(_times(1, 15))
    if draw(st.booleans()):
        then = draw(st.sampled_from(["count", "scrap", *(f"rework {o['id']}" for o in made)]))
        since = {"from": made[0]["id"]} if bool(made) and draw(st.booleans()) else {}
        more["queue_at_most"] = {**since, "at_most": draw(_limits), "then": then}
    return more


_limits = st.sampled_from(["10 min", "1 h", "5 h"])
_pieces = st.sampled_from([1, 5, "discrete(1: 1, 7: 1)"])
_shift_of_people = st.sampled_from([None, "two"])
_wip_lots = st.sampled_from([0, 0, 3])
_transport = st.sampled_from([{}, {"default": "2 min"}])
_release = st.sampled_from(["push", "push", {"conwip": 3}, {"rule": f"{MINE}:short_queue"}])
_any_route = {name: _route(name) for name in "rs"}
_any_center = {(name, rooms): _center(name, rooms=rooms) for name in _CENTERS for rooms in (False, True)}


@st.composite
def factories(draw: st.DrawFn, *, rooms: bool = True, before: bool | None = None) -> Plant:
    """A plant of three work centers, two products and all that may happen to them.

    before: places are kept there before work begins, without what is not honoured beside that.
    """
    routes = {name: draw(_any_route[name]) for name in "rs"}
    centers = [draw(_any_center[name, rooms]) for name in _CENTERS]
    if before or (before is None and rooms and draw(st.integers(0, 3)) == 0):
        for center in centers:
            center["buffer"] = {"capacity": draw(st.integers(0, 3)), "full": "block-before-service"}
        for operation in (operation for route in routes.values() for operation in route):
            operation |= {"batch": None, "routing": None}
    stream: dict[str, Any] = {"mix": {"p": 2, "q": 1}, "every": draw(_times(20, 60)), "due": "4 h"}
    stream |= {"pieces": draw(_pieces)}
    stream["calendar"] = draw(_some_calendar)
    table = [
        {"id": f"O{n}", "product": "q", "pieces": 4, "release": n * 3600.0, "due": "+1 d", "priority": n % 3}
        for n in range(draw(st.integers(0, 4)))
    ]
    people = [
        {
            "id": "people",
            "count": draw(st.integers(1, 4)),
            "skills": ["skill"],
            "tends": draw(st.integers(1, 3)),
        },
        {"id": "helpers", "count": draw(st.integers(1, 3)), "skills": ["skill"]},
    ]
    return Plant.model_validate(
        {
            "plant": "factory",
            "start": START,
            "calendars": _CALENDARS,
            "work_centers": centers,
            "personnel": [p | {"calendar": draw(_shift_of_people)} for p in people],
            "tools": [{"id": "jig", "count": draw(st.integers(1, 2))}],
            "utilities": [{"id": "steam", "limit": 0.5}],
            "routes": routes,
            "products": {
                "p": {"route": "r", "lot": draw(st.integers(1, 6)), "attributes": {"fabric": "red"}},
                "q": {"route": "s", "lot": 3, "priority": 1, "attributes": {"fabric": "blue"}},
            },
            "orders": [stream, *table],
            "wip": [
                {"id": f"W{n}", "product": "p", "pieces": n + 1, "operation": "r0", "release": -600.0 * n}
                for n in range(draw(_wip_lots))
            ],
            "release": draw(_release),
            "transport": draw(_transport),
            "tariff": {"default": "1/kWh", "periods": [{"when": "08:00-11:00", "price": "2/kWh"}]},
        }
    )
