"""Invented portfolios: plants of different size, measures of a few kinds, gains with errors."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

KINDS = {  # invented: cost as a share of size, mean and scatter of the gain a year as a share of cost
    "visual-inspection": (0.020, 0.60, 0.30),
    "predictive-maintenance": (0.015, 0.45, 0.25),
    "scheduling": (0.008, 0.80, 0.50),
    "dispatching": (0.004, 0.60, 0.40),
    "process-control": (0.025, 0.40, 0.25),
    "quick-changeover": (0.012, 0.35, 0.20),
    "standby": (0.002, 0.50, 0.20),
    "load-shifting": (0.003, 0.30, 0.20),
    "cross-training": (0.006, 0.35, 0.25),
    "extra-unit": (0.050, 0.30, 0.30),
}
HEADS = (
    *("plant", "measure", "kind", "cost", "yearly_cost", "people", "compute_h", "gain_per_year", "gain_se"),
    *("months", "needs", "excludes", "size"),
)


def rows(plants: int, measures: int, seed: int) -> list[dict[str, object]]:
    """Measures of invented plants; one in twelve has no standard error, some need or exclude another."""
    stream = np.random.default_rng(seed)
    found: list[dict[str, object]] = []
    kinds = list(KINDS)
    for number in range(plants):
        size = float(np.exp(stream.normal(np.log(5e6), 0.8)))
        chosen = [
            kinds[each % len(kinds)] for each in stream.permutation(max(measures, len(kinds)))[:measures]
        ]
        names = [f"{kind}-{place}" if measures > len(kinds) else kind for place, kind in enumerate(chosen)]
        for place, kind in enumerate(chosen):
            share, mean, scatter = KINDS[kind]
            cost = share * size * float(np.exp(stream.normal(0, 0.3)))
            error = float(stream.uniform(0.1, 0.5))
            gain = cost * (mean + scatter * stream.normal() + error * mean * stream.normal())
            found.append(
                {
                    "plant": f"plant-{number + 1:03d}",
                    "measure": names[place],
                    "kind": kind,
                    "cost": round(cost),
                    "yearly_cost": round(0.05 * cost),
                    "people": round(float(stream.uniform(0.5, 6)), 1),
                    "compute_h": round(float(stream.uniform(0, 400))),
                    "gain_per_year": round(gain),
                    "gain_se": "" if stream.random() < 1 / 12 else round(error * mean * cost),
                    "months": int(stream.integers(1, 13)),
                    "needs": names[0] if place and stream.random() < 0.08 else "",
                    "excludes": names[place - 1] if place > 1 and stream.random() < 0.08 else "",
                    "size": round(size),
                }
            )
    return found


def write(folder: Path, plants: int, measures: int, seed: int, years: int = 3) -> Path:
    """A portfolio file and its table of measures, in a folder."""
    table = rows(plants, measures, seed)
    with (folder / "measures.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADS)
        writer.writeheader()
        writer.writerows(table)
    budget = round(0.2 * sum(float(str(row["cost"])) for row in table) / years, -4)
    people = round(0.3 * sum(float(str(row["people"])) for row in table) / years)
    compute = round(0.3 * sum(float(str(row["compute_h"])) for row in table) / years)
    path = folder / "portfolio.yaml"
    path.write_text(
        f"zhizao-portfolio: 1\nportfolio: Invented plants, seed {seed}\ncurrency: EUR\nyears: {years}\n"
        f"budget: {{per_year: {budget:.0f}}}\npeople: {people}\ncompute_h: {compute}\n"
        "measures: measures.csv\n",
        encoding="utf-8",
    )
    return path
