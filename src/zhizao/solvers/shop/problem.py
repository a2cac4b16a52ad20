"""A shop as arrays, and a schedule of it.

Times are whole numbers (the reader of a plant chooses the tick); jobs, operations, modes and units are row
numbers from 0. A *mode* is one way to do an operation: a unit, perhaps a worker, and the time that it takes
there. What a shop lacks is None, and costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

import numpy as np
import numpy.typing as npt

from zhizao.quantities.errors import InputError, nearest_name

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
NOWHERE = -1
LATEST = 2**50  # no time of a shop may reach this: sums of times stay exact and far from overflow


class Objective(StrEnum):
    """What a schedule minimises; a plain string with the same text is as good.

    Raises
    ------
    InputError
        `Objective(text)` of an unknown text, with the valid names and the nearest of them.
    """

    MAKESPAN = "makespan"  # the last end
    TARDINESS = "tardiness"  # sum over jobs of weight × time after the due date
    FLOW_TIME = "flow-time"  # sum over jobs of weight × (end − release)

    @classmethod
    def _missing_(cls, value: object) -> Self:
        names = [member.value for member in cls]
        near = nearest_name(str(value), names)
        hint = f"; did you mean {near!r}?" if near else ""
        raise InputError(f"objective: found {value!r}; right is {', '.join(names[:-1])} or {names[-1]}{hint}")


@dataclass(frozen=True, eq=False)
class SetUps:
    """Times between two operations that follow one another on a unit, by their families.

    A set-up is work of the unit: it is not done in breaks.
    """

    family: Ints  # [operations]
    time: Ints  # [units or 1, families before, families after]; a first size of 1: one table for all units
    start: Ints  # [units]: the family set up at time 0; −1: none, and the first set-up costs nothing
    with_job: bool = (
        False  # True: the job must have come before the set-up begins (else it is done in advance)
    )


@dataclass(frozen=True, eq=False)
class Breaks:
    """When units do not work: half-open intervals, sorted, apart; an operation stops and goes on after it.

    It neither starts in a break nor ends in one; worker and pools are held through it.
    """

    first: Ints  # [units + 1]: where the breaks of a unit begin in the two arrays below
    begin: Ints
    end: Ints


@dataclass(frozen=True, eq=False)
class Transport:
    """Vehicles bring a job from unit to unit, one job at a time; at time 0 all stand at `home`.

    A job that stays where it is needs no vehicle. A vehicle comes empty from where it was.
    """

    time: Ints  # [places, places]; place u is unit u; one more place may be where jobs come in and leave
    vehicles: int  # 0: as many as are wanted (transport is a lag)
    home: int  # the place where vehicles stand at first and jobs wait at first
    goal: int = NOWHERE  # the place that a job must be brought to before it counts as done


@dataclass(frozen=True, eq=False)
class Pools:
    """Things of which an operation takes some for all its time (people, tools, fixtures)."""

    capacity: Ints  # [pools]
    need: Ints  # [operations, pools]


@dataclass(frozen=True, eq=False, kw_only=True)
class Problem:
    """A shop; `mode_first`, `before_first` [operations + 1] say where the rows of an operation begin."""

    name: str
    job: Ints  # [operations]
    mode_first: Ints
    mode_unit: Ints
    mode_time: Ints
    mode_worker: Ints | None = None  # [modes]; a worker does one operation at a time, as a unit does
    before_first: Ints
    before: Ints  # operations that must have ended
    units: int
    workers: int = 0
    release: Ints  # [jobs]
    due: Ints  # [jobs]; LATEST: none
    weight: Ints  # [jobs]
    no_wait: Flags | None = None  # [operations]: starts the moment the one before it ends (and has come)
    blocking: Flags | None = None  # [units]: a job stays on the unit until its next unit takes it
    same_order: bool = False  # a permutation shop: all units take the jobs in one order
    setups: SetUps | None = None
    breaks: Breaks | None = None
    transport: Transport | None = None
    pools: Pools | None = None
    objective: Objective = Objective.MAKESPAN
    best_known: int | None = field(default=None)  # of a benchmark; never used by a search

    def __post_init__(self) -> None:
        object.__setattr__(self, "objective", Objective(self.objective))  # a plain string becomes a member

    @property
    def operations(self) -> int:
        """How many operations there are."""
        return len(self.job)

    @property
    def jobs(self) -> int:
        """How many jobs there are."""
        return len(self.release)

    @classmethod
    def of_routes(cls, name: str, routes: Sequence[Sequence[Sequence[tuple[int, int]]]], units: int) -> Self:
        """Jobs that are chains of operations: for each job, for each operation, its pairs (unit, time)."""
        chain = [(number, modes) for number, route in enumerate(routes) for modes in route]
        job = np.array([number for number, _ in chain], np.int64)
        modes = [mode for _, modes in chain for mode in modes]
        later = np.flatnonzero(np.r_[False, job[1:] == job[:-1]]) if len(job) else np.zeros(0, np.int64)
        has_before = np.zeros(len(job), np.int64)
        has_before[later] = 1
        return cls(
            name=name,
            job=job,
            mode_first=np.r_[0, np.cumsum([len(modes) for _, modes in chain])].astype(np.int64),
            mode_unit=np.array([unit for unit, _ in modes], np.int64),
            mode_time=np.array([time for _, time in modes], np.int64),
            before_first=np.r_[0, np.cumsum(has_before)].astype(np.int64),
            before=(later - 1).astype(np.int64),
            units=units,
            release=np.zeros(len(routes), np.int64),
            due=np.full(len(routes), LATEST, np.int64),
            weight=np.ones(len(routes), np.int64),
        )


@dataclass(frozen=True, eq=False)
class Schedule:
    """Start, end and mode of each operation; with vehicles also the moves that bring the jobs."""

    start: Ints  # [operations]
    end: Ints
    mode: Ints  # row of the problem's modes
    moves: Ints | None = None
    """[moves, 4]: operation that the job is brought to (operations + job: to the goal), vehicle, when it
    leaves loaded, when it is there."""


@dataclass(frozen=True, eq=False)
class Solution:
    """The best schedule found and what is proved about it."""

    schedule: Schedule
    value: int  # of the problem's objective
    bound: int  # no schedule is better than this
    seconds: float  # wall time used
    work: int  # moves tried: equal seeds and work limits give equal schedules
    interrupted: bool = False

    @property
    def gap(self) -> float:
        """(value − bound) / bound: the share by which the schedule may be worse than the best one."""
        return (self.value - self.bound) / max(1, self.bound)
