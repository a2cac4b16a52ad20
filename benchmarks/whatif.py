"""What-if truth: is what a learned plant predicts of a change true in the plant that its log came from?

    python benchmarks/whatif.py [--records mes|track-in|full] [--plants flow-line,setups-1] [--seed 1]
    python benchmarks/whatif.py --table [--rows FILE] [--by-plant KPI]

Each hidden plant of `learning/whatif_plants.toml` is simulated for half a year with a seed of its own, and
`learn` gets only the log. `mes`: rows of work with lot, product, operation, work center, unit, start, end,
due date and pieces, in whole seconds; `track-in`: the same, with the start where the set-up starts; `full`:
all that the twin records. The changes of `learning/changes.py` are then made to both plants, each is run in
pairs with common random numbers, and the relative changes of lead time, throughput and load of the busiest
work center are compared. Rows are appended as soon as a plant is done; a later call goes on where the last
one stopped: a plant is done when there are rows of it with the same records, seed and commit.

Four of the plants are not part of the repository (ZHIZAO_SHARED, or ../shared beside it).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import nan
from pathlib import Path
from statistics import fmean
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

import polars as pl  # noqa: E402

from benchmarks import rows as table_rows  # noqa: E402
from benchmarks.learning.changes import CHANGES, NothingToChangeError, Question, possible  # noqa: E402
from benchmarks.learning.factories import factory  # noqa: E402
from benchmarks.learning.scores import Score, answer_of, score, verdict  # noqa: E402
from benchmarks.rows import Row, text  # noqa: E402
from benchmarks.surroundings import commit_of, processor  # noqa: E402
from zhizao import Plant, Records, ZhizaoError, learn, read_log, read_plant  # noqa: E402
from zhizao.engine import LogLevel, RunSettings, run  # noqa: E402
from zhizao.experiments import Experiment, Scenario, Window  # noqa: E402
from zhizao.experiments.draws import DrawPlan, run_drawn  # noqa: E402
from zhizao.kpi.analysis import Interval, mean_interval, paired_difference  # noqa: E402
from zhizao.kpi.loads import loads  # noqa: E402
from zhizao.kpi.spread import draws_of, relative_spread, relative_values  # noqa: E402
from zhizao.plant.uncertainty import alike, moved  # noqa: E402
from zhizao.records import with_events  # noqa: E402

SHARED = Path(os.environ.get("ZHIZAO_SHARED", ROOT.parent / "shared"))
LIST = HERE / "learning" / "whatif_plants.toml"
ROWS = HERE / "results" / "learn" / "whatif.csv"
RECORDS = ("mes", "track-in", "full")
KPIS = ("lead_time", "throughput", "load")  # of lots from release, of good pieces, of the busiest work center
COLUMNS = (
    "plant", "records", "change", "kpi", "true", "true_low", "true_high", "predicted", "noise_low",
    "noise_high", "low", "high", "verdict", "reason", "base_true", "base_predicted", "log_rows", "lots",
    "cpu_s", "seed", "commit", "machine",
)  # fmt: skip
KEY = ("plant", "records", "seed", "commit")
HOUR_S, DAY_S = 3600.0, 86_400.0
Values = dict[str, list[float]]
Intervals = dict[str, Interval]


@dataclass(frozen=True)
class Settings:
    """How long the log is, and how both plants are compared.

    The window is that of `compare` (13 weeks); 42 days fill the slowest plant. `draws` and
    `replications_of_draw` are the uncertainty of `compare --uncertainty 20`. The hidden seed is far from the
    seed of the runs, so that no run repeats the log.
    """

    records: str = "mes"
    seed: int = 1
    hidden_seed: int = 101
    log_days: float = 180.0
    log_warm_up_days: float = 14.0
    days: float = 91.0
    warm_up_days: float = 42.0
    replications: int = 20
    draws: int = 20
    replications_of_draw: int = 5


# ---------------------------------------------------------------- plants
def plants() -> dict[str, Callable[[], Plant]]:
    """The hidden plants by name; those that are not part of the repository are named whether there or not."""
    names = tomllib.loads(LIST.read_text(encoding="utf-8"))
    found: dict[str, Callable[[], Plant]] = {}
    for name in names["shared"]:
        found[name] = partial(read_plant, SHARED / "bench_whatif" / "plants" / f"{name}.yaml")
    for path in names["examples"]:
        file = ROOT / "examples" / path
        found[file.parent.name if file.stem == "plant" else file.stem] = partial(read_plant, file)
    for name in names["generated"]:
        kind, seed = name.split()
        found[f"{kind}-{seed}"] = partial(factory, kind, int(seed))
    return found


# ---------------------------------------------------------------- what is learned
def log_of(plant: Plant, given: Settings) -> Records:
    """Records of one long run of the hidden plant, as full as they are."""
    length = given.log_days + given.log_warm_up_days
    settings = RunSettings(
        length, seed=given.hidden_seed, warm_up_days=given.log_warm_up_days, log=LogLevel.EVENTS, threads=1
    )
    return with_events(run(plant, settings).records[0])


def mes_log(records: Records, *, track_in: bool) -> pl.DataFrame:
    """Rows of work alone, as an execution system exports them; `track_in`: the start is the set-up's."""
    events = records.events
    assert events is not None  # the run was asked for them
    step = ["lot", "operation", "unit"]
    kind = pl.col("activity").cast(pl.String)
    if track_in:
        after_setup = (kind == "setup").shift(1).over(step)
        began = pl.when(after_setup).then(pl.col("start").shift(1).over(step)).otherwise("start")
        events = events.sort("start").with_columns(start=began)
    work = events.filter(kind.is_in(["process", "inspect"]))
    log = work.join(records.lots.select("lot", "due"), on="lot", how="left").sort("end")
    log = log.select("lot", "product", *step[1:], "work_center", "start", "end", "due", pieces="pieces_in")
    return log.with_columns(pl.col("start", "end", "due").dt.round("1s").dt.strftime("%Y-%m-%d %H:%M:%S"))


