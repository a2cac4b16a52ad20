"""Cloth of planned lays beside that of markers of one size, on generated orders.

    python -m benchmarks.lays --seconds 5 --orders 10 --out results.json

Orders are drawn with a seed: 20 to 120 garments of each size of a style, at most 6 garments a marker and 80
plies, a lay as dear as 5 m of cloth. Both plans come from the same integer program, and all markers are
searched equally long. With `--out`, orders that are in the file already are left out. Styles: the example
`vest.dxf`, and other files that are named.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from pathlib import Path
from typing import Any

from zhizao.connect.dxf import read_with_faults
from zhizao.studies.marker import Cloth, LayRules, plan_lays

VEST = Path(__file__).resolve().parents[1] / "examples" / "garment" / "vest.dxf"


def drawn(sizes: tuple[str, ...], seed: int) -> dict[str, int]:
    """An order: 20 to 120 garments of each of at most six sizes."""
    numbers = random.Random(seed)
    chosen = sorted(numbers.sample(range(len(sizes)), min(6, len(sizes))))
    return {sizes[one]: numbers.randint(20, 120) for one in chosen}


def run(file: Path, seed: int, rules: LayRules, fabric: str | None) -> dict[str, Any]:
    """Plan the lays of one order."""
    pattern = read_with_faults(file).pattern
    order = drawn(pattern.sizes, seed)
    result = plan_lays(pattern, order, Cloth(1500.0, gap_mm=1.0, fabric=fabric), rules=rules, seed=seed)
    return {
        "style": file.stem,
        "seed": seed,
        "seconds": rules.seconds,
        "over": rules.over,
        "lay_cost_m": rules.lay_cost_mm / 1000,
        "order": order,
        "cloth_m": result.cloth_m,
        "single_m": result.single_m,
        "lays": len(result.lays),
        "single_lays": len(result.single),
        "nested": result.nested,
        "load": os.getloadavg()[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, default=[VEST], metavar="PATTERN.dxf")
    parser.add_argument("--orders", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=5.0, help="search for each marker")
    parser.add_argument("--over", type=float, default=0.0, help="surplus allowed, as a share")
    parser.add_argument("--lay-cost", type=float, default=5.0, help="cost of a lay in m of cloth")
    parser.add_argument("--fabric")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    rules = LayRules(over=asked.over, lay_cost_mm=1000 * asked.lay_cost, seconds=asked.seconds)
    done = json.loads(asked.out.read_text(encoding="utf-8")) if asked.out and asked.out.exists() else []
    savings = []
    print("style  seed   cloth m   one size m   saving %   lays   one size   markers   load")
    for number in range(asked.orders):
        file = asked.files[number % len(asked.files)]
        wanted = {"style": file.stem, "seed": number, "seconds": rules.seconds, "over": rules.over}
        wanted["lay_cost_m"] = rules.lay_cost_mm / 1000
        row = next((one for one in done if wanted.items() <= one.items()), None)
        if row is None:
            row = run(file, number, rules, asked.fabric)
            done.append(row)
            if asked.out:
                asked.out.write_text(json.dumps(done, indent=1) + "\n", encoding="utf-8")
        savings.append(100 * (1 - row["cloth_m"] / row["single_m"]))
        print(
            f"{row['style']:<6} {number:4} {row['cloth_m']:9.2f} {row['single_m']:12.2f} {savings[-1]:10.2f} "
            f"{row['lays']:6} {row['single_lays']:10} {row['nested']:9} {row['load']:6.1f}",
            flush=True,
        )
    print(f"mean saving {sum(savings) / len(savings):.2f} %, least {min(savings):.2f} %")


if __name__ == "__main__":
    main()
