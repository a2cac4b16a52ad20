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
SELDOM = 0.5  # of the set-up frequency at a change of product
ENOUGH = 8  # changes of either kind before they are told apart
LONE = 0.2  # below this share of busy time, two jobs at once are taken for untidy reporting


@dataclass(frozen=True, slots=True)
class FailureMode:
    """Busy time between failures and time to repair, of one work center."""

    between: Distribution
    repair: Distribution


@dataclass(frozen=True, slots=True)
class SetupRule:
    """What must change for a set-up ("product": the way of a lot; "part": what is made), and its time."""

    by: str
    takes: Distribution


Change = tuple[Visit, int]  # a visit, and what changed before it: 0 nothing, 1 the lot, 2 the product too


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


def learn_setups(history: History) -> tuple[dict[str, SetupRule], dict[Visit, float], list[Finding]]:
    """Set-up at a change of lot, or of product where that is what it takes (0 for changes that need none);
    the work of each visit with all other set-ups in it; the findings."""
    product = {t.lot: t.product for t in history.traces}
    changes: dict[str, list[Change]] = {}
    before: dict[str, str] = {}
    for visit in sorted(history.visits, key=lambda v: (v.start_s, v.end_s, v.lot)):
        last = before.get(visit.unit, "")
        kind = 0 if last == visit.lot else 2 if product.get(last) != product[visit.lot] else 1
        changes.setdefault(visit.work_center, []).append((visit, kind))
        before[visit.unit] = visit.lot
    rules, work, findings = {}, {}, []
    for name, own in sorted(changes.items()):
        least = 2 if _goes_with_product(own) else 1
        for visit, kind in own:
            work[visit] = visit.work_s + (0.0 if kind >= least else visit.setup_s)
        sample = np.array([visit.setup_s for visit, kind in own if kind >= least])
        if sample.sum() > 0:
            rules[name] = SetupRule("part" if least == 2 else "product", fit.empirical(sample))
            of = "product" if least == 2 else "lot"
            value = f"{(sample > 0).mean():.0%} of {of} changes, {hours(sample[sample > 0].mean())} each"
            how = f"set-up rows where the {of} on a unit changes; none counts as 0"
            findings.append(Finding(f"work_centers.{name}.setup", value, len(sample), how))
    return rules, work, findings


def _goes_with_product(changes: list[Change]) -> bool:
    """Whether a lot of the same product needs set-up much more seldom than one of another."""
    same = [visit.setup_s > 0 for visit, kind in changes if kind == 1]
    other = [visit.setup_s > 0 for visit, kind in changes if kind == 2]
    return min(len(same), len(other)) >= ENOUGH and float(np.mean(same)) < SELDOM * float(np.mean(other))


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
