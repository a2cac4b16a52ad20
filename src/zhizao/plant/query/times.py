"""Processing times."""

from __future__ import annotations

from math import ceil, inf, nextafter

from zhizao.plant.model import Alternative, Operation, Outcome, Takes
from zhizao.quantities.distributions import Distribution, DistributionKind, mean


def takes_at(operation: Operation, alternative: Alternative) -> Takes | None:
    """Processing time of an operation on one of its work centers: its own there, else the operation's."""
    if operation.outcomes:
        return Takes(per_lot=_time_of(operation.outcomes))
    return alternative.takes or operation.takes


def in_order(outcomes: tuple[Outcome, ...]) -> list[Outcome]:
    """Outcomes in the order in which `takes_at` has their times."""
    return sorted(outcomes, key=lambda one: one.takes)


def _time_of(outcomes: tuple[Outcome, ...]) -> Distribution:
    values: list[float] = []
    for one in in_order(outcomes):
        least = nextafter(values[-1], inf) if values else 0.0  # equal times stay apart by their last bit
        values.append(max(one.takes, least))
    return Distribution(DistributionKind.DISCRETE, (), tuple(values), (1.0,) * len(values))


def runs_of(takes: Takes, pieces: int) -> int:
    """Runs of `pieces_per_batch` pieces that a lot takes."""
    return ceil(pieces / takes.pieces_per_batch) if takes.pieces_per_batch else 1


def mean_lot_s(takes: Takes, pieces: int) -> float:
    """Mean processing time of a lot of so many pieces on a unit of speed 1, in s (see `Takes`)."""
    runs = runs_of(takes, pieces)
    parts = ((takes.load, 1), (takes.per_lot, 1), (takes.per_piece, pieces), (takes.per_batch, runs))
    return sum((count * mean(time) for time, count in parts if time is not None), 0.0)
