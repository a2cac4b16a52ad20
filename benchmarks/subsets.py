"""Search for the best combination of measures: ours against peers at equal effort, and its calibration.

    python benchmarks/subsets.py [--tables FOLDER] [--first 0] [--runs 1000] [--peers 100] [--seconds 240]
    python benchmarks/subsets.py --write [--rows FILE]

Tables are .npz files with `values` (2^k, R): each combination in each of R replications with common
random numbers; only whole ones are used. Without --tables the synthetic families are used, another table for
each run. A replication that a method draws is a column of the table, drawn with replacement in an order of
its own for each seed: the truth is the mean over the columns.

Effort is replications drawn; each peer gets as many as ours drew for the same seed. Every row is appended to
a file at once, and a later call goes on where the last one stopped. `--write` makes results/subsets.md from
the rows. Needs optuna (pip install optuna).
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.subsets_synthetic import FAMILIES, table  # noqa: E402
from zhizao.solvers.subsets import Effort, Problem, best_subset  # noqa: E402

Array = NDArray[np.float64]
Sample = Callable[[Any, int, int], Array]
Row = dict[str, str]

EFFORT = 0.05  # of enumeration with the replications of the real tables, at most
ENUMERATED = 16  # replications of each combination in an enumeration
RELEVANT = 0.01
COLUMNS = ("table", "seed", "method", "gap", "drawn", "good", "cpu_s")
BINS = (0.0, 0.9, 0.95, 0.96, 0.97, 0.98, 0.99, 1.0)


def sampler(values: Array, seed: int) -> Sample:
    """Draws of the table, with replacement: one number is one column for every subset."""
    columns = np.random.default_rng([seed, 17]).integers(values.shape[1], size=100_000)
    return lambda subsets, first, n: values[np.asarray(subsets, int)][:, columns[first : first + n]]


def measures(values: Array) -> int:
    return len(values).bit_length() - 1


def gap(values: Array, chosen: int) -> float:
    truth = values.mean(axis=1)
    return float((truth.max() - truth[chosen]) / abs(truth.max()))


def ours(values: Array, seed: int) -> tuple[int, int, float]:
    effort = Effort(int(EFFORT * len(values) * ENUMERATED), relevance=RELEVANT)
    found = best_subset(Problem((0.0,) * measures(values)), sampler(values, seed), effort, seed=seed)
    return found.chosen, found.drawn, found.good or 0.0


# ---------------------------------------------------------------- peers, each with the same effort
def halving(sample: Sample, subsets: Sequence[int], first: int, draws: int) -> int:
    """The best of some subsets: equal effort in each round, the better half stays, all replications count."""
    subsets = np.unique(subsets)
    total, seen = np.zeros(len(subsets)), 0
    rounds = max(1, int(np.ceil(np.log2(len(subsets)))))
    for _ in range(rounds):
        n = draws // rounds // len(subsets)
        if n:
            total = total + sample(subsets, first + seen, n).sum(axis=1)
            seen += n
        better = np.argsort(-total, kind="stable")[: max(1, len(subsets) // 2)]
        subsets, total = subsets[better], total[better]
    return int(subsets[0])


def greedy(values: Array, seed: int, draws: int) -> int:
    """Forward greedy: in each step all additions are measured anew; then the best of the path."""
    k, sample = measures(values), sampler(values, seed)
    n = max(1, int(0.7 * draws) // (k * (k + 1) // 2))
    path, at = [0], 0
    for _ in range(k):
        wider = [path[-1] | 1 << i for i in range(k) if not path[-1] >> i & 1]
        if (at + 1) * n * len(wider) > draws and at:
            break
        path.append(wider[int(np.argmax(sample(wider, at * n, n).mean(axis=1)))])
        at += 1
    return halving(sample, path, at * n, draws - n * k * (k + 1) // 2)


def uniform(values: Array, seed: int, draws: int) -> int:
    """Random search: half of the effort on distinct subsets in one replication; the best tenth again."""
    sample, many = sampler(values, seed), draws // 2
    picked = np.random.default_rng(seed).permutation(len(values))[:many]
    order = np.argsort(-sample(picked, 0, 1)[:, 0], kind="stable")
    return halving(sample, picked[order[: max(2, many // 10)]], 1, draws - many)


def tpe(values: Array, seed: int, draws: int) -> int:
    """optuna's TPE (multivariate), two replications for each trial, repeats free; the best five again."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    k, sample, known = measures(values), sampler(values, seed), {}
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed, multivariate=True)
    )

    def objective(trial: Any) -> float:
        subset = sum(trial.suggest_categorical(f"m{i}", [0, 1]) << i for i in range(k))
        if subset not in known:
            known[subset] = float(sample([subset], 0, 2).mean())
        return known[subset]

    study.optimize(objective, n_trials=int(0.8 * draws) // 2)
    best = sorted(known, key=lambda subset: -known[subset])[:5]
    return halving(sample, best, 2, draws - 2 * len(known))


PEERS = {"forward greedy": greedy, "random search": uniform, "optuna (TPE)": tpe}


# ---------------------------------------------------------------- rows
def synthetic(number: int) -> tuple[str, Array]:
    """Family and noise by turns; a table of its own for each number."""
    family = list(FAMILIES)[number % len(FAMILIES)]
    noise = (0.005, 0.02, 0.05)[number // len(FAMILIES) % 3]
    return family, table(family, number, noise=noise)


def real(folder: Path) -> dict[str, Array]:
    """The tables in a folder that are whole."""
    tables = {path.stem: np.asarray(np.load(path)["values"], float) for path in sorted(folder.glob("*.npz"))}
    return {name: values for name, values in tables.items() if np.isfinite(values).all()}


def read(file: Path) -> list[Row]:
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream, COLUMNS))


