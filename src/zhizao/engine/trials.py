"""Many short runs of one plant that differ only in the inputs of its rules: lowered once."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import replace
from os import cpu_count

from zhizao.engine.lower import Lowered, lower
from zhizao.engine.run import Task, prepare, replicate, with_log_level
from zhizao.engine.settings import RunSettings
from zhizao.plant import Plant
from zhizao.records import Records

Trial = tuple[Mapping[str, float], int]
"""Values of attributes of all products, which are numbers; number of the replication."""


class Trials:
    """A plant on which rules are tried."""

    def __init__(self, plant: Plant, settings: RunSettings) -> None:
        self._settings = settings
        self._lowered = with_log_level(lower(plant), settings.log)
        self._rules = prepare(self._lowered, settings.seed)

    def records(self, trials: Sequence[Trial]) -> list[Records]:
        """Run all, side by side.

        Raises
        ------
        KeyboardInterrupt
            Cancelled before all were done.
        """
        cancel = threading.Event()

        def one(trial: Trial) -> Records | None:
            task = Task(_with_numbers(self._lowered, trial[0]), self._settings, trial[1])
            done = replicate(task, self._rules, None, lambda _: not cancel.is_set())
            return None if done is None else done.records

        with ThreadPoolExecutor(min(cpu_count() or 1, max(len(trials), 1))) as pool:
            futures = [pool.submit(one, trial) for trial in trials]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
                found = [future.result() for future in futures]
            except BaseException:
                cancel.set()
                pool.shutdown(cancel_futures=True)
                raise
        return [records for records in found if records is not None]


def _with_numbers(lowered: Lowered, numbers: Mapping[str, float]) -> Lowered:
    """The tables with other values of attributes that are numbers, alike for all products."""
    t = lowered.tables
    values = t.values.copy()
    for name, value in numbers.items():
        values[t.products["number_first"] + lowered.names.numbers.index(name)] = value
    return replace(lowered, tables=t._replace(values=values))
