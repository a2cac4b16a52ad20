"""Charts that a choice is made by, in a real browser: a waterfall, and points to pick from."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from zhizao.report import Bars, Choice, Estimate, HeadlineRow, Report, Scatter, Waterfall
from zhizao.report.plots import data_of

EVIL = "</script><img src=x onerror=alert(1)>"


def waterfall(*steps: float, unit: str = "EUR") -> Waterfall:
    total = Estimate(sum(steps), sum(steps) - 10, sum(steps) + 10)
    names = [f"step {place}" for place in range(len(steps))]
    return Waterfall("How the gain builds up", names, steps, total, "gain a day", unit)


def point(name: str, x: float, y: float, *, front: bool = True) -> Choice:
    row = HeadlineRow(
        "Throughput", "pieces/day", Estimate(100.0), Estimate(110.0), Estimate(0.1, 0.08, 0.12), "higher"
    )
    return Choice(name, x, Estimate(y, y - 5, y + 5), front, {"measures": f"{name} (assumed)"}, (row,))


def scatter(*points: Choice, picked: int = 0) -> Scatter:
    return Scatter("What more money buys", points, "cost, EUR", "value, EUR", picked)


# ---------------------------------------------------------------- data
def test_each_bar_begins_where_the_one_above_ends() -> None:
    data = data_of(waterfall(50.0, -80.0, 40.0))
    assert data is not None
    assert [(one["start"], one["end"]) for one in data["steps"]] == [
        (0.0, 50.0),
        (50.0, -30.0),
        (-30.0, 10.0),
    ]
    assert data["total"] == {"name": "together", "value": 10.0, "low": 0.0, "high": 20.0}


def test_shares_are_shown_in_per_cent() -> None:
    data = data_of(waterfall(0.1, 0.05, unit="share"))
    assert data is not None
    assert data["unit"] == "%"
    assert data["steps"][1]["end"] == pytest.approx(15.0)
    assert data["total"]["value"] == pytest.approx(15.0)


def test_what_is_not_known_is_not_drawn() -> None:
    assert data_of(waterfall(10.0, float("nan"))) is None
    assert data_of(scatter(point("a", float("nan"), 1.0))) is None
    data = data_of(
        scatter(point("a", float("nan"), 1.0), point("b", 2.0, 1.0), point("c", 3.0, 1.0), picked=2)
    )
    assert data is not None
    assert [one["name"] for one in data["points"]] == ["b", "c"]
    assert data["picked"] == 1, "the point that was asked for, though one before it is left out"


# ---------------------------------------------------------------- browser
def test_a_waterfall_writes_what_each_step_adds(opened: Any) -> None:
    page = opened(Report("A plant", sections=(waterfall(50.0, -80.0, 40.0),)))
    page.locator(".widget svg").wait_for()
    written = page.locator(".widget svg text").all_text_contents()
    assert {"+50.0", "\u221280.0", "+40.0", "step 1", "together"} <= set(written)


def test_a_point_is_picked_from_the_list_and_by_a_click(opened: Any) -> None:
    chart = scatter(point("a", 10.0, 20.0), point(EVIL, 20.0, 40.0), point("c", 30.0, 10.0, front=False))
    page = opened(Report("A plant", sections=(chart,)))
    shown = page.locator(".widget [aria-live]")
    shown.wait_for()
    assert "a (assumed)" in shown.inner_text()
    assert "+10.0\u202f% (+8.0 to +12.0)" in shown.inner_text()
    page.locator(".pick select").select_option("c")
    assert "c (assumed)" in shown.inner_text()
    page.locator(".pick select").press("ArrowUp")
    assert EVIL in shown.inner_text()
    assert page.locator("img").count() == 0
    click_until(page, lambda: "a (assumed)" in shown.inner_text())
    assert page.locator(".pick select").input_value() == "a"


def bars() -> Bars:
    values = {"log": [Estimate(4.0), Estimate(None)], "twin": [Estimate(5.0, 4.5, 5.5), Estimate(2.0)]}
    return Bars("Waiting", ["saw", EVIL], values, "h")


def test_bars_leave_out_what_is_not_known() -> None:
    data = data_of(bars())
    assert data is not None
    assert [[one["value"] for one in source["values"]] for source in data["sources"]] == [
        [4.0, None],
        [5.0, 2.0],
    ]
    assert data_of(Bars("none", ["saw"], {"log": [Estimate(None)]}, "h")) is None


def test_a_bar_and_a_step_say_more_to_the_pointer(opened: Any) -> None:
    page = opened(Report("A plant", sections=(bars(), waterfall(50.0, 40.0))))
    page.locator(".widget svg").nth(1).wait_for()
    assert "5.00 (4.50 to 5.50)" in page.locator(".widget svg").first.text_content()
    widest = max(shapes(page.locator(".widget").first), key=lambda box: box["width"])
    rest_on(page, widest)
    page.locator(".widget").first.get_by_text("twin: 5.00 (4.50 to 5.50)").wait_for()
    last_step = max(shapes(page.locator(".widget").nth(1)), key=lambda box: box["x"])
    rest_on(page, last_step)
    page.locator(".widget").nth(1).get_by_text("so far 90.0 EUR").wait_for()


def shapes(widget: Any) -> list[dict[str, float]]:
    """Boxes of what is as high and wide as a bar."""
    boxes = [one.bounding_box() for one in widget.locator("svg path").all()]
    return [box for box in boxes if box and 8 < box["height"] < 25 and box["width"] > 40]


def rest_on(page: Any, box: dict[str, float]) -> None:
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def click_until(page: Any, picked: Callable[[], bool]) -> None:
    """Click at one point after the other; a chart that still grows has not all of them yet."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for x, y in dots(page):
            page.mouse.click(x, y)
            page.wait_for_timeout(20)
            if picked():
                return
        page.wait_for_timeout(100)
    raise AssertionError("no click at a point picked it")


def dots(page: Any) -> list[tuple[float, float]]:
    """Centres of what is as small as a point, from left to right, below the legend."""
    boxes = [one.bounding_box() for one in page.locator(".widget svg path").all()]
    small = [
        box for box in boxes if box and 6 < box["width"] < 16 and 6 < box["height"] < 16 and box["y"] > 190
    ]
    return sorted((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in small)
