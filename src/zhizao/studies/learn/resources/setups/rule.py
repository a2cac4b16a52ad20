"""Set-ups: what must change for one, how often it is then done, and how long it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from zhizao.quantities.distributions import Distribution
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.fitting import intervals
from zhizao.studies.learn.fitting.families import Fit, fit_family, quantiles
from zhizao.studies.learn.log.jobs import Floats, Numbers, codes, firsts
from zhizao.studies.learn.resources.outliers import beyond
from zhizao.studies.learn.resources.setups.keys import Key, Turns, key_of, turns_of

ALWAYS = 0.97  # share of changes with a set-up from which the others are taken for untidy reports
PAIR = 10  # set-ups of a pair of families that give it a time of its own
SURE = 0.001  # chance by which pairs may seem to differ that do not


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


def learn_setups(table: pl.DataFrame) -> tuple[dict[str, SetupRule], Floats, list[Finding]]:
    """Rule of each work center with set-ups; the work of each visit with all other set-ups in it, in the
    order of the table of jobs; the findings."""
    work = table["work_s"].to_numpy() + table["setup_s"].to_numpy()
    rules: dict[str, SetupRule] = {}
    findings: list[Finding] = []
    own = table.with_row_index("place").filter((pl.col("setup_s") > 0).any().over("work_center"))
    for (name,), rows in sorted(own.group_by("work_center", maintain_order=True)):
        rows = firsts(rows).sort("unit", "start_s", "end_s", "lot")
        turns, kinds = turns_of(rows)
        key = key_of(turns, kinds, rows)
        counted = key.changed & turns.done
        if not counted.any():
            continue
        work[rows["place"].to_numpy()[counted]] -= turns.setup_s[counted]
        rules[str(name)] = _rule(turns, key, kinds, findings, str(name))
    return rules, work, findings


# ---------------------------------------------------------------- how long
def _rule(turns: Turns, key: Key, kinds: pl.DataFrame, findings: list[Finding], center: str) -> SetupRule:
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


def _tidied(turns: Turns, key: Key) -> Turns:
    """With set-ups that are beyond the tail of their like (a rest or a stop is in them) as long as usual.

    Their like are changes between the same two families, or to the same one where these are few.
    """
    setup_s = turns.setup_s.copy()
    done = key.changed & turns.done
    last = key.left[turns.before]
    pair = np.unique(last * (key.value.max() + 2) + key.value, return_inverse=True)[1]
    thin = np.bincount(pair, done)[pair] < PAIR
    like = np.where(thin, -2 - key.value, pair)
    for number in np.unique(like[done]):
        own = np.flatnonzero(done & (like == number))
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


def _pairs(turns: Turns, key: Key) -> list[tuple[str | None, str | None]]:
    """Families before and after each change."""
    if key.name == "lot":
        return [(None, None)] * int(key.changed.sum())
    last = key.left[turns.before]
    return [
        (key.names[a], key.names[b]) for a, b in zip(last[key.changed], key.value[key.changed], strict=True)
    ]


def _times(turns: Turns, key: Key, share: float) -> dict[tuple[str | None, str], Floats]:
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


def _families(turns: Turns, key: Key, kinds: pl.DataFrame) -> dict[tuple[str, str], str | None]:
    first = np.unique(turns.kind, return_index=True)
    family = {int(k): int(key.value[i]) for k, i in zip(*first, strict=True)}
    return {
        (operation, product): key.names[family[i]] if family[i] >= 0 else None
        for i, (operation, product) in enumerate(kinds.iter_rows())
    }


_OF = {"lot": "lot", "part": "product", "operation": "operation", "both": "operation or product",
       "passing": "operation or product (some need none)", "family": "family of work"}  # fmt: skip


def _findings(center: str, key: Key, turns: Turns, done: Floats) -> list[Finding]:
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
