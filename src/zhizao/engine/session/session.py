"""A run of one replication in steps."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from zhizao.engine.lift import lift
from zhizao.engine.lower import lower
from zhizao.engine.moment import MomentWatch
from zhizao.engine.rules import load_rules
from zhizao.engine.run import _Replication, raw_of, sums_of, with_luck
from zhizao.engine.session.image import Image, origin_of, pack_image, unpack_image
from zhizao.engine.session.readable import readable_state
from zhizao.kernels import tables as k
from zhizao.plant import Plant, PlantState
from zhizao.quantities import InputError
from zhizao.records import Records

_MOMENT_S = 1e-6  # what a datetime cannot tell apart
Until = datetime | timedelta | float
"""A moment, a time from now on, or s from the plant's start."""


class Session:
    """One replication of a plant that runs in steps: advance, look, save its state, go on.

    However the steps are chosen, and wherever the run is saved and restored on the way, it is the run that
    `engine.run` makes in one go, to the bit.

    Parameters
    ----------
    plant
        The plant.
    seed, replication
        Which run it is; equal to `RunSettings(seed=seed, first_replication=replication)`.
    plan
        What lots of the order table are to do when and where (see `engine.plan`).
    state
        Where to start; default: the start of the plant. Its exact image goes on with the run that it was
        taken of.

    Raises
    ------
    InputError
        The state has no exact image, or one of another plant, plan, seed, replication or program.
    """

    def __init__(
        self,
        plant: Plant,
        seed: int = 1,
        *,
        replication: int = 0,
        plan: pl.DataFrame | None = None,
        state: PlantState | None = None,
    ) -> None:
        self.plant = plant
        self._lowered = lowered = lower(plant, k.LOG_EVENTS, plan=plan)
        self._origin = origin_of(lowered, seed, replication)
        rules = load_rules(lowered.names.rules, lowered.names.numbers)
        self._run = _Replication(with_luck(lowered.tables, seed, replication), rules)
        self._watch = MomentWatch(lowered)
        self._now = 0.0
        self._before = sums_of(self._run.state)
        if state is None:
            self._go_to(0.0)
            self._run.mark()
        else:
            self._restore(state)

    @property
    def now(self) -> datetime:
        """The moment reached."""
        return self.plant.start + timedelta(seconds=self._now)

    @property
    def now_s(self) -> float:
        """The moment reached, in s from the plant's start."""
        return self._now

    def advance(self, until: Until) -> None:
        """Run on, up to and with all that happens at a moment.

        Parameters
        ----------
        until
            A moment, a time from now on, or s from the plant's start.

        Raises
        ------
        InputError
            The moment has passed, or the plant gets stuck in a moment that never ends.
        KeyboardInterrupt
            Interrupted; the session stands at the time that it reached, and can go on.
        """
        until_s = self._seconds(until)
        if until_s < self._now - _MOMENT_S:
            raise InputError(f"advance: found {until}, which has passed; the session is at {self.now}")
        self._go_to(max(until_s, self._now))

    def snapshot(self, *, exact: bool = True) -> PlantState:
        """Give the state of the plant now.

        Parameters
        ----------
        exact
            Carry an exact image too, with all records so far; a session made with it goes on as this one.
        """
        image = pack_image(self._image()) if exact else None
        return readable_state(self._lowered, self._run.closed_at(self._now), self._now, image)

    def records(self) -> Records:
        """Give the records from the start of the plant up to now."""
        closed = self._run.closed_at(self._now)
        raw = raw_of(closed, [self._before, sums_of(closed)], self._run.written())
        return lift(self._lowered, raw, 0.0, self._now)

    # ------------------------------------------------------------ steps
    def _seconds(self, until: Until) -> float:
        if isinstance(until, datetime):
            return (until - self.plant.start).total_seconds()
        if isinstance(until, timedelta):
            return self._now + until.total_seconds()
        if isinstance(until, bool) or not isinstance(until, int | float) or not np.isfinite(until):
            raise InputError(f"advance: found {until!r}; give a datetime, a timedelta or s from the start")
        return float(until)

    def _go_to(self, until_s: float) -> None:
        self._run.stand_at(self._run.event_s)
        with _interrupts_kept() as asked:
            for now in self._run.run_to(until_s):
                self._now = max(self._now, now)
                self._run.watched_by(self._watch)
                if asked:
                    raise KeyboardInterrupt
        self._now = until_s
        if asked:
            raise KeyboardInterrupt

    # ------------------------------------------------------------ state
    def _image(self) -> Image:
        log, exits = self._run.written()
        return Image(
            self._origin,
            self._now,
            self._run.event_s,
            self._run.state,
            np.concatenate(log),
            np.concatenate(exits),
            self._before,
        )

    def _restore(self, state: PlantState) -> None:
        if state.exact is None:
            raise InputError("state: found no exact image in it; only a state with one goes on")
        image = unpack_image(state.exact, self._lowered, self._origin)
        self._run.resume(image.state, image.event, [image.log], [image.exits])
        self._now, self._before = image.now, image.before


@contextmanager
def _interrupts_kept() -> Iterator[list[bool]]:
    """Note Ctrl-C for when the run can go on afterwards: none gets lost, none tears a step apart."""
    asked: list[bool] = []
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = signal.signal(signal.SIGINT, lambda *_: asked.append(True))
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
