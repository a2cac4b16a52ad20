"""How well the numbers of a plant are known, and plants whose numbers are drawn from what is known.

A number that is known to a relative standard error is drawn as a factor of it: lognormal, mean 1, coefficient
of variation the error. A share is drawn by the beta distribution of the same mean and error; shares that add
up to one (branches, a mix) by the Dirichlet. Each draw is a hash of seed, index and address, so that
two plants use common random numbers here, and a number that is left out moves no other (docs/decisions).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from hashlib import blake2b
from itertools import chain
from math import exp, log1p, sqrt
from statistics import NormalDist

from zhizao.plant.faults import Path, Problem
from zhizao.plant.model import (
    COUNTING,
    Alternative,
    Failure,
    Operation,
    OrderStream,
    Plant,
    Setup,
    Takes,
    Uncertainty,
    WorkCenter,
)
from zhizao.plant.names import repeated, unknown
from zhizao.quantities.distributions import Distribution, DistributionKind, scaled

_REPEAT = re.compile(r" #\d+$")
_LEAST = 1e-12  # weight of a branch that a draw all but closes
_SHARE = 1e-9  # a share nearer to 0 or 1 than this is no measurement
_COUNTS = (DistributionKind.CONSTANT, DistributionKind.DISCRETE)  # their counts stay whole


class Group(Enum):
    """What a number is about that can be known more or less well."""

    SETUPS = "set-up times"
    PROCESSING = "processing times"
    FAILURES = "failures"
    ARRIVALS = "arrivals"
    DELAYS = "delays"
    SHARES = "shares"
    EFFECTS = "effects of measures"


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a plant, or several of one name: the group it counts to, and what is measured to know it
    (all ways on from an operation are measured together). `shares` are its values where it is a share.
    """

    group: Group
    measured: str
    shares: tuple[float, ...] = ()


def base_name(operation: str) -> str:
    """Name of an operation without the number that distinguishes repeats in a route (`cut #2` is `cut`)."""
    return _REPEAT.sub("", operation)


# ---------------------------------------------------------------- addresses
def numbers(plant: Plant) -> dict[str, Number]:
    """Every number of a plant that may be known, by its address."""
    found: dict[str, Number] = {}
    for what, number in chain(
        _of_centers(plant), _of_operations(plant), _of_branches(plant), _of_orders(plant)
    ):
        before = found.get(what)
        shares = number.shares if before is None else before.shares + number.shares
        found[what] = Number(number.group, number.measured, tuple(dict.fromkeys(shares)))
    return found


def _of_centers(plant: Plant) -> Iterator[tuple[str, Number]]:
    for center in plant.work_centers:
        parts = {"setup": Group.SETUPS} if center.setup is not None else {}
        if any(_may_scale(failure) for failure in center.failures):
            parts["failures.between"] = Group.FAILURES
        if center.failures:
            parts["failures.repair"] = Group.FAILURES
        for part, group in parts.items():
            what = f"work_centers.{center.id}.{part}"
            yield what, Number(group, what)


def _may_scale(failure: Failure) -> bool:
    """Whether a failure's interval may be a little longer: so many cycles, given exactly, are no estimate."""
    return failure.clock not in COUNTING or failure.between.kind not in _COUNTS


def _of_operations(plant: Plant) -> Iterator[tuple[str, Number]]:
    for operation in chain.from_iterable(plant.routes.values()):
        name = f"operations.{base_name(operation.id)}"
        yield f"{name}.takes", Number(Group.PROCESSING, f"{name}.takes")
        if operation.delay is not None:
            yield f"{name}.delay", Number(Group.DELAYS, f"{name}.delay")
        if operation.defects is not None and _uncertain(operation.defects.share):
            what = f"{name}.defects.share"
            yield what, Number(Group.SHARES, what, (operation.defects.share,))


def _of_branches(plant: Plant) -> Iterator[tuple[str, Number]]:
    for route, operations in plant.routes.items():
        for operation in operations:
            yield from _parts(f"routes.{route}.{operation.id}.next", operation.next, Group.SHARES)


def _of_orders(plant: Plant) -> Iterator[tuple[str, Number]]:
    for order in plant.orders:
        if isinstance(order, OrderStream):
            for what in _paces(order):
                yield what, Number(Group.ARRIVALS, what)
            yield from _parts("orders.mix", order.mix, Group.ARRIVALS)


def _paces(order: OrderStream) -> tuple[str, ...]:
    """Addresses of a stream's time between orders: its own where it is of one product, then that of all."""
    own = () if order.product is None else (f"orders.{order.product}.every",)
    return (*own, "orders.every")


