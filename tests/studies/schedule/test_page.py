"""The one-file report of a plan, opened from a folder in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.studies.schedule.test_schedule import planned
from zhizao.studies.schedule import Plan

HEIGHT_OF_AXIS = 38


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[tuple[Any, Plan]]:
    """A plan of two machines and its report; nothing may be said on the console, and nothing asked for."""
    problems: list[str] = []
    page = browser.new_page(viewport={"width": 1100, "height": 900}, color_scheme="light")
    page.on("console", lambda message: problems.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith("file:") else problems.append(asked.url))
    plan = planned()
    page.goto(plan.report(tmp_path / "plan.html").as_uri())
    page.locator(".gantt canvas").wait_for()
    yield page, plan
    page.close()
    assert problems == []


def test_the_chart_says_of_each_operation_what_the_plan_has(opened: tuple[Any, Plan]) -> None:
    page, plan = opened
    box = page.locator(".gantt canvas").bounding_box()
    width, found = int(box["width"]), set()
    for row in range(2):
        for x in range(70, width, 6):
            page.mouse.move(box["x"] + x, box["y"] + HEIGHT_OF_AXIS + 14 + 28 * row)
            if page.locator(".gantt-facts").is_visible():
                title = page.locator(".gantt-facts b").inner_text()
                names = page.locator(".gantt-facts dt").all_inner_texts()
                facts = dict(zip(names, page.locator(".gantt-facts dd").all_inner_texts(), strict=True))
                found.add((title.split()[0], facts["unit"], facts["lot"], facts["start"][:16]))
    words = {"process": "work", "setup": "set-up"}
    assert found == {
        (words[row["activity"]], row["unit"], row["lot"], row["start"].strftime("%Y-%m-%d %H:%M"))
        for row in plan.events.iter_rows(named=True)
    }


def test_rows_colours_and_closed_hours_of_a_plan(opened: tuple[Any, Plan]) -> None:
    page, _ = opened
    legend = page.locator(".gantt-legend li")
    assert set(legend.all_inner_texts()) == {"a", "b", "set-up", "closed"}
    page.get_by_role("combobox", name="Colours").select_option("lateness")
    assert set(legend.all_inner_texts()) <= {"late", "in time", "set-up", "closed"}
    page.get_by_role("combobox", name="Rows").select_option("order")
    page.get_by_role("combobox", name="Rows").select_option("worker")
    page.get_by_text("have none and are not shown").wait_for()
    before = page.locator(".gantt canvas").screenshot()
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_timeout(50)
    assert page.locator(".gantt canvas").screenshot() != before


def test_without_scripts_the_report_still_says_what_it_has(browser: Any, tmp_path: Path) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(planned().report(tmp_path / "plan.html").as_uri())
    assert "scripts are off" in page.locator("noscript").inner_text()
    assert page.locator("noscript p").is_visible()
    assert page.get_by_role("cell", name="one-1").first.is_visible(), "the operations stand in a table"
