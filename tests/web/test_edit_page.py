"""Files are edited in a real browser: columns of a log, and plants as text and in a form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    page.get_by_text("The log cannot be read yet").wait_for()
    names = {"Lot": "a", "Operation": "b", "Work center": "c", "Start": "d", "End": "e"}
    for field, column in names.items():
        page.get_by_label(field, exact=True).select_option(label=column)
        page.wait_for_function("!document.querySelector('.panel[aria-busy]')")
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
