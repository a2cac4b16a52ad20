"""Search for the best combination of measures: ours against peers at equal effort, and its calibration.

    python benchmarks/subsets.py [--tables FOLDER] [--seeds 100] [--calibration 1000] [--minutes 60]

Tables are .npz files with `values` (2^k, R): each combination in each of R replications with common
random numbers. Without --tables the synthetic families are used. A replication that a method draws is a
column of the table, drawn with replacement in an order of its own for each seed: the truth is the mean over
the columns.

Effort is replications drawn; each peer gets as many as ours drew for the same seed. The result goes to
results/subsets.md. Needs optuna (pip install optuna).
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from multiprocessing import Pool
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

EFFORT = 0.015  # of enumeration, at most; time of the surrogate grows as the cube of the draws
RELEVANT = 0.01
PER_SUBSET = 2  # replications of each subset in random search and optuna


def sampler(values: Array, seed: int) -> Sample:
    columns = np.random.default_rng([seed, 17]).integers(values.shape[1], size=100_000)
    return lambda subsets, first, n: values[np.asarray(subsets, int)][:, columns[first : first + n]]


def measures(values: Array) -> int:
    return len(values).bit_length() - 1


def ours(values: Array, seed: int) -> tuple[int, int, float]:
    problem = Problem((0.0,) * measures(values))
    effort = Effort(int(EFFORT * values.size), relevance=RELEVANT)
    found = best_subset(problem, sampler(values, seed), effort, seed=seed)
    return found.chosen, found.drawn, found.good or 0.0


def greedy(values: Array, seed: int, draws: int) -> int:
    """Measures in order of their gain alone; the best of the nested bundles, half of the effort for each."""
    k, sample = measures(values), sampler(values, seed)
    n = max(1, draws // (2 * k + 1))
    single = sample([0, *(1 << i for i in range(k))], 0, n).mean(axis=1)
    order = np.argsort(-(single[1:] - single[0]))
    bundles = [0, *np.cumsum(1 << order)]
    return int(bundles[np.argmax(sample(bundles, 0, n).mean(axis=1))])


def uniform(values: Array, seed: int, draws: int) -> int:
    picked = np.random.default_rng(seed).permutation(len(values))[: draws // PER_SUBSET]
    return int(picked[np.argmax(sampler(values, seed)(picked, 0, PER_SUBSET).mean(axis=1))])


def tpe(values: Array, seed: int, draws: int) -> int:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    k, sample = measures(values), sampler(values, seed)
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed, multivariate=True)
    )

    def objective(trial: Any) -> float:
        subset = sum(trial.suggest_int(f"m{i}", 0, 1) << i for i in range(k))
        trial.set_user_attr("subset", subset)
        return float(sample([subset], 0, PER_SUBSET).mean())

    study.optimize(objective, n_trials=draws // PER_SUBSET)
    return int(study.best_trial.user_attrs["subset"])


PEERS = {"greedy by single gain": greedy, "random search": uniform, "optuna (TPE)": tpe}


def gap(values: Array, chosen: int) -> float:
    truth = values.mean(axis=1)
    return float((truth.max() - truth[chosen]) / abs(truth.max()))


def synthetic(number: int) -> tuple[str, Array]:
    """Family and noise by turns; a table of its own for each number."""
    family = list(FAMILIES)[number % len(FAMILIES)]
    noise = (0.005, 0.02, 0.05)[number // len(FAMILIES) % 3]
    return family, table(family, number, noise=noise)


def real(folder: Path) -> dict[str, Array]:
    return {path.stem: np.asarray(np.load(path)["values"], float) for path in sorted(folder.glob("*.npz"))}


def one(job: tuple[str, Array | None, int, bool]) -> dict[str, Any]:
    """One seed on one table: what each method chose."""
    name, values, seed, peers = job
    if values is None:
        name, values = synthetic(seed)
    began = time.process_time()
    chosen, drawn, good = ours(values, seed)
    row = {
        "name": name,
        "drawn": drawn,
        "share": drawn / values.size,
        "good": good,
        "s": time.process_time() - began,
    }
    gaps = {"zhizao": gap(values, chosen)}
    if peers:
        gaps |= {peer: gap(values, search(values, seed, drawn)) for peer, search in PEERS.items()}
    return row | {"gaps": gaps}


def methods_table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| table | method | within 1 % | mean gap | effort (share of enumeration) |",
        "|---|---|--:|--:|--:|",
    ]
    for name in sorted({row["name"] for row in rows}):
        own = [row for row in rows if row["name"] == name]
        for method in own[0]["gaps"]:
            gaps = np.array([row["gaps"][method] for row in own])
            drawn, share = (np.mean([row[key] for row in own]) for key in ("drawn", "share"))
            hits = f"{(gaps <= RELEVANT).sum()} of {len(gaps)}"
            lines.append(f"| {name} | {method} | {hits} | {gaps.mean():.2%} | {drawn:.0f} ({share:.2%}) |")
    return "\n".join(lines)


def calibration(rows: list[dict[str, Any]]) -> str:
    hit = np.array([row["gaps"]["zhizao"] <= RELEVANT for row in rows])
    stated = np.array([row["good"] for row in rows])
    error = np.sqrt(max(hit.mean() * (1 - hit.mean()), 1e-9) / len(hit))
    fine = "holds" if hit.mean() >= stated.mean() - 2 * error else "FAILS"
    cpu = np.mean([row["s"] for row in rows])
    return (
        f"Good selection in {hit.mean():.2%} of {len(hit)} runs (standard error {error:.2%}); stated on "
        f"average {stated.mean():.2%}: {fine}. {cpu:.1f} s of CPU per run."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tables", type=Path)
    parser.add_argument("--seeds", type=int, default=100, help="per table")
    parser.add_argument("--calibration", type=int, default=1000, help="runs without peers, over all tables")
    parser.add_argument("--minutes", type=float, default=60, help="ends earlier, with fewer runs")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "subsets.md")
    given = parser.parse_args()
    tables: dict[str, Array | None] = dict(real(given.tables)) if given.tables else dict.fromkeys(FAMILIES)
    names = list(tables)
    first = given.seeds * len(names)
    jobs = [
        (names[at % len(names)], tables[names[at % len(names)]], at, at < first)
        for at in range(max(first, given.calibration))
    ]
    ends, rows = time.monotonic() + 60 * given.minutes, []
    with Pool(given.processes) as pool:
        for row in pool.imap(one, jobs):
            rows.append(row)
            if time.monotonic() > ends:
                pool.terminate()
                break
    compared = rows[:first]
    text = "\n".join(
        [
            "# Best combination of measures: search at equal effort",
            "",
            methods_table(compared),
            "",
            calibration(rows),
            "",
        ]
    )
    given.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