def learned(plant: Plant, name: str, given: Settings) -> tuple[Any, int]:
    """What `learn` makes of the hidden plant's log, and the rows of the log."""
    records = log_of(plant, given)
    if given.records == "full":
        assert records.events is not None  # the run was asked for them
        return learn(records, name=name), records.events.height
    log = mes_log(records, track_in=given.records == "track-in")
    with tempfile.TemporaryDirectory() as folder:
        log.write_csv(path := Path(folder) / "log.csv")
        return learn(read_log(path).records, name=name), log.height


# ---------------------------------------------------------------- runs
def experiment(plant: Plant, first: datetime, given: Settings) -> Experiment:
    """Runs over the same dates for both plants: a learned one may start at another."""
    warm_up = (first + timedelta(days=given.warm_up_days) - plant.start).total_seconds() / DAY_S
    return Experiment(
        seed=given.seed, log=LogLevel.LOTS, window=Window(given.days, warm_up, "of the benchmark")
    )


def measured(runs: Sequence[Records], plant: Plant, center: str) -> Values:
    """KPIs of each replication: mean lead time in h, good pieces a day, load of the work center."""
    found: Values = {kpi: [] for kpi in KPIS}
    for one in runs:
        is_done = pl.col("status").cast(pl.String) == "completed"
        done = one.lots.filter(is_done & (pl.col("completed") >= one.start))
        lead_s = (done["completed"] - done["release"]).dt.total_seconds()
        found["lead_time"].append(fmean(lead_s) / HOUR_S if done.height else nan)
        days = (one.end - one.start).total_seconds() / DAY_S
        found["throughput"].append(sum(done["pieces_good"]) / days)
        load = dict(loads(one, plant).select("resource", "load").iter_rows())
        found["load"].append(load.get(center, nan))
    return found


def question(hidden: Plant, given: Settings) -> Question:
    """The busiest work center of a plant, its busiest resource's load, and who can spare a unit."""
    runs = experiment(hidden, hidden.start, given).records(Scenario("hidden", hidden), 0, 4)
    table = pl.concat([loads(one, hidden) for one in runs])
    means = table.group_by("kind", "resource").agg(pl.col("load").mean()).sort("resource")
    load = dict(means.filter(kind="work center").select("resource", "load").iter_rows())
    units = {c.id: len(c.units) for c in hidden.work_centers}
    spare = [(load[c], c) for c, n in units.items() if n > 1 and load[c] * n / (n - 1) < 0.9]
    busiest = max(load, key=lambda name: load[name])
    return Question(hidden, busiest, max(means["load"]), min(spare)[1] if spare else None)


