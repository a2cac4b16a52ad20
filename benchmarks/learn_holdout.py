"""Hold-outs of learned twins: how well lots that the learner has not seen are predicted.

    python benchmarks/learn_holdout.py [--logs shop,LoanApp] [--learners zhizao] [--replications 20]
    python benchmarks/learn_holdout.py --table [--rows FILE]

The learner gets the past of a log, then the releases, parts and sizes of later lots, and simulates them. They
are compared with the log by the measures of `learning/distances.py`, beside past lots drawn again (resample).
In-sample check: the twin with the past's own releases; mean cycle time over the log's, and the correlation of
each lot's mean time with the log (a twin that keeps every lot's route, work and delays has 1 and nearly 1).
Rows are appended as soon as a hold-out is done; a later call goes on where the last one stopped: a hold-out
is done when there is a row of it by the same learner with the same replications, seed and commit.

The logs are not part of the repository (ZHIZAO_SHARED, or ../shared beside it); those that are not there are
skipped.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from pathlib import Path
from statistics import correlation, fmean

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import numpy as np  # noqa: E402

from benchmarks import rows as table_rows  # noqa: E402
from benchmarks.learning.distances import Profile, Simulated, crps, distances, earth_movers, profile  # noqa: E402
from benchmarks.learning.holdouts import PUBLIC, SHOP, Floats, HoldOut, holdouts  # noqa: E402
from benchmarks.learning.learners import BASELINE, LEARNERS, Learner, past_again  # noqa: E402
from benchmarks.rows import Row, number, text  # noqa: E402
from benchmarks.surroundings import commit_of, processor  # noqa: E402

ROWS = HERE / "results" / "learn" / "holdouts.csv"
DISTANCES = ("cycle_h", "trigrams", "absolute_h", "relative_h", "circadian_h", "in_process")
COLUMNS = (
    "log", "holdout", "learner", "past_lots", "lots", "follow_h", "mean_h", "cycle_pooled_h", "crps_h",
    "crps_more_h", "crps_more_se_h", "bias", "visits_bias", *DISTANCES, "past_ratio", "past_r", "cpu_s",
    "replications", "seed", "commit", "machine",
)  # fmt: skip
KEY = ("holdout", "learner", "replications", "seed", "commit")
PAST_REPLICATIONS = 5  # of the in-sample check: the mean over lots is what counts
Setting = tuple[str, str, str]
SURE = 1.96  # standard errors from 0 at which a difference is significant (95 %)


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores of a learner on one hold-out, and those of each lot that they are made of."""

    mean_h: float  # cycle time in the log
    crps_h: Floats  # of each lot
    cycle_pooled_h: float  # of the cycle times of all replications together
    bias: float  # of the mean cycle time, relative
    visits_bias: float
    distances: dict[str, float]  # means over the replications


def scored(held: HoldOut, learner: Learner, replications: int, seed: int) -> Scored:
    """Run a learner on a hold-out and score it."""
    first = held.test.first_h()
    horizon = (int(first.min()), int(first.max() + held.follow_h) + 1)
    test = held.test
    real = profile(Simulated(test.lot, test.activity, test.start_h, test.end_h), held.follow_h, horizon)
    found = [profile(one, held.follow_h, horizon) for one in learner(held, replications, seed)]
    times = np.full((len(found), test.lots), np.nan)
    for row, one in zip(times, found, strict=True):
        row[one.lots] = one.cycle_h
    apart = [distances(real, one) for one in found]
    return Scored(
        mean_h=float(real.cycle_h.mean()),
        crps_h=crps(times, real.cycle_h),
        cycle_pooled_h=earth_movers(times[np.isfinite(times)] * 60, real.cycle_h * 60) / 60,
        bias=_mean(found, "cycle_h") / float(real.cycle_h.mean()) - 1,
        visits_bias=_mean(found, "visits") / float(real.visits.mean()) - 1,
        distances={name: fmean(one[name] for one in apart) for name in DISTANCES},
    )


def _mean(found: Sequence[Profile], what: str) -> float:
    return fmean(float(getattr(one, what).mean()) for one in found)


def row_of(held: HoldOut, name: str, replications: int, seed: int) -> Row:
    """Score a learner on a hold-out, in pairs with the baseline."""
    base = scored(held, LEARNERS[BASELINE], replications, seed)
    began = time.process_time()
    found = base if name == BASELINE else scored(held, LEARNERS[name], replications, seed)
    cpu_s = time.process_time() - began
    more = (found.crps_h - base.crps_h)[np.isfinite(found.crps_h)]
    test = held.test
    row = {"log": test.name, "holdout": held.name, "learner": name, "replications": str(replications)}
    row |= {"past_lots": str(held.past.lots), "lots": str(test.lots), "seed": str(seed)}
    values = {
        "follow_h": held.follow_h,
        "mean_h": found.mean_h,
        "cycle_pooled_h": found.cycle_pooled_h,
        "crps_h": float(np.nanmean(found.crps_h)),
        "crps_more_h": float(more.mean()),
        "crps_more_se_h": float(more.std(ddof=1)) / sqrt(len(more)),
        "bias": found.bias,
        "visits_bias": found.visits_bias,
        **found.distances,
    }
    if name != BASELINE:
        values["cpu_s"] = cpu_s
    if name != BASELINE and (past := past_again(held, PAST_REPLICATIONS, seed)):
        values["past_ratio"] = float(past[1].mean() / past[0].mean())
        values["past_r"] = correlation(*(times.tolist() for times in past))
    return row | {key: text(value) for key, value in values.items()}


