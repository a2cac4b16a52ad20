"""Rules of failure in words, judged on rows that they were not found on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from zhizao.engine import Progress
from zhizao.experiments.facts import version
from zhizao.quantities import InputError
from zhizao.studies.maintain.afterwards import afterwards
from zhizao.studies.maintain.candidates import Bools, Quantities, quantities_of
from zhizao.studies.maintain.facts import Floats, Ints, share_of
from zhizao.studies.maintain.learner import boosted
from zhizao.studies.maintain.ruled import FailureRule, RulesResult
from zhizao.studies.maintain.search import Rule, area, holds, refitted, rules_of
from zhizao.studies.maintain.table import Records, read_records

FOLDS = 5
FINE = 100
"""Different numbers of a column above which it is measured finely: equal rows are then copies."""
LEAST_FAILURES = 20
"""Fewest failures: of fewer, folds hold next to none."""
ROUNDS = 200
TREES: dict[str, object] = {
    "objective": "binary",
    "learning_rate": 0.03,
    "num_leaves": 15,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "num_threads": 1,
    "deterministic": True,
    "verbose": -1,
}
"""Settings of LightGBM for failures; small trees, since failures are few."""
DRAWS = 1_000
"""Bootstrap samples for the interval of the area under the curve."""
_YES = {"1", "1.0", "yes", "true", "y", "nok", "ng", "fail", "failed", "ja", "是", "不合格"}
_NO = {"0", "0.0", "no", "false", "n", "ok", "pass", "passed", "nein", "否", "合格"}


@dataclass(frozen=True, slots=True)
class RulesAim:
    """Columns that the rules must not read: ids, and what is known only after the failure."""

    without: tuple[str, ...] = ()


DEFAULT = RulesAim()


def failure_rules(
    table: str | Path,
    target: str,
    *,
    aim: RulesAim = DEFAULT,
    seed: int = 1,
    progress: Progress | None = None,
) -> RulesResult:
    """Find the conditions under which failures happen, in words, and how well failures can be predicted.

    Rules have at most two conditions: thresholds on columns, or on products, differences and ratios of two,
    and classes. Precision and recall are those on folds of which the thresholds are not.

    Parameters
    ----------
    table
        One row per piece or moment.
    target
        Column that says whether it failed: 1 or 0, yes or no.
    aim
        Columns to leave out.
    seed
        Seed of the folds and of the learner.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        The table has faults, or the extra `maintain` is not installed.
    """
    records = read_records(table, "table")
    failed = _failed(records, records.column(target))
    without = {records.column(target), *(records.column(name) for name in aim.without)}
    of = quantities_of(records, [name for name in records.frame.columns if name not in without])
    records.raise_faults()
    copies = _copies(records, without - {records.column(target)})
    failed, of = failed[~copies], of.only(~copies)
    if not len(of.names) and not of.classes:
        raise InputError(f"{table}: no column varies beside {target!r}; not shown: give columns that vary")
    if failed.sum() < LEAST_FAILURES or (~failed).sum() < LEAST_FAILURES:
        counts = f"{int(failed.sum())} failures and {int((~failed).sum())} other rows"
        raise InputError(f"{table}: found {counts}; not shown: rules take at least {LEAST_FAILURES} of each")
    fold = _folds(failed, seed)
    everywhere = np.ones(len(failed), dtype=bool)
    rules = rules_of(of, failed, everywhere)
    score, together = np.zeros(len(failed)), np.zeros(len(failed), dtype=bool)
    for number in range(FOLDS):
        test = fold == number
        score[test] = _scores(of, failed, test, seed)
        for rule in rules_of(of, failed, ~test):
            together |= holds(rule, of) & test
        if progress is not None:
            progress((number + 1) / FOLDS)
    judged = [(rule, _judged(rule, of, failed, fold)) for rule in rules]
    base = float(failed.mean())
    rules = tuple(rule for rule, one in judged if one.confirmed(base))
    found = tuple(one for _, one in judged if one.confirmed(base))
    covered = np.logical_or.reduce([holds(rule, of) for rule in rules]) if rules else ~everywhere
    beyond = ~covered | ~failed
    return RulesResult(
        title=Path(table).name,
        inputs=(records.source,),
        seed=seed,
        version=version(),
        target=target,
        rows=len(failed),
        failures=int(failed.sum()),
        rules=found,
        uncovered=int((failed & ~covered).sum()),
        precision=share_of(int((together & failed).sum()), int(together.sum()))
        if rules and together.any()
        else None,
        recall=share_of(int((together & failed).sum()), int(failed.sum())),
        auc=_area(score, failed, seed),
        auc_uncovered=_area(score[beyond], failed[beyond], seed) if (failed & beyond).sum() > 1 else None,
        left_out=of.left_out,
        after=afterwards(of, failed),
        unconfirmed=len(judged) - len(found),
        repeated=int(copies.sum()),
    )


def _failed(records: Records, column: str) -> Bools:
    texts = [cell.lower() for cell in records.texts(column)]
    for row, cell in enumerate(texts):
        if cell not in _YES | _NO:
            records.fault(
                row, column, f"found {cell!r}", "write 1 for a failure and 0 for none, or yes and no"
            )
    records.raise_faults()
    return np.array([cell in _YES for cell in texts])


def _copies(records: Records, without: set[str]) -> Bools:
    """Rows that repeat an earlier one in every column that is read, where a column is measured finely.

    Without such a column equal rows are pieces that are alike, and count each.
    """
    cells = records.frame.select(name for name in records.frame.columns if name not in without)
    numbers = [name for name in cells.columns if cells[name].cast(pl.Float64, strict=False).null_count() == 0]
    if not any(cells[name].n_unique() > FINE for name in numbers):
        return np.zeros(cells.height, dtype=bool)
    first = cells.select(pl.struct(pl.all()).is_first_distinct()).to_series()
    return np.asarray(~first.to_numpy())


def _folds(failed: Bools, seed: int) -> Ints:
    """Folds with as many failures each."""
    random, fold = np.random.default_rng(seed), np.zeros(len(failed), dtype=np.int64)
    for rows in (np.flatnonzero(failed), np.flatnonzero(~failed)):
        fold[rows] = random.permutation(len(rows)) % FOLDS
    return fold


def _scores(of: Quantities, failed: Bools, test: Bools, seed: int) -> Floats:
    """Scores of the rows of a fold by trees on the others."""
    x = np.column_stack([of.values, *(rows for _, rows in of.classes)]).astype(np.float64)
    predict = boosted(x[~test], failed[~test].astype(np.float64), {**TREES, "seed": seed}, ROUNDS)
    return predict(x[test])


def _judged(rule: Rule, of: Quantities, failed: Bools, fold: Ints) -> FailureRule:
    """A rule with precision and recall on folds that its thresholds were not fitted on."""
    held = np.zeros(len(failed), dtype=bool)
    for number in range(FOLDS):
        test = fold == number
        held |= holds(refitted(rule, of, failed, ~test), of) & test
    under = holds(rule, of)
    hits = int((held & failed).sum())
    return FailureRule(
        " and ".join(one.words(of) for one in rule),
        int(under.sum()),
        int((under & failed).sum()),
        share_of(hits, int(held.sum())) if held.any() else None,
        share_of(hits, int(failed.sum())),
    )


def _area(score: Floats, failed: Bools, seed: int) -> tuple[float, float, float]:
    """Area under the curve, with the 95 % interval by bootstrap of failures and of the rest."""
    random = np.random.default_rng(seed)
    bad, good = np.flatnonzero(failed), np.flatnonzero(~failed)
    placed = (np.searchsorted(np.sort(score[good]), score[bad], side="left") + 0.0) / len(good)
    placed = (placed + np.searchsorted(np.sort(score[good]), score[bad], side="right") / len(good)) / 2
    drawn = [placed[random.integers(0, len(bad), size=len(bad))].mean() for _ in range(DRAWS)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return area(score, failed), float(low), float(high)
