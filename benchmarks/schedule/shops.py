"""Pure shops: our search against best known values, on a list of instances that is fixed beforehand.

    python benchmarks/schedule/shops.py [--sets setups no-wait] [--every 1] [--seconds 60] [--workers 2]
    python benchmarks/schedule/shops.py --table [--rows FILE]

`instances.toml` has the sets with the mean gap that each has to reach (bar). A row is appended to the file of
rows as soon as an instance is done, and a later call goes on where the last one stopped: an instance is done
when there is a row of it by the same solver, with the same seed, limits and commit. `--every 5` takes every
fifth of the list. `--solver cp-sat` and `--solver pyjobshop` run peers on the same instances. `--table`
prints the mean gap of each set from the rows.

The data is not part of the repository (ZHIZAO_SHARED, or ../shared beside it).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.rows import append, read  # noqa: E402
from benchmarks.schedule import peers  # noqa: E402
from benchmarks.surroundings import commit_of  # noqa: E402
from zhizao.solvers.shop.formats import read_shop  # noqa: E402
from zhizao.solvers.shop.problem import Problem  # noqa: E402
from zhizao.solvers.shop.solve import compile_for, solve  # noqa: E402

DATA = Path(os.environ.get("ZHIZAO_SHARED", ROOT.parent / "shared")) / "data" / "scheduling"
ROWS = HERE.parent / "results" / "schedule" / "shops.csv"
COLUMNS = (
    "set", "instance", "solver", "value", "best_known", "gap", "bound", "seconds", "cpu_s", "limit_s",
    "workers", "seed", "commit", "load",
)  # fmt: skip
KEY = ("set", "instance", "solver", "limit_s", "workers", "seed", "commit")
Row = dict[str, str]


@dataclass(frozen=True)
class Limits:
    """What a solver may use of the machine."""

    seconds: float
    workers: int
    seed: int


@dataclass(frozen=True)
class Found:
    """Value and bound that a solver reached; no value: no schedule."""

    value: float | None
    bound: float | None


@dataclass(frozen=True)
class Instance:
    """One shop of a set."""

    set: str
    name: str
    form: str
    path: Path
    best_known: float


Solver = Callable[[Problem, Limits], Found]


def zhizao(problem: Problem, limits: Limits) -> Found:
    """Our portfolio."""
    found = solve(problem, seconds=limits.seconds, seed=limits.seed, workers=limits.workers)
    return Found(found.value, found.bound)


def cp_sat(problem: Problem, limits: Limits) -> Found:
    """CP-SAT alone (extra `[schedule]`)."""
    return Found(*peers.cp_sat(problem, limits.seconds, limits.workers, limits.seed))


def pyjobshop(problem: Problem, limits: Limits) -> Found:
    """PyJobShop (`pip install pyjobshop`; for the benchmark only)."""
    return Found(*peers.pyjobshop(problem, limits.seconds, limits.workers, limits.seed))


SOLVERS: dict[str, Solver] = {"zhizao": zhizao, "cp-sat": cp_sat, "pyjobshop": pyjobshop}


def sets() -> dict[str, dict[str, object]]:
    return tomllib.loads((HERE / "instances.toml").read_text(encoding="utf-8"))


def instances(chosen: Sequence[str], every: int) -> Iterator[Instance]:
    """The instances of the chosen sets (none: of all), every so many of the list."""
    for name, given in sets().items():
        if chosen and name not in chosen:
            continue
        best = best_known(DATA / str(given["best"]))
        names = given["names"]
        assert isinstance(names, list)
        for instance in names[::every]:
            path = DATA / str(given["path"]).format(instance)
            yield Instance(name, instance, str(given["form"]), path, best[key_of(instance)])


def key_of(name: str) -> str:
    """How the tables of best known values call an instance."""
    if name.startswith("tfs"):
        return str(int(name[3:]))
    folder, _, stem = name.rpartition("/")
    return f"{stem}_{folder}" if folder.endswith("data") else stem


def best_known(path: Path) -> dict[str, float]:
    """Best known value of each instance of a table."""
    if path.suffix == ".json":
        rows = json.loads(path.read_text(encoding="utf-8"))
        return {row["instance"]: row["upper_bound"] for row in rows}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["instance"].removesuffix(".txt"): float(row["bks"]) for row in csv.DictReader(file)}


def run(instance: Instance, solver: str, limits: Limits, commit: str) -> Row:
    problem = read_shop(instance.path, form=instance.form)
    compile_for(problem)
    load, began, cpu = os.getloadavg()[0], time.perf_counter(), time.process_time()
    found = SOLVERS[solver](problem, limits)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    gap = None if found.value is None else 100 * (found.value / instance.best_known - 1)
    values = (
        instance.set, instance.name, solver, text(found.value), text(instance.best_known), text(gap, 3),
        text(found.bound), text(took, 1), text(cpu, 1), f"{limits.seconds:g}", str(limits.workers),
        str(limits.seed), commit, text(load, 1),
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def text(number: float | None, digits: int = 0) -> str:
    return "" if number is None else f"{number:.{digits}f}"


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Mean gap of each set, solver, limit and commit beside the bar of the set."""
    yield "| set | solver | commit | s | workers | runs | mean gap, % | bar, % |"
    yield "|---|---|---|--:|--:|--:|--:|--:|"
    for name, given in sets().items():
        groups: dict[tuple[str, ...], list[float]] = {}
        for row in rows:
            if row["set"] == name and row["gap"]:
                key = (row["solver"], row["commit"], row["limit_s"], row["workers"])
                groups.setdefault(key, []).append(float(row["gap"]))
        for key, gaps in groups.items():
            mean = sum(gaps) / len(gaps)
            yield f"| {name} | {' | '.join(key)} | {len(gaps)} | {mean:.2f} | {given['bar']} |"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sets", nargs="*", default=[], choices=list(sets()))
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--solver", default="zhizao", choices=list(SOLVERS))
    parser.add_argument("--rows", type=Path, default=ROWS)
    parser.add_argument("--table", action="store_true")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    if not given.table:
        limits = Limits(given.seconds, given.workers, given.seed)
        commit = commit_of()
        done = {tuple(row[name] for name in KEY) for row in read(given.rows)}
        for one in instances(given.sets, given.every):
            about = (f"{limits.seconds:g}", str(limits.workers), str(limits.seed), commit)
            if (one.set, one.name, given.solver, *about) in done:
                continue
            row = run(one, given.solver, limits, commit)
            append(given.rows, COLUMNS, [row])
            print(f"{one.set:16} {one.name:16} {row['value']:>9} {row['gap']:>8} %", flush=True)
    print("\n".join(table(read(given.rows))))


if __name__ == "__main__":
    main()
