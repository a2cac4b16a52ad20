"""CPU time of a zoom step of the Gantt chart in headless Chromium: 1,000 to 50,000 operations.

    python benchmarks/web_gantt.py [--write]

A step is `zoom` and `draw` of the widget, by `performance.now` around both: 30 steps in and 30 out, around
the middle, by a factor of 1.25, after one such round that compiles. `--write` puts the table into its own
section of benchmarks/results/web.md.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from zhizao.report import Gantt, GanttRow
from zhizao.report.gantt import columns
from zhizao.report.scripts import ASSETS
from zhizao.report.style import CSS

HOME = "http://report.test/"
RESULTS = Path(__file__).resolve().parent / "results" / "web.md"
TITLE = "## Gantt chart: CPU time of a zoom step"
SIZES = (1_000, 10_000, 50_000)
ROUNDS = """() => {
  const times = [];
  for (const warm of [true, false]) {
    chart.fit();
    chart.draw();
    for (let step = 0; step < 60; step++) {
      const began = performance.now();
      chart.zoom(step < 30 ? 0.8 : 1.25);
      chart.draw();
      if (!warm) times.push(performance.now() - began);
    }
  }
  times.sort((a, b) => a - b);
  return { median: times[30], p95: times[57], most: times[59] };
}"""


def plan(operations: int, units: int = 60) -> Gantt:
    """Operations of random length on the units, without a gap or with a short one, one in five a set-up."""
    draw, begin = random.Random(1), datetime(2026, 1, 5, 6)
    rows = []
    for unit in range(units):
        at = begin
        for number in range(operations // units):
            length = timedelta(minutes=draw.choice([10, 20, 30, 60]))
            order = draw.randrange(max(1, operations // 32))
            kind = "setup" if draw.random() < 0.2 else "process"
            rows.append(
                GanttRow(
                    f"cell {unit + 1}",
                    at,
                    at + length,
                    kind,
                    label=f"O{order:04d}",
                    lot=f"O{order:04d}-{number % 4}",
                    order=f"O{order:04d}",
                    product=f"product {order % 10}",
                    due=begin + timedelta(hours=order),
                    late_s=60.0 * (order % 100 - 50),
                )
            )
            at += length + timedelta(minutes=draw.choice([0, 0, 5, 15]))
    return Gantt("plan", rows)


def page_of(chart: Gantt) -> str:
    """A page that holds nothing but the chart."""
    return (
        f'<!doctype html><html lang="en"><style>{CSS}</style><main><div id="chart"></div></main>'
        '<script type="module">import { draw } from "/assets/gantt.js";'
        f'window.chart = draw(document.getElementById("chart"), {json.dumps(columns(chart))});</script>'
    )


def measure(browser: Any, operations: int, ratio: int) -> dict[str, float]:
    """Times in ms of the zoom steps of one chart."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, device_scale_factor=ratio)
    text = page_of(plan(operations))

    def answer(route: Any) -> None:
        path = route.request.url.removeprefix(HOME)
        if path.startswith("assets/"):
            script = (ASSETS / path.removeprefix("assets/")).read_text(encoding="utf-8")
            route.fulfill(body=script, content_type="text/javascript")
        elif path:
            route.fulfill(status=404, body="")
        else:
            route.fulfill(body=text, content_type="text/html")

    page.route("**/*", answer)
    page.goto(HOME)
    page.wait_for_function("window.chart !== undefined")
    found: dict[str, float] = page.evaluate(ROUNDS)
    page.close()
    return found


def main() -> None:
    """Measure each size, and print a table."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    lines = [
        "| operations | pixels per px | median (ms) | 95 % (ms) | longest (ms) |",
        "|---|---|---|---|---|",
    ]
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for operations in SIZES:
            for ratio in (1, 2):
                found = measure(browser, operations, ratio)
                times = " | ".join(f"{found[name]:.1f}" for name in ("median", "p95", "most"))
                lines.append(f"| {operations:,} | {ratio} | {times} |")
        version = browser.version
        browser.close()
    table = "\n".join(lines)
    print(table)
    if options.write:
        write(
            f"{TITLE}\n\n`python benchmarks/web_gantt.py --write`; Chromium {version}, headless.\n\n{table}\n"
        )


def write(section: str) -> None:
    """Put the section in place of the one of the same title, or at the end."""
    text = (
        RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else "# The page, measured in the browser\n"
    )
    parts = [part.strip() for part in text.split("\n## ")]
    kept = [parts[0], *(f"## {part}" for part in parts[1:] if not f"## {part}".startswith(TITLE))]
    RESULTS.write_text("\n\n".join([*kept, section]), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
