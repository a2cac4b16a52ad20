"""What is scored on hold-outs: the learner of the repository, and past lots drawn again."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.learning.distances import Simulated, profile
from benchmarks.learning.holdouts import EventLog, Floats, HoldOut
from zhizao import Plant, learn, read_log
from zhizao.plant import OrderStream, Product
from zhizao.plant.query import product_mix
from zhizao.studies.validate.cohort import Cohort, ObservationWindow
from zhizao.studies.validate.orders import LogOrder
from zhizao.studies.validate.runs import simulate_log

FIRST_WEEK_H = 168.0  # lots first seen in it may have been running when a log began that follows each lot
FEWEST_LOTS = 10  # followed long enough, to draw from them alone
HOUR_S = 3600.0
NEVER = 1e-9  # weight of a product that is to be known and not ordered
_OWN = "own past of {}"
Learner = Callable[[HoldOut, int, int], Iterator[Simulated]]


# ---------------------------------------------------------------- resampling
def resample(held: HoldOut, replications: int, seed: int) -> Iterator[Simulated]:
    """Whole past lots, moved by whole days to the releases that are asked for; only lots followed as long."""
    past = held.past
    first, to = past.first_h(), held.test.first_h()
    if past.followed_h is None:
        full = np.flatnonzero(first + held.follow_h <= past.last_h + 1e-6)
    else:
        full = np.flatnonzero(first >= past.start_h.min() + FIRST_WEEK_H)
    if len(full) < FEWEST_LOTS:
        full = np.arange(past.lots)
    edges = np.searchsorted(past.lot, np.arange(past.lots + 1))
    end_h = np.nan_to_num(past.end_h, nan=np.inf)
    for replication in range(replications):
        rng = np.random.default_rng([seed, replication])
        drawn = full[rng.integers(len(full), size=held.test.lots)]
        move = np.round((to - first[drawn]) / 24) * 24.0
        counts = np.diff(edges)[drawn]
        rows = np.concatenate([np.arange(edges[d], edges[d + 1]) for d in drawn])
        lot, moved = np.repeat(np.arange(len(drawn)), counts), np.repeat(move, counts)
        yield Simulated(lot, past.activity[rows], past.start_h[rows] + moved, end_h[rows] + moved)


# ---------------------------------------------------------------- zhizao
@lru_cache(maxsize=1)  # a hold-out is predicted and its past is simulated again with the same plant
def learned(past: EventLog, seed: int) -> Plant:
    """The plant that `learn` makes of a log, given as a CSV file."""
    with tempfile.TemporaryDirectory() as folder:
        write_csv(past, path := Path(folder) / "past.csv")
        return learn(read_log(path).records, seed=seed).plant


def write_csv(log: EventLog, path: Path) -> None:
    """The log as a file, in order of starts; with parts and pieces where it has them."""
    has_parts = any(part is not None for part in log.parts)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        names = ["case_id", "activity", "machine", "start_time", "end_time"]
        writer.writerow([*names, *(["part", "order_qty"] if has_parts else [])])
        for i in np.argsort(log.start_h, kind="stable"):
            lot = log.lot[i]
            end = "" if np.isnan(log.end_h[i]) else _stamp(log, log.end_h[i])
            row = [log.names[lot], log.activity[i], log.resource[i], _stamp(log, log.start_h[i]), end]
            writer.writerow([*row, *([log.parts[lot] or "", log.pieces[lot]] if has_parts else [])])


def _stamp(log: EventLog, hours: float) -> str:
    return _moment(log, hours).isoformat(sep=" ", timespec="milliseconds")


def _moment(log: EventLog, hours: float) -> datetime:
    return log.origin + timedelta(hours=float(hours))


def simulated_lots(
    plant: Plant, lots: EventLog, follow_h: float, replications: int, seed: int
) -> Iterator[Simulated]:
    """The twin's lots for releases, parts and pieces of a log."""
    first = lots.first_h()
    releases = [_moment(lots, at) for at in first]
    window = ObservationWindow(
        min(releases), max(releases) + timedelta(seconds=1), follow_h * HOUR_S, lots.followed_h is not None
    )
    orders = tuple(map(LogOrder, lots.names, releases, lots.parts, lots.pieces))
    cohorts, _ = simulate_log(plant, window, orders, replications, seed)
    for one in cohorts:
        yield _paired(one, lots)