@dataclass(frozen=True)
class Changed:
    """A plant's KPIs, and their relative changes by change: from random numbers alone, and with parameter
    uncertainty where it was asked for."""

    base: Intervals
    noise: dict[str, Intervals]
    whole: dict[str, Intervals]


def changed(plant: Plant, others: Mapping[str, Plant], about: Question, given: Settings) -> Changed:
    """Runs before and after each change, in pairs."""
    runner = experiment(plant, about.hidden.start, given)
    before = measured(runner.records(Scenario("before", plant), 0, given.replications), plant, about.busiest)
    noise = {}
    for name, other in others.items():
        runs = runner.records(Scenario(name, other), 0, given.replications)
        after = measured(runs, other, about.busiest)
        noise[name] = {kpi: paired_difference(before[kpi], after[kpi]).relative for kpi in KPIS}
    return Changed({kpi: mean_interval(v) for kpi, v in before.items()}, noise, {})


def with_uncertainty(
    plant: Plant, others: Mapping[str, Plant], about: Question, given: Settings
) -> dict[str, Intervals]:
    """Intervals as `compare --uncertainty` has them: simulation noise and parameter uncertainty."""
    if not plant.uncertainty or not others:
        return {}
    known = alike((plant, *others.values()))
    draws = draws_of(moved(known), given.seed, given.draws)
    scenarios = [Scenario(n, p) for n, p in zip(("before", *others), known, strict=True)]
    plan = DrawPlan(given.draws, given.replications_of_draw)
    runner = experiment(plant, about.hidden.start, given)
    drawn = run_drawn(runner, scenarios, plan, lambda r, p: measured(r, p, about.busiest), 1.0).together
    found = {}
    for place, name in enumerate(others, 1):
        grids = {kpi: ([row[0][kpi] for row in drawn], [row[place][kpi] for row in drawn]) for kpi in KPIS}
        found[name] = {
            kpi: relative_spread(relative_values(before, after), draws, {}).interval
            for kpi, (before, after) in grids.items()
        }
    return found


# ---------------------------------------------------------------- one plant
def study(name: str, hidden: Plant, given: Settings) -> list[Row]:
    """Rows of one hidden plant: each change that it can have, by KPI."""
    began = time.process_time()
    about = question(hidden, given)
    after = possible(about)
    true = changed(hidden, after, about, given)
    facts = {"plant": name, "records": given.records, "seed": str(given.seed)}
    try:
        result, height = learned(hidden, name, given)
        facts |= {"log_rows": str(height), "lots": str(result.lots)}
        predicted, why = _predicted(result.plant, after, about, given)
    except ZhizaoError as error:
        predicted, why = Changed({}, {}, {}), dict.fromkeys(after, f"{type(error).__name__}: {error}"[:160])
    found = [
        facts | _row(change, kpi, true, predicted) | {"reason": why.get(change, "")}
        for change in after
        for kpi in KPIS
    ]
    cpu_s = text(time.process_time() - began, 1)
    return [row | {"cpu_s": cpu_s} for row in found]


def _predicted(
    plant: Plant, asked: Mapping[str, Plant], about: Question, given: Settings
) -> tuple[Changed, dict[str, str]]:
    """What the learned plant says of the changes, and why it says nothing of some."""
    own, why = {}, {}
    for change in asked:
        try:
            own[change] = CHANGES[change](plant, about)
        except (NothingToChangeError, ZhizaoError) as error:
            why[change] = " ".join(str(error).split())[:160]
    found = changed(plant, own, about, given)
    return Changed(found.base, found.noise, with_uncertainty(plant, own, about, given)), why


def _row(change: str, kpi: str, true: Changed, predicted: Changed) -> Row:
    own = true.noise[change][kpi]
    row = {"change": change, "kpi": kpi, "base_true": text(true.base[kpi].mean)}
    row |= {"true": text(own.mean), "true_low": text(own.low), "true_high": text(own.high)}
    if kpi in predicted.base:
        row["base_predicted"] = text(predicted.base[kpi].mean)
    if change in predicted.noise:
        told = predicted.noise[change][kpi]
        row |= {"predicted": text(told.mean), "noise_low": text(told.low), "noise_high": text(told.high)}
        row["verdict"] = verdict(own.mean, told.mean)
    if change in predicted.whole:
        whole = predicted.whole[change][kpi]
        row |= {"low": text(whole.low), "high": text(whole.high)}
    return row


