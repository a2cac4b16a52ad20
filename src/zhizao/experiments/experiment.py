"""Runs of scenarios in one window, with common random numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from os import cpu_count
from typing import Generic, TypeVar

from zhizao.engine import LogLevel, Progress, RunSettings, run_twins
from zhizao.experiments.cancel import interrupted
from zhizao.experiments.facts import standstills_of
from zhizao.experiments.progress import Parts
from zhizao.experiments.scenario import Scenario
from zhizao.experiments.window import Window, find_window, longest, window_from, wip_growth
from zhizao.plant import Plant
from zhizao.records import Records, Standstill, lots_alone

PILOT_REPLICATIONS = 5
_LEAST_BATCH = 8

T = TypeVar("T")
Measure = Callable[[Records, Plant], T]
"""Measures one replication of a plant."""


def batch_size() -> int:
    """Replications of a scenario that are run, and whose event logs are in memory, at once."""
    return max(_LEAST_BATCH, cpu_count() or 1)


@dataclass
class Experiment:
    """Scenarios that are run with common random numbers: replication n of each has the same ones.

    `log` is how much runs in the window write down. Each step names its share of all the work, by which
    `progress` is called with the completed fraction.
    """

    seed: int = 1
    progress: Progress | None = None
    log: LogLevel = LogLevel.EVENTS
    window: Window = field(default_factory=lambda: Window(1.0, 0.0, ""))
    parts: Parts = field(init=False)

    def __post_init__(self) -> None:
        self.parts = Parts(self.progress)

    def find_window(self, scenarios: Sequence[Scenario], days: float | None, share: float) -> Window:
        """Find the window that suits all scenarios, from a pilot of each, and keep it."""
        found = []
        for one in scenarios:
            if one.state is not None:
                found.append(window_from(one.state, days))
                continue
            said = self.parts.next(share / len(scenarios))

            def pilot(length: float, one: Scenario = one, said: Progress | None = said) -> Sequence[Records]:
                settings = RunSettings(length, self.seed, PILOT_REPLICATIONS)
                return complete_run(one, settings, said)

            found.append(find_window(one.plant, pilot, days))
        self.window = longest(found)
        return self.window

    def records(
        self, scenario: Scenario, first: int, replications: int, share: float = 0.0
    ) -> Sequence[Records]:
        """Run a scenario in the window, from replication `first` on.

        Raises
        ------
        KeyboardInterrupt
            Cancelled before all were done; a part of them would break the pairs.
        """
        said = self.parts.next(share)
        return complete_run(scenario, self._settings(first, replications), said)

    def side_by_side(
        self, scenarios: Sequence[Scenario], first: int, replications: int, share: float = 0.0
    ) -> list[Sequence[Records]]:
        """As `records`, of several scenarios at once: short runs keep all processors busy.

        Raises
        ------
        KeyboardInterrupt
            Cancelled before all were done.
        """
        said = self.parts.next(share)
        runs = run_twins([one.twin for one in scenarios], self._settings(first, replications), progress=said)
        if any(run.interrupted for run in runs):
            raise KeyboardInterrupt
        return [run.records for run in runs]

    def some_records(
        self, scenario: Scenario, first: int, replications: int, share: float = 0.0
    ) -> tuple[Sequence[Records], bool]:
        """As `records`; cancelled, those that were done, and True.

        Raises
        ------
        KeyboardInterrupt
            Cancelled before one was done.
        """
        said = self.parts.next(share)
        done = scenario.twin.run(self._settings(first, replications), progress=said)
        return done.records, done.interrupted

    def _settings(self, first: int, replications: int) -> RunSettings:
        return RunSettings(
            self.window.warm_up_days + self.window.days,
            seed=self.seed,
            replications=replications,
            log=self.log,
            warm_up_days=self.window.warm_up_days,
            first_replication=first,
        )


def complete_run(
    scenario: Scenario, settings: RunSettings, progress: Progress | None = None
) -> Sequence[Records]:
    """All replications of a scenario.

    Raises
    ------
    KeyboardInterrupt
        Cancelled: a part of the replications would pass for all of them.
    """
    done = scenario.twin.run(settings, progress=progress)
    if done.interrupted:
        raise KeyboardInterrupt
    return done.records


@dataclass
class Replications(Generic[T]):
    """Replications of scenarios as they come in, measured; event logs are dropped once they are.

    `rows` has a list per scenario with an entry per replication, `lots` the records without events. All
    scenarios have the same replications: a cancel drops a batch that is not whole, but that of a single
    scenario.
    """

    experiment: Experiment
    scenarios: Sequence[Scenario]
    measure: Measure[T]
    rows: list[list[T]] = field(init=False)
    lots: list[list[Records]] = field(init=False)
    interrupted: bool = False

    def __post_init__(self) -> None:
        self.rows = [[] for _ in self.scenarios]
        self.lots = [[] for _ in self.scenarios]

    @property
    def done(self) -> int:
        """Replications that all scenarios have."""
        return len(self.rows[0])

    def run(self, more: int, share: float, at_least: int = 1) -> None:
        """Run and measure more replications of every scenario.

        Raises
        ------
        KeyboardInterrupt
            Cancelled before `at_least` replications were done; after that a cancel keeps what is there.
        """
        if interrupted(lambda: self._batches(self.done + more, share / more)):
            if self.done < at_least:
                raise KeyboardInterrupt
            self.interrupted = True

    def _batches(self, until: int, share_of_each: float) -> None:
        while self.done < until and not self.interrupted:
            n = min(batch_size(), until - self.done)
            self._batch(n, n * share_of_each)

    def _batch(self, n: int, share: float) -> None:
        alone = len(self.scenarios) == 1
        found: list[tuple[list[T], list[Records]]] = []
        cut = False
        for one in self.scenarios:
            step = share / len(self.scenarios)
            if alone:
                records, cut = self.experiment.some_records(one, self.done, n, step)
            else:
                records = self.experiment.records(one, self.done, n, step)
            found.append(([self.measure(r, one.plant) for r in records], [lots_alone(r) for r in records]))
        rows = [[*old, *new] for old, (new, _) in zip(self.rows, found, strict=True)]
        lots = [[*old, *new] for old, (_, new) in zip(self.lots, found, strict=True)]
        self.rows, self.lots, self.interrupted = rows, lots, cut

    def keeps_up(self, place: int = 0) -> bool:
        """Whether a scenario can keep up with its orders."""
        return self.experiment.window.ends or not wip_growth(self.lots[place]).steady

    def standstills(self) -> tuple[tuple[str, Standstill], ...]:
        """The first standstill of each scenario, with how many runs of it had one."""
        return tuple(
            found
            for place, lots in enumerate(self.lots)
            for found in standstills_of(lots, self._label(place))
        )

    def _label(self, place: int) -> str:
        name = self.scenarios[place].name
        return f"after {name!r}" if place else name if len(self.scenarios) > 1 else ""
