"""What a run is asked for, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from zhizao.plant import Plant
from zhizao.quantities import InputError
from zhizao.records import Records

DAY_S = 86400.0

Progress = Callable[[float], None]
"""Called with the completed fraction, 0..1."""


class LogLevel(Enum):
    """What a run writes down."""

    NONE = "none"  # only the states of the units
    LOTS = "lots"
    EVENTS = "events"  # lots and the whole event log


class Backend(Enum):
    """What works on replications side by side; the results are the same to the bit."""

    THREADS = "threads"  # of this process
    RAY = "ray"  # processes of a Ray cluster: this machine, or the one that RAY_ADDRESS names


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How long, how often, from which seed.

    `days` is the whole run, `warm_up_days` its part before the window of the records. `threads` defaults to
    the number of processors; results are the same to the bit with any number.

    The event log and the lots of each replication go to Parquet files in `log_folder` while it runs;
    `Records.event_file` and `Records.lot_table` name them. Without a folder they stay in memory, up to a few
    million rows over all replications; what is larger goes to a temporary folder, and a warning says so.

    `turns_at_once` bounds the turns of the event loop (events, and lots let in or started) at one simulated
    moment; a run that goes on after them ends with an error that names what goes round. By default it is so
    large (some millions, more with the lots and operations) that only a loop comes there.
    """

    days: float
    seed: int = 1
    replications: int = 1
    threads: int | None = None
    log: LogLevel = LogLevel.LOTS
    warm_up_days: float = 0.0
    first_replication: int = 0
    log_folder: Path | None = None
    turns_at_once: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.days < 1e6:
            raise InputError(f"found a run of {self.days:g} days; right is more than 0, less than a million")
        if not 0 <= self.warm_up_days < self.days:
            raise InputError(
                f"found {self.warm_up_days:g} days of warm-up in a run of {self.days:g} days; "
                "right is less than the run"
            )
        if self.replications < 1 or self.first_replication < 0:
            raise InputError(f"found {self.replications} replications; right is 1 or more")
        if self.threads is not None and self.threads < 1:
            raise InputError(f"found {self.threads} threads; right is 1 or more")
        if self.turns_at_once is not None and self.turns_at_once < 1:
            raise InputError(f"found turns_at_once {self.turns_at_once}; right is 1 or more")
        if self.log_folder is not None and self.log is LogLevel.NONE:
            raise InputError(
                f"found log_folder {self.log_folder} and log none; right is LogLevel.EVENTS or LOTS"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Replications of one plant. `interrupted`: it was cancelled, and holds the replications done by then."""

    plant: Plant
    settings: RunSettings
    records: tuple[Records, ...]
    operations: int
    seconds: float
    interrupted: bool = False
