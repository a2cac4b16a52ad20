"""Changing a plan on the page: drag an operation, see what breaks, let the scheduler repair around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.web.test_plans import planned

if TYPE_CHECKING:
    import httpx


def bars(page: Any) -> dict[str, Any]:
    box: dict[str, Any] = page.locator("#result .gantt canvas").bounding_box()
    return box


def operation_at(page: Any, lot: str, operation: str) -> tuple[float, float]:
    """Where the chart shows an operation, found as a user finds it: by its facts."""
    box = bars(page)
    facts = page.locator("#result .gantt-facts")
    for y in range(52, int(box["height"]), 14):
        for x in range(60, int(box["width"]), 12):
            page.mouse.move(box["x"] + x, box["y"] + y)
            if facts.is_visible():
                said = facts.inner_text().split("\n")
                if lot in said and operation in said:
                    return box["x"] + x, box["y"] + y
    raise AssertionError(f"the chart does not show {operation} of {lot}")


def test_an_operation_is_dragged_checked_and_repaired_around(page: Any, client: httpx.Client) -> None:
    planned(client)
    page.reload()
    page.locator("#jobs").get_by_role("button", name="Show").click()
    page.get_by_role("button", name="Change the plan").click()
    page.locator("#result .gantt").scroll_into_view_if_needed()
    x, y = operation_at(page, "A", "bend")
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=5)
    page.mouse.move(x + 200, y, steps=5)
    page.mouse.up()
    page.locator("#result .gantt-moved").wait_for()
    page.get_by_role("button", name="Repair around it").wait_for()
    said = page.locator("#result .plan [role=status]").inner_text()
    assert "press-1 has bend of C" in said, "the operation that stands there"
    start = page.get_by_label("Start").input_value()
    page.get_by_role("button", name="Repair around it").click()
    page.locator("#result").get_by_text("operations ahead of the previous plan").wait_for()
    moved = operation_at(page, "A", "bend")
    page.mouse.move(*moved)
    assert start.replace("T", " ") in page.locator("#result .gantt-facts").inner_text()


def test_what_breaks_is_said_and_undone(page: Any, client: httpx.Client) -> None:
    planned(client)
    page.reload()
    page.locator("#jobs").get_by_role("button", name="Show").click()
    page.get_by_role("button", name="Change the plan").click()
    page.get_by_role("button", name="Move the chosen operation").click()
    page.get_by_text("First choose an operation in the chart.").wait_for()
    page.locator("#result .gantt").scroll_into_view_if_needed()
    page.mouse.click(*operation_at(page, "C", "cut"))
    page.locator("#result .plan select").select_option("press-1")
    page.get_by_role("button", name="Move the chosen operation").click()
    page.get_by_text("cannot be done there").wait_for()
    assert page.locator("#result .gantt-moved.broken").count() == 1
    page.get_by_role("button", name="Undo").click()
    assert page.locator("#result .gantt-moved").count() == 0
