"""`zhizao connect run`: from the sources of a site to the state of its plant, for as long as it runs."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
from pydantic import BaseModel

from zhizao.connect.store import open_store
from zhizao.connect.tags import TagReader
from zhizao.quantities import InputError
from zhizao.quantities.errors import ConnectError
from zhizao.records.tags import CLOCK
from zhizao.workflows.shadow.intake import Intake, gaps_in_words
from zhizao.workflows.shadow.site import DUCKDB, OpcuaSource, Site
from zhizao.workflows.shadow.sources import AGAIN_S, Health, Running, sources_of

LOG = logging.getLogger(__name__)

STATUS = "status.json"
"""File in the folder of the spools that says how a running service is."""
_STEP_S = 0.1  # how often spools are drained and values are read
_SETTLE_S = 0.5  # OPC UA keeps the order of one tag, not across tags: a clock counts after this time
_LATE_S = 2.0  # without the clock of a plant, values may come so much later than their time
_NO_CLOCK_S = 5.0  # a plant whose clock has not come so long after its first value has none
_ARCHIVE_S = 3600.0  # how often old samples are moved to the archive
_STATUS_S = 1.0  # how often the status file is written
KEEP = timedelta(days=3)
"""Plant time for which the reader keeps what ended: live figures look back a day."""

OnRead = Callable[[TagReader, datetime], None]
"""Called after each reading, with the moment (local time) up to which all is read."""


class Status(BaseModel):
    """How a service is."""

    pid: int
    written: datetime
    moment: datetime | None = None
    """Local time of the plant up to which all is read."""
    last: datetime | None = None
    """When the last value came."""
    ahead_s: float | None = None
    """By how much the newest time of a value is ahead of the clock here when it comes."""
    kept: int = 0
    """Samples kept since the start."""
    sources: list[Health] = []
    faults: dict[str, int] = {}
    """What could not be understood, and how often."""
    store_error: str = ""
    """Why the store does not take samples."""
    gaps: list[str] = []
    """Samples that a source has numbered and that have not come."""
    unknown: dict[str, datetime] = {}
    """Units of which nobody knows what they do, and since when."""


class Service:
    """Keeps the samples of a site, and reads them as what its plant does.

    Parameters
    ----------
    site
        The site.

    Raises
    ------
    InputError
        The plant cannot be read, or the store cannot be opened.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.rules = site.rules()
        self.plant = self.rules.plant
        self.reader = TagReader(self.rules, site.time_zone)
        self.on_read: list[OnRead] = []
        """Called after each reading, in order."""
        self._forgot: datetime | None = None
        if site.store_url.startswith(DUCKDB):
            Path(site.store_url[len(DUCKDB) :]).parent.mkdir(parents=True, exist_ok=True)
        self.intake = Intake(open_store(site.store_url))
        self.sources: list[Running] = sources_of(site, self.rules, self.intake)
        ordered = not any(isinstance(source, OpcuaSource) for source in site.sources)
        self._settle_s = 0.0 if ordered else _SETTLE_S
        self._clocks: deque[tuple[float, datetime]] = deque()
        self._has_clock = False
        self._first_s: float | None = None
        self._last: datetime | None = None
        self._ahead_s: float | None = None
        self._store_error = ""
        self._errors: dict[str, str] = {}
        self._archived = self._written = float("-inf")
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """End `run` when all that has come is in the store."""
        self._stop.set()

    async def run(self, until: datetime | None = None) -> None:
        """Catch up with the store, then follow the sources until stopped, or until a moment of the plant.

        A source that fails is tried again, and its health says why; so is the store. Nothing is lost
        meanwhile: spools and edge nodes keep what the store does not have.
        """
        await asyncio.to_thread(self._catch_up)
        tasks = [asyncio.create_task(self._source(source)) for source in self.sources]
        try:
            while not self._stop.is_set():
                again_s = await self._tried(until)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), again_s)
        finally:
            for source in self.sources:
                source.stop()
            await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(ConnectError):  # what is not in the store waits in the spools
                for source in self.sources:
                    await source.drain()
            self._status_file().unlink(missing_ok=True)
            self.intake.store.close()

    def status(self) -> Status:
        """Say how the service is."""
        return Status(
            pid=os.getpid(),
            written=datetime.now(UTC),
            moment=self.reader.read_until,
            last=self._last,
            ahead_s=self._ahead_s,
            kept=self.intake.kept,
            sources=[self._health(source) for source in self.sources],
            store_error=self._store_error,
            gaps=[] if self._store_error else gaps_in_words(self.intake.gaps()),
            faults=dict(self.reader.faults),
            unknown=self.reader.unknown_now(),
        )

    # ------------------------------------------------------------ inside
    def _catch_up(self) -> None:
        """Read again what the store has of the last days."""
        found = self.intake.values(list(self.rules.meanings), timedelta(seconds=self.site.replay))
        self.reader.feed(found)
        if self.reader.clock is not None:
            self._has_clock = True
            self._read(self.reader.clock)

    async def _source(self, source: Running) -> None:
        """Run a source; what ends it, but for our stop, is said by its health and tried again."""
        while not self._stop.is_set():
            try:
                await source.run()
            except (InputError, OSError) as error:
                self._errors[source.name] = str(error)
                LOG.warning("%s: %s; trying again", source.name, error)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), AGAIN_S)

    def _health(self, source: Running) -> Health:
        """Say how a source is, and why it ended where it cannot say so itself."""
        found, error = source.health(), self._errors.get(source.name)
        return found if found.connected or error is None else found.model_copy(update={"error": error})

    async def _tried(self, until: datetime | None) -> float:
        """Go one round, and give the time to the next; a store that is down is named and tried again."""
        try:
            await self._round(until)
        except ConnectError as error:
            if str(error) != self._store_error:
                LOG.warning("store: %s; trying again", error)
            self._store_error = str(error)
            self._write_status()
            return AGAIN_S
        self._store_error = ""
        return _STEP_S

    async def _round(self, until: datetime | None) -> None:
        for source in self.sources:
            await source.drain()
        for frame in self.intake.take():
            self._feed(frame)
        moment = self._settled()
        before = self.reader.read_until
        if moment is not None and (before is None or moment > before):
            self._read(moment)
        if time.monotonic() - self._archived >= _ARCHIVE_S:
            self._archived = time.monotonic()
            await asyncio.to_thread(self.intake.archive, self.site)
        if time.monotonic() - self._written >= _STATUS_S:
            self._written = time.monotonic()
            self._write_status()
        if until is not None and self.reader.read_until is not None and self.reader.read_until >= until:
            self.stop()

    def _feed(self, frame: pl.DataFrame) -> None:
        self.reader.feed(frame)
        self._last = datetime.now(UTC)
        self._first_s = self._first_s or time.monotonic()
        newest, received = frame["time"].max(), frame["received"].max()
        if isinstance(newest, datetime) and isinstance(received, datetime):
            self._ahead_s = (newest - received).total_seconds()
        if not (frame["tag"] == CLOCK).any():
            return
        self._has_clock = True
        if self.reader.clock is not None:
            self._clocks.append((time.monotonic(), self.reader.clock))

    def _settled(self) -> datetime | None:
        """Give the moment (local time) up to which all values have come."""
        if not self._has_clock:
            if self._first_s is None or time.monotonic() - self._first_s < _NO_CLOCK_S:
                return None
            late = datetime.now(self.site.time_zone) - timedelta(seconds=_LATE_S)
            return late.replace(tzinfo=None)
        found, now = None, time.monotonic()
        while self._clocks and self._clocks[0][0] + self._settle_s <= now:
            found = self._clocks.popleft()[1]
        return found

    def _read(self, moment: datetime) -> None:
        self.reader.read(moment)
        for callback in self.on_read:
            callback(self.reader, moment)
        self._forgot = self._forgot or moment
        if moment - self._forgot > KEEP / 3:
            self.reader.forget(moment - KEEP)
            self._forgot = moment

    def _status_file(self) -> Path:
        return self.site.at(self.site.spool) / STATUS

    def _write_status(self) -> None:
        path = self._status_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(self.status().model_dump_json(indent=2), encoding="utf-8")
        part.replace(path)
