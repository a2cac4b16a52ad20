"""Processing times."""

from __future__ import annotations

from math import ceil

from zhizao.plant.model import Alternative, Operation, Takes
from zhizao.quantities.distributions import mean


def takes_at(operation: Operation, alternative: Alternative) -> Takes | None:
    """Processing time of an operation on one of its work centers: its own there, else the operation's."""
    return alternative.takes or operation.takes


def runs_of(takes: Takes, pieces: int) -> int:
    """Runs of `pieces_per_batch` pieces that a lot takes."""
    return ceil(pieces / takes.pieces_per_batch) if takes.pieces_per_batch else 1


def mean_lot_s(takes: Takes, pieces: int) -> float:
    """Mean processing time of a lot of so many pieces on a unit of speed 1, in s (see `Takes`)."""
    runs = runs_of(takes, pieces)
    parts = ((takes.load, 1), (takes.per_lot, 1), (takes.per_piece, pieces), (takes.per_batch, runs))
    return sum((count * mean(time) for time, count in parts if time is not None), 0.0)
