"""Run replications of one plant or of many: side by side, with progress, cancel and checkpoints."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from io import BytesIO
from os import cpu_count
from pathlib import Path

from zhizao.engine.checkpoint import Checkpoint
from zhizao.engine.cluster import connected, on_cluster
from zhizao.engine.lower import Lowered
from zhizao.engine.packed import unpack
from zhizao.engine.rules import Rules
from zhizao.engine.run import Done, Task, prepare, replicate, window_s
from zhizao.engine.settings import Backend, LogLevel, Progress, Run, RunSettings
from zhizao.engine.stream import MOST_ROWS, LogRoom, LogStream


@dataclass(frozen=True, slots=True)
class _Means:
    """By what means runs are done that do not say."""

    backend: Backend = Backend.THREADS
    checkpoint: Path | None = None


_MEANS: ContextVar[_Means] = ContextVar("means", default=_Means())  # noqa: B039  it is frozen


@contextmanager
def computing(backend: Backend, checkpoint: Path | None = None) -> Iterator[None]:
    """Say for all runs inside, those of studies too, by what means they are done; results are the same.

    A Ray cluster that is not yet there is started once for all of them. Arguments are those of `run`.
    """
    with connected() if backend is Backend.RAY else nullcontext():
        before = _MEANS.set(_Means(backend, checkpoint))
        try:
            yield
        finally:
            _MEANS.reset(before)


def sweep(
    lowered: list[Lowered],
    settings: RunSettings,
    progress: Progress | None,
    means: tuple[Backend | None, Path | None],
) -> tuple[Run, ...]:
    """Run replications of plants side by side; one Run per plant, in their order.

    Parameters
    ----------
    means
        Backend, and folder for checkpoints; None: those of `computing` around it.

    Raises
    ------
    KeyboardInterrupt
        Cancelled before one replication was done; after that, a cancelled sweep returns what it has.
    """
    around = _MEANS.get()
    backend, checkpoint = means[0] or around.backend, means[1] or around.checkpoint
    return _Sweep(lowered, settings, checkpoint).all(backend, progress)


class _Sweep:
    """Replications to do, by whatever means, and those that are done."""

    def __init__(self, lowered: list[Lowered], settings: RunSettings, folder: Path | None) -> None:
        self._plants = [each.plant for each in lowered]
        self._settings = settings
        self._lowered = lowered
        each = range(settings.replications)
        self._tasks = [Task(lowered, settings, n) for lowered in self._lowered for n in each]
        self._done: list[Done | None] = [None] * len(self._tasks)
        self._shares = [0.0] * len(self._tasks)
        self._room = LogRoom(settings.log_folder)
        self._store = None if folder is None else Checkpoint(folder)
        self._cancel = threading.Event()

    def all(self, backend: Backend, progress: Progress | None) -> tuple[Run, ...]:
        """Do what no checkpoint has, and give one Run per plant."""
        began = time.perf_counter()
        rules = [prepare(lowered, self._settings.seed) for lowered in self._lowered]
        todo = [number for number in range(len(self._tasks)) if not self._recalled(number)]
        try:
            if backend is Backend.THREADS:
                self._in_threads(todo, rules, progress)
            else:
                self._on_ray(todo, progress)
        except KeyboardInterrupt:
            self._cancel.set()
        if not any(self._done):
            raise KeyboardInterrupt
        if self._room.scratch is not None:
            warnings.warn(
                f"the run has over {MOST_ROWS:,} rows of log and lots: what does not fit into memory is in "
                "temporary files; name a folder with RunSettings(log_folder=...) to keep it",
                stacklevel=3,
            )
        return self._runs(time.perf_counter() - began)

    def _runs(self, seconds: float) -> tuple[Run, ...]:
        n = self._settings.replications
        runs = []
        for place, plant in enumerate(self._plants):
            done = [x for x in self._done[place * n : place * n + n] if x is not None]
            records, operations = tuple(x.records for x in done), sum(x.operations for x in done)
            # One that came when all were done is an interrupt too: callers go by it
            interrupted = len(done) < n or self._cancel.is_set()
            runs.append(Run(plant, self._settings, records, operations, seconds, interrupted))
        return tuple(runs)

    def _name(self, number: int) -> str:
        """Name of the log file of a task."""
        plant = number // self._settings.replications + 1
        which = f"plant-{plant}-" if len(self._plants) > 1 else ""
        return f"{which}replication-{self._tasks[number].number}.parquet"

    def _recalled(self, number: int) -> bool:
        """Whether a checkpoint has this one; if so, it is done."""
        if self._store is not None:
            self._done[number] = self._store.read(self._tasks[number], self._room, self._name(number))
        self._shares[number] = float(self._done[number] is not None)
        return self._done[number] is not None

    def _tell(self, progress: Progress | None) -> None:
        if progress is not None:
            progress(sum(self._shares) / len(self._shares))

    # ------------------------------------------------------------ threads (the kernels hold no lock)
    def _in_threads(self, todo: list[int], rules: list[Rules], progress: Progress | None) -> None:
        threads = max(1, min(len(todo), self._settings.threads or cpu_count() or 1))
        n = self._settings.replications
        with ThreadPoolExecutor(threads) as pool:
            futures = [pool.submit(self._one, number, rules[number // n]) for number in todo]
            try:
                self._watch(futures, progress)
            except BaseException:
                self._cancel.set()
                raise

    def _watch(self, futures: list[Future[None]], progress: Progress | None) -> None:
        pending = set(futures)
        while pending:
            ended, pending = wait(pending, timeout=0.1, return_when=FIRST_COMPLETED)
            for future in ended:
                future.result()
            self._tell(progress)

    def _one(self, number: int, rules: Rules) -> None:
        def go_on(share: float) -> bool:
            self._shares[number] = share
            return not self._cancel.is_set()

        if self._cancel.is_set():
            return
        task, log = self._tasks[number], None
        if self._settings.log is not LogLevel.NONE:
            since, _ = window_s(task.lowered, self._settings)
            log = LogStream(task.lowered, self._room, self._name(number), since)
        done = replicate(task, rules, log, go_on)
        if done is not None:
            if self._store is not None:
                self._store.write(task, done)
            self._done[number] = done
            self._shares[number] = 1.0

    # ------------------------------------------------------------ Ray
    def _on_ray(self, todo: list[int], progress: Progress | None) -> None:
        def keep(number: int, packed: bytes) -> None:
            if self._store is not None:
                self._store.write(self._tasks[number], packed)
            self._done[number] = unpack(BytesIO(packed), self._room, self._name(number))
            self._shares[number] = 1.0

        tasks = {number: self._tasks[number] for number in todo}
        on_cluster(tasks, self._settings, keep, lambda: self._tell(progress))
