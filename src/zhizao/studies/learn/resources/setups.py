"""Set-ups: what must change for one, how often it is then done, and how long it takes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from zhizao.quantities.distributions import Distribution
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.fitting import intervals
from zhizao.studies.learn.fitting.families import Fit, fit_family, quantiles
from zhizao.studies.learn.log.jobs import Flags, Floats, Numbers, codes, firsts
from zhizao.studies.learn.resources.outliers import beyond

ALWAYS = 0.97  # share of changes with a set-up from which the others are taken for untidy reports
SAME = 0.1  # share of changes with a set-up below which two kinds of work are of one family
SEEN = 3  # changes between two kinds of work that this takes
PASSING = 20  # visits without a set-up after which a kind of work is taken to need none ever
PAIR = 10  # set-ups of a pair of families that give it a time of its own
SURE = 0.001  # chance by which pairs may seem to differ that do not
MOST_KINDS = 400  # kinds of work of a work center beyond which families are not looked for
BETTER = 5.0  # log likelihood by which a less usual key must be better


@dataclass(frozen=True, slots=True)
class SetupRule:
    """Set-up of a work center: what must change for it, and its times.

    `by` is "lot" (any change of lot), "part" (of product) or "family" (of `families`, by operation and
    product; None: neither needs a set-up nor leaves one). `takes` counts changes without set-up as 0;
    `times` has what differs from it, by family before (None: any) and after.
    """

    by: str
    takes: Distribution
    times: tuple[tuple[str | None, str, Distribution], ...] = ()
    families: dict[tuple[str, str], str | None] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Turns:
    """Visits of a work center's units, each but a unit's first, with what was before it."""

    lot: Flags  # another lot
    part: Numbers
    operation: Numbers
    kind: Numbers  # operation and product
    before: Numbers  # place of the visit before, or -1
    setup_s: Floats

    @property
    def done(self) -> Flags:
        return self.setup_s > 0


@dataclass(frozen=True, slots=True, eq=False)
class _Key:
    """A way to say what must change: a number per visit, -1 where it needs none and leaves what there was."""

    name: str
    value: Numbers
    changed: Flags
    names: list[str | None]


def learn_setups(table: pl.DataFrame) -> tuple[dict[str, SetupRule], Floats, list[Finding]]:
    """Rule of each work center with set-ups; the work of each visit with all other set-ups in it, in the
    order of the table of jobs; the findings."""
    work = table["work_s"].to_numpy() + table["setup_s"].to_numpy()
    rules: dict[str, SetupRule] = {}
    findings: list[Finding] = []
    own = table.with_row_index("place").filter((pl.col("setup_s") > 0).any().over("work_center"))
    for (name,), rows in sorted(own.group_by("work_center", maintain_order=True)):
        rows = firsts(rows).sort("unit", "start_s", "end_s", "lot")
        turns, kinds = _turns(rows)
        key = _key(turns, kinds, rows)
        counted = key.changed & turns.done
        if not counted.any():
            continue
        work[rows["place"].to_numpy()[counted]] -= turns.setup_s[counted]
        rules[str(name)] = _rule(turns, key, kinds, findings, str(name))
    return rules, work, findings


# ---------------------------------------------------------------- what must change
def _turns(rows: pl.DataFrame) -> tuple[_Turns, pl.DataFrame]:
    unit, lot = (codes(rows, c)[0] for c in ("unit", "lot"))
    kind, kinds = codes(rows, "operation", "product")
    before = np.arange(-1, len(unit) - 1)
    before[np.diff(unit, prepend=-1) != 0] = -1
    part, operation = codes(rows, "product")[0], codes(rows, "operation")[0]
    return _Turns(lot[before] != lot, part, operation, kind, before, rows["setup_s"].to_numpy()), kinds


def _key(turns: _Turns, kinds: pl.DataFrame, rows: pl.DataFrame) -> _Key:
    """The key that tells set-ups best, of those that are about as good the most usual."""
    found = [
        _plain("lot", turns, np.cumsum(turns.lot), []),
        _plain("part", turns, turns.part, _names(rows, "product")),
    ]
    by_operation = _plain("operation", turns, turns.operation, _names(rows, "operation"))
    found += [by_operation, _plain("both", turns, turns.kind, _both(kinds))]
    if 1 < kinds.height <= MOST_KINDS:
        found += [_passing(turns, kinds), _clusters(turns, kinds)]
    told = [_log_likelihood(turns, key) - BETTER * (i > 0) for i, key in enumerate(found)]
    return found[int(np.argmax(told))]


def _names(rows: pl.DataFrame, column: str) -> list[str | None]:
    return codes(rows, column)[1][column].to_list()


def _both(kinds: pl.DataFrame) -> list[str | None]:
    return [f"{operation} of {product}" for operation, product in kinds.iter_rows()]


def _plain(name: str, turns: _Turns, value: Numbers, names: list[str | None]) -> _Key:
    changed = (turns.before >= 0) & (value[turns.before] != value)
    return _Key(name, value, changed, names)


def _carried(name: str, turns: _Turns, value: Numbers, names: list[str | None]) -> _Key:
    """A key in which work of the value -1 leaves the set-up of a unit as it is."""
    place = np.where((value >= 0) | (turns.before < 0), np.arange(len(value)), 0)
    left = value[np.maximum.accumulate(place)]
    last = left[turns.before]
    changed = (turns.before >= 0) & (value >= 0) & (last >= 0) & (last != value)
    return _Key(name, value, changed, names)


def _passing(turns: _Turns, kinds: pl.DataFrame) -> _Key:
    """Operation and product, without those that never need a set-up."""
    n = np.bincount(turns.kind, minlength=kinds.height)
    never = (np.bincount(turns.kind, turns.done, kinds.height) == 0) & (n >= PASSING)
    value = np.where(never[turns.kind], -1, turns.kind)
    return _carried("passing", turns, value, _both(kinds))


def _clusters(turns: _Turns, kinds: pl.DataFrame) -> _Key:
    """Families: kinds of work between which units are hardly ever set up."""
    n = kinds.height
    seen = turns.before >= 0
    pair = turns.kind[turns.before[seen]] * n + turns.kind[seen]
    often = np.bincount(pair, minlength=n * n).reshape(n, n)
    done = np.bincount(pair, turns.done[seen], n * n).reshape(n, n)
    often, done = often + often.T, done + done.T
    family = np.arange(n)
    for a, b in np.argwhere((often >= SEEN) & (done <= SAME * often)):
        family[family == family[b]] = family[a]
    _, family = np.unique(family, return_inverse=True)
    names = _both(kinds)
    named = [
        " / ".join(str(names[i]) for i in np.flatnonzero(family == f)[:3]) for f in range(family.max() + 1)
    ]
    return _plain("family", turns, family[turns.kind], list(named))


def _log_likelihood(turns: _Turns, key: _Key) -> float:
    """Of two chances of a set-up, where the key changes and where it does not."""
    seen = turns.before >= 0
    total = 0.0
    for group in (key.changed & seen, ~key.changed & seen):
        n, k = int(group.sum()), int(turns.done[group].sum())
        for part in (k, n - k):
            total += part * math.log(part / n) if part else 0.0
    merged = len(set(turns.kind.tolist())) - len(key.names) if key.name == "family" else 0
    return total - merged


# ---------------------------------------------------------------- how long
def _rule(turns: _Turns, key: _Key, kinds: pl.DataFrame, findings: list[Finding], center: str) -> SetupRule:
    turns = _tidied(turns, key)
    sample = turns.setup_s[key.changed]
    done = sample[sample > 0]
    share = len(done) / len(sample)
    times = _times(turns, key, share) if key.name != "lot" else {}
    rest = [(a, b) not in times and (None, b) not in times for a, b in _pairs(turns, key)]
    fits = {pair: fit_family(values) for pair, values in times.items()}
    default = _with_none(sample[rest], share) if any(rest) else Distribution.constant(float(sample.mean()))
    findings += [*_findings(center, key, turns, done), *_about_times(center, times, fits)]
    by = {"lot": "lot", "part": "part"}.get(key.name, "family")
    families = _families(turns, key, kinds) if by == "family" else None
    listed = tuple((a, b, fit.distribution) for (a, b), fit in sorted(fits.items(), key=str))
    return SetupRule(by, default, listed, families)


def _tidied(turns: _Turns, key: _Key) -> _Turns:
    """With set-ups that are beyond the tail of their like (a rest or a stop is in them) as long as usual."""
    setup_s = turns.setup_s.copy()
    for to in np.unique(key.value):
        own = np.flatnonzero(key.changed & turns.done & (key.value == to))
        if len(own) >= PAIR:
            far = own[beyond(setup_s[own])]
            setup_s[far] = np.median(setup_s[own])
    return replace(turns, setup_s=setup_s)


def _with_none(sample: Floats, share: float) -> Distribution:
    """Time of a change; where many go without a set-up, these count as 0."""
    done = sample[sample > 0]
    if not len(done):
        return Distribution.constant(0.0)
    return fit_family(done).distribution if share >= ALWAYS else quantiles(sample)


def _pairs(turns: _Turns, key: _Key) -> list[tuple[str | None, str | None]]:
    """Families before and after each change."""
    if key.name == "lot":
        return [(None, None)] * int(key.changed.sum())
    place = np.where((key.value >= 0) | (turns.before < 0), np.arange(len(key.value)), 0)
    last = key.value[np.maximum.accumulate(place)][turns.before]
    return [
        (key.names[a], key.names[b]) for a, b in zip(last[key.changed], key.value[key.changed], strict=True)
    ]


def _times(turns: _Turns, key: _Key, share: float) -> dict[tuple[str | None, str], Floats]:
    """Times by families where these surely matter: by the one after, or by both."""
    sample, pairs = turns.setup_s[key.changed], _pairs(turns, key)
    kept = sample > 0 if share >= ALWAYS else np.ones(len(sample), bool)
    frame = pl.DataFrame(
        {"a": [a for a, _ in pairs], "b": [b for _, b in pairs], "s": sample},
        schema_overrides={"a": pl.String},
    ).filter(pl.Series(kept))
    thin = pl.len().over("a", "b") < PAIR
    frame = frame.with_columns(a=pl.when(~thin).then("a"))
    own = frame.drop_nulls("a")
    to, both = codes(own, "b")[0], codes(own, "a", "b")[0]
    if _differ(own["s"].to_numpy(), to, both):
        keys = ["a", "b"]
    elif _differ(own["s"].to_numpy(), np.zeros_like(to), to):
        own = frame.filter(pl.len().over("b") >= PAIR).with_columns(a=pl.lit(None, pl.String))
        keys = ["a", "b"]
    else:
        return {}
    return {(a, str(b)): rows["s"].to_numpy() for (a, b), rows in own.group_by(keys, maintain_order=True)}


def _differ(values: Floats, coarse: Numbers, fine: Numbers) -> bool:
    """Whether means differ by the finer groups beyond the coarser (F test)."""
    from scipy.special import fdtrc

    if not len(values):
        return False
    groups = [len(np.unique(c)) for c in (coarse, fine)]
    between, rest = groups[1] - groups[0], len(values) - groups[1]
    if between < 1 or rest < 1:
        return False
    left = [_within(values, c) for c in (coarse, fine)]
    least = 1e-6 * float(values @ values)  # of times that do not scatter at all
    ratio = max(left[0] - left[1] - least, 0.0) / between / (max(left[1], least) / rest)
    return float(fdtrc(between, rest, ratio)) < SURE


def _within(values: Floats, group: Numbers) -> float:
    n = np.bincount(group)
    means = np.bincount(group, values) / np.maximum(n, 1)
    return float(((values - means[group]) ** 2).sum())


def _families(turns: _Turns, key: _Key, kinds: pl.DataFrame) -> dict[tuple[str, str], str | None]:
    first = np.unique(turns.kind, return_index=True)
    family = {int(k): int(key.value[i]) for k, i in zip(*first, strict=True)}
    return {
        (operation, product): key.names[family[i]] if family[i] >= 0 else None
        for i, (operation, product) in enumerate(kinds.iter_rows())
    }


_OF = {"lot": "lot", "part": "product", "operation": "operation", "both": "operation or product",
       "passing": "operation or product (some need none)", "family": "family of work"}  # fmt: skip


def _findings(center: str, key: _Key, turns: _Turns, done: Floats) -> list[Finding]:
    what, of = f"work_centers.{center}.setup", _OF[key.name]
    n, fit = int(key.changed.sum()), fit_family(done)
    still = (turns.before >= 0) & ~key.changed
    idle = int(turns.done[still].sum())
    value = f"{len(done) / n:.0%} of {of} changes, {hours(fit.mean)} each"
    how = f"set-up rows where the {of} on a unit changes; none counts as 0"
    if idle:
        how += f"; {idle / max(int(still.sum()), 1):.0%} where it does not change, told as work"
    low, high = intervals.of_mean(fit.mean, fit.error, len(done))
    shares = intervals.of_share(len(done), n)
    return [
        Finding(what, value, len(done), f"{how}; t interval of the mean set-up", fit.mean, low, high),
        Finding(
            f"{what}.share",
            f"{len(done) / n:.0%}",
            n,
            f"set-ups at a change of {of}; Wilson",
            len(done) / n,
            *shares,
        ),
    ]


def _about_times(
    center: str, times: dict[tuple[str | None, str], Floats], fits: dict[tuple[str | None, str], Fit]
) -> list[Finding]:
    """The times by families, each with its own interval."""
    found = []
    for (a, b), sample in times.items():
        own, n = fits[a, b], len(sample)
        value = f"{a or 'any'} to {b}: {hours(own.mean)}"
        how = "families differ (F test); t interval"
        ends = intervals.of_mean(own.mean, own.error, n)
        found.append(Finding(f"work_centers.{center}.setup.times", value, n, how, own.mean, *ends))
    return found
