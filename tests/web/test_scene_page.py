"""The plant view in a real browser: watch, play, scrub, follow, drag, save."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.studies.plants import LINE
from tests.web.conftest import WAIT_MS
from zhizao.plant import read_plant

if TYPE_CHECKING:
    import httpx

COLOURS = """
() => {
  const canvas = document.getElementById("plant-canvas");
  const reading = { willReadFrequently: true };
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", reading);
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  const found = new Set();
  for (let n = 0; n < data.length; n += 4) found.add(data.slice(n, n + 3).join());
  return [...found];
}
"""
BUSY = {"light": "0,114,178", "dark": "47,134,197"}


@pytest.fixture
def watched(page: Any, client: httpx.Client) -> Any:
    """The page with the view of the line, paused."""
    client.put("/api/files/line.yaml", content=LINE.encode())
    page.reload()
    page.locator("#files button").click()
    page.get_by_role("button", name="Watch", exact=True).click()
    page.locator("#plant-canvas").wait_for(timeout=WAIT_MS)
    page.get_by_role("button", name="Pause").click()
    return page


def scrub(page: Any, share: float) -> None:
    page.locator("#plant-scrub").evaluate(
        "(bar, to) => { bar.value = to; bar.dispatchEvent(new Event('input')); }", share * 10_000
    )
    frame(page)


def frame(page: Any) -> None:
    """Wait until the next frame is drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def until(page: Any, holds: Callable[[], bool]) -> None:
    """Wait some frames for something; the page's policy lets no test wait by a script in a text."""
    for _ in range(300):
        if holds():
            return
        frame(page)
    raise AssertionError("it has not come about in 300 frames")


def clock(page: Any) -> str:
    found: str = page.locator("#plant-clock").inner_text()
    return found


def middle(page: Any) -> tuple[float, float]:
    box = page.locator("#plant-canvas").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_plant_is_played_and_scrubbed(watched: Any) -> None:
    scrub(watched, 0.5)
    assert clock(watched).endswith("12:00:00"), "half of a week is three days and a half"
    watched.get_by_role("button", name="Play").click()
    until(watched, lambda: not clock(watched).endswith("12:00:00"))
    watched.get_by_role("button", name="Pause").click()
    scrub(watched, 0.6)
    light = watched.evaluate(COLOURS)
    assert BUSY["light"] in light
    assert "busy" in watched.locator("#plant-summary").inner_text()
    watched.get_by_role("button", name="Dark").click()
    until(watched, lambda: BUSY["dark"] in watched.evaluate(COLOURS))
    watched.get_by_role("button", name="中文").click()
    watched.get_by_role("button", name="播放").wait_for()
    assert "加工" in watched.locator("#plant-summary").inner_text()


def test_a_lot_is_followed_by_name_and_by_click(watched: Any) -> None:
    watched.get_by_label("Lot", exact=True).fill("L000040")
    watched.get_by_role("button", name="Follow").click()
    frame(watched)
    watched.mouse.move(*middle(watched))
    tip = watched.locator(".plantview .tip")
    tip.wait_for()
    assert "L000040" in tip.inner_text(), "who is followed is in the middle"
    watched.locator("#plant-canvas").press("Escape")
    assert watched.get_by_label("Lot", exact=True).input_value() == ""
    watched.mouse.click(*middle(watched))
    assert watched.get_by_label("Lot", exact=True).input_value() == "L000040"
    watched.get_by_label("Lot", exact=True).fill("nobody")
    watched.get_by_role("button", name="Follow").click()
    watched.get_by_text("Found no lot nobody").wait_for()


def test_keys_play_move_and_zoom(watched: Any) -> None:
    canvas = watched.locator("#plant-canvas")
    scrub(watched, 0.5)
    before = clock(watched)
    canvas.press("ArrowRight")
    until(watched, lambda: clock(watched) > before)
    canvas.press("ArrowLeft")
    until(watched, lambda: clock(watched) == before)
    picture = "document.getElementById('plant-canvas').toDataURL()"
    before = watched.evaluate(picture)
    canvas.press("+")
    until(watched, lambda: watched.evaluate(picture) != before)
    canvas.press("Space")
    watched.get_by_role("button", name="Pause").wait_for()
    canvas.press("Space")
    watched.get_by_role("button", name="Play").wait_for()


def test_a_work_center_is_dragged_and_its_place_saved(watched: Any, tmp_path: Path) -> None:
    scrub(watched, 0.0)
    save = watched.get_by_role("button", name="Save places")
    assert save.is_disabled()
    x, y = middle(watched)
    watched.mouse.move(x, y)
    watched.mouse.down()
    watched.mouse.move(x + 20, y + 60)
    watched.mouse.move(x + 30, y + 120, steps=3)
    watched.mouse.up()
    save.click()
    watched.get_by_text("Places written into line.yaml").wait_for()
    plant = read_plant(tmp_path / "line.yaml")
    first, slow, last = (one.at for one in plant.work_centers)
    assert first is not None
    assert slow is not None
    assert last is not None
    assert first[0] < slow[0] < last[0], "the line goes from left to right"
    assert slow[1] > first[1] + 3, "the one in the middle was dragged down"
    assert "exponential(8 min), defects" in (tmp_path / "line.yaml").read_text("utf-8")


ALONG = """
async () => {
  const { Routes } = await import("/plant/routes.js");
  const route = { from: "a", to: "b", at: [[0, 0], [2, 0], [2, 2]] };
  const trace = { placeOf: new Map([["a", 0], ["b", 1]]), header: { routes: [route] } };
  const routes = new Routes({ trace, scale: 10 });
  const at = (share) => routes.along(0, 1, [9, 9], [9, 9], share);
  return [routes.has(0, 1), routes.has(1, 0), at(0), at(0.25), at(0.75), at(1)];
}
"""


def test_vehicles_drive_along_the_aisles(page: Any, client: httpx.Client) -> None:
    assert page.evaluate(ALONG) == [True, False, [0, 0], [10, 0], [20, 10], [20, 20]]
    text = (Path(__file__).resolve().parents[2] / "examples" / "plants" / "narrow-aisles.yaml").read_bytes()
    client.put("/api/files/aisles.yaml", content=text)
    page.reload()
    page.locator("#files button").click()
    page.get_by_role("button", name="Watch", exact=True).click()
    page.locator("#plant-canvas").wait_for(timeout=WAIT_MS)
    page.get_by_role("button", name="Pause").click()
    picture = "document.getElementById('plant-canvas').toDataURL()"
    before = page.evaluate(picture)
    scrub(page, 0.5)
    until(page, lambda: page.evaluate(picture) != before)
