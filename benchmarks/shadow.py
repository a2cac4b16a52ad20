"""The shadow beside a plant that is its twin's: do its bands hold, and does it notice what changes?

    python benchmarks/shadow.py bands [PLANT.yaml ...]    # ten weeks, three looks a day
    python benchmarks/shadow.py drift [PLANT.yaml ...]    # 100 weeks without a change, then 20 % slower units

For the bands everything goes through tags: the plant says them, the shadow reads them. Their intervals take
lots of one day as a cluster, for they have the same fate.
"""

from __future__ import annotations

import argparse
import time
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.surroundings import commit_of, processor
from zhizao import Session, read_plant
from zhizao.connect.tags import TagReader, TagRules, TagWriter
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import Plant
from zhizao.records import values
from zhizao.workflows.shadow import Ahead, Drift, DriftWatch, now
from zhizao.workflows.shadow.reference import Reference
from zhizao.workflows.shadow.spells import Spells

EXAMPLES = Path(__file__).parents[1] / "examples" / "plants"
PLANTS = [EXAMPLES / "bracket-shop.yaml", EXAMPLES / "garment.yaml"]
WEEKS, LOOK_H, AHEAD_DAYS = 10, 8.0, 6.0
SLOWER = 1.2


def main() -> None:
    """Print one line per plant, or per unit."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("what", choices=["bands", "drift"])
    options.add_argument("plants", nargs="*", type=Path, default=PLANTS)
    options.add_argument("--weeks", type=int, default=WEEKS)
    options.add_argument("--seed", type=int, default=11)
    given = options.parse_args()
    print(f"{processor()}, {commit_of()}")
    for path in given.plants:
        plant = read_plant(path)
        reference = Reference.of(plant, seed=99)
        if given.what == "bands":
            print(path.stem, _bands(plant, reference, given.weeks, given.seed), flush=True)
        else:
            for line in _drift(plant, reference, given.weeks, given.seed):
                print(path.stem, line, flush=True)


def _bands(plant: Plant, reference: Reference, weeks: int, seed: int) -> str:
    ahead = Ahead(plant, reference, seed=7)
    session, writer, reader = Session(plant, seed=seed), TagWriter(plant), TagReader(TagRules(plant, {}))
    seen, used = [], 0.0
    for _ in range(round(weeks * 7 * 24 / LOOK_H)):
        session.advance(timedelta(hours=LOOK_H))
        reader.feed(values(writer.step(session.records(), session.snapshot(exact=False))))
        reader.read(session.now)
        began = time.process_time()
        outlook = ahead.look(now(plant, reader, session.now), AHEAD_DAYS)
        used += time.process_time() - began
        seen.append(outlook.lots.with_columns(day=pl.lit(session.now.date())))
    session.advance(timedelta(days=AHEAD_DAYS + 1))
    done = session.records().lots.select("lot", "completed")
    bands = pl.concat(seen).join(done, on="lot", how="left")
    never = datetime(2999, 1, 1)
    low, high, real = (pl.col(name).fill_null(never) for name in ("low", "high", "completed"))
    bands = bands.with_columns(inside=(low <= real) & (real <= high), early=real < low)
    days = bands.group_by("day").agg(pl.len(), pl.col("inside").sum())
    count, share = bands.height, float(bands["inside"].mean())  # type: ignore[arg-type]
    spread = (days["inside"] - share * days["len"]).to_numpy()
    half = 1.96 * float(np.sqrt((spread**2).sum())) / count
    early, lots = float(bands["early"].mean()), bands["lot"].n_unique()  # type: ignore[arg-type]
    return (
        f"{count} bands of {lots} lots on {days.height} days: {100 * share:.1f} % hold (± {100 * half:.1f}), "
        f"{100 * early:.1f} % done before; {used / len(seen):.2f} CPU-s a look"
    )


def _drift(plant: Plant, reference: Reference, weeks: int, seed: int) -> list[str]:
    counts = {center.id: len(center.units) for center in plant.work_centers}
    said = [
        d
        for n in range(10)
        for d in _watched(plant, plant, DriftWatch(reference, counts), seed + n, weeks * 7)
    ]
    lines = [f"{len(said)} false alarms in {10 * weeks} weeks: {', '.join(map(str, said[:3]))}"]
    for center in plant.work_centers:
        unit = center.units[0]
        delays, spells = [], []
        for n in range(10):
            watch = DriftWatch(reference, counts)
            _watched(plant, plant, watch, seed + n, weeks * 7 / 2)
            own = [
                d
                for d in _watched(_slower(plant, unit.id), plant, watch, 500 + seed + n, 14)
                if d.watched.unit == unit.id
            ]
            delays.append((own[0].noticed - plant.start) / timedelta(days=1) if own else np.inf)
            spells += [own[0].spells] if own else []
        middle, worst = np.median(delays), max(delays)
        within = sum(delay <= 1 for delay in delays)
        lines.append(
            f"{unit.id} {100 * (SLOWER - 1):.0f} % slower: noticed after {middle:.1f} days "
            f"(longest {worst:.1f}), within a day in {within} of 10; about {_median(spells)} times"
        )
    return lines


def _median(spells: list[int]) -> str:
    return f"{np.median(spells):.0f}" if spells else "-"


def _watched(real: Plant, known: Plant, watch: DriftWatch, seed: int, days: float) -> list[Drift]:
    records = run(real, RunSettings(days, seed, log=LogLevel.EVENTS)).records[0]
    assert records.events is not None
    spells = Spells(known).take(records.events.iter_rows(named=True), records.end)
    return [d for spell in spells for d in watch.watch(spell)]


def _slower(plant: Plant, unit: str) -> Plant:
    centers = []
    for center in plant.work_centers:
        units = tuple(
            one.model_copy(update={"speed": one.speed / SLOWER}) if one.id == unit else one
            for one in center.units
        )
        centers.append(center.model_copy(update={"units": units}))
    return plant.model_copy(update={"work_centers": tuple(centers)})


if __name__ == "__main__":
    main()
