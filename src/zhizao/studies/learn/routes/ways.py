"""Lots that went the same way with about the same size, taken together: one route, drawn as often as it
was gone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from zhizao.studies.learn.evidence import Finding
from zhizao.studies.learn.log.complete import Variant
from zhizao.studies.learn.log.visits import Step, Visit
from zhizao.studies.learn.timing.delays import Delays

SIZE_CLASS = math.log(1.5)  # lots within half as much again count as of one size
MOST_WAYS = 400  # a plant with more routes than this is of no use to anyone


@dataclass(frozen=True, slots=True)
class WayStep:
    """One operation of a way, with what its lots showed there: work, and delay before it (s)."""

    step: Step
    work_s: tuple[float, ...]
    delay_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """One way through the plant and how many lots went it."""

    product: str
    pieces: int
    steps: tuple[WayStep, ...]
    count: int


def learn_ways(
    variants: list[Variant],
    work: dict[Visit, float],
    delays: Delays,
    rng: np.random.Generator,
) -> tuple[list[Way], list[Finding]]:
    """Group the ways of all lots by product, sequence and size; of too many a sample is kept, by
    frequency."""
    groups: dict[tuple[object, ...], list[Variant]] = {}
    for variant in variants:
        sequence = tuple((v.operation, v.work_center) for v in variant.trace.visits)
        size = round(math.log(max(variant.trace.pieces, 1)) / SIZE_CLASS)
        groups.setdefault((variant.trace.product, size, sequence), []).append(variant)
    ways = [_way(group, work, delays) for group in groups.values()]
    said = [
        Finding("routes", f"{len(ways)} routes", len(variants), "same product, same steps, sizes within 1.5")
    ]
    if len(ways) > MOST_WAYS:
        share = np.array([way.count for way in ways]) / len(variants)
        kept = np.sort(rng.choice(len(ways), MOST_WAYS, replace=False, p=share))
        ways = [ways[i] for i in kept]
        how = f"more than {MOST_WAYS} routes: a sample by frequency is kept"
        said.append(Finding("routes", f"{MOST_WAYS} routes kept", sum(way.count for way in ways), how))
    return ways, said


def _way(group: list[Variant], work: dict[Visit, float], delays: Delays) -> Way:
    first = group[0].trace
    steps = [
        WayStep(
            step=(first.visits[i].operation, first.visits[i].work_center),
            work_s=tuple(work.get(v.trace.visits[i], v.trace.visits[i].work_s) for v in group),
            delay_s=tuple(s for v in group if (s := delays.of(v.trace.visits[i])) is not None),
        )
        for i in range(len(first.visits))
    ]
    pieces = max(round(float(np.mean([v.trace.pieces for v in group]))), 1)
    return Way(first.product, pieces, tuple(steps), len(group))
