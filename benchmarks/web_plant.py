"""The plant view: time to open a trace, and CPU time to draw a frame, in headless Chromium.

    python benchmarks/web_plant.py [--frames 300]

Traces are generated: a floor of many centers, lots that are always on their way (the dearest case for the
view), and one trace of a million events. The cost of a frame is that of the page's script (`performance.now`
around it); the frames that are reached while it plays count the rest too, and are at most 60.
Writes the section "Plant view" of results/web.md beside this file, and prints it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import speed  # noqa: E402
from tests.web.conftest import serving  # noqa: E402
from zhizao.plant import Plant, parse_plant  # noqa: E402
from zhizao.records import EVENTS, LOTS, Records  # noqa: E402
from zhizao.web.scene import trace_of  # noqa: E402
from zhizao.web.scene.watch import TRACE  # noqa: E402

CHROMIUM = "/usr/bin/chromium"
TITLE = "## Plant view"
START = np.datetime64("2026-01-05T00:00:00", "us")
WAY_S = 600.0
WORK_S = 60.0


def floor(centers: int, units: int) -> Plant:
    """Centers one after the other, with the same fixed time between any two."""
    ids = [f"c{n:03d}" for n in range(centers)]
    form = {
        "zhizao": 1,
        "plant": "generated",
        "start": "2026-01-05",
        "work_centers": [
            {"id": one, "units": units, "at": [f"{20 * (n % 10)} m", f"{12 * (n // 10)} m"]}
            for n, one in enumerate(ids)
        ],
        "routes": {"r": [{"id": f"o{n}", "on": one, "takes": "1 min"} for n, one in enumerate(ids)]},
        "products": {"p": {"route": "r"}, "q": {"route": "r"}},
        "orders": [{"product": "p", "every": "1 h"}],
        "transport": {"default": f"{WAY_S} s"},
    }
    return parse_plant(json.dumps(form))


def records(plant: Plant, lots: int, steps: int) -> Records:
    """Lots that go from center to center, under way ten times as long as at work."""
    random = np.random.default_rng(1)
    n = lots * steps
    lot = np.repeat(np.arange(lots), steps)
    step = np.tile(np.arange(steps), lots)
    begin = np.repeat(random.uniform(0, WAY_S, lots), steps) + step * (WAY_S + WORK_S)
    center = (np.repeat(random.integers(0, len(plant.work_centers), lots), steps) + step * 7) % len(
        plant.work_centers
    )
    names = np.array([one.id for one in plant.work_centers])[center]
    unit = random.integers(1, len(plant.work_centers[0].units) + 1, n).astype(str)
    events = pl.DataFrame(
        {
            "lot": "L" + pl.Series(lot).cast(pl.String).str.zfill(6),
            "product": np.where(lot % 2, "p", "q"),
            "operation": np.char.add("o", center.astype(str)),
            "work_center": names,
            "unit": np.char.add(np.char.add(names, "-"), unit),
            "activity": ["process"] * n,
            "start": START + (begin * 1e6).astype("timedelta64[us]"),
            "end": START + ((begin + WORK_S) * 1e6).astype("timedelta64[us]"),
        }
    )
    whole = pl.DataFrame({name: events[name] if name in events else pl.Series([None] * n) for name in EVENTS})
    end = float(begin.max() + WORK_S)
    known = {
        "lot": "L" + pl.Series(range(lots)).cast(pl.String).str.zfill(6),
        "product": np.where(np.arange(lots) % 2, "p", "q"),
        "release": START + (begin[::steps] * 0).astype("timedelta64[us]"),
        "completed": START + ((begin.reshape(lots, steps)[:, -1] + WORK_S) * 1e6).astype("timedelta64[us]"),
        "status": ["completed"] * lots,
    }
    table = pl.DataFrame({name: known.get(name, [None] * lots) for name in LOTS})
    start = START.item()
    return Records(
        start, start + (np.timedelta64(int(end * 1e6), "us")).item(), table.cast(LOTS), whole.cast(EVENTS)
    )  # type: ignore[arg-type]


PLAY = """
async ([key, frames]) => {
  const { showPlant } = await import("/plant/view.js");
  const host = document.getElementById("result");
  const began = performance.now();
  const view = await showPlant(host, key, "plant.yaml", () => {});
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const opened = performance.now() - began;
  if (!frames) return { opened };
  view.playing = false;
  const costs = [];
  let moving = 0;
  for (let n = 0; n < frames; n++) {
    await new Promise((done) => requestAnimationFrame(done));
    view.tick = view.trace.ticks * (0.3 + (0.4 * n) / frames);
    const start = performance.now();
    view.draw();
    costs.push(performance.now() - start);
    moving += view.moment.phase.subarray(0, view.moment.count).filter((one) => one === 2).length;
  }
  costs.sort((a, b) => a - b);
  view.tick = view.trace.ticks * 0.3;
  view.toggle();
  const from = performance.now();
  let drawn = 0;
  while (performance.now() - from < 4000) {
    await new Promise((done) => requestAnimationFrame(done));
    drawn++;
  }
  view.toggle();
  const rate = (drawn * 1000) / (performance.now() - from);
  const [median, p95] = [0.5, 0.95].map((share) => costs[Math.floor(frames * share)]);
  return { rate, opened, median, p95, moving: moving / frames };
}
"""


def measured(frames: int) -> list[dict[str, Any]]:
    """One row per trace."""
    cases = [
        ("1,100 lots", floor(100, 10), 1100, 40),
        ("5,600 lots", floor(100, 10), 5600, 40),
        ("a million events", floor(100, 10), 25_000, 40),
    ]
    rows = []
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as client,
        sync_playwright() as playwright,
    ):
        results = Path(folder) / ".zhizao" / "results"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for number, (name, plant, lots, steps) in enumerate(cases):
            done = records(plant, lots, steps)
            began = time.perf_counter()
            trace = trace_of(plant, done)
            made_s = time.perf_counter() - began
            key = f"{number:064x}"
            (results / key).mkdir()
            (results / key / TRACE).write_bytes(trace)
            rows.append(
                {"trace": name, "events": lots * steps, "mb": len(trace) / 1e6, "made_s": made_s}
                | shown(browser, str(client.base_url), key, 0 if lots > 10_000 else frames)
            )
        browser.close()
    return rows


def shown(browser: Any, address: str, key: str, frames: int) -> dict[str, Any]:
    """Open a trace and draw frames of it, in a fresh page."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address)
    page.evaluate(PLAY, [key, 0])  # modules are loaded and compiled
    found: dict[str, Any] = page.evaluate(PLAY, [key, frames])
    page.close()
    return found


