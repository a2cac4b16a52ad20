"""Random tiny shops with every feature now and then, and schedules that are right or nearly so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from zhizao.solvers.shop.problem import (
    NOWHERE,
    Breaks,
    Objective,
    Pools,
    Problem,
    SetUps,
    Transport,
)

FEATURES = (
    "modes",
    "workers",
    "release",
    "no_wait",
    "blocking",
    "same_order",
    "setups",
    "breaks",
    "transport",
    "vehicles",
    "pools",
    "graph",
)


def tiny_shop(rng: np.random.Generator, features: frozenset[str] | None = None, size: int = 3) -> Problem:
    """A shop of at most `size` jobs of at most `size` operations; features are drawn where not given."""
    if features is None:
        features = frozenset(f for f in FEATURES if rng.random() < 0.2)
    units = int(rng.integers(1, size + 1))
    most = 2 if "modes" in features else 1
    routes = [
        [
            [(int(rng.integers(units)), int(rng.integers(0, 5))) for _ in range(rng.integers(1, most + 1))]
            for _ in range(rng.integers(1, size + 1))
        ]
        for _ in range(rng.integers(1, size + 1))
    ]
    return with_features(rng, Problem.of_routes("tiny", routes, units), features)


def with_features(rng: np.random.Generator, shop: Problem, features: frozenset[str]) -> Problem:
    n, units, jobs = shop.operations, shop.units, shop.jobs
    shop = replace(
        shop,
        due=rng.integers(0, 12, jobs),
        weight=rng.integers(0, 4, jobs),
        objective=list(Objective)[rng.integers(3)],
    )
    if "release" in features:
        shop = replace(shop, release=rng.integers(0, 6, jobs))
    if "workers" in features:
        shop = replace(shop, workers=2, mode_worker=rng.integers(-1, 2, len(shop.mode_unit)))
    shop = replace(
        shop,
        no_wait=rng.random(n) < 0.5 if "no_wait" in features else None,
        blocking=rng.random(units) < 0.6 if "blocking" in features else None,
        same_order="same_order" in features,
        setups=some_setups(rng, n, units) if "setups" in features else None,
    )
    if "breaks" in features:
        shop = replace(shop, breaks=some_breaks(rng, units))
    if features & {"transport", "vehicles"}:
        shop = replace(shop, transport=some_transport(rng, units, vehicles="vehicles" in features))
    if "pools" in features:
        capacity = rng.integers(1, 4, 2)
        shop = replace(shop, pools=Pools(capacity, rng.integers(0, capacity + 1, (n, 2))))
    if "graph" in features and not features & {"no_wait", "blocking", "vehicles"}:
        shop = as_graph(rng, shop)
    return shop


def some_setups(rng: np.random.Generator, n: int, units: int) -> SetUps:
    return SetUps(
        rng.integers(0, 2, n),
        rng.integers(0, 3, (1 if rng.random() < 0.5 else units, 2, 2)),
        rng.integers(-1, 2, units),
        bool(rng.random() < 0.5),
    )


def some_breaks(rng: np.random.Generator, units: int) -> Breaks:
    edges = [np.sort(rng.choice(16, 2 * rng.integers(0, 3), replace=False)) for _ in range(units)]
    return Breaks(
        np.r_[0, np.cumsum([len(row) // 2 for row in edges])].astype(np.int64),
        np.concatenate([row[::2] for row in edges]).astype(np.int64),
        np.concatenate([row[1::2] for row in edges]).astype(np.int64),
    )


def some_transport(rng: np.random.Generator, units: int, *, vehicles: bool) -> Transport:
    time = rng.integers(0, 3, (units + 1, units + 1))
    np.fill_diagonal(time, 0)
    goal = [NOWHERE, units, 0][rng.integers(3)]
    return Transport(time, int(rng.integers(1, 3)) if vehicles else 0, units, goal)


def as_graph(rng: np.random.Generator, shop: Problem) -> Problem:
    """Precedence drawn anew: an operation comes after some of those that stand before it in its job."""
    rows = [
        [b for b in range(o) if shop.job[b] == shop.job[o] and rng.random() < 0.5]
        for o in range(shop.operations)
    ]
    return replace(
        shop,
        before_first=np.r_[0, np.cumsum([len(row) for row in rows])].astype(np.int64),
        before=np.array([b for row in rows for b in row], np.int64),
    )
