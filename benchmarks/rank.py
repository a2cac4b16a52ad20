"""Composite indices: runs over the choices, and Sobol indices, beside what COINr publishes.

    python benchmarks/rank.py [SHARED]

The index is COINr's ASEM example (51 units, 49 indicators). COINr 1.1.14 took .14 CPU-s a run on the same
kind of machine, so 1.4 CPU-s for 10 runs; its vignette's Sobol indices took 600 runs. Here the same choices
are varied: Winsorised points 1 to 5, min-max or z-score, arithmetic or geometric, weights by ± 25 %.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import polars as pl

from zhizao.studies.rank.build import built, recipe_of
from zhizao.studies.rank.choices import Runs, choices_of
from zhizao.studies.rank.model import IndexModel, model_of
from zhizao.studies.rank.read import read_index
from zhizao.studies.rank.sobol import crossed, influences
from zhizao.studies.rank.table import read_table
from zhizao.studies.rank.uncertainty import rank_intervals

COINR_RUN = 0.14  # CPU-s
COINR_SOBOL_RUNS = 600
NAMES = {
    "treatment": "Winmax",
    "normalisation": "Normalisation",
    "weights": "Weights",
    "aggregation": "Aggregation",
}
STEPS = """
steps: {impute: group-mean, impute_by: EurAsia_group, treat: {winsorise: 5}}
uncertainty:
  winsorise: [1, 2, 3, 4, 5]
  normalise: [min-max, z-score]
  aggregate: [arithmetic, geometric]
  weights: 0.25
"""
T = TypeVar("T")


def asem(folder: Path) -> IndexModel:
    meta = pl.read_csv(folder / "iMeta.csv", null_values=["", "NA"], infer_schema_length=None)
    indicators, groups = list[str](), dict[str, list[str]]()
    for row in meta.iter_rows(named=True):
        if row["Type"] == "Indicator":
            per = f", per: {row['Denominator']}" if row["Denominator"] else ""
            way = "lower" if row["Direction"] == -1 else "higher"
            indicators.append(f"  {row['iCode']}: {{direction: {way}{per}}}")
        if row["Parent"] and row["Type"] in ("Indicator", "Aggregate"):
            groups.setdefault(row["Parent"], []).append(row["iCode"])
    named = [f"  {group}: {{of: [{', '.join(parts)}]}}" for group, parts in groups.items()]
    head = ["index: Sustainable Connectivity", "unit: uCode", "indicators:"]
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "asem.yaml"
        path.write_text("\n".join([*head, *indicators, "groups:", *named, STEPS]), encoding="utf-8")
        index, tree = read_index(path)
        return model_of(index, tree, read_table(folder / "iData.csv"))


def timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.process_time()
    found = work()
    return found, time.process_time() - began


def main(shared: Path) -> None:
    folder = shared / "data" / "index" / "asem"
    model = asem(folder)
    _, seconds = timed(lambda: rank_intervals(Runs(model, choices_of(model)), 1000, 1))
    print(f"1,000 runs: {seconds:.2f} CPU-s; COINr's 10 runs: {10 * COINR_RUN:.2f} CPU-s")
    vignette = {
        row["Variable"]: row for row in pl.read_csv(folder / "vignette_SA_sobol.csv").iter_rows(named=True)
    }
    nominal = built(model, recipe_of(model))

    def sobol(draws: int) -> tuple[object, ...]:
        runs = Runs(model, choices_of(model))
        return influences(crossed(runs, nominal, draws, 1), runs.choices.names, 1)

    sobol(2)  # scipy is loaded
    for draws in (30, 1024, 4096):
        found, seconds = timed(lambda draws=draws: sobol(draws))  # type: ignore[misc]
        cost = COINR_SOBOL_RUNS * COINR_RUN
        print(
            f"\n{20 * draws:,} runs, {seconds:.1f} CPU-s (COINr: {COINR_SOBOL_RUNS} runs, {cost:.0f} CPU-s)"
        )
        print(
            f"{'choice':14} {'first':>6} {'width':>6} {'COINr':>6} {'ratio':>6}   total  width  COINr  ratio"
        )
        for one in found:
            if one.factor not in NAMES:
                continue
            peer = vignette[NAMES[one.factor]]
            cells = []
            for value, low, high, name in (
                (one.first, one.first_low, one.first_high, "Si"),
                (one.total, one.total_low, one.total_high, "STi"),
            ):
                width, theirs = high - low, float(peer[f"{name}_q95"]) - float(peer[f"{name}_q5"])
                cells.append(f"{value:6.3f} {width:6.4f} {theirs:6.3f} {theirs / width:6.1f}")
            print(f"{one.factor:14} {'  '.join(cells)}")


if __name__ == "__main__":
    default = os.environ.get("ZHIZAO_SHARED", Path(__file__).resolve().parents[2] / "shared")
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(default))