def _parts(whole: str, weights: Mapping[str, float], group: Group) -> Iterator[tuple[str, Number]]:
    if len(weights) > 1:
        total = sum(weights.values())
        for name, weight in weights.items():
            if _uncertain(weight / total):
                yield f"{whole}.{name}", Number(group, whole, (weight / total,))


def _uncertain(share: float) -> bool:
    return _SHARE < share < 1 - _SHARE


# ---------------------------------------------------------------- checks
def check_uncertainty(plant: Plant) -> Iterator[Problem]:
    """Look for what is said to be known of nothing in the plant, twice, or with an impossible error."""
    if not plant.uncertainty:
        return
    there = numbers(plant)
    yield from repeated(
        "number", ((("uncertainty", i, "what"), k.what) for i, k in enumerate(plant.uncertainty))
    )
    for place, known in enumerate(plant.uncertainty):
        yield from _faults(("uncertainty", place), known, there)


def _faults(path: Path, known: Uncertainty, there: Mapping[str, Number]) -> Iterator[Problem]:
    if known.what not in there:
        yield unknown((*path, "what"), "number that can be known at", known.what, there)
        return
    for share in there[known.what].shares:
        most = sqrt((1 - share) / share)
        if known.error >= most:
            found = f"found a relative error of {known.error:g} of a share of {share:.3g}"
            yield Problem((*path, "error"), found, f"no share is so uncertain; right is less than {most:.3g}")
            return


def fitting(plant: Plant, known: Iterable[Uncertainty]) -> tuple[Uncertainty, ...]:
    """Those of the known numbers that this plant has, each once, and the first that is said of it."""
    there = numbers(plant)
    first: dict[str, Uncertainty] = {}
    for one in known:
        if not any(_faults((), one, there)):
            first.setdefault(one.what, one)
    return tuple(first.values())


def alike(plants: Sequence[Plant]) -> tuple[Plant, ...]:
    """Give the plants with all that is known of any of them and holds for each; its own counts first."""
    known = tuple(chain.from_iterable(plant.uncertainty for plant in plants))
    return tuple(p.model_copy(update={"uncertainty": fitting(p, (*p.uncertainty, *known))}) for p in plants)


# ---------------------------------------------------------------- draws
def drawn(plant: Plant, seed: int, index: int, only: Group | None = None) -> Plant:
    """Give a plant that may be the true one: each known number is drawn around its value, and then certain.

    Parameters
    ----------
    seed, index
        The same two give the same factors, whatever else the plant is like.
    only
        Draw only the numbers of this group; the others keep their values. Effects of measures are no numbers
        of the plant: see `plant.measures.effects`.
    """
    there = numbers(plant) if plant.uncertainty else {}
    errors = {k.what: k.error for k in plant.uncertainty if only in (None, there[k.what].group)}
    draw = _Draw(seed, index, errors)
    orders = (_order(o, draw) if isinstance(o, OrderStream) else o for o in plant.orders)
    parts = {
        "work_centers": tuple(_center(center, draw) for center in plant.work_centers),
        "routes": {n: tuple(_operation(o, n, draw) for o in route) for n, route in plant.routes.items()},
        "orders": tuple(orders),
        "uncertainty": (),
    }
    return plant.model_copy(update=parts) if errors else plant


def moved(plants: Iterable[Plant]) -> dict[str, Number]:
    """Give the numbers that `drawn` moves: the known ones, and those that make up one with them."""
    found: dict[str, Number] = {}
    for plant in plants:
        there = numbers(plant) if plant.uncertainty else {}
        wholes = {there[k.what].measured for k in plant.uncertainty}
        found |= {what: number for what, number in there.items() if number.measured in wholes}
    return found


def observations(plants: Iterable[Plant]) -> dict[str, int]:
    """Give the observations behind what is measured to know the numbers."""
    found: dict[str, int] = {}
    for plant in plants:
        there = numbers(plant) if plant.uncertainty else {}
        for known in plant.uncertainty:
            measured = there[known.what].measured
            found[measured] = max(found.get(measured, 0), known.observations)
    return found


def score(seed: int, index: int, what: str) -> float:
    """Standard normal score of the draw of one number."""
    return NormalDist().inv_cdf(uniform_score(seed, index, what))


def uniform_score(seed: int, index: int, what: str) -> float:
    """Uniform score, between 0 and 1, of the draw of one number."""
    digest = blake2b(f"{seed} {index} {what}".encode(), digest_size=8).digest()
    return ((int.from_bytes(digest, "big") >> 12) + 0.5) * 2.0**-52


