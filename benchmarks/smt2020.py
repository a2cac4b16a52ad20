"""The fab testbed SMT2020 in the twin: speed in CPU time on one core, and what the fab does.

    python benchmarks/smt2020.py [FOLDER] [--days 730] [--log none|lots|events] [--replications 1]
                                 [--warm-up 365] [--compatible] [--families 12]

FOLDER has the tables of one of the testbed's models (default: ../shared/data/smt2020_hvlm). Intervals are
Student's t at 95 % over the replications. Each choice of the reading is told in docs/validation.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "src"))

from zhizao.connect.smt2020 import read_smt2020  # noqa: E402
from zhizao.engine import LogLevel, Run, RunSettings, run  # noqa: E402
from zhizao.kpi.analysis import Interval, mean_interval  # noqa: E402
from zhizao.records import Records  # noqa: E402

SHARED = HERE.parent.parent / "shared" / "data" / "smt2020_hvlm"
DAY_S = 86_400.0
STATES = ("busy", "setup", "down", "maintenance")


def main() -> None:
    """Read, run and print."""
    options = arguments()
    began = time.process_time()
    plant = read_smt2020(options.folder, compatible=options.compatible)
    print(f"{plant.name}: read in {time.process_time() - began:.1f} s of CPU time")
    log = LogLevel(options.log)
    run(plant, RunSettings(days=1e-3, threads=1, log=log))  # compiles, which is not counted
    began = time.process_time()
    done = run(
        plant,
        RunSettings(
            days=options.days,
            warm_up_days=options.warm_up,
            seed=options.seed,
            replications=options.replications,
            threads=1,
            log=log,
        ),
    )
    speed(done, time.process_time() - began)
    if log is not LogLevel.NONE:
        show(["product", "priority", "lots", "cycle time, d", "on time"], lots(done))
    show(["work center", "units", *STATES], families(done, options.families))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--days", type=float, default=730.0)
    parser.add_argument("--warm-up", type=float, default=0.0)
    parser.add_argument("--log", choices=[level.value for level in LogLevel], default="lots")
    parser.add_argument("--replications", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compatible", action="store_true")
    parser.add_argument("--families", type=int, default=12, help="so many of the busiest are shown")
    return parser.parse_args()


def speed(done: Run, cpu_s: float) -> None:
    """Tell how much was simulated in how much CPU time (lowering and records included)."""
    settings = done.settings
    rate = done.operations / cpu_s
    print(
        f"{settings.days:g} days, {settings.replications} replications, log {settings.log.value}: "
        f"{done.operations:,} operations in {cpu_s:.2f} s of CPU time, {rate:,.0f} a second"
    )


def lots(done: Run) -> Iterator[list[str]]:
    """Cycle time and share on time of the lots completed in the window, by product and priority."""
    frames = [completed(records) for records in done.records]
    names = pl.concat(frames).select("product", "priority").unique().sort("product", "priority")
    for product, priority in names.iter_rows():
        parts = [f.filter((pl.col("product") == product) & (pl.col("priority") == priority)) for f in frames]
        count = mean_interval([part.height for part in parts])
        days = mean_interval([float(part["days"].to_numpy().mean()) for part in parts if part.height])
        on_time = mean_interval([float(part["on_time"].to_numpy().mean()) for part in parts if part.height])
        yield [product, f"{priority:g}", shown(count, 0), shown(days, 2), shown(on_time, 3)]


def completed(records: Records) -> pl.DataFrame:
    """Lots completed in the window, with their days in the fab and whether they were on time."""
    inside = (pl.col("status") == "completed") & (pl.col("completed") > records.start)
    days = (pl.col("completed") - pl.col("release")).dt.total_microseconds() / 1e6 / DAY_S
    on_time = (pl.col("completed") <= pl.col("due")).cast(pl.Float64)
    return records.lots.filter(inside).with_columns(days=days, on_time=on_time)


def families(done: Run, most: int) -> Iterator[list[str]]:
    """Shares of time of the units of a work center, the busiest first."""
    units = {center.id: len(center.units) for center in done.plant.work_centers}
    found = {name: [shares(records, name) for records in done.records] for name in units}
    busiest = sorted(found, key=lambda name: -sum(s["busy"] + s["setup"] for s in found[name]))
    for name in busiest[:most]:
        values = [shown(mean_interval([share[state] for share in found[name]]), 3) for state in STATES]
        yield [name, str(units[name]), *values]


def shares(records: Records, center: str) -> dict[str, float]:
    """Share of time of the units of a work center in each state."""
    assert records.states is not None
    rows = records.states.filter(pl.col("work_center") == center)
    total = rows["seconds"].sum()
    by = dict(rows.group_by("state").agg(pl.col("seconds").sum()).iter_rows())
    return {state: by.get(state, 0.0) / total for state in STATES}


def shown(value: Interval, digits: int) -> str:
    """A mean, and half its interval where there is one."""
    mean = f"{value.mean:,.{digits}f}"
    return mean if value.n < 2 else f"{mean} ± {value.half_width:.{digits}f}"


def show(head: list[str], rows: Iterable[list[str]]) -> None:
    """Print a table as Markdown."""
    print()
    for line in (head, ["---"] * len(head), *rows):
        print(f"| {' | '.join(line)} |")


if __name__ == "__main__":
    main()
