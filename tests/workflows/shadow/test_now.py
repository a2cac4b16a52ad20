"""The state of a plant from its tags is the plant's own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from zhizao import Session, read_plant
from zhizao.connect.tags import TagReader, TagRules, TagWriter
from zhizao.records import values
from zhizao.workflows.shadow.now import differences, now

EXAMPLES = Path(__file__).parents[3] / "examples" / "plants"


@pytest.mark.parametrize("name", ["bracket-shop", "garment", "energy-shop"])
def test_the_state_is_that_of_the_plant_at_every_look(name: str) -> None:
    plant = read_plant(EXAMPLES / f"{name}.yaml")
    session, writer, reader = Session(plant, seed=1), TagWriter(plant), TagReader(TagRules(plant, {}))
    for _ in range(9):
        session.advance(timedelta(hours=2))
        there = session.snapshot(exact=False)
        reader.feed(values(writer.step(session.records(), there)))
        reader.read(session.now)
        assert differences(now(plant, reader, session.now).state, there) == []


def test_without_messages_a_lot_is_at_the_operation_after_its_last_one() -> None:
    plant = read_plant(EXAMPLES / "bracket-shop.yaml")
    session, writer, reader = Session(plant, seed=1), TagWriter(plant), TagReader(TagRules(plant, {}))
    for _ in range(24):
        session.advance(timedelta(minutes=30))
        there = session.snapshot(exact=False)
        said = [v for v in writer.step(session.records(), there) if v[0] not in ("Lots/Moved", "Lots/Left")]
        reader.feed(values(said))
        reader.read(session.now)
    found = now(plant, reader, session.now)
    assert {(lot.id, lot.operation, lot.at) for lot in found.state.lots} == {
        (lot.id, lot.operation, lot.at) for lot in there.lots
    }
    assert not found.inferred
