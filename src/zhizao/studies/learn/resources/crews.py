"""People (or a tool) that a log does not name, from lots that wait beside a free machine.

If work at several work centers needs people of one crew, so many jobs at most are in work there at once. A
lot that waited beside a free unit then starts just when another job ends while that many are in work, and a
lot that did not wait when fewer are. So the work centers of a crew are those for which the most starts after
such a wait happen at the greatest level of work in all of them together. What is no crew (delays of lots,
failures that the log does not show) leaves such starts at the levels at which others start.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from zhizao.plant.model import During
from zhizao.records import Records
from zhizao.studies.learn.evidence import Finding
from zhizao.studies.learn.fitting import intervals
from zhizao.studies.learn.log.jobs import ROUND_S, Floats
from zhizao.studies.learn.log.visits import History
from zhizao.studies.learn.log.week import Opening
from zhizao.studies.learn.resources.people import (
    FEW,
    MATTERS,
    MOST,
    Group,
    People,
    free_starts,
    going_on,
    more_often,
    without_wait,
)

HELD = 0.5  # share of the starts beside a free machine that happen at the greatest level, for a crew
SAMPLE = 20_000  # moments by which levels are measured
NAME = "people"  # of a crew whose people the log does not name


@dataclass(frozen=True, slots=True, eq=False)
class _Levels:
    """Jobs in work at each work center (a row each): just before the starts of lots that had waited beside a
    free unit, with the place of that work center, just before those of lots that had not waited, and right
    after any start."""

    centers: list[str]
    waited: Floats
    place: Floats
    at_once: Floats
    started: Floats

    def crew(self, chosen: list[int]) -> tuple[int, int, int]:
        """Greatest level of some work centers, the starts after a wait at them, those of these that happened
        at the greatest level."""
        most = int(np.quantile(self.started[chosen].sum(axis=0), MOST))
        own = np.isin(self.place, chosen)
        level = self.waited[chosen].sum(axis=0)[own]
        return most, int(own.sum()), int((level == most).sum())


def find_people(
    records: Records,
    history: History,
    units: dict[str, int],
    openings: dict[str, Opening],
    table: pl.DataFrame,
) -> tuple[People, list[Finding]]:
    """Crews that limit the plant, where the log names nobody."""
    free = free_starts(records, history, table, units, openings)
    left = sorted(units)
    groups: list[Group] = []
    serves: dict[tuple[str, str], tuple[str, ...]] = {}
    findings: list[Finding] = []
    steps = table.select("operation", "work_center").unique().sort("operation", "work_center")
    while left:
        levels = _levels(free, table, left)
        chosen = _crew(levels)
        if not chosen:
            break
        name = NAME if not groups else f"{NAME} {len(groups) + 1}"
        centers = [left[i] for i in chosen]
        groups.append(Group(name, (), levels.crew(chosen)[0], 1, limits=True))
        serves |= {(o, c): (name,) for o, c in steps.iter_rows() if c in centers}
        findings.append(_finding(name, centers, levels, chosen))
        left = [c for c in left if c not in centers]
    return People(tuple(groups), serves, dict.fromkeys(serves, During.ALL)), findings


def _levels(free: pl.DataFrame, table: pl.DataFrame, centers: list[str]) -> _Levels:
    free = free.filter(pl.col("work_center").is_in(centers))
    free = free.sort("start_s", "lot").gather_every(max(free.height // SAMPLE, 1))
    here = table.filter(pl.col("work_center").is_in(centers))
    jobs = here.select("work_center", "unit", "start_s", "end_s").unique()
    starts = _some(jobs["start_s"])
    at_once = _some(without_wait(here)["start_s"])
    own = [jobs.filter(pl.col("work_center") == name) for name in centers]
    place = {name: i for i, name in enumerate(centers)}
    return _Levels(
        centers,
        np.array([going_on(rows, free["start_s"].to_numpy() - ROUND_S) for rows in own]),
        np.array([place[name] for name in free["work_center"]], dtype=np.float64),
        np.array([going_on(rows, at_once - ROUND_S) for rows in own]),
        np.array([going_on(rows, starts + ROUND_S) for rows in own]),
    )


def _some(moments: pl.Series) -> Floats:
    ordered: Floats = np.sort(moments.to_numpy())
    return ordered[:: max(len(ordered) // SAMPLE, 1)]


def _crew(levels: _Levels) -> list[int]:
    """Work centers that share a crew; none where no crew explains the waits.

    From those at which lots wait beside free units: one is added or left out as long as that makes more
    starts happen at the greatest level.
    """
    waits = np.bincount(levels.place.astype(int), minlength=len(levels.centers))
    chosen = [i for i, n in enumerate(waits) if n >= FEW]
    if not chosen:
        return []
    best = levels.crew(chosen)[2]
    while True:
        rivals = [sorted(set(chosen) ^ {i}) for i in range(len(levels.centers))]
        counts = [levels.crew(other)[2] if other else 0 for other in rivals]
        if max(counts) <= best:
            break
        best, chosen = max(counts), rivals[int(np.argmax(counts))]
    most, n, held = levels.crew(chosen)
    others = (levels.at_once if levels.at_once.shape[1] >= FEW else levels.started)[chosen].sum(axis=0)
    usual = float((others >= most).mean())
    at_waits = held / max(n, 1)
    enough = n >= FEW and at_waits >= HELD and held >= MATTERS * levels.started.shape[1]
    return chosen if enough and more_often(at_waits, usual) else []


def _finding(name: str, centers: list[str], levels: _Levels, chosen: list[int]) -> Finding:
    most, n, held = levels.crew(chosen)
    low, high = intervals.of_share(held, n)
    how = (
        f"inferred: the log names no people, but of {n} starts of lots that had waited beside a free unit "
        f"{low:.0%} to {high:.0%} happened just when one of {most} jobs at {', '.join(centers)} ended, and "
        "never more are in work there at once; it may also be a tool or a vehicle that they share"
    )
    return Finding(f"personnel.{name}.inferred", f"{most} at once", n, how)