# ---------------------------------------------------------------- what to tell
def table(rows: Sequence[Row]) -> Iterator[str]:
    """Each learner beside resampling, log by log, and over logs: means of ratios are geometric."""
    yield (
        "| commit | learner | log | hold-outs | CRPS | significantly | absolute | cycle | better cycle | "
        "bias | past: ratio | r |"
    )
    yield "|---|---|---|--:|--:|---|--:|--:|--:|--:|--:|--:|"
    for commit, learner in dict.fromkeys((row["commit"], row["learner"]) for row in rows):
        if learner == BASELINE:
            continue
        own = [row for row in rows if (row["commit"], row["learner"]) == (commit, learner)]
        base = {_setting(row): row for row in rows if row["learner"] == BASELINE}
        logs = dict.fromkeys(row["log"] for row in own)
        for name in logs:
            cells = _cells([row for row in own if row["log"] == name], base)
            yield f"| {commit} | {learner} | {name} | {' | '.join(cells)} |"
        whole = [_over_logs(own, base, column) for column in ("crps_h", "absolute_h", "cycle_pooled_h")]
        yield f"| {commit} | {learner} | all | {len(own)} | {whole[0]} | | {whole[1]} | {whole[2]} | | | | |"


def _setting(row: Row) -> Setting:
    return row["holdout"], row["replications"], row["seed"]


def _cells(own: Sequence[Row], base: dict[Setting, Row]) -> list[str]:
    better = sum(float(r["cycle_pooled_h"]) < float(base[_setting(r)]["cycle_pooled_h"]) for r in own)
    return [
        str(len(own)),
        _percent(exp(_log_ratio(own, base, "crps_h")) - 1),
        _significance(own),
        _percent(exp(_log_ratio(own, base, "absolute_h")) - 1),
        _percent(exp(_log_ratio(own, base, "cycle_pooled_h")) - 1),
        f"{better} of {len(own)}",
        _percent(fmean(float(row["bias"]) for row in own)),
        _mean_cell(own, "past_ratio"),
        _mean_cell(own, "past_r"),
    ]


def _log_ratio(own: Sequence[Row], base: dict[Setting, Row], column: str) -> float:
    """Mean logarithm of a measure over that of the baseline, over the hold-outs of one log."""
    return fmean(log(float(row[column]) / float(base[_setting(row)][column])) for row in own)


def _over_logs(own: Sequence[Row], base: dict[Setting, Row], column: str) -> str:
    names = dict.fromkeys(row["log"] for row in own)
    ratios = (_log_ratio([row for row in own if row["log"] == name], base, column) for name in names)
    return _percent(exp(fmean(ratios)) - 1)


def _significance(own: Sequence[Row]) -> str:
    """Whether the CRPS of a log's lots is better or worse than the baseline's, over all its hold-outs."""
    weights = [int(row["lots"]) for row in own]
    more = sum(w * float(r["crps_more_h"]) for w, r in zip(weights, own, strict=True))
    error = sqrt(sum((w * float(r["crps_more_se_h"])) ** 2 for w, r in zip(weights, own, strict=True)))
    if abs(more) <= SURE * error:
        return "no difference"
    return "worse" if more > 0 else "better"


def _mean_cell(own: Sequence[Row], column: str) -> str:
    found = [value for row in own if (value := number(row[column])) is not None]
    return f"{fmean(found):.3f}" if found else "–"


def _percent(share: float) -> str:
    return f"{100 * share:+.0f} %"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--logs", default=",".join((SHOP, *PUBLIC)), help="names with commas between")
    parser.add_argument("--learners", default="zhizao", help="names with commas between")
    parser.add_argument("--replications", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=Path, default=ROWS)
    parser.add_argument("--table", action="store_true", help="only print the table of the rows")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    if not given.table:
        learners = dict.fromkeys((BASELINE, *given.learners.split(",")))
        unknown = sorted((set(learners) - set(LEARNERS)) | (set(given.logs.split(",")) - {SHOP, *PUBLIC}))
        if unknown:
            sys.exit(
                f"no {', '.join(unknown)}; learners: {', '.join(LEARNERS)}; logs: {SHOP}, {', '.join(PUBLIC)}"
            )
        for name in given.logs.split(","):
            try:
                _run_log(name, learners, given)
            except OSError as error:
                print(f"{name}: skipped, its file cannot be read ({error})", flush=True)
    print("\n".join(table(table_rows.read(given.rows))))


def _run_log(name: str, learners: Iterable[str], given: argparse.Namespace) -> None:
    """All hold-outs of a log that have no row yet."""
    commit, machine = commit_of(), processor()
    done = {tuple(row[column] for column in KEY) for row in table_rows.read(given.rows)}
    for held in holdouts(name):
        for learner in learners:
            if (held.name, learner, str(given.replications), str(given.seed), commit) in done:
                continue
            row = row_of(held, learner, given.replications, given.seed)
            table_rows.append(given.rows, COLUMNS, [row | {"commit": commit, "machine": machine}])
            print(
                f"{held.name:24} {learner:9} {row['lots']:>4} lots: CRPS {row['crps_h']:>9} h, cycle "
                f"{row['cycle_pooled_h']:>9} h, bias {row['bias']:>8}, {row.get('cpu_s', '–'):>7} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
