"""A plant that is played and the service that follows it, as processes of their own."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.connect.sparkplug.broker import Process
from zhizao.connect.store import open_store
from zhizao.connect.tags import TagRules
from zhizao.plant import read_plant

PLANT = Path(__file__).parents[3] / "examples" / "plants" / "bracket-shop.yaml"
ZHIZAO = [sys.executable, "-c", "import sys; from zhizao.cli import main; sys.exit(main())"]
START = "2026-01-05T06:00"  # a Monday, at the first shift
State = dict[str, Any]


def site(folder: Path, source: str, store: str = "duckdb:///data/site.duckdb") -> Path:
    """Write a site file with one source."""
    path = folder / "site.yaml"
    path.write_text(
        f"zhizao-site: 1\nplant: {PLANT}\nstore: {store}\nsources: [{{{source}}}]\n", encoding="utf-8"
    )
    return path


def emulator(folder: Path, hours: float, *options: str, speed: float = 0.0) -> Process:
    """A plant that is played for some hours of plant time; its states are in `played.jsonl`."""
    command = [*ZHIZAO, "connect", "emulate", str(PLANT), "--start", START, "--step", "900", *options]
    command += ["--speed", f"{speed}", "--days", f"{hours / 24}", "--states", str(folder / "played.jsonl")]
    return Process([*command, "--folder", str(folder / "emulate")], folder / "emulate.log")


def service(folder: Path, until: str, number: int = 0) -> Process:
    """The service; its states are in `read-NUMBER.jsonl`."""
    command = [*ZHIZAO, "connect", "run", str(folder / "site.yaml"), "--json", "--every", "0.5"]
    command += ["--until", until, "--states", str(folder / f"read-{number}.jsonl")]
    return Process(command, folder / f"run-{number}.log")


def ended(process: Process, within_s: float) -> None:
    """Wait for a good end."""
    assert process.running is not None
    code = process.running.wait(within_s)
    assert code == 0, process.log.read_text(encoding="utf-8")[-3000:]


def states(path: Path) -> dict[str, State]:
    """States by their moments."""
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1].splitlines()  # a killed process may have written half a line
    return {state["moment"]: _facts(state) for state in map(json.loads, whole)}


def read(folder: Path, number: int) -> dict[str, State]:
    """States that a service has read so far."""
    path = folder / f"read-{number}.jsonl"
    return states(path) if path.exists() else {}


def assert_whole(url: str) -> None:
    """The store has every sample once: the edge node numbered them without a gap."""
    store = open_store(url)
    try:
        assert store.gaps().is_empty()
        (held,) = store.committed().rows()
        tags = list(TagRules(read_plant(PLANT), {}).meanings)
        day = datetime(2026, 1, 5, tzinfo=UTC)
        assert store.query(tags, day, day + timedelta(days=2)).height == held[2] + 1
    finally:
        store.close()


def _facts(state: State) -> State:
    """What a plant says of itself; how long work will still take, nobody knows but the twin."""
    names = ("product", "operation", "at", "unit", "pieces")
    lots = {lot["id"]: {name: lot.get(name) for name in names} for lot in state["lots"]}
    return {"lots": lots, "units": {unit["id"]: unit.get("state", "idle") for unit in state["units"]}}


def assert_follows(folder: Path, least: int) -> None:
    """Every state that was read is the one that was played at that moment."""
    played = states(folder / "played.jsonl")
    read: dict[str, State] = {}
    for path in sorted(folder.glob("read-*.jsonl")):
        read |= states(path)
    assert len(read) >= least
    for moment, state in read.items():
        assert state == played[moment], moment
    assert any(state["lots"] for state in read.values())
