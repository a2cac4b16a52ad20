"""Inspection of magnetic tiles, split by tile and, leaky, by picture: ranking, detection, false alarms.

    python benchmarks/inspection.py [--seeds 2] [--recipes default thorough]

Half of the goods train, the other half and all defective pictures test; nothing is chosen on them. Each case
(split, recipe, seed) is a row of results/inspection.csv; those that are there already are not run again.
Writes results/inspection.md from all rows. The pictures are expected in
../shared/data/vision/magnetic_tile (Huang et al. 2018); they are not part of the repository.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import time
from collections import defaultdict
from pathlib import Path
from statistics import mean, stdev

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from zhizao.studies.inspect import Pictures, train_inspector  # noqa: E402
from zhizao.studies.inspect.rates import auroc  # noqa: E402

DATA = HERE.parents[1] / "shared" / "data" / "vision" / "magnetic_tile"
ROWS, PAGE = HERE / "results" / "inspection.csv", HERE / "results" / "inspection.md"
PROMISED = 0.05
NEW_TILE = 300  # a jump of the number that begins a new tile
FIELDS = ("split", "recipe", "seed", "auroc", "detection", "false_alarms", "tiles", "train_s", "score_ms")


def tiles() -> dict[int, list[Path]]:
    """Good pictures by tile: a new one begins where the exposure does not grow, or the number jumps."""
    named = (re.match(r"exp(\d+)_num_(\d+)", path.name) for path in (DATA / "MT_Free").rglob("*.jpg"))
    at = {path.name: path for path in (DATA / "MT_Free").rglob("*.jpg")}
    rows = sorted((int(m[2]), int(m[1]), f"{m[0]}.jpg") for m in named if m)
    found: dict[int, list[Path]] = defaultdict(list)
    tile, before = -1, (0, 10**9)
    for number, exposure, name in rows:
        if exposure <= before[1] or number - before[0] > NEW_TILE:
            tile += 1
        found[tile].append(at[name])
        before = number, exposure
    return found


def split(by: str, seed: int) -> tuple[list[Path], list[Path]]:
    """Half of the goods to train, half to test."""
    found = tiles()
    units = list(found.values()) if by == "tile" else [[path] for one in found.values() for path in one]
    order = np.random.default_rng(seed).permutation(len(units))
    half = len(units) // 2
    sides = (order[:half], order[half:])
    return tuple([path for place in side for path in units[place]] for side in sides)  # type: ignore[return-value]


def case(by: str, recipe: str, seed: int) -> dict[str, object]:
    """Train and test once."""
    train, test = split(by, seed)
    tile_of = {path: number for number, paths in tiles().items() for path in paths}
    bad = [
        path
        for folder in sorted(DATA.glob("MT_*"))
        if folder.name != "MT_Free"
        for path in folder.rglob("*.jpg")
    ]
    rule = None if by == "tile" else r"[^/]+$"  # by looks, or each picture as a part of its own: leaky
    clock = time.process_time()
    inspector = train_inspector(Pictures(train, rule), false_alarms=PROMISED, recipe=recipe, seed=seed)
    trained = time.process_time()
    good, ill = (inspector.score(Pictures(files)).images for files in (test, bad))
    scored = time.process_time()
    alarms: dict[int, list[bool]] = defaultdict(list)
    for one, path in zip(good, test, strict=True):
        alarms[tile_of[path]].append(bool(one.defective))
    scores = [np.array([one.score for one in side], float) for side in (good, ill)]
    return {
        "split": by,
        "recipe": recipe,
        "seed": seed,
        "auroc": round(auroc(*scores), 4),
        "detection": round(mean(bool(one.defective) for one in ill), 4),
        "false_alarms": round(mean(mean(one) for one in alarms.values()), 4),
        "tiles": len(alarms),
        "train_s": round(trained - clock, 1),
        "score_ms": round(1000 * (scored - trained) / (len(test) + len(bad)), 1),
    }


def rows() -> list[dict[str, str]]:
    if not ROWS.exists():
        return []
    with ROWS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def page(found: list[dict[str, str]]) -> str:
    """The table of means."""
    head = ("split", "recipe", "seeds", "AUROC", "detection", "false alarms", "training, s", "scoring, ms")
    lines = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    for by, recipe in sorted({(row["split"], row["recipe"]) for row in found}, reverse=True):
        kept = [row for row in found if (row["split"], row["recipe"]) == (by, recipe)]

        def cell(field: str, digits: int, kept: list[dict[str, str]] = kept) -> str:
            values = [float(row[field]) for row in kept]
            spread = f" ± {stdev(values):.{digits}f}" if len(values) > 1 else ""
            return f"{mean(values):.{digits}f}{spread}"

        name = "by tile" if by == "tile" else "by picture (leaky)"
        cells = [
            name,
            recipe,
            str(len(kept)),
            cell("auroc", 3),
            cell("detection", 2),
            cell("false_alarms", 3),
        ]
        lines.append(f"| {' | '.join([*cells, cell('train_s', 1), cell('score_ms', 1)])} |")
    return "\n".join(lines)


NOTE = f"""# Inspection of magnetic tiles

Written by `python benchmarks/inspection.py`. Half of the 952 good pictures train (some parts fit, the
others calibrate), the other half and all 392 defective ones test. Promised false alarms: {PROMISED:.0%}.
Means over seeds ± their standard deviation. Detection counts pictures, false alarms tiles. CPU time of
one core, reading of the file included, on a machine that was busy with other work.

Each tile stands in the set under about six exposures. The split *by tile* keeps them together; the
inspector is not given the tiles, and groups its training pictures by their looks. The split *by
picture*, the usual one, lets an inspector meet in the test the tiles that it was trained with: it
flatters, and is shown for comparison only.

The number of cells that make a score, the size of the bank and of the pictures, and the limit of
near-duplicates were chosen on this set, so its figures are optimistic.

"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--recipes", nargs="+", default=["default", "thorough"])
    parser.add_argument("--splits", nargs="+", default=["tile", "picture"])
    options = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"{DATA}: the pictures are not there")
    wanted = [
        (by, recipe, seed)
        for seed in range(options.seeds)
        for recipe in options.recipes
        for by in options.splits
    ]
    done = {(row["split"], row["recipe"], int(row["seed"])) for row in rows()}
    for key in [key for key in wanted if key not in done]:
        row = case(*key)
        fresh = not ROWS.exists()
        with ROWS.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
            if fresh:
                writer.writeheader()
            writer.writerow(row)
        print(row, flush=True)
    PAGE.write_text(NOTE + page(rows()) + "\n", encoding="utf-8", newline="\n")
    print(page(rows()))


if __name__ == "__main__":
    main()
