"""How many jobs a work center does at once, and which of its units are quicker."""

from __future__ import annotations

import numpy as np
import polars as pl

from zhizao.studies.learn.evidence import Finding
from zhizao.studies.learn.fitting import intervals
from zhizao.studies.learn.log.jobs import ROUND_S, Floats, codes
from zhizao.studies.learn.log.visits import History

SERVED = 0.9  # share of the busy time in which the learned number of units covers what was going on
LONE = 0.2  # below this share of busy time, two jobs at once are taken for untidy reporting
HANDOVERS = 20  # times that a lot takes the place of another which tell how many there are
USUAL = 0.7  # share of them at one number of jobs
SURE = 4.0  # t value from which two units are believed to differ (one chance in ten thousand)
APART = 0.02  # a difference of speed below this is none
ALIKE = 0.4  # least over most shift of the quantiles
MANY = 30  # jobs of a unit that its speed takes


def learn_units(history: History) -> tuple[dict[str, int], list[Finding]]:
    """Jobs at once by work center: as many as when one lot takes the place of another, or else enough for
    90 % of its busy time."""
    units, findings = {}, []
    for (name,), rows in history.rows.group_by("work_center", maintain_order=True):
        share, named = _at_once(rows), rows["unit"].n_unique()
        full = _full(rows) if named == 1 else None
        n = 1 if share[2:].sum() < LONE else int(np.searchsorted(np.cumsum(share), SERVED))
        count = named if named > 1 else max(n if full is None else full, 1)
        units[str(name)] = count
        within = float(share[: count + 1].sum())
        jobs = "one job" if count == 1 else f"{count} jobs"
        seen = "never more than" if within > 1 - 1e-12 else f"{within:.1%} of the busy time with at most"
        how = f"capacity {count}: {seen} {jobs} at a time; " + (
            f"{named} units are named in the log"
            if named > 1
            else "from overlaps"
            if full is None
            else f"{jobs} in work whenever one lot directly follows another"
        )
        what = f"work_centers.{name}.units"
        ends = (count - intervals.HALF, count + intervals.HALF)
        if named == 1:
            ends = intervals.of_capacity(count, share.tolist(), rows.height)
        findings.append(Finding(what, str(count), rows.height, how, count, *ends))
    return units, findings


def _full(rows: pl.DataFrame) -> int | None:
    """Jobs in work after a start at the very moment of another's end, if these nearly always are as many."""
    own = rows.filter(pl.col("end_s") > pl.col("start_s") + ROUND_S)
    spans = own.sort("lot", "start_s").select("lot", "start_s", "end_s")
    goes_on = (pl.col("start_s") - pl.col("end_s").shift(1).over("lot")).abs() < ROUND_S
    spans = spans.with_columns(job=(~goes_on.fill_null(value=False)).cum_sum())
    spans = spans.group_by("job").agg(pl.col("start_s").min(), pl.col("end_s").max())
    spans = spans.select("start_s", "end_s").unique()  # lots of a batch are one job
    start, end = np.sort(spans["start_s"].to_numpy()), np.sort(spans["end_s"].to_numpy())
    ended = np.searchsorted(end, start + ROUND_S, side="right")
    takes_over = ended > np.searchsorted(end, start - ROUND_S)
    level = (np.searchsorted(start, start + ROUND_S, side="right") - ended)[takes_over]
    if len(level) < HANDOVERS:
        return None
    most = int(np.bincount(level).argmax())
    return most if most > 0 and float((level == most).mean()) >= USUAL else None


def _at_once(rows: pl.DataFrame) -> Floats:
    """Share of the busy time with 0, 1, 2 … lots in work; lots of a batch count as one."""
    lots = rows.filter(pl.col("end_s") > pl.col("start_s")).select("unit", "start_s", "end_s").unique()
    if lots.is_empty():
        return np.array([0.0, 1.0])
    edge = np.concatenate([lots["start_s"].to_numpy(), lots["end_s"].to_numpy()])
    step = np.concatenate([np.ones(lots.height), -np.ones(lots.height)])
    order = np.lexsort((step, edge))
    level = np.cumsum(step[order])[:-1].astype(int)
    spent = np.bincount(level, np.diff(edge[order]), 2)
    spent[0] = 0.0
    shares: Floats = spent / max(spent.sum(), 1e-9)
    return shares


def learn_speeds(
    table: pl.DataFrame, work_s: Floats
) -> tuple[dict[str, dict[str, float]], Floats, list[Finding]]:
    """Speed of each unit relative to the first of its work center, where they surely differ; the work of
    each visit as the first unit would have done it; the findings."""
    own = table.with_columns(place=pl.int_range(pl.len()), work=pl.Series(work_s))
    own = own.filter(
        ~pl.col("running") & (pl.col("work") > 0) & (pl.col("unit").n_unique().over("work_center") > 1)
    )
    found: dict[str, dict[str, float]] = {}
    findings: list[Finding] = []
    at_first = work_s.copy()
    for (name,), rows in sorted(own.group_by("work_center", maintain_order=True)):
        speeds, said = _speeds(str(name), rows)
        if speeds:
            found[str(name)] = speeds
            findings += said
            at_first[rows["place"].to_numpy()] *= rows["unit"].replace_strict(speeds).to_numpy()
    return found, at_first, findings


def _speeds(center: str, rows: pl.DataFrame) -> tuple[dict[str, float], list[Finding]]:
    """Effects of units on the logarithm of the time, beside those of what is done (least squares); a unit
    that is quicker is so in all its times, one that gets other work is not."""
    unit, units = codes(rows, "unit")
    kind = codes(rows, "operation", "product", "pieces")[0]
    logs = np.log(rows["work"].to_numpy())
    n = np.bincount(unit)
    if n.min() < MANY:
        return {}, []
    effect = np.zeros(len(n))
    for _ in range(20):
        left = logs - effect[unit]
        usual = (np.bincount(kind, left) / np.maximum(np.bincount(kind), 1))[kind]
        effect = np.bincount(unit, logs - usual) / n
    rest = logs - usual - effect[unit]
    spread = float(rest @ rest) / max(len(rest) - len(np.unique(kind)) - len(n), 1)
    gap, error = effect - effect[0], np.sqrt(spread * (1 / n + 1 / n[0]))
    error[0] = 0.0
    shifts = np.array(
        [_shift(rest[unit == u] + effect[u], rest[unit == 0] + effect[0]) for u in range(len(n))]
    )
    alike = (shifts.min(axis=1) * shifts.max(axis=1) > 0) & (
        np.abs(shifts).min(axis=1) > ALIKE * np.abs(shifts).max(axis=1)
    )
    sure = alike & (np.abs(gap) > np.maximum(SURE * error, APART))
    if not sure.any():
        return {}, []
    names = units["unit"].to_list()
    speeds = {u: round(float(np.exp(-g)), 3) if s else 1.0 for u, g, s in zip(names, gap, sure, strict=True)}
    how = f"logarithms of the times of the same work on it and on {names[0]} (t test)"
    return speeds, [
        Finding(f"work_centers.{center}.units.{u}.speed", f"{speeds[u]:.3f}", int(m), how, float(np.exp(-g)),
                float(np.exp(-g - 1.96 * e)), float(np.exp(-g + 1.96 * e)))
        for u, g, e, m, s in zip(names, gap, error, n, sure, strict=True) if s
    ]  # fmt: skip


def _shift(own: Floats, first: Floats) -> Floats:
    """How far the middle quantiles lie apart."""
    levels = (0.2, 0.35, 0.5, 0.65, 0.8)
    return np.asarray(np.quantile(own, levels) - np.quantile(first, levels))
