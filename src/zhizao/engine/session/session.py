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
from zhizao.engine.run import _Replication, raw_of, sums_of, with_keys, with_log_level
from zhizao.engine.session.apply import Added, Standing, added_now, apply_event, with_order
from zhizao.engine.session.events import Event, OrderReleased
from zhizao.engine.session.image import Image, origin_of, pack_image, unpack_image
from zhizao.engine.session.readable import readable_state
from zhizao.engine.session.start import lower_at
from zhizao.engine.settings import LogLevel
from zhizao.kernels import tables as k
from zhizao.kernels.loop import seed_key
from zhizao.plant import JobOrder, Plant, PlantState
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
        Where to start; default: the start of the plant. An exact image in it goes on with the run that it
        was taken of. Without one the session runs the plant that starts at the moment of the state (see
        `starting_at`), with fresh random numbers.

    Raises
    ------
    InputError
        The image is of another plant, plan, seed, replication or program; or the state does not fit the
        plant, or says what a plant cannot start with.
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
        if state is None or state.exact is not None:
            lowered = lower(plant, k.LOG_EVENTS, plan=plan)
        else:
            lowered = with_log_level(lower_at(plant, state, plan), LogLevel.EVENTS)
        self._lowered = lowered
        self.plant = lowered.plant
        self._origin = origin_of(lowered, seed, replication)
        rules = load_rules(lowered.names.rules, lowered.names.numbers)
        self._run = _Replication(with_keys(lowered.tables, seed, replication), rules)
        self._watch = MomentWatch(lowered)
        self._now = 0.0
        self._added: tuple[Added, ...] = ()
        self._before = sums_of(self._run.state)
        if state is not None and state.exact is not None:
            self._restore(state.exact)
            return
        if lowered.opening is not None:
            self._run.open(lowered.opening, seed_key(seed, replication))
        self._go_to(0.0)
        self._run.mark()

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

    def apply(self, event: Event) -> None:
        """Let something happen now; it takes effect at once.

        Raises
        ------
        InputError
            A name is unknown, or the twin cannot do this; then nothing has happened.
        """
        self._run.stand_at(self._now)
        at = Standing(self._lowered, self._run.state, self._run.words, self._now)
        with np.errstate(over="ignore"):
            if isinstance(event, OrderReleased):
                self._add(added_now(at, event))
            else:
                apply_event(at, event)
        self._run.touched_at(self._now)
        self._go_to(self._now)

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

    def _add(self, added: Added) -> None:
        self._added = (*self._added, added)
        self._lowered = with_order(self._lowered, added)
        self._run.change_tables(with_keys(self._lowered.tables, self._origin.seed, self._origin.replication))

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
            tuple((one.row, one.moment, one.order.model_dump_json()) for one in self._added),
        )

    def _restore(self, exact: str) -> None:
        image = unpack_image(exact, self._lowered, self._origin)
        self._run.resume(image.state, image.event, [image.log], [image.exits])
        self._now, self._before = image.now, image.before
        for row, moment, order in image.orders:
            self._add(Added(row, moment, JobOrder.model_validate_json(order)))


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
