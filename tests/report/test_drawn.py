"""The charts of a one-file report in a real browser, opened from a folder."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from zhizao.report import (
    FlowMap,
    FlowPlace,
    FlowStep,
    Histogram,
    Lines,
    Report,
    StackedBars,
    Tornado,
)
from zhizao.report.scripts import ASSETS
from zhizao.report.text import number

EVIL = "</script><img src=x onerror=alert(1)>"
DAY = datetime(2026, 1, 5)


def test_every_chart_is_drawn_and_its_names_are_no_markup(opened: Any) -> None:
    hours = [DAY + timedelta(hours=one) for one in range(48)]
    page = opened(
        Report(
            "A plant",
            sections=(
                Lines(
                    "Lots", hours, {EVIL: [float(one % 7) for one in range(48)]}, "time", "lots", steps=True
                ),
                Lines("Gain", [1.0, 2.0, 3.0], {"a": [1.0, None, 2.0]}, "number", "gain", mark=2.0),
                Histogram("Lead time", {EVIL: [1.0, 2.0, 2.5], "twin": [3.0, 4.0]}, "h"),
                StackedBars("States", ["saw", EVIL], {"busy": [0.4, 0.7], "idle": [0.6, 0.3]}),
                Tornado("What moves it", [EVIL], {"-10 %": [-0.1], "+10 %": [0.2]}, "change (%)"),
            ),
        )
    )
    page.locator(".widget svg").nth(4).wait_for()
    assert page.locator(".widget svg").count() == 5
    assert page.locator("img").count() == 0
    written = " ".join(page.locator(".widget svg").all_text_contents())
    assert "40" in written, "a share of the bar"
    page.locator(".widget").first.hover()
    hint = page.locator(".widget").first.get_by_text(EVIL).last
    hint.wait_for()
    assert "2026-01-0" in hint.locator("xpath=..").inner_text()


def test_charts_follow_the_colours_and_the_width(opened: Any) -> None:
    page = opened(Report("A plant", sections=(Lines("Lots", [1.0, 2.0], {"a": [1.0, 2.0]}, "x", "y"),)))
    colours = "getComputedStyle(document.querySelector('.widget svg text')).fill"
    page.locator(".widget svg").wait_for()
    light = page.evaluate(colours)
    page.emulate_media(color_scheme="dark")
    assert until(lambda: page.evaluate(colours) != light)
    page.set_viewport_size({"width": 500, "height": 800})
    assert until(lambda: page.locator(".widget svg").bounding_box()["width"] < 500)


def test_a_map_leaves_out_rare_steps_and_shows_those_of_a_place(opened: Any) -> None:
    names = [f"p{place}" for place in range(6)]
    steps = [FlowStep(one, other, {"log": often}, {"log": 1.5}) for one, other, often in zip(
        ["(start)", *names], [*names, "(end)"], [1, 1, 1, 0.9, 0.02, 0.02, 0.02], strict=True
    )]  # fmt: skip
    steps += [FlowStep("p2", "p2", {"log": 0.4}, {"log": 0.0}), FlowStep("p3", "(end)", {"log": 0.9}, {})]
    places = [FlowPlace(n, {"log": often}, {"log": 2.0}) for n, often in zip(
        names, [1, 1, 1.4, 0.9, 0.02, 0.02], strict=True
    )]  # fmt: skip
    page = opened(Report("A map", sections=(FlowMap("Ways", places, steps, ["log"]),)))
    page.locator(".flow .place").nth(5).wait_for()
    assert page.locator(".flow .step").count() == len(steps)
    page.locator(".flow-tools input").fill("80")
    assert page.locator(".flow .place").count() == 4
    page.locator(".flow .place", has_text="p2").press("Enter")
    assert sorted(
        page.locator(".flow .step").evaluate_all("all => all.map(one => one.textContent.split('\\n')[0])")
    ) == [
        "p1 → p2",
        "p2 → p2",
        "p2 → p3",
    ]


def until(holds: Callable[[], bool]) -> bool:
    """Whether it holds within some seconds; the page's policy forbids what playwright would evaluate."""
    end = time.monotonic() + 20
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


def test_numbers_are_written_as_in_the_rest_of_the_report(browser: Any) -> None:
    values = [0, 1, 12, 999, 1234, -1234567, 12.34, 0.01234, -0.5, 1.5e-7, 99_999.6, math.pi]
    text = (ASSETS / "charts/numbers.js").read_text("utf-8").replace("export ", "")
    page = browser.new_page()
    found = page.evaluate(f"(() => {{ {text}; return {json.dumps(values)}.map(number) }})()")
    assert found == [number(float(value)) for value in values]