def run(tables: dict[str, Array], given: argparse.Namespace) -> None:
    """Append rows until the runs are done or the time is over."""
    seen = {(row["seed"], row["method"]): row for row in read(given.rows)}
    ends = time.monotonic() + given.seconds
    for at, seed in enumerate(range(given.first, given.first + given.runs)):
        name = list(tables)[seed % len(tables)] if tables else ""
        name, values = (name, tables[name]) if tables else synthetic(seed)
        for method in ("zhizao", *(PEERS if at < given.peers else ())):
            if time.monotonic() > ends:
                return
            if (str(seed), method) in seen:
                continue
            began, good = time.process_time(), ""
            if method == "zhizao":
                chosen, drawn, stated = ours(values, seed)
                good = f"{stated:.4f}"
            else:
                drawn = int(seen[str(seed), "zhizao"]["drawn"])
                chosen = PEERS[method](values, seed, drawn)
            spent = time.process_time() - began
            cells = (name, seed, method, f"{gap(values, chosen):.5f}", drawn, good, f"{spent:.2f}")
            seen[str(seed), method] = dict(zip(COLUMNS, map(str, cells), strict=True))
            with given.rows.open("a", newline="", encoding="utf-8") as stream:
                csv.writer(stream).writerow(cells)


# ---------------------------------------------------------------- what they show
def methods_table(rows: list[Row]) -> str:
    """Hit rate, mean gap and effort of each method, over the seeds that every method has."""
    methods = ("zhizao", *PEERS)
    by = {method: {row["seed"]: row for row in rows if row["method"] == method} for method in methods}
    seeds = set.intersection(*(set(own) for own in by.values()))
    lines = [
        "| table | method | within 1 % | mean gap | effort | of enumeration |",
        "|---|---|--:|--:|--:|--:|",
    ]
    names = sorted({by["zhizao"][seed]["table"] for seed in seeds})
    for name in [*names, "all"]:
        for method in methods:
            own = [by[method][seed] for seed in seeds if name in ("all", by["zhizao"][seed]["table"])]
            gaps = np.array([float(row["gap"]) for row in own])
            drawn = np.mean([float(row["drawn"]) for row in own])
            share = drawn / (ENUMERATED * 4096)
            hits = f"{(gaps <= RELEVANT).sum()} of {len(gaps)}"
            lines.append(f"| {name} | {method} | {hits} | {gaps.mean():.2%} | {drawn:.0f} | {share:.2%} |")
    return "\n".join(lines)


def reliability(rows: list[Row]) -> str:
    """Stated probability of good selection beside what was observed."""
    own = [row for row in rows if row["method"] == "zhizao"]
    hit = np.array([float(row["gap"]) <= RELEVANT for row in own])
    stated = np.array([float(row["good"]) for row in own])
    lines = ["| stated | runs | mean stated | observed | standard error |", "|---|--:|--:|--:|--:|"]
    parts = [(f"{a:.2f} to {b:.2f}", (stated >= a) & (stated < b)) for a, b in pairwise(BINS)]
    for name, use in [*parts, ("all", stated >= 0)]:
        if use.any():
            seen = hit[use].mean()
            error = np.sqrt(seen * (1 - seen) / use.sum())
            lines.append(f"| {name} | {use.sum()} | {stated[use].mean():.1%} | {seen:.1%} | {error:.1%} |")
    bound = stated.mean() - 2 * np.sqrt(hit.mean() * (1 - hit.mean()) / len(hit))
    drawn, spent = (np.array([float(row[key]) for row in own]) for key in ("drawn", "cpu_s"))
    return "\n".join(
        [
            *lines,
            "",
            f"Observed {hit.mean():.2%}, to be at least {bound:.2%} (mean stated less two standard errors): "
            f"{'holds' if hit.mean() >= bound else 'FAILS'}. Draws: median {np.median(drawn):.0f}, 95 % "
            f"below {np.quantile(drawn, 0.95):.0f}, most {drawn.max():.0f}. CPU seconds of a run: median "
            f"{np.median(spent):.1f}, 95 % below {np.quantile(spent, 0.95):.1f}, most {spent.max():.1f}.",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tables", type=Path)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--peers", type=int, default=100, help="of the runs, the first so many have peers")
    parser.add_argument("--seconds", type=float, default=240)
    parser.add_argument("--rows", type=Path, default=Path("subsets.csv"))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--note", default="", help="machine, commit and date, for the result")
    given = parser.parse_args()
    if not given.write:
        return run(real(given.tables) if given.tables else {}, given)
    rows = read(given.rows)
    head = "# Best combination of measures: search at equal effort"
    parts = [
        head,
        given.note,
        methods_table(rows),
        "## Reliability of the stated probability",
        reliability(rows),
    ]
    (HERE / "results" / "subsets.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return None


if __name__ == "__main__":
    main()
