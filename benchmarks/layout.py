"""Facility layout beside published values: MINLPLib (unequal areas), single rows, and QAPLIB.

    python -m benchmarks.layout floor DATA [--seconds 20] [--only o9_ar4_1 fo9_ar2_1]
    python -m benchmarks.layout row DATA [--seconds 5]
    python -m benchmarks.layout places DATA [--seconds 10]
    python -m benchmarks.layout write

DATA is the folder with `facility_layout`, `srflp` and `qaplib`. What is found is kept in
benchmarks/results/layout.json after each instance, and what is kept is not run again; `write` makes the page.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.surroundings import commit_of, processor
from zhizao.solvers.layout import Department, FloorPlan, assign_places, cost_of, faults, place, single_row

RESULTS = Path(__file__).parent / "results"
KEPT, PAGE = RESULTS / "layout.json", RESULTS / "layout.md"
ROWS = ("P18", "H20", "H30", "N30-1", "N30-2", "N30-3", "N30-4", "N30-5", "Am33_1")
LARGER = {"sko42": (25525, 216120.5, 173267.5, 137615, 248238.5)}
LARGER |= {"AKV60": (1477834, 841776, 648337.5, 398406, 318805)}  # recalled from the literature
SHORT = 1e-6  # relative difference of costs that counts as none


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("what", choices=["floor", "places", "row", "write"])
    options.add_argument("data", type=Path, nargs="?", default=Path())
    options.add_argument("--seconds", type=float)
    options.add_argument("--only", nargs="*", default=[])
    given = options.parse_args()
    if given.what == "write":
        write()
        return
    print(f"{processor()}, {commit_of()}, load {os.getloadavg()[0]:.1f}")
    run, seconds = RUNS[given.what]
    for name, published, solve in run(given.data):
        if not given.only or name in given.only:
            limit = given.seconds or seconds
            found = kept(f"{given.what} {name} {limit:g} s", published, lambda: solve(limit))  # noqa: B023
            print(name, found, flush=True)


Instance = tuple[str, float | None, Callable[[float], dict[str, Any]]]


def floors(data: Path) -> list[Instance]:
    """The 41 instances with unequal areas."""
    text = (data / "facility_layout" / "minlplib_layout.json").read_text(encoding="utf-8")
    return [(name, one.get("best"), _floor(floor_plan(one))) for name, one in json.loads(text).items()]


def floor_plan(one: dict[str, Any]) -> FloorPlan:
    """A floor plan from an instance of the file."""
    count = one["n"]
    departments = tuple(
        Department(str(i), each["area"], tuple(each["w"]), tuple(each["h"]))
        for i, each in enumerate(one["departments"])
    )
    flows = {(str(i), str(j)): one["flow"][i][j] for i in range(count) for j in range(i + 1, count)}
    return FloorPlan(one["floor"][0], one["floor"][1], departments, flows)


def _floor(plan: FloorPlan) -> Callable[[float], dict[str, Any]]:
    def solve(seconds: float) -> dict[str, Any]:
        found = place(plan, seconds=seconds)
        assert not faults(plan, found.rectangles)
        assert abs(cost_of(plan, found.rectangles) - found.cost) <= SHORT
        return {"cost": found.cost, "bound": found.bound, "proved": found.proved}

    return solve


def rows(data: Path) -> list[Instance]:
    """Single rows with a published value."""
    with (data / "srflp" / "optimum.csv").open(encoding="utf-8") as file:
        values = [list(row.values())[:2] for row in csv.DictReader(file)]
    published = {name: float(value) for name, value in values if name in ROWS}
    published |= {f"{k}_{i + 1}": float(v) for k, them in LARGER.items() for i, v in enumerate(them)}
    found: list[Instance] = []
    with tarfile.open(data / "srflp" / "instances.tar.gz") as archive:
        for name, value in published.items():
            member = archive.extractfile(name)
            assert member is not None
            found.append((name, value, _row(numbers(member.read().decode()))))
    return found


def _row(given: npt.NDArray[np.float64]) -> Callable[[float], dict[str, Any]]:
    n = int(given[0])
    flow = np.triu(given[n + 1 : n + 1 + n * n].reshape(n, n), 1)

    def solve(seconds: float) -> dict[str, Any]:
        found = single_row(given[1 : n + 1].tolist(), flow, seconds=seconds)
        return {"cost": found.cost, "bound": found.bound, "proved": found.proved}

    return solve


def places(data: Path) -> list[Instance]:
    """The quadratic assignment problems."""
    found: list[Instance] = []
    for path in sorted((data / "qaplib").glob("*.gz")):
        name = path.name.split(".")[0]
        value = float((data / "qaplib" / f"{name}.sln").read_text(encoding="utf-8").split()[1])
        found.append((name, value, _places(numbers(gzip.decompress(path.read_bytes()).decode()))))
    return found


def _places(given: npt.NDArray[np.float64]) -> Callable[[float], dict[str, Any]]:
    n = int(given[0])
    first, second = given[1 : 1 + 2 * n * n].reshape(2, n, n)

    def solve(seconds: float) -> dict[str, Any]:
        found = assign_places(first, second, seconds=seconds)
        return {"cost": found.cost, "bound": found.bound, "proved": found.proved}

    return solve


def numbers(text: str) -> npt.NDArray[np.float64]:
    """All numbers of a text."""
    return np.array(text.replace(",", " ").split(), float)


def kept(name: str, published: float | None, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What is kept under a name; it is run if there is nothing."""
    found: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    if name not in found:
        cpu, wall = time.process_time(), time.monotonic()
        one = {"published": published, **run()}
        one |= {"cpu_s": round(time.process_time() - cpu, 1), "wall_s": round(time.monotonic() - wall, 1)}
        found[name] = one
        KEPT.write_text(json.dumps(found, indent=0) + "\n", encoding="utf-8")
    here: dict[str, Any] = found[name]
    return here


