"""What-if analysis: simulate a plant, find its bottleneck, compare a change with today.

python examples/what_if.py [PLANT.yaml]
"""

# ruff: noqa: T201  an example prints its results
from __future__ import annotations

import sys
from pathlib import Path

import zhizao

plant = zhizao.read_plant(
    sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "plants" / "garment.yaml"
)

today = zhizao.simulate(plant, days=28, replications=5, seed=1)
lead = today.kpis["lead_time_mean"]
print(f"lead time today: {lead.mean:.1f} h ({lead.low:.1f} to {lead.high:.1f})")

limits = zhizao.bottlenecks(plant, days=28, replications=5, seed=1, tried=2)
print(limits.answer)

more = plant.replace({"work_centers.sew.units": 16, "personnel.sewers.count": 18})  # `plant` stays as it is
gain = zhizao.compare(plant, more, days=28, replications=5, seed=1)
for row in gain.table().head(5).iter_rows(named=True):
    print(f"{row['name']}: {row['before']:.4g} -> {row['after']:.4g} {row['unit']} ({row['verdict']})")
