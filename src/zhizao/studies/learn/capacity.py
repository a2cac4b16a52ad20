"""How many jobs a work center does at once, its set-ups and its failures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.quantities.distributions import Distribution
from zhizao.records import Activity, Records
from zhizao.studies.learn import fit
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.visits import History, Visit
from zhizao.studies.learn.week import HOUR_S

Floats = npt.NDArray[np.float64]

SERVED = 0.9  # share of the busy time in which the learned number of units covers what was going on
LONE = 0.2  # below this share of busy time, two jobs at once are taken for untidy reporting


@dataclass(frozen=True, slots=True)
class FailureMode:
    """Busy time between failures and time to repair, of one work center."""

    between: Distribution
    repair: Distribution


def learn_units(history: History) -> tuple[dict[str, int], list[Finding]]:
    """Jobs at once by work center: enough for 90 % of its busy time."""
    units, findings = {}, []
    for (name,), rows in history.rows.group_by("work_center", maintain_order=True):
        share = _at_once(rows)
        n = 1 if share[2:].sum() < LONE else int(np.searchsorted(np.cumsum(share), SERVED))
        named = rows["unit"].n_unique()
        units[str(name)] = max(n, named, 1)
        how = (
            "jobs at once in 90 % of the busy time" if named == 1 else f"{named} units have rows of their own"
        )
        findings.append(Finding(f"work_centers.{name}.units", str(units[str(name)]), rows.height, how))
    return units, findings


def _at_once(rows: pl.DataFrame) -> Floats:
    """Share of the busy time with 0, 1, 2 … lots in work."""
    lots = rows.filter(pl.col("end_s") > pl.col("start_s"))
    if lots.is_empty():
        return np.array([0.0, 1.0])
    edge = np.concatenate([lots["start_s"].to_numpy(), lots["end_s"].to_numpy()])
    step = np.concatenate([np.ones(lots.height), -np.ones(lots.height)])
    order = np.lexsort((step, edge))
    level = np.cumsum(step[order])[:-1].astype(int)
    spent = np.bincount(level, np.diff(edge[order]))
    spent[0] = 0.0
    shares: Floats = spent / max(spent.sum(), 1e-9)
    return shares


def learn_setups(history: History) -> tuple[dict[str, Distribution], dict[Visit, float], list[Finding]]:
    """Set-up when the lot on a work center changes (0 for those that need none), the work of each visit with
    the set-ups of unchanged lots in it, and the findings."""
    setups, work, findings = {}, {}, []
    by_center: dict[str, list[Visit]] = {}
    for visit in sorted(history.visits, key=lambda v: (v.start_s, v.end_s, v.lot)):
        by_center.setdefault(visit.work_center, []).append(visit)
    for name, visits in sorted(by_center.items()):
        lots = ["", *(v.lot for v in visits)]
        changed = [lots[i] != v.lot for i, v in enumerate(visits)]
        for new, v in zip(changed, visits, strict=True):
            work[v] = v.work_s + (0.0 if new else v.setup_s)
        sample = np.array([v.setup_s for new, v in zip(changed, visits, strict=True) if new])
        if sample.sum() > 0:
            setups[name] = fit.empirical(sample)
            value = f"{(sample > 0).mean():.0%} of lot changes, {hours(sample[sample > 0].mean())} each"
            how = "set-up rows where the lot on the work center changes; none counts as 0"
            findings.append(Finding(f"work_centers.{name}.setup", value, len(sample), how))
    return setups, work, findings


def learn_failures(records: Records, history: History) -> tuple[dict[str, FailureMode], list[Finding]]:
    """Failure by work center with a marked breakdown: its rate drawn to the plant's, repair times pooled."""
    if records.events is None:
        return {}, []
    down = records.events.filter(pl.col("activity").cast(pl.String) == Activity.FAILURE.value).drop_nulls(
        "end"
    )
    if down.is_empty():
        return {}, []
    repairs = ((down["end"] - down["start"]).dt.total_microseconds() / 1e6).to_numpy()
    repairs = np.maximum(repairs, 60.0)
    cv = float(np.clip(repairs.std() / repairs.mean(), 0.2, 2.0))
    busy: dict[str, float] = {}
    for visit in history.visits:
        busy[visit.work_center] = busy.get(visit.work_center, 0.0) + visit.work_s
    counts = dict(down.group_by("work_center").len().iter_rows())
    usual_s = sum(busy.get(name, 0.0) for name in counts) / down.height
    modes, findings = {}, []
    for name, n in sorted(counts.items()):
        between_s = max((busy.get(name, 0.0) + usual_s) / (n + 1), HOUR_S)
        modes[name] = FailureMode(
            Distribution.exponential(between_s), Distribution.lognormal(float(repairs.mean()), cv=cv)
        )
        how = (
            f"marked breakdowns over busy time, drawn to the plant's rate; repair pooled over {len(repairs)}"
        )
        value = f"every {hours(between_s)} of work, repair {hours(repairs.mean())}"
        findings.append(Finding(f"work_centers.{name}.failures", value, n, how))
    return modes, findings
