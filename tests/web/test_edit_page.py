"""Files are edited in a real browser: columns of a log, and plants as text and in a form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.studies.plants import LINE
from tests.web.conftest import small_log

if TYPE_CHECKING:
    import httpx

ODD = small_log().replace(b"lot,operation,work_center,start,end", b"a,b,c,d,e", 1)


def choose(page: Any, name: str) -> None:
    page.reload()
    page.locator(f'#files [data-file="{name}"]').click()


def test_columns_that_were_not_found_are_named_and_the_log_is_learned(
    page: Any, client: httpx.Client, tmp_path: Path
) -> None:
    client.put("/api/files/odd.csv", content=ODD)
    choose(page, "odd.csv")
    page.get_by_text("As an event log it cannot be read yet").wait_for()
    names = {"Lot": "a", "Operation": "b", "Work center": "c", "Start": "d", "End": "e"}
    for field, column in names.items():
        page.get_by_label(field, exact=True).select_option(label=column)
        page.locator(".panel:not([aria-busy])").wait_for()
    page.get_by_text("rows 120 · lots 60").wait_for()
    page.get_by_role("button", name="Save the column map").click()
    page.get_by_text("Column map saved as odd.csv.columns.yaml").wait_for()
    assert (tmp_path / "odd.csv.columns.yaml").read_text("utf-8").splitlines()[0] == "lot: a"
    page.get_by_role("button", name="Learn a plant", exact=True).click()
    page.get_by_role("button", name="Run").click()
    page.get_by_role("heading", name="learned from its log").wait_for()
    page.locator('#files [data-file="odd.csv.columns.yaml"]').click()
    page.get_by_role("heading", name="odd.csv", exact=True).wait_for()
    page.get_by_role("button", name="Guess all again").click()
    page.get_by_text("The column map is deleted").wait_for()
    assert not (tmp_path / "odd.csv.columns.yaml").exists()


def test_a_fault_is_underlined_while_somebody_types_and_the_right_text_is_saved(
    page: Any, client: httpx.Client, tmp_path: Path
) -> None:
    client.put("/api/files/line.yaml", content=LINE.encode())
    choose(page, "line.yaml")
    page.get_by_text("Edit the plant file").click()
    area = page.get_by_label("Text of the plant file")
    area.fill(LINE.replace("on: slow", "on: slov"))
    page.locator(".marks .wrong").wait_for()
    assert page.locator(".marks .wrong").inner_text().strip().startswith("- {id: two, on: slov")
    page.locator(".faults button", has_text="line").first.click()
    begin, end = area.evaluate("one => [one.selectionStart, one.selectionEnd]")
    assert "on: slov" in area.input_value()[begin:end]
    assert (tmp_path / "line.yaml").read_text("utf-8") == LINE, "nothing is written while somebody types"
    area.fill(LINE.replace("three machines", "3 machines"))
    page.get_by_text("Nothing is wrong.").wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("heading", name="3 machines in line").wait_for()
    assert "plant: 3 machines in line" in (tmp_path / "line.yaml").read_text("utf-8")


def test_a_text_that_has_changed_elsewhere_is_not_overwritten(
    page: Any, client: httpx.Client, tmp_path: Path, refusals: list[int]
) -> None:
    refusals.append(409)
    client.put("/api/files/line.yaml", content=LINE.encode())
    choose(page, "line.yaml")
    page.get_by_text("Edit the plant file").click()
    area = page.get_by_label("Text of the plant file")
    area.fill(LINE.replace("three machines", "mine"))
    client.put("/api/files/line.yaml?replace=true", content=LINE.replace("three machines", "theirs").encode())
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("has been changed since it was read here").first.wait_for()
    assert "theirs" in (tmp_path / "line.yaml").read_text("utf-8")
    page.get_by_role("button", name="Load the file again").click()
    page.get_by_role("button", name="Save", exact=True, disabled=True).wait_for()
    assert "theirs" in page.get_by_label("Text of the plant file").input_value()


def test_a_value_is_changed_in_the_form_and_tables_are_offered(
    page: Any, client: httpx.Client, tmp_path: Path
) -> None:
    text = LINE.replace("routes:", "routes:  # by hand")
    client.put("/api/files/line.yaml", content=text.encode())
    choose(page, "line.yaml")
    page.get_by_text("Change values in a form").click()
    page.get_by_text("Operations of the routes").click()
    page.locator('input[name="routes/r/1/takes"]').fill("6 min")
    page.get_by_role("button", name="Save values").click()
    page.get_by_text("Saved: line.yaml").wait_for()
    assert (tmp_path / "line.yaml").read_text("utf-8") == text.replace("exponential(8 min)", "6 min")
    page.get_by_role("button", name="Simulate", exact=True).click()
    page.get_by_label("Days").fill("5")
    page.get_by_label("Replications").fill("2")
    page.get_by_role("button", name="Run").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Table (XLSX)").click()
    assert download.value.path().read_bytes()[:2] == b"PK"
