"""Plants in which everything may meet: factories that also build, split, carry, rush, hold and come back."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.laws.factories import factories
from zhizao.plant import Plant

Form = dict[str, Any]
_AT = {"x": [0, 0], "y": [30, 10], "z": [5, 40]}
_FABRIC = {"attributes": {"fabric": "blue"}}
some = st.integers(0, 2).map(lambda n: n == 0)
minutes = st.integers(1, 12).map(lambda m: f"exponential({m} min)")
_stops = st.sampled_from(["resume", "restart", "scrap"]).map(
    lambda then: [{"clock": "busy", "between": "40 min", "repair": "9 min", "then": then}]
)


def busy_forms() -> st.SearchStrategy[Form]:
    """Forms of busy plants, as in a file; a few do not pass the checks of a plant."""
    return _busy_forms()


def busy_plants() -> st.SearchStrategy[Plant]:
    """Busy plants without faults."""
    return _busy_forms().filter(_passes).map(Plant.model_validate)


def _passes(form: Form) -> bool:
    try:
        Plant.model_validate(form)
    except ValueError:
        return False
    return True


@st.composite
def _busy_forms(draw: st.DrawFn) -> Form:
    form: Form = draw(factories()).model_dump(mode="json", by_alias=True)
    form["transport"].setdefault("default", "0 s")
    if isinstance(form["release"], dict) and "rule" in form["release"]:
        form["release"]["rule"] = "tests.engine.rules_of_mine:three_in_plant"  # lets in again and again
    for part in (_build, _branch, _split, _rush, _store, _carry, _release):
        if draw(some):
            part(draw, form)
    return form


def _steps(form: Form) -> list[Form]:
    return [operation for route in form["routes"].values() for operation in route]


def _kept(form: Form) -> set[str]:
    """Work centers where lots keep places before work begins."""
    kept = [c for c in form["work_centers"] if (c.get("buffer") or {}).get("full") == "block-before-service"]
    return {center["id"] for center in kept}


def _places(operation: Form) -> set[str]:
    return {place if isinstance(place, str) else place["work_center"] for place in operation["on"]}


def _alone(form: Form) -> list[Form]:
    """Work centers where no lots go in batches or in a cascade."""
    several = [_places(o) for o in _steps(form) if o.get("batch") or o.get("cascade")]
    return [center for center in form["work_centers"] if center["id"] not in set().union(*several)]


def _build(draw: st.DrawFn, form: Form) -> None:
    """Some operation builds lids in, which come by orders, by cards or from another operation."""
    form["routes"]["lids"] = [{"id": "lid", "on": [draw(st.sampled_from("xyz"))], "takes": draw(minutes)}]
    lid: Form = {"route": "lids", "lot": draw(st.integers(1, 4)), "stock": {}} | _FABRIC
    lid["stock"]["initial"] = draw(st.integers(0, 3))
    if draw(st.booleans()):
        lid["stock"] = {
            "kanban": draw(st.integers(1, 3)),
            "initial": min(lid["stock"]["initial"], lid["lot"]),
        }
    else:
        form["orders"].append({"product": "lid", "every": "exponential(30 min)", "pieces": 6})
    form["products"]["lid"] = lid
    taker = draw(st.sampled_from([*form["routes"]["r"], *form["routes"]["s"]]))
    taker["parts"] = {"lid": draw(st.integers(1, 2))}


def _split(draw: st.DrawFn, form: Form) -> None:
    """Some operation leaves by-products, some other splits its lots; not where places are kept."""
    form["products"]["screw"] = {"route": draw(st.sampled_from([None, "s"]))} | _FABRIC
    draw(st.sampled_from(form["routes"]["r"]))["makes"] = {"screw": draw(st.integers(1, 2))}
    if not _kept(form):
        draw(st.sampled_from(_steps(form)))["split"] = draw(st.integers(1, 4))


def _branch(draw: st.DrawFn, form: Form) -> None:
    """Lots are held, and go back, skip operations or leave early."""
    for route in (form["routes"]["r"], form["routes"]["s"]):
        operation = draw(st.sampled_from(route))
        if draw(st.booleans()):
            operation["hold"] = {"share": draw(st.sampled_from([0.3, 1.0])), "for": draw(minutes)}
        if draw(st.booleans()):
            target = draw(st.sampled_from(route))["id"]
            operation["next"] = {target: 1, "end": draw(st.integers(1, 3))}


def _rush(draw: st.DrawFn, form: Form) -> None:
    """Some orders are hot, and interrupt others where lots go alone."""
    form["orders"].append({"product": "q", "every": "exponential(1 h)", "hot": True})
    for center in _alone(form):
        center["preempt"] = draw(st.sampled_from(["never", "resume", "restart"]))


def _store(draw: st.DrawFn, form: Form) -> None:
    """Output places where lots go alone."""
    for center in _alone(form):
        buffer = center.get("buffer") or {"capacity": draw(st.integers(0, 3))}
        center["buffer"] = buffer | {"output": draw(st.integers(0, 2))}


def _carry(draw: st.DrawFn, form: Form) -> None:
    """Vehicles, a conveyor and a rack; the last two not where places are kept."""
    transport = form["transport"]
    before = bool(_kept(form))
    if before or draw(st.booleans()):
        transport["fleets"] = [draw(_fleets())]
        for center in form["work_centers"]:
            center["at"] = _AT[center["id"]]
    if not before and draw(st.booleans()):
        belt: Form = {"id": "belt", "from": "x", "to": "y", "length": 60, "speed": 0.1}
        kind = draw(st.sampled_from(["accumulating", "slotted"]))
        transport["conveyors"] = [belt | {"places": draw(st.integers(1, 4)), "kind": kind}]
    if not before and draw(st.booleans()):
        rack: Form = {"id": "asrs", "serves": ["z"], "length": 90, "height": 30, "at": [0, 40]}
        rack |= {"speed": 0.5, "lift": 0.2, "command": draw(st.sampled_from(["single", "dual"]))}
        transport["cranes"] = [rack | {"failures": draw(_stops) if draw(st.booleans()) else []}]
        own = next(center for center in form["work_centers"] if center["id"] == "z")
        own["buffer"] = (own.get("buffer") or {}) | {"capacity": draw(st.integers(0, 2))}


@st.composite
def _fleets(draw: st.DrawFn) -> Form:
    return {
        "id": "agv",
        "vehicles": draw(st.integers(1, 3)),
        "speed": 0.2,
        "load": "exponential(20 s)",
        "dispatch": draw(st.sampled_from(["fifo", "nearest", "priority", "earliest-due-date"])),
        "charging": {"after": "2 h", "for": "20 min", "chargers": draw(st.none() | st.integers(1, 2))},
        "failures": draw(_stops) if draw(st.booleans()) else [],
        "calendar": draw(st.none() | st.just("two")),
        "power": {"idle": 1.0, "busy": 2.0},
    }


def _release(draw: st.DrawFn, form: Form) -> None:
    """Few lots inside."""
    form["release"] = {"conwip": draw(st.integers(1, 6))}