def section(rows: list[dict[str, Any]], frames: int) -> str:
    """The rows as a section of results/web.md."""
    lines = [
        TITLE,
        "",
        "`python benchmarks/web_plant.py`: headless Chromium without a GPU, 1280 × 900,",
        f"1,000 units, {frames} frames. Script: `draw` of one frame; 60 frames/s leave 16.7 ms, 30 33.3.",
        "Frames/s: those reached while it plays, at most 60.",
        "",
        "| trace | events | size | made by the server | opens in the browser | lots moving | script, median "
        "| script, p95 | frames/s |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        drawn = ["–"] * 4
        if "median" in row:
            drawn = [
                f"{row['moving']:,.0f}",
                f"{row['median']:.1f} ms",
                f"{row['p95']:.1f} ms",
                f"{row['rate']:.0f}",
            ]
        cells = [
            row["trace"],
            f"{row['events']:,}",
            f"{row['mb']:.1f} MB",
            f"{row['made_s']:.2f} s",
            f"{row['opened'] / 1000:.2f} s",
            *drawn,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    around = ", ".join(f"{name} {value}" for name, value in speed.surroundings().items())
    return "\n".join([*lines, "", f"{around}.", ""])


def write(text: str) -> None:
    """Replace the section in results/web.md; other sections stay."""
    file = HERE / "results" / "web.md"
    old = ""
    with contextlib.suppress(FileNotFoundError):
        old = file.read_text("utf-8")
    other = re.sub(rf"{TITLE}\n.*?(?=^## |\Z)", "", old, flags=re.DOTALL | re.MULTILINE).rstrip()
    file.write_text((other or "# The page, measured") + "\n\n" + text, "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=300)
    frames = parser.parse_args().frames
    text = section(measured(frames), frames)
    write(text)
    print(text)


if __name__ == "__main__":
    main()
