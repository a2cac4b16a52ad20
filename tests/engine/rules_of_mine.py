"""Dispatch rules as a user would write them, right and wrong."""
# ruff: noqa: PLR0913

from __future__ import annotations

from math import inf, nan, sqrt


def largest_lot(
    now: float, due: float, release: float, since: float, priority: float,
    work: float, rest: float, setup: float, active: float, pieces: float,
) -> float:  # fmt: skip
    return -pieces


def smallest_lot(
    now: float, due: float, release: float, since: float, priority: float,
    work: float, rest: float, setup: float, active: float, pieces: float,
) -> float:  # fmt: skip
    return pieces


def mixed(
    now: float, due: float, release: float, since: float, priority: float,
    work: float, rest: float, setup: float, active: float, pieces: float,
) -> float:  # fmt: skip
    return due + sqrt(now - since) + release + priority + work + rest + setup + active


def no_number(
    now: float, due: float, release: float, since: float, priority: float,
    work: float, rest: float, setup: float, active: float, pieces: float,
) -> float:  # fmt: skip
    return nan if pieces > 1.0 else 0.0


def endless(
    now: float, due: float, release: float, since: float, priority: float,
    work: float, rest: float, setup: float, active: float, pieces: float,
) -> float:  # fmt: skip
    return inf if pieces > 1.0 else 0.0


def too_few(now: float, due: float) -> float:
    return due


def raising(
    now: float, due: float, release: float, since: float, priority: float,
    work: float, rest: float, setup: float, active: float, pieces: float,
) -> float:  # fmt: skip
    raise ValueError("no idea")


def text(
    now: float, due: float, release: float, since: float, priority: float,
    work: float, rest: float, setup: float, active: float, pieces: float,
) -> str:  # fmt: skip
    return "first"