# ---------------------------------------------------------------- what to tell
def table(rows: Sequence[Row]) -> Iterator[str]:
    """Scores over all plants, by commit, records and KPI."""
    yield (
        "| commit | records | plants | KPI | changes | large | cannot say | sign | median error | "
        "base error | in the interval: noise | with uncertainty |"
    )
    yield "|---|---|--:|---|" + "--:|" * 8
    for commit, records in dict.fromkeys((row["commit"], row["records"]) for row in rows):
        some = [row for row in rows if (row["commit"], row["records"]) == (commit, records)]
        count = len({row["plant"] for row in some})
        for kpi in KPIS:
            own = [row for row in some if row["kpi"] == kpi]
            yield f"| {commit} | {records} | {count} | {kpi} | {_cells(own)} |"


def by_plant(rows: Sequence[Row], kpi: str) -> Iterator[str]:
    """Scores of one KPI, plant by plant."""
    yield (
        "| commit | records | plant | changes | large | cannot say | sign | median error | base error | "
        "in the interval: noise | with uncertainty |"
    )
    yield "|---|---|---|" + "--:|" * 8
    rows = [row for row in rows if row["kpi"] == kpi]
    for key in dict.fromkeys((row["commit"], row["records"], row["plant"]) for row in rows):
        own = [row for row in rows if (row["commit"], row["records"], row["plant"]) == key]
        yield f"| {' | '.join(key)} | {_cells(own)} |"


def _cells(rows: Sequence[Row]) -> str:
    found = score([one for one in map(answer_of, rows) if one is not None])
    return " | ".join(_shown(found, _base_error(rows)))


def _shown(found: Score, base_error: float | None) -> tuple[str, ...]:
    shares = (found.unsaid, found.sign, found.error, base_error, found.covered_by_noise, found.covered)
    return (
        str(found.answers),
        str(found.large),
        *("–" if s is None else f"{100 * s:.{0 if s >= 0.1 else 1}f} %" for s in shares),
    )


def _base_error(rows: Sequence[Row]) -> float | None:
    """Median over plants of the relative error of a KPI before any change."""
    errors = {
        row["plant"]: abs(float(row["base_predicted"]) / float(row["base_true"]) - 1)
        for row in rows
        if row["base_predicted"] and float(row["base_true"])
    }
    return sorted(errors.values())[len(errors) // 2] if errors else None


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--plants", default="", help="names with commas between (default: all of the list)")
    parser.add_argument("--records", choices=RECORDS, default="mes", help="what the log holds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=Path, default=ROWS)
    parser.add_argument("--table", action="store_true", help="only print the table of the rows")
    parser.add_argument("--by-plant", choices=KPIS, help="print the scores of this KPI by plant too")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    if not given.table:
        known = plants()
        chosen = given.plants.split(",") if given.plants else list(known)
        unknown = sorted(set(chosen) - set(known))
        if unknown:
            sys.exit(f"no plant {', '.join(unknown)}; there are: {', '.join(known)}")
        settings, commit, machine = Settings(given.records, given.seed), commit_of(), processor()
        done = {tuple(row[name] for name in KEY) for row in table_rows.read(given.rows)}
        for name in chosen:
            if (name, given.records, str(given.seed), commit) in done:
                continue
            try:
                hidden = known[name]()
            except (OSError, ZhizaoError) as error:
                print(f"{name}: skipped, its file cannot be read ({error})", flush=True)
                continue
            found = [row | {"commit": commit, "machine": machine} for row in study(name, hidden, settings)]
            table_rows.append(given.rows, COLUMNS, found)
            print(f"{name:20} {found[0]['cpu_s'] if found else 0:>7} s of processor time", flush=True)
    rows = table_rows.read(given.rows)
    print("\n".join(table(rows)))
    if given.by_plant:
        print("\n".join(["", *by_plant(rows, given.by_plant)]))


if __name__ == "__main__":
    main()
