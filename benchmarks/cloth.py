"""Draping: a hanging sheet against its equilibrium, and a jacket sewn around a body.

    python -m benchmarks.cloth [BODY.obj]

The body is a closed mesh in metres, y up, arms at 45 degrees, such as mean_female of GarmentCode (MIT);
without one the jacket is left out. The table is benchmarks/results/garment.md, section Cloth.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.solvers.cloth.garments import grid, jacket
from zhizao.solvers.cloth import Cloth, Drape, Material, Settings, body_of, drape

TABLE = Path(__file__).parent / "results" / "garment.md"
NEWTON = "newton 1.8.0, VBD, 590 substeps of 10 iterations (another run, same kind of machine)"
NEWTON_CPU_S = 26.9
JACKET = Material(density_kg_m2=0.3, bend_n_m=5e-5)


def sheet(n: int = 41) -> Cloth:
    rest, triangles = grid(n, n, 1.0, 1.0)
    start = np.column_stack([rest[:, 0], np.zeros(len(rest)), rest[:, 1]])
    return Cloth(rest, triangles, start, pinned=np.array([0, n * (n - 1)]))


def timed(cloth: Cloth, settings: Settings) -> tuple[Drape, float]:
    began = time.process_time()
    found = drape(cloth, Material(), settings=settings, seconds=300)
    return found, time.process_time() - began


def hanging() -> list[str]:
    """Rows: CPU time and largest distance from the equilibrium, as a share of the sag."""
    timed(sheet(5), Settings())  # compiles
    exact, _ = timed(sheet(), Settings(tolerance=1e-6, inner=2000))
    sag = -exact.positions[:, 1].min()
    rows = []
    same = Settings(tolerance=1e-12, steps=590, inner=10)
    for name, settings in (("ours, to rest", Settings()), ("ours, 590 steps of 10 iterations", same)):
        found, cpu_s = timed(sheet(), settings)
        off = np.linalg.norm(found.positions - exact.positions, axis=1).max() / sag
        counts = f"{found.steps} | {found.iterations} | {cpu_s:.1f}"
        rows.append(f"| {name} | {counts} | {found.residual:.1e} | {100 * off:.2f} |")
    return [*rows, f"| {NEWTON} | 590 | 5900 | {NEWTON_CPU_S} | not known | not known |"]


def read_obj(path: str) -> tuple[np.ndarray, np.ndarray]:
    lines = [line.split() for line in Path(path).read_text(encoding="utf-8").splitlines()]
    vertices = [[float(word) for word in line[1:4]] for line in lines if line[:1] == ["v"]]
    faces = [[int(word.split("/")[0]) - 1 for word in line[1:4]] for line in lines if line[:1] == ["f"]]
    return np.array(vertices), np.array(faces)


def sewn(path: str) -> list[str]:
    """A row: the jacket of 5,000 points in at most a minute of wall time, grid of the body included."""
    vertices, faces = read_obj(path)
    drape(jacket(0.06), JACKET, body_of(vertices, faces, cell_m=0.03), settings=Settings(steps=3))  # compiles
    wall, cpu = time.monotonic(), time.process_time()
    body = body_of(vertices, faces)
    cloth = jacket(0.0145)
    found = drape(cloth, JACKET, body, seconds=57 - (time.monotonic() - wall))
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    assert found.clearance is not None
    under = 100 * float(np.mean(found.edge_strain < 0.05))
    return [
        f"| {len(cloth.rest)} | {wall:.0f} | {cpu:.0f} | {found.end.value} | {found.residual:.2g} "
        f"| {1000 * found.gap_m:.1f} | {len(found.clearance.cut)} | {1000 * found.clearance.distance_m:.2f} "
        f"| {under:.2f} |"
    ]


def table(heads: str, rows: list[str]) -> list[str]:
    count = heads.count("|") + 1
    return [f"| {heads} |", "| --- " * count + "|", *rows, ""]


def main(arguments: Sequence[str]) -> None:
    lines = ["# Garments", "", "## Cloth", ""]
    heads = "41 x 41 points | steps | iterations | CPU s | residual | furthest from rest, % of the sag"
    lines += table(heads, hanging())
    if arguments:
        heads = "jacket points | wall s | CPU s | ended by | residual | open seam mm | triangles cut"
        lines += table(f"{heads} | distance mm | % edges stretched under 5 %", sewn(arguments[0]))
    run = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end"
    lines += [
        f"`python -m benchmarks.cloth [BODY.obj]`, {run}. A residual of 1 is the weight of the cloth.",
        "",
    ]
    TABLE.write_text("\n".join(lines), encoding="utf-8", newline="\n")
    print(TABLE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(sys.argv[1:])