def _paired(one: Cohort, lots: EventLog) -> Simulated:
    """Rows of a cohort, with the lots' numbers in the log and times since its origin.

    The twin numbers lots in the order of their release, and each order of a log is one lot.
    """
    shift_h = (one.origin - lots.origin).total_seconds() / HOUR_S
    serial = np.array([int(name.removeprefix("L")) for name in one.names])
    in_order = np.argsort(lots.first_h(), kind="stable")
    own = in_order[serial - serial.min()]
    early_h = lots.first_h()[own] - (one.first_s() / HOUR_S + shift_h)
    assert early_h.max() < 1.0, "a lot starts before its release: lots are not paired"
    start_h, end_h = one.start_s / HOUR_S + shift_h, one.end_s / HOUR_S + shift_h
    return Simulated(own[one.lot], np.array(one.operation), start_h, end_h)


def zhizao(held: HoldOut, replications: int, seed: int) -> Iterator[Simulated]:
    """`learn`, then the twin with the releases, parts and pieces of the lots held out."""
    plant = learned(held.past, seed)
    yield from simulated_lots(plant, held.test, held.follow_h, replications, seed)


def past_again(held: HoldOut, replications: int, seed: int) -> tuple[Floats, Floats] | None:
    """Cycle times of past lots in the log (h), and their means in the twin for the same releases.

    A plant of past lots gives each lot its own back; those of which it has none do not count. Of the others
    those count that were released a follow-up before the past ends, and after the first one. None where
    there are fewer than ten.
    """
    past, follow_h = held.past, held.follow_h
    first = past.first_h()
    until = np.inf if past.followed_h is not None else past.last_h - follow_h
    own = np.flatnonzero((first > first.min() + min(follow_h, FIRST_WEEK_H)) & (first <= until))
    plant = learned(past, seed)
    if plant.past_lots is not None:
        kept = plant.past_lots.lots
        own = np.array([lot for lot in own if f"lot {past.names[lot]}" in kept], dtype=np.int64)
    if len(own) < FEWEST_LOTS:
        return None
    lots = past.take(own, follow_h=follow_h)
    real = profile(_as_simulated(lots), follow_h, (0, 1)).cycle_h
    if plant.past_lots is not None:
        plant = with_own_past(plant, lots.names)
        lots = replace(lots, parts=tuple(map(_OWN.format, lots.names)))
    twins = simulated_lots(plant, lots, follow_h, replications, seed)
    times = np.full((replications, lots.lots), np.nan)
    for row, one in zip(times, twins, strict=True):
        found = profile(one, follow_h, (0, 1))
        row[found.lots] = found.cycle_h
    return real, np.nanmean(times, axis=0)


def with_own_past(plant: Plant, lots: tuple[str, ...]) -> Plant:
    """The plant of past lots with a product for each of these lots, which repeats it; the plant itself orders
    none of them."""
    assert plant.past_lots is not None
    own = {
        _OWN.format(lot): Product(route=f"lot {lot}", lot=plant.past_lots.lots[f"lot {lot}"].pieces)
        for lot in lots
    }
    first, *others = plant.orders
    assert isinstance(first, OrderStream)
    mix = product_mix(first) | dict.fromkeys(own, NEVER)
    stream = first.model_copy(update={"product": None, "mix": mix})
    products = plant.products | own
    return plant.model_copy(
        update={"past_lots": None, "uncertainty": (), "products": products, "orders": (stream, *others)}
    )


def _as_simulated(log: EventLog) -> Simulated:
    return Simulated(log.lot, log.activity, log.start_h, log.end_h)


LEARNERS: dict[str, Learner] = {"resample": resample, "zhizao": zhizao}
BASELINE = "resample"
