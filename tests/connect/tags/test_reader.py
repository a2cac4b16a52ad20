"""Tags of a machine that was not made by us."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from zhizao.connect.tags import TagReader, TagRules, UnitTags
from zhizao.plant import Plant, parse_plant
from zhizao.quantities import InputError
from zhizao.records import GOOD, STALE, Value, values

START = datetime(2026, 3, 2, 8)
PLANT = """
zhizao: 1
plant: press
start: 2026-03-02 08:00
work_centers: [{id: press, units: 2}]
routes: {lid: [{id: stamp, on: [press], takes: {per_piece: 1 min}}]}
products: {lid: {route: lid, lot: 10}}
orders: [{product: lid, every: 1 h}]
"""


@pytest.fixture(name="plant")
def _plant() -> Plant:
    return parse_plant(PLANT)


def at(minutes: float, tag: str, value: float | str, status: int = GOOD) -> Value:
    text = value if isinstance(value, str) else None
    return (
        tag,
        (START + timedelta(minutes=minutes)).replace(tzinfo=UTC),
        None if isinstance(value, str) else value,
        text,
        status,
    )


def read(
    plant: Plant, rows: list[Value], rules: dict[str, UnitTags] | None = None, until: float = 60
) -> TagReader:
    reader = TagReader(TagRules(plant, rules or {}))
    reader.feed(values(rows))
    reader.read(START + timedelta(minutes=until))
    return reader


def test_states_of_a_plc_and_a_counter_are_work(plant: Plant) -> None:
    rules = UnitTags(
        tags={"State": "plc/40001", "Good": "plc/40002", "Lot": None},
        states={"0": "idle", "3": "busy", "9": "down"},
        rollover=65536,
    )
    rows = [
        at(0, "plc/40001", 0.0), at(0, "plc/40002", 65530.0),
        at(5, "plc/40001", 3.0), at(9, "plc/40002", 65535.0), at(12, "plc/40002", 4.0),
        at(15, "plc/40001", 0.0),
        at(20, "plc/40001", 9.0), at(26, "plc/40001", 0.0),
    ]  # fmt: skip
    found = read(plant, rows, {"press-1": rules})
    assert not found.faults
    events = found.events()
    assert events["activity"].to_list() == ["process", "failure"]
    assert events["pieces_good"].to_list() == [10, None]
    assert (events["end"] - events["start"]).to_list() == [timedelta(minutes=10), timedelta(minutes=6)]


def test_a_repair_interrupts_work_that_goes_on_afterwards(plant: Plant) -> None:
    tag = "press/press-1/State"
    found = read(plant, [at(0, tag, "busy"), at(4, tag, "down"), at(9, tag, "busy"), at(15, tag, "idle")])
    events = found.events()
    assert events["activity"].to_list() == ["process", "failure"]
    assert events["end"].to_list() == [START + timedelta(minutes=15), START + timedelta(minutes=9)]


def test_what_nobody_saw_is_unknown_and_not_idle(plant: Plant) -> None:
    tag = "press/press-1/State"
    found = read(
        plant, [at(0, tag, "idle"), at(5, tag, "", STALE), at(20, tag, "idle"), at(30, tag, "", STALE)]
    )
    assert found.unknown == [("press-1", START + timedelta(minutes=5), START + timedelta(minutes=20))]
    assert found.unknown_now() == {"press-1": START + timedelta(minutes=30)}
    assert found.states() == {"press-1": None, "press-2": None}


def test_what_cannot_be_understood_is_counted_in_words(plant: Plant) -> None:
    rows = [
        at(0, "press/press-1/State", "dancing"), at(1, "oven/oven-1/State", "busy"),
        at(2, "Lots/Released", "{"),
        at(3, "press/press-2/Good", 5.0), at(4, "press/press-2/Good", 3.0),
    ]  # fmt: skip
    faults = read(plant, rows).faults
    assert any("'dancing'" in f and "press-1" in f for f in faults)
    assert any("oven/oven-1/State" in f for f in faults)
    assert any("Lots/Released" in f for f in faults)
    assert any("counter Good went back" in f for f in faults)


def test_values_of_one_moment_are_one_change_in_whatever_order(plant: Plant) -> None:
    tag = "press/press-1/"
    rows = [
        at(0, tag + "State", "busy"), at(0, tag + "Lot", "A"),
        at(9, tag + "Lot", "B"), at(9, tag + "Good", 7.0),
    ]  # fmt: skip
    found = read(plant, [at(-1, tag + "Good", 0.0), *rows]).events()
    assert found["lot"].to_list() == ["A", "B"]
    assert found["pieces_good"].to_list() == [7, None]


def test_rules_that_fit_nothing_are_refused(plant: Plant) -> None:
    with pytest.raises(InputError, match=r"'press-9'.*'press-2'"):
        TagRules(plant, {"press-9": UnitTags()})
    both = {"press-1": UnitTags(tags={"State": "x"}), "press-2": UnitTags(tags={"State": "x"})}
    with pytest.raises(InputError, match="'x'"):
        _ = TagRules(plant, both).meanings
