"""Rules as a user would write them, right and wrong."""
# ruff: noqa: PLR0913

from __future__ import annotations

from math import inf, nan, sqrt

from zhizao import rule

LIMIT = 2


# ---------------------------------------------------------------- dispatch
@rule
def largest_lot(pieces: float) -> float:
    return -pieces


@rule
def smallest_lot(pieces: float) -> float:
    return pieces


@rule
def smallest_lot_now(pieces: float, now: float) -> float:
    return pieces if now >= 0 else 0.0


@rule
def mixed(
    setup: float, active: float, pieces: float, now: float, due: float,
    release: float, since: float, priority: float, work: float, rest: float,
) -> float:  # fmt: skip
    return due + sqrt(now - since) + release + priority + work + rest + setup + active - pieces


def latest(since: float) -> float:
    return -since


@rule
def nearest_to_three(pieces: float) -> float:
    return abs(pieces - 3)


@rule
def thickest(thickness: float, fill_weight: float) -> float:
    return -thickness * fill_weight


@rule
def no_number(pieces: float) -> float:
    return nan if pieces > 1.0 else 0.0


@rule
def endless(pieces: float) -> float:
    return -inf if pieces > 1.0 else 0.0


@rule
def unknown(pieces: float, dew: float) -> float:
    return dew


@rule
def raising(pieces: float) -> float:
    if pieces > LIMIT:
        raise ValueError("no idea")
    return pieces


@rule
def dividing(pieces: float, now: float) -> float:
    return now / (pieces - 3)


@rule
def nothing(pieces: float) -> float | None:
    if pieces > 2:
        return None
    return pieces


@rule
def text(pieces: float) -> str:
    return "first"


@rule
def calling(pieces: float) -> float:
    return _plain(pieces)


def _plain(pieces: float) -> float:
    return pieces


# ---------------------------------------------------------------- routing
@rule
def emptiest(waiting: float, place: float) -> float:
    return waiting + place / 10


@rule
def all_of_routing(
    now: float, due: float, release: float, priority: float, active: float, pieces: float,
    work: float, rest: float, setup: float, load: float, room: float, free: float, waiting: float,
    transport: float, place: float,
) -> float:  # fmt: skip
    known = now == 60 and due == 7200 and release == 60 and priority == 3 and active == 2 and pieces == 2
    if not known or rest != 1320:
        raise ValueError("the lot")
    first = work == 1200 and setup == 300 and load == 600 and room == 4 and free == 1 and waiting == 0
    second = work == 1800 and setup == 0 and load == 900 and room == 1e300 and free == 2 and waiting == 0
    if transport != 0 or not (first if place == 0 else second):
        raise ValueError("the alternative")
    return -place


@rule
def first_listed(place: float) -> float:
    return place


@rule
def nearest(transport: float) -> float:
    return transport


# ---------------------------------------------------------------- release
@rule
def three_in_plant(wip: float) -> float:
    return wip < 3


@rule
def an_hour_before_due(now: float, due: float) -> float:
    return due - now <= 3600


@rule
def short_queue(here: float, longest: float, outside: float) -> float:
    return here == 0 and longest <= 1 and outside < 5


@rule
def nothing_to_do(rest: float, here: float) -> float:
    return rest == 0 and here == 0


@rule
def never_sure(now: float) -> float:
    return nan if now > 0 else 0.0


# ---------------------------------------------------------------- quality
@rule
def worn(share: float, worked: float) -> float:
    return share if worked < 3600 else 1.0


@rule
def bad_start(since_setup: float, taken: float) -> float:
    return 1.0 if since_setup < 2 * taken else 0.0


@rule
def after_a_stop(since_stop: float, now: float) -> float:
    return 1.0 if since_stop < now and since_stop < 1800 else 0.0


@rule
def by_thickness(thickness: float, loops: float, speed: float) -> float:
    return thickness * speed if loops == 0 else 0.0


@rule
def too_much(pieces: float) -> float:
    return pieces


def in_the_second_half_of_the_hour(now: float) -> bool:
    return now % 3600.0 > 1800.0
