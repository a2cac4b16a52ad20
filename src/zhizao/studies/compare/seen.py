"""What the runs of one plant showed beside its KPIs: lead times of lots, states of units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from zhizao.kpi.analysis import Floats
from zhizao.kpi.money import Measured, measured
from zhizao.kpi.series import lead_times, state_shares
from zhizao.plant import Plant
from zhizao.records import Records


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Lead times in hours of all replications; mean share of working time by work center and state."""

    lead_h: Floats
    states: Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Run:
    """One replication: what is measured, and what is seen of it (nothing where no event log was kept)."""

    measured: Measured
    lead_h: Floats | None = None
    states: pl.DataFrame | None = None


def run_of(records: Records, plant: Plant) -> Run:
    """Measure a replication that has its event log."""
    lead_h = lead_times(records)["lead_s"].to_numpy() / 3600
    return Run(measured(records, plant), lead_h, state_shares(records, plant))


def seen_in(runs: Sequence[Run]) -> Seen | None:
    """What all replications show together; None where they were run without event logs."""
    hours = [run.lead_h for run in runs if run.lead_h is not None]
    tables = [run.states for run in runs if run.states is not None]
    if not hours or not tables:
        return None
    shares = pl.concat(tables).group_by("work_center", "state").agg(pl.col("share").sum() / len(tables))
    return Seen(
        np.concatenate(hours), {(center, state): share for center, state, share in shares.iter_rows()}
    )


def most_changed(before: Seen, after: Seen, at_most: int) -> list[str]:
    """Work centers of which the largest share of time went into other states, those first."""
    centers = dict.fromkeys(center for center, _ in (*before.states, *after.states))
    moved = {center: _moved(center, before, after) for center in centers}
    order = sorted(centers, key=lambda center: -moved[center])
    return [center for center in order if moved[center] >= _VISIBLE][:at_most]


_VISIBLE = 0.005  # share of time; a smaller change is less than a pixel of a bar


def _moved(center: str, before: Seen, after: Seen) -> float:
    """Share of time that went from some states to others (total variation distance)."""
    states = {state for one, state in (*before.states, *after.states) if one == center}
    gaps = (after.states.get((center, s), 0.0) - before.states.get((center, s), 0.0) for s in states)
    return sum(abs(gap) for gap in gaps) / 2