@dataclass(frozen=True, slots=True)
class _Draw:
    """One draw of all that is known: `errors` by address."""

    seed: int
    index: int
    errors: Mapping[str, float] = field(default_factory=dict)

    def scaled(self, value: Distribution, what: str) -> Distribution:
        if what not in self.errors:
            return value
        spread = log1p(self.errors[what] ** 2)
        return scaled(value, exp(sqrt(spread) * score(self.seed, self.index, what) - spread / 2))

    def share(self, share: float, what: str) -> float:
        if what not in self.errors or not _uncertain(share):
            return share
        from scipy.special import betaincinv

        strength = _strength(share, self.errors[what])
        u = uniform_score(self.seed, self.index, what)
        return float(betaincinv(share * strength, (1 - share) * strength, u))

    def weights(self, weights: Mapping[str, float], whole: str) -> Mapping[str, float]:
        """Shares that add up to one: gamma draws over their sum are Dirichlet (Devroye 1986, XI.4.1). Where
        the errors ask for different strengths, the mean variance holds for all."""
        total = sum(weights.values())
        shares = {name: weight / total for name, weight in weights.items()}
        asked = [
            1 / _strength(share, self.errors[f"{whole}.{name}"])
            for name, share in shares.items()
            if f"{whole}.{name}" in self.errors
        ]
        if not asked:
            return weights
        from scipy.special import gammaincinv

        strength = len(asked) / sum(asked)
        return {
            name: max(
                float(gammaincinv(share * strength, uniform_score(self.seed, self.index, f"{whole}.{name}"))),
                _LEAST,
            )
            for name, share in shares.items()
        }


def _strength(share: float, error: float) -> float:
    """Sum of the two parameters of the beta distribution with this mean and relative error."""
    return (1 - share) / (share * error * error) - 1


# ---------------------------------------------------------------- the parts of a drawn plant
def _center(center: WorkCenter, draw: _Draw) -> WorkCenter:
    name = f"work_centers.{center.id}"
    failures = tuple(_failure(failure, name, draw) for failure in center.failures)
    return center.model_copy(
        update={"setup": _setup(center.setup, f"{name}.setup", draw), "failures": failures}
    )


def _setup(setup: Setup | None, what: str, draw: _Draw) -> Setup | None:
    if setup is None:
        return None
    times = tuple(t.model_copy(update={"takes": draw.scaled(t.takes, what)}) for t in setup.times)
    return setup.model_copy(update={"default": draw.scaled(setup.default, what), "times": times})


def _failure(failure: Failure, name: str, draw: _Draw) -> Failure:
    between = failure.between
    if _may_scale(failure):
        between = draw.scaled(between, f"{name}.failures.between")
    repair = draw.scaled(failure.repair, f"{name}.failures.repair")
    return failure.model_copy(update={"between": between, "repair": repair})


def _operation(operation: Operation, route: str, draw: _Draw) -> Operation:
    name = f"operations.{base_name(operation.id)}"
    own: dict[str, object] = {
        "takes": _takes(operation.takes, f"{name}.takes", draw),
        "on": tuple(_alternative(a, f"{name}.takes", draw) for a in operation.on),
        "next": draw.weights(operation.next, f"routes.{route}.{operation.id}.next"),
    }
    if operation.delay is not None:
        own["delay"] = draw.scaled(operation.delay, f"{name}.delay")
    if operation.defects is not None:
        share = draw.share(operation.defects.share, f"{name}.defects.share")
        own["defects"] = operation.defects.model_copy(update={"share": share})
    return operation.model_copy(update=own)


def _alternative(alternative: Alternative, what: str, draw: _Draw) -> Alternative:
    return alternative.model_copy(update={"takes": _takes(alternative.takes, what, draw)})


def _takes(takes: Takes | None, what: str, draw: _Draw) -> Takes | None:
    if takes is None:
        return None
    given = {part: getattr(takes, part) for part in ("per_lot", "per_piece", "per_batch", "load")}
    return takes.model_copy(update={p: draw.scaled(d, what) for p, d in given.items() if d is not None})


def _order(order: OrderStream, draw: _Draw) -> OrderStream:
    pace = next((what for what in _paces(order) if what in draw.errors), "")
    every, mix = draw.scaled(order.every, pace), draw.weights(order.mix, "orders.mix")
    return order.model_copy(update={"every": every, "mix": mix})
