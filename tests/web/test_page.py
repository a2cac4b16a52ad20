"""The page in a real browser: from a log to headline figures, in light and dark, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.studies.plants import LINE
from tests.web.conftest import small_log
from zhizao.web.studies import STUDIES

if TYPE_CHECKING:
    import httpx

STATIC = Path(__file__).resolve().parents[2] / "src" / "zhizao" / "web" / "static"


def test_from_a_log_to_headline_figures(page: Any, tmp_path: Path) -> None:
    log = tmp_path.parent / f"{tmp_path.name}.csv"
    log.write_bytes(small_log())
    page.set_input_files("#upload", str(log))
    page.get_by_role("button", name="Learn a plant", exact=True).click()
    page.get_by_role("button", name="Run").click()
    page.get_by_role("heading", name="learned from its log").wait_for()
    page.get_by_role("button", name=f"{tmp_path.name}-plant.yaml").last.click()
    page.get_by_role("button", name="Simulate", exact=True).click()
    page.get_by_label("Days").fill("5")
    page.get_by_label("Replications").fill("2")
    page.get_by_role("button", name="Run").click()
    card = page.locator("#result .report .card").first
    card.wait_for()
    assert card.locator("h3").inner_text() == "Throughput"
    assert float(card.locator(".value").inner_text()) > 0
    assert page.locator("#jobs .job.done").count() == 2
    page.get_by_role("button", name="中文").click()
    page.locator("#result .report h3", has_text="产量").first.wait_for()
    assert page.locator("#result .report").get_attribute("lang") == "zh"


def test_language_and_colours_are_switched_and_kept(page: Any, client: httpx.Client) -> None:
    client.put("/api/files/line.yaml", content=LINE.encode())
    page.reload()
    page.locator("#files button").click()
    page.get_by_role("button", name="Compare").click()
    page.get_by_label("second-slow-machine").check()
    page.get_by_label("Days").fill("7")
    page.get_by_role("button", name="中文").click()
    assert page.get_by_role("button", name="比较").get_attribute("aria-pressed") == "true"
    assert page.get_by_label("天数").input_value() == "7"
    assert page.get_by_label("second-slow-machine").is_checked()
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="深色").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    page.reload()
    assert page.evaluate("document.documentElement.lang + document.documentElement.dataset.theme") == "zhdark"
    assert page.get_by_role("button", name="浅色").is_visible()


def test_a_study_is_run_by_keyboard_alone_and_a_fault_is_said(page: Any, client: httpx.Client) -> None:
    client.put("/api/files/line.yaml", content=LINE.encode())
    page.reload()
    page.locator("#files button").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Compare").focus()
    page.keyboard.press("Space")
    assert page.evaluate("document.activeElement.textContent") == "Compare", "focus stays where it was"
    page.wait_for_load_state("networkidle")  # more becomes known of the plant, and the form is drawn again
    assert page.evaluate("document.activeElement.textContent") == "Compare", "also when more is known"
    page.get_by_role("button", name="Run").focus()
    page.keyboard.press("Enter")  # neither a measure nor another plant
    page.get_by_text("give one of measures, changes and another plant").first.wait_for()
    assert page.locator("#said").get_attribute("class") == "bad"


# ---------------------------------------------------------------- without a browser
def words() -> dict[str, tuple[str, str]]:
    text = (STATIC / "strings.js").read_text(encoding="utf-8")
    found = re.findall(r'^  "?([\w-]+)"?: \["(.*)", "(.*)"\],$', text, re.MULTILINE)
    return {key: (english, chinese) for key, english, chinese in found}


def test_every_study_input_and_option_has_a_name_in_both_languages() -> None:
    known = words()
    needed = {f"option_{name}" for study in STUDIES.values() for name in study.options.model_fields}
    needed |= {f"role_{role}" for study in STUDIES.values() for role in study.inputs}
    needed |= {key for name in STUDIES for key in (name, f"about_{name}")}
    assert sorted(needed - known.keys()) == []
    chinese = re.compile(r"[\u4e00-\u9fff]")
    assert [key for key, (_, text) in known.items() if not chinese.search(text) and key != "language"] == []


def test_every_text_that_the_page_asks_for_is_in_the_table() -> None:
    asked = set(re.findall(r'data-text="(\w+)"', (STATIC / "index.html").read_text(encoding="utf-8")))
    for script in STATIC.rglob("*.js"):
        asked |= set(re.findall(r'\bt\("(\w+)"\)', script.read_text(encoding="utf-8")))
    assert sorted(asked - words().keys()) == []


def test_no_file_of_the_page_names_another_host() -> None:
    named = [
        path.name
        for path in STATIC.rglob("*.*")
        if re.search(r"https?://(?!www\.w3\.org/)", path.read_text("utf-8"))
    ]
    assert named == []


@pytest.mark.parametrize("place", [0, 1], ids=["light", "dark"])
def test_texts_stand_out_from_what_is_behind_them(place: int) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1; 1.4.11: borders of controls at least 3 to 1."""
    style = (STATIC / "style.css").read_text(encoding="utf-8")
    colours = {n: (a, b)[place] for n, a, b in re.findall(r"--([\w-]+):light-dark\((#\w+),(#\w+)\)", style)}
    texts = [(ink, back) for ink in ("ink", "soft", "act") for back in ("paper", "card", "side", "tint")]
    texts += [("on-act", "act"), ("ink", "good"), ("ink", "bad"), ("worse", "side"), ("better", "side")]
    texts += [("worse", "tint"), ("better", "tint")]
    edges = [("control", back) for back in ("paper", "card", "side")]
    found = {(one, back): contrast(colours[one], colours[back]) for one, back in (*texts, *edges)}
    assert {pair: found[pair] for pair in texts if found[pair] < 4.5} == {}
    assert {pair: found[pair] for pair in edges if found[pair] < 3} == {}


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
