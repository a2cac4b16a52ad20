"""What is read again from the store is what was read when it came; what comes twice is read once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from zhizao.connect.store import Spool, open_store
from zhizao.connect.tags import TagReader, TagRules
from zhizao.plant import read_plant
from zhizao.records import values
from zhizao.workflows.shadow.emulate import Emulator
from zhizao.workflows.shadow.intake import Intake

EXAMPLES = Path(__file__).parents[3] / "examples" / "plants"


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    store = open_store(f"duckdb:///{tmp_path}/site.duckdb")
    yield Intake(store)
    store.close()


@pytest.mark.parametrize("name", ["bracket-shop", "garment", "furnace"])
def test_a_restart_reads_what_was_read_before(name: str, intake: Intake, tmp_path: Path) -> None:
    plant = read_plant(EXAMPLES / f"{name}.yaml")
    rules, emulator = TagRules(plant, {}), Emulator(plant)
    before, after = TagReader(rules), TagReader(rules)
    spool = Spool(tmp_path / "plant.spool", source="plant")
    for _ in range(40):
        said, _ = emulator.step(900.0)
        spool.append(values(said))
        intake.drain(spool)
    for frame in intake.take():
        before.feed(frame)
    after.feed(intake.values(list(rules.meanings), timedelta(days=14)))
    for reader in (before, after):
        assert reader.clock == emulator.now
        reader.read(emulator.now)
    row = ["unit", "start", "lot", "activity"]
    assert after.events().sort(row).drop("batch").equals(before.events().sort(row).drop("batch"))
    assert after.events().height >= 10
    assert after.lots().equals(before.lots())
    assert not after.faults
    spool.close()


def test_what_comes_again_is_kept_and_read_once_also_after_a_restart(intake: Intake, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "plant.spool", source="plant")
    said, _ = Emulator(read_plant(EXAMPLES / "one-machine.yaml")).step(3600.0)
    spool.append(values(said))
    samples = spool.waiting(1000)
    intake.append(samples.head(5))
    intake.append(samples)
    assert sum(frame.height for frame in intake.take()) == samples.height == intake.kept
    again = Intake(intake.store)
    again.append(samples)
    assert again.take() == []
    assert again.kept == 0
    spool.close()
