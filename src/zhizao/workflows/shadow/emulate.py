"""A plant that plays itself: the twin's records as live tags, over OPC UA or Sparkplug."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from zhizao.connect.tags import TagRules, TagWriter
from zhizao.engine import Session
from zhizao.plant import Plant, PlantState
from zhizao.quantities import InputError
from zhizao.records import Value, values
from zhizao.records.tags import NUMBERS

if TYPE_CHECKING:
    from zhizao.connect.opcua import Server
    from zhizao.connect.sparkplug import EdgeNode
    from zhizao.connect.store import Spool

WAITING_FOR_DATA = 0x80320000
"""Status of a tag that has no value yet (`Bad_WaitingForInitialData`)."""
_LOOK_S = 0.1  # how often to look whether somebody subscribes, or has taken all
_LAST_S = 2.0  # a server stays for so long after its last value, so that clients get it

OnState = Callable[[PlantState], None]


@dataclass(frozen=True)
class Pace:
    """How fast a plant plays, and for how long.

    Parameters
    ----------
    speed : plant time per time of the clock on the wall; None: as fast as it can.
    step_s : plant time between two looks at the plant; what happens in between has its own time.
    length : plant time after which it ends; None: no end.
    """

    speed: float | None = 60.0
    step_s: float = 60.0
    length: timedelta | None = None

    def __post_init__(self) -> None:
        """Refuse times that do not pass."""
        if not (self.step_s > 0 and (self.speed is None or self.speed > 0)):
            found = f"found speed {self.speed}, step_s {self.step_s}"
            raise InputError(f"emulate: {found}; both are above 0")


class Emulator:
    """One run of a plant, said as values of tags step by step.

    The times of values are those of the plant, which begins at `start`. If that is now, they are at speed 1
    those of the clock on the wall; at speed 60 they run ahead of it, an hour a minute.

    Parameters
    ----------
    plant
        The plant.
    seed
        Which run it is.
    start
        Local time at which the plant begins; None: that of the plant file.
    zone
        Time zone of the plant.
    """

    def __init__(
        self, plant: Plant, seed: int = 1, *, start: datetime | None = None, zone: tzinfo = UTC
    ) -> None:
        self.plant = plant if start is None else plant.replace({"start": start})
        self._session = Session(self.plant, seed)
        self._writer = TagWriter(self.plant, zone)
        self._zone = zone

    @property
    def now(self) -> datetime:
        """Local time of the plant."""
        return self._session.now

    def tags(self) -> list[Value]:
        """Give every tag once, without a value, so that a client can subscribe to it."""
        start = self.plant.start.replace(tzinfo=self._zone).astimezone(UTC)
        named = TagRules(self.plant, {}).meanings
        return [
            (tag, start, None, None if meaning.what in NUMBERS else "", WAITING_FOR_DATA)
            for tag, meaning in named.items()
        ]

    def step(self, step_s: float) -> tuple[list[Value], PlantState]:
        """Run on, and give what the tags say of it, and the state after it."""
        self._session.advance(timedelta(seconds=step_s))
        state = self._session.snapshot(exact=False)
        return [_plain(value) for value in self._writer.step(self._session.records(), state)], state

    async def play(self, pace: Pace, on_state: OnState | None = None) -> AsyncIterator[list[Value]]:
        """Give the values of each step when it is due."""
        start, begun = self.now, time.monotonic()
        while pace.length is None or self.now - start < pace.length:
            said, state = self.step(pace.step_s)
            due = begun if pace.speed is None else begun + (self.now - start).total_seconds() / pace.speed
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            yield said
            if on_state is not None:
                on_state(state)


def _plain(value: Value) -> Value:
    """Say pieces as text always: those of a batch are a list, and a tag has one type."""
    tag, moment, number, text, status = value
    if number is not None and tag.endswith("/Pieces"):
        return tag, moment, None, f"{number:g}", status
    return tag, moment, number, text, status


async def play_opcua(
    emulator: Emulator, server: Server, pace: Pace, *, at_once: bool = False, on_state: OnState | None = None
) -> None:
    """Play a plant as an OPC UA server.

    It begins when a client has subscribed, as a server keeps values for subscribers alone; `at_once`: now.
    """
    async with server:
        await server.publish(emulator.tags())
        watched = -1
        while not at_once and (watched <= 0 or watched != server.watched()):
            watched = server.watched()
            await asyncio.sleep(_LOOK_S)
        async for said in emulator.play(pace, on_state):
            await server.publish(said)
        await asyncio.sleep(_LAST_S)


async def play_sparkplug(
    emulator: Emulator, edge: EdgeNode, spool: Spool, pace: Pace, *, on_state: OnState | None = None
) -> None:
    """Play a plant as a Sparkplug edge node; it ends when the host has committed all values."""
    sender = asyncio.create_task(edge.run())
    try:
        async for said in emulator.play(pace, on_state):
            await asyncio.to_thread(spool.append, values(said))
            if sender.done():
                break
        while not sender.done() and spool.depth():
            await asyncio.sleep(_LOOK_S)
    finally:
        edge.stop()
        await sender


@contextlib.contextmanager
def states_to(path: Path | None) -> Iterator[OnState | None]:
    """Write states to a file, one a line."""
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8") as file:

        def write(state: PlantState) -> None:
            file.write(state.model_dump_json(exclude_none=True) + "\n")
            file.flush()

        yield write
