"""The chart in a real browser: geometry against plain loops, facts, zoom, rows, colours, keys, time."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from zhizao.report import Closed, Gantt, GanttRow
from zhizao.report.gantt import columns
from zhizao.report.scripts import ASSETS
from zhizao.report.style import CSS

DAY = datetime(2026, 1, 5, 8)
HOME = "http://report.test/"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><style>{css}</style>
<link rel="icon" href="data:,"><main><div id="chart"></div></main>
<script type="module">import {{ draw }} from "/assets/gantt.js";
import * as lanes from "/assets/gantt/lanes.js";
window.data = {data}; window.lanes = lanes;
window.chart = draw(document.getElementById("chart"), data);</script>"""


def plan() -> Gantt:
    """Two machines: A and B through both, B late; the press closes for an hour; one frozen operation."""

    def bar(unit: str, begin: int, end: int, lot: str, operation: str, kind: str = "process") -> GanttRow:
        order = lot[0]
        return GanttRow(
            unit,
            DAY + timedelta(minutes=begin),
            DAY + timedelta(minutes=end),
            kind,
            label=order,
            lot=lot,
            order=order,
            product=f"part {order}",
            operation=operation,
            due=DAY + timedelta(hours=4),
            late_s=5400.0 if order == "B" else -1800.0,
            frozen=(lot, operation) == ("A-1", "cut"),
        )

    rows = [
        bar("saw", 0, 60, "A-1", "cut"),
        bar("saw", 60, 75, "B-1", "cut", "setup"),
        bar("saw", 75, 150, "B-1", "cut"),
        bar("press", 60, 120, "A-1", "drill"),
        bar("press", 180, 330, "B-1", "drill"),
    ]
    closed = [Closed(["press"], [(DAY + timedelta(minutes=120), DAY + timedelta(minutes=180))])]
    return Gantt("plan", rows, closed=closed, frozen_until=DAY + timedelta(minutes=30))


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page with the chart of a plan, which says nothing on its console."""
    problems: list[str] = []
    one = browser.new_page(viewport={"width": 1100, "height": 700}, color_scheme="light")
    one.on("console", lambda message: problems.append(message.text))
    one.on("pageerror", lambda error: problems.append(str(error)))

    def answer(route: Any) -> None:
        path = route.request.url.removeprefix(HOME)
        if path:
            text = (ASSETS / path.removeprefix("assets/")).read_text(encoding="utf-8")
            route.fulfill(body=text, content_type="text/javascript")
        else:
            route.fulfill(
                body=PAGE.format(css=CSS, data=json.dumps(columns(plan()))), content_type="text/html"
            )

    one.route("**/*", answer)
    one.goto(HOME)
    one.wait_for_function("window.chart !== undefined")
    yield one
    one.close()
    assert problems == []


def spot(page: Any, unit: str, minute: float) -> tuple[float, float]:
    """Where a time of a unit is on the page."""
    x, y = page.evaluate(
        "([unit, time]) => { const row = chart.names.indexOf(unit);"
        "const box = chart.panel.canvas.getBoundingClientRect();"
        "return [box.x + chart.xOf(time), box.y + 38 + chart.layout.top[row] - chart.view.top + 12] }",
        [unit, 60 * minute],
    )
    return x, y


def colour_at(page: Any, unit: str, minute: float) -> list[int]:
    x, y = spot(page, unit, minute)
    found: list[int] = page.evaluate(
        "([x, y]) => { chart.draw(); const box = chart.panel.canvas.getBoundingClientRect();"
        "return [...chart.surface.pen.getImageData(x - box.x, y - box.y + 6, 1, 1).data].slice(0, 3) }",
        [x, y],
    )
    return found


def facts(page: Any) -> dict[str, str]:
    names = page.locator(".gantt-facts dt").all_inner_texts()
    return dict(zip(names, page.locator(".gantt-facts dd").all_inner_texts(), strict=True))


def test_hover_says_what_is_known_of_an_operation(page: Any) -> None:
    page.mouse.move(*spot(page, "press", 200))
    assert facts(page) == {
        "unit": "press", "lot": "B-1", "order": "B", "product": "part B", "operation": "drill",
        "start": "2026-01-05 11:00", "end": "2026-01-05 13:30 (2.5 h)", "due": "2026-01-05 12:00",
        "slack": "−1.5 h (late)",
    }  # fmt: skip
    page.mouse.move(*spot(page, "saw", 20))
    assert facts(page)["slack"] == "30 min"
    assert facts(page)["frozen"] == "✓"
    page.mouse.move(*spot(page, "press", 150))
    assert not page.locator(".gantt-facts").is_visible(), "nothing is done there"


def test_the_wheel_zooms_at_the_cursor_once_the_chart_has_the_focus(page: Any) -> None:
    page.mouse.move(*spot(page, "saw", 100))
    before = page.evaluate("chart.view.per_px")
    page.mouse.wheel(0, -300)
    assert page.evaluate("chart.view.per_px") == before, "the page scrolls"
    page.locator(".gantt canvas").focus()
    where = spot(page, "saw", 100)
    page.mouse.wheel(0, -300)
    page.wait_for_function(f"chart.view.per_px < {before}")
    assert spot(page, "saw", 100)[0] == pytest.approx(where[0], abs=1)
    page.keyboard.press("0")
    assert page.evaluate("chart.view.per_px") == pytest.approx(before)


def test_a_drag_pans_and_keys_zoom_and_pan(page: Any) -> None:
    page.locator(".gantt canvas").focus()
    for _ in range(4):
        page.keyboard.press("+")
    x, y = spot(page, "press", 150)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 80, y, steps=4)
    page.mouse.up()
    assert spot(page, "press", 150)[0] == pytest.approx(x - 80, abs=1)
    page.keyboard.press("ArrowLeft")
    assert spot(page, "press", 150)[0] == pytest.approx(x - 20, abs=1)
    page.keyboard.press("-")
    assert page.evaluate("chart.lit") is None, "a drag chooses nothing"


def test_rows_by_order_and_colours_by_lateness(page: Any) -> None:
    assert page.evaluate("chart.names") == ["saw", "press"]
    page.get_by_role("combobox", name="Rows").select_option("order")
    assert page.evaluate("chart.names") == ["A", "B"]
    page.get_by_role("combobox", name="Colours").select_option("lateness")
    legend = page.locator(".gantt-legend li").all_inner_texts()
    assert legend == ["in time", "set-up", "late", "closed", "frozen"]
    assert colour_at(page, "B", 200) == [0xD5, 0x5E, 0x00]
    assert colour_at(page, "A", 45) == [0x00, 0x72, 0xB2]
    page.get_by_role("combobox", name="Colours").select_option("setup")
    assert colour_at(page, "B", 65) == [0xE6, 0x9F, 0x00]


def test_closed_hours_are_shaded_and_dark_pages_have_dark_charts(page: Any) -> None:
    paper, closed = colour_at(page, "saw", 305), colour_at(page, "press", 150)
    assert paper == [255, 255, 255] != closed
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("chart.look.ink !== 'rgb(26 32 40)'")
    assert sum(colour_at(page, "saw", 305)) < 150


def test_a_click_highlights_the_lot_and_reads_it_out(page: Any) -> None:
    page.mouse.click(*spot(page, "saw", 100))
    assert page.evaluate("[...chart.lit]") == [0, 1, 1, 0, 1]
    assert "lot: B-1" in page.locator(".gantt-said").inner_text()
    page.mouse.click(*spot(page, "press", 150))
    assert page.evaluate("chart.lit") is None


def test_operations_are_chosen_by_keys_alone(page: Any) -> None:
    page.locator(".gantt canvas").focus()
    for key in ("Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    said = page.locator(".gantt-said").inner_text()
    assert "unit: press" in said
    assert "operation: drill" in said
    assert page.locator(".gantt-said").get_attribute("aria-live") == "polite"
    page.keyboard.press("Escape")
    assert page.locator(".gantt-said").inner_text() == ""


def test_a_click_in_the_axis_sets_the_time(page: Any) -> None:
    page.evaluate("addEventListener('time', (event) => (window.time = event.detail.time_s))")
    x, y = spot(page, "saw", 90)
    page.mouse.click(x, y - 30)
    assert page.evaluate("time") == pytest.approx(5400, abs=30)
    assert page.locator(".gantt-cursor").is_visible()
    page.evaluate("chart.setTime(null)")
    assert not page.locator(".gantt-cursor").is_visible()


def some_lanes(seed: int, count: int = 400) -> dict[str, Any]:
    draw = random.Random(seed)
    start = [draw.randrange(5000) for _ in range(count)]
    return {
        "start": start,
        "end": [begin + draw.choice([0, 1, 7, 300]) for begin in start],
        "group": [draw.randrange(-1, 4) for _ in range(count)],
    }


@pytest.mark.parametrize("seed", range(5))
def test_what_is_visible_is_what_plain_loops_find(page: Any, seed: int) -> None:
    rows = some_lanes(seed)
    spans = [(low, low + length) for low in (-10, 0, 777, 4990) for length in (1, 50, 6000)]
    found = page.evaluate(
        "([rows, spans]) => { const found = lanes.arrange(rows, rows.group);"
        "const all = (lane) => [...found.op.slice(found.first[lane], found.first[lane + 1])];"
        "const count = found.first.length - 1;"
        "const seen = (lane, span) => { const [a, b] = lanes.visible(found, lane, ...span);"
        "return [...found.op.slice(a, b)] };"
        "const each = (act) => Array.from({ length: count }, (_, k) => act(k));"
        "return { rows: found.rows, leftOut: found.leftOut, lanes: each(all),"
        "seen: spans.map((span) => each((lane) => seen(lane, span)).flat()) } }",
        [rows, spans],
    )
    start, end, group = rows["start"], rows["end"], rows["group"]
    for row in found["rows"]:
        own = found["lanes"][row["lane"] : row["lane"] + row["lanes"]]
        assert sorted(op for lane in own for op in lane) == [
            op for op, other in enumerate(group) if other == row["group"]
        ]
        for lane in own:
            assert all(end[a] <= start[b] for a, b in pairwise(lane)), "none overlap"
    assert found["leftOut"] == group.count(-1)
    for (low, high), seen in zip(spans, found["seen"], strict=True):
        inside = [op for op in range(len(start)) if group[op] >= 0 and end[op] > low and start[op] < high]
        assert sorted(seen) == inside


def test_bars_within_a_pixel_are_drawn_once_and_none_is_lost(page: Any) -> None:
    """Each pixel of a lane is coloured where plain loops find an operation in it, and nowhere else."""
    rows: dict[str, list[float]] = {"start": [], "end": [], "group": []}
    draw, at = random.Random(3), 0.0
    for _ in range(3000):
        at += draw.choice([0, 0.1, 5])
        rows["start"].append(at)
        at += draw.choice([0.05, 0.5, 9])
        rows["end"].append(at)
        rows["group"].append(0)
    width, per_px = 700, at / 700
    line = page.evaluate(
        "async ([rows, width, per_px]) => { const { bars } = await import('/assets/gantt/paint.js');"
        "const found = lanes.arrange(rows, rows.group), line = new Uint32Array(width);"
        "const ink = { of: new Uint16Array(rows.start.length), colours: Uint32Array.of(7), lit: null };"
        " bars(line, found, 0, { from_s: 0, per_px }, ink); return [...line] }",
        [rows, width, per_px],
    )
    wanted = [0] * width
    for begin, end in zip(rows["start"], rows["end"], strict=True):
        left, right = int(begin / per_px), int(end / per_px)
        for pixel in range(left, max(left + 1, right - 1 if right > left + 2 else left + 1)):
            if pixel < width:
                wanted[pixel] = 7
    assert line == wanted
