"""Set-ups that a log of work alone does not show, from the gaps between the jobs of a unit.

A set-up begins when the unit is free and the lot is there. So the gap from the later of the two to the start
of the work is its length, also where the lot had waited in the queue for long: that is what no delay of a lot
does: a delay runs while the lot waits. Where nearly every change of lot, product or family has such a gap,
and other jobs have none more often than chance, the gap is a set-up and takes the unit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from zhizao.records import Activity, Records
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.fitting import intervals
from zhizao.studies.learn.log.jobs import ROUND_S, Flags, Floats, Numbers, codes, firsts, jobs
from zhizao.studies.learn.log.visits import History
from zhizao.studies.learn.log.week import Opening
from zhizao.studies.learn.resources.setups.keys import Key, key_of, log_likelihood, turns_of

LEAST_S = 60.0  # a shorter gap is the change from one lot to the next, or a log to the minute
FEW = 20  # gaps after a wait in the queue that a set-up takes to be believed
NEARLY = 0.8  # share of the changes that have a gap
CLEAR = 10.0  # log likelihood by which gaps must go with changes: beyond any correction for the keys tried
REGULAR = 0.35  # scatter of gaps that every lot has, from which these are an idle unit and no set-up
OTHERS = 0.05  # share of jobs without a change that have a gap, from which something else makes gaps too
NEAR = 0.02  # gaps nearer than this to each other are the same length
SOME = 5  # gaps of one length that are no chance
CLUSTER = 0.2  # share of the gaps of one length, from which longer ones have something else in them


@dataclass(frozen=True, slots=True, eq=False)
class _Gaps:
    """Jobs of a work center by unit and start: open time from when lot and unit were there to the start of
    the work (NaN for a unit's first), and open time since the unit's job before."""

    rows: pl.DataFrame
    gap_s: Floats
    free_s: Floats
    counted: Flags  # jobs that judge: their lot waited for the unit, or nobody knows when it came
    known: Flags  # the log tells when the lot was there

    @property
    def done(self) -> Flags:
        return np.nan_to_num(self.gap_s) >= LEAST_S


def find_setups(
    records: Records, history: History, openings: dict[str, Opening], rng: np.random.Generator
) -> tuple[Records, list[Finding]]:
    """The records with a set-up row before each job that has a set-up hidden in the gap before it, and the
    findings. A work center with set-up rows of its own has none hidden."""
    found: list[pl.DataFrame] = []
    findings: list[Finding] = []
    shown = (pl.col("setup_s") > 0).any().over("work_center")
    table = jobs(history, records)
    for (name,), rows in sorted(table.filter(~shown).group_by("work_center", maintain_order=True)):
        gaps = _gaps(firsts(rows), openings[str(name)])
        key = None if gaps is None else _key(gaps)
        if gaps is not None and key is None:
            gaps = _of_first_jobs(gaps)
            key = _key(gaps)
            if key is not None and not _surely(gaps, key):
                continue
        if gaps is None or key is None:
            continue
        setup_s = _lengths(gaps, key, rng)
        found.append(_rows_of(gaps, setup_s, openings[str(name)]))
        findings.append(_finding(str(name), gaps, key, setup_s))
    return (_with_rows(records, history, pl.concat(found)) if found else records), findings


# ---------------------------------------------------------------- gaps
def _gaps(rows: pl.DataFrame, opening: Opening) -> _Gaps | None:
    """None where jobs overlap on a unit: then the log does not name units."""
    rows = rows.sort("unit", "start_s", "end_s", "lot")
    unit = codes(rows, "unit")[0]
    start, end = rows["start_s"].to_numpy(), rows["end_s"].to_numpy()
    first = np.diff(unit, prepend=-1) != 0
    before = np.where(first, np.nan, np.roll(end, 1))
    overlaps = start < before - ROUND_S
    if overlaps.sum() > OTHERS * len(start):
        return None
    ready = rows["ready_s"].fill_null(np.nan).to_numpy()
    known = ready < start - ROUND_S  # a lot that is there when it starts was released then, for all we know
    begin = np.fmax(before, np.where(known, ready, -np.inf))
    since = opening.open_until(start)
    gap = np.where(first, np.nan, since - opening.open_until(np.nan_to_num(begin)))
    free = np.where(first, np.nan, since - opening.open_until(np.nan_to_num(before)))
    return _Gaps(rows, np.maximum(gap, 0.0), np.maximum(free, 0.0), known & (ready < before - LEAST_S), known)


def _of_first_jobs(gaps: _Gaps) -> _Gaps:
    """The same, judged by the jobs whose lots nobody knows when they came: there the gap is an idle unit too,
    and set-ups must show as gaps of one length."""
    unknown = ~gaps.known & np.isfinite(gaps.free_s)
    return replace(gaps, gap_s=np.where(unknown, gaps.free_s, gaps.gap_s), counted=unknown)


def _surely(gaps: _Gaps, key: Key) -> bool:
    """Whether jobs without a change have no such gaps (a unit that stands idle between orders at regular
    times has them before all jobs), and many gaps have one length, or all about the same."""
    sample = gaps.gap_s[key.changed & gaps.counted & gaps.done]
    if (~key.changed & gaps.counted).sum() < FEW:
        return False
    return _cluster(sample) is not None or _regular(sample)


def _regular(gaps_s: Floats) -> bool:
    return float(gaps_s.std()) < REGULAR * float(gaps_s.mean())


def _key(gaps: _Gaps) -> Key | None:
    """What must change for a set-up; None where gaps are no set-ups."""
    rows = gaps.rows.with_columns(setup_s=pl.Series(np.where(gaps.done, gaps.gap_s, 0.0)))
    turns, kinds = turns_of(rows, gaps.counted)
    key = key_of(turns, kinds, rows)
    changed, same = key.changed & turns.counted, ~key.changed & turns.counted
    if changed.sum() < FEW or gaps.done[changed].mean() < NEARLY:
        return None
    if same.sum() >= FEW:
        none = replace(key, name="none", changed=np.zeros_like(key.changed))
        clear = log_likelihood(turns, key) - log_likelihood(turns, none) > CLEAR
    else:
        clear = _regular(gaps.gap_s[changed])
    return key if clear else None


# ---------------------------------------------------------------- how long
def _lengths(gaps: _Gaps, key: Key, rng: np.random.Generator) -> Floats:
    """Set-up time of each job (s of open time), 0 where nothing changes.

    After a wait in the queue it is the gap, but for what else makes gaps. Where a lot came to an idle unit
    there may have been a delay in the gap, or the log does not tell when the lot was there: a gap longer than
    any after a wait is replaced by one of these, drawn.
    """
    found = np.zeros(len(key.changed))
    seen = key.changed & gaps.counted & gaps.done
    same = ~key.changed & gaps.counted
    others = float(gaps.gap_s[same].mean()) if same.any() and gaps.done[same].mean() > OTHERS else 0.0
    pairs = _pairs(key, seen)
    for pair in np.unique(pairs[key.changed]):
        own = key.changed & (pairs == pair)
        sample = _without_others(gaps.gap_s[seen & (pairs == pair)], others)
        drawn = rng.choice(sample, len(found))
        room = np.where(gaps.known, gaps.gap_s, np.minimum(gaps.free_s, drawn))
        usual = gaps.done & gaps.known & (gaps.gap_s <= sample.max() + ROUND_S)
        shown = np.where(usual, room, np.minimum(room, drawn))
        found[own] = np.where(shown >= LEAST_S, shown, 0.0)[own]
    return found


def _pairs(key: Key, seen: Flags) -> Numbers:
    """Number of the pair of kinds before and after each job; 0 for pairs with few gaps."""
    pair = np.unique(np.roll(key.left, 1) * (key.value.max() + 2) + key.value, return_inverse=True)[1] + 1
    thin = np.bincount(pair, seen) < FEW
    found: Numbers = np.where(thin[pair] | (key.name == "lot"), 0, pair)
    if not (seen & (found == 0)).any():  # nothing is known of rare pairs: they are as the most usual one
        found[found == 0] = int(np.argmax(np.bincount(found, seen)))
    return found


def _without_others(gaps_s: Floats, others_s: float) -> Floats:
    """Gaps without what else is in them: where many have the same length, what is beyond it; else the mean
    gap of jobs without a change (`others_s`)."""
    usual = _cluster(gaps_s)
    if usual is not None:
        found: Floats = np.minimum(gaps_s, usual)
    else:
        found = gaps_s * max(1 - others_s / float(gaps_s.mean()), 0.0)
    return found


def _cluster(gaps_s: Floats) -> float | None:
    """The length that many gaps have, None where no length is that of many."""
    ordered = np.sort(gaps_s)
    near = np.searchsorted(ordered, ordered * (1 + NEAR) + ROUND_S, side="right") - np.arange(len(ordered))
    first = int(np.argmax(near)) if len(near) else 0
    enough = len(near) > 0 and near[first] >= max(CLUSTER * len(ordered), SOME)
    return float(ordered[first + near[first] // 2]) if enough else None


# ---------------------------------------------------------------- into the records
def _rows_of(gaps: _Gaps, setup_s: Floats, opening: Opening) -> pl.DataFrame:
    """Set-ups with start and end (s) of the jobs that have one."""
    done = setup_s > 0
    end = gaps.rows["start_s"].to_numpy()[done]
    begin = opening.before(end, setup_s[done])
    what = gaps.rows.filter(pl.Series(done)).select("lot", "product", "operation", "work_center", "unit")
    return what.with_columns(start_s=pl.Series(begin), end_s=pl.Series(end))


def _with_rows(records: Records, history: History, setups: pl.DataFrame) -> Records:
    """Records with these set-ups; a lot whose first work has one was released by the time that it began."""
    assert records.events is not None  # a history has been read from them
    moment = [
        (history.origin + pl.duration(microseconds=(pl.col(f"{c}_s") * 1e6).round(0).cast(pl.Int64))).alias(c)
        for c in ("start", "end")
    ]
    schema = records.events.schema
    rows = setups.with_columns(*moment, activity=pl.lit(Activity.SETUP.value)).drop("start_s", "end_s")
    rows = rows.cast({name: schema[name] for name in rows.columns})
    events = pl.concat([rows, records.events], how="diagonal").select(records.events.columns)
    began = rows.group_by("lot").agg(begin=pl.col("start").min())
    lots = records.lots.join(began, on="lot", how="left", maintain_order="left")
    lots = lots.with_columns(
        pl.when(pl.col("release").is_not_null()).then(pl.min_horizontal("release", "begin"))
    )
    return replace(records, events=events.sort("start", maintain_order=True), lot_table=lots.drop("begin"))


def _finding(center: str, gaps: _Gaps, key: Key, setup_s: Floats) -> Finding:
    changed, same = key.changed & gaps.counted, ~key.changed & gaps.counted
    done = setup_s[changed & (setup_s > 0)]
    queued = gaps.known[gaps.counted].all()
    of = "after a wait in the queue" if queued else "of lots that come at unknown times"
    low, high = intervals.of_share(int(gaps.done[changed].sum()), int(changed.sum()))
    how = (
        f"inferred: the log has no set-up rows, but {of} {low:.0%} to {high:.0%} of the changes have a gap "
        f"of {hours(LEAST_S)} or more"
    )
    if same.any():
        how += f", {gaps.done[same].mean():.0%} of the {int(same.sum())} other jobs"
    value = f"hidden in gaps, mean {hours(float(done.mean()))}"
    return Finding(f"work_centers.{center}.setup.inferred", value, int(changed.sum()), how)
