"""A report in a real browser, opened from a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from zhizao.report import Report, write_report


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Opens a report; nothing may be said on its console, and nothing asked for."""
    problems: list[str] = []
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    page.on("console", lambda message: problems.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith("file:") else problems.append(asked.url))

    def show(report: Report) -> Any:
        page.goto(write_report(report, tmp_path / "report.html").as_uri())
        return page

    yield show
    page.close()
    assert problems == []
