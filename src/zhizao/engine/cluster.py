"""Replications on a Ray cluster. A task done again gives the same, so a lost node loses nothing."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from zhizao.engine.lower import Lowered
from zhizao.engine.packed import pack
from zhizao.engine.run import Task, prepare, replicate, window_s
from zhizao.engine.settings import LogLevel, RunSettings
from zhizao.engine.stream import MOST_ROWS, LogRoom, LogStream
from zhizao.quantities import EngineError, InputError

_RETRIES = 20  # of one replication, each on account of a worker or a node that was lost
_AHEAD = 2  # tasks handed out per processor: enough that none waits, few enough that a cancel is quick

Keep = Callable[[int, bytes], None]
"""Is given the number of a task and what came of it, packed."""


def on_cluster(
    tasks: Mapping[int, Task], settings: RunSettings, keep: Keep, tell: Callable[[], None]
) -> None:
    """Do tasks on the cluster that is `connected`; `tell` is called now and then."""
    ray = _ray()
    with connected(settings.threads):
        remote = ray.remote(num_cpus=1, max_retries=_RETRIES)(_one)
        plants: dict[int, Any] = {}
        for task in tasks.values():
            if id(task.lowered) not in plants:
                plants[id(task.lowered)] = ray.put(task.lowered)
        waiting = list(tasks)[::-1]
        running: dict[Any, int] = {}
        try:
            while waiting or running:
                while waiting and len(running) < _at_once(ray, settings.threads):
                    number = waiting.pop()
                    plant = plants[id(tasks[number].lowered)]
                    running[remote.remote(plant, settings, tasks[number].replication, sys.path)] = number
                ready, _ = ray.wait(list(running), num_returns=1, timeout=0.2)
                for reference in ready:
                    keep(running[reference], _got(ray, reference))
                    del running[reference]
                tell()
        finally:
            for reference in running:
                ray.cancel(reference)


def _at_once(ray: Any, threads: int | None) -> int:
    return threads or max(1, _AHEAD * int(ray.cluster_resources().get("CPU", 1)))


def _got(ray: Any, reference: Any) -> bytes:
    try:
        return bytes(ray.get(reference))
    except ray.exceptions.RayTaskError as error:  # what went wrong in the replication itself
        raise error.cause from None
    except ray.exceptions.RayError as error:
        raise EngineError(f"the Ray cluster lost a replication {_RETRIES} times over: {error}") from error


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        raise InputError("running on Ray takes the extra: pip install 'zhizao[cluster]'") from None
    return ray


@contextmanager
def connected(threads: int | None = None) -> Iterator[None]:
    """Have a cluster: the one there is, else that of RAY_ADDRESS, else a new one on this machine."""
    ray = _ray()
    if ray.is_initialized():
        yield
        return
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    if "RAY_ADDRESS" in os.environ:
        ray.init(**quiet)
    else:
        ray.init(address="local", num_cpus=threads, include_dashboard=False, **quiet)
    try:
        yield
    finally:
        ray.shutdown()


# ---------------------------------------------------------------- on a worker
def _one(lowered: Lowered, settings: RunSettings, replication: int, paths: list[str]) -> bytes:
    """One replication, packed."""
    sys.path += [path for path in paths if path not in sys.path]  # where rules of the user's own are
    rules = prepare(lowered, settings.seed)
    log = None
    if settings.log is not LogLevel.NONE:
        room = LogRoom(None, 0 if settings.log_folder is not None else MOST_ROWS)
        log = LogStream(lowered, room, "events.parquet", window_s(lowered, settings)[0])
    done = replicate(Task(lowered, settings, replication), rules, log, lambda _: True)
    assert done is not None  # nobody said to stop
    packed = BytesIO()
    pack(done, packed)
    return packed.getvalue()