def write() -> None:
    """Make the page from what is kept."""
    found: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    lines = [
        "# Facility layout",
        "",
        "Made by `python -m benchmarks.layout`; rows are in `layout.json`. The machine has two cores and was",
        "shared: limits are wall time, and the CPU time says what a run got of it. Gaps are to the published",
        "value, some of which are quoted from memory. Settings were chosen before, but the price of a",
        "metre beyond the floor was changed after a look at o9_ar4_1.",
    ]
    for what, title in (
        ("floor", "Departments of unequal area (MINLPLib), rectilinear distance of centres"),
        ("row", "Single row"),
        ("places", "Quadratic assignment (QAPLIB)"),
    ):
        lines += [
            "",
            f"## {title}",
            "",
            "| instance | limit | cost | bound | proved | published | gap | CPU, s |",
        ]
        lines += ["| --- | --- | --- | --- | --- | --- | --- | --- |"]
        lines += [_line(key.split(), one) for key, one in found.items() if key.split()[0] == what]
    PAGE.write_text("\n".join([*lines, ""]), encoding="utf-8")


def _line(key: list[str], one: dict[str, Any]) -> str:
    known, cost = one["published"], one["cost"]
    gap = (
        "–"
        if known is None
        else f"{max(cost / known - 1, 0) if abs(cost / known - 1) < SHORT else cost / known - 1:.3%}"
    )
    bound = "–" if one["bound"] is None else f"{one['bound']:.10g}"
    value = "–" if known is None else f"{known:.10g}"
    proved = "yes" if one["proved"] else "no"
    return (
        f"| {key[1]} | {key[2]} s | {cost:.10g} | {bound} | {proved} | {value} | {gap} | {one['cpu_s']:g} |"
    )


RUNS: dict[str, tuple[Callable[[Path], list[Instance]], float]] = {
    "floor": (floors, 20.0),
    "row": (rows, 5.0),
    "places": (places, 10.0),
}

if __name__ == "__main__":
    main()
