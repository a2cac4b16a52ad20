"""The short form of a result, as an assistant reads it: sentences, headline figures, notes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from zhizao.report.data import plain
from zhizao.report.sections import Headline

if TYPE_CHECKING:
    from zhizao.report import Result

MOST_ROWS = 30
"""Rows of the main table in the short form; the whole result has all."""


def answer_of(result: Result) -> str:
    """The short form as JSON.

    `summary` has the three sentences, `headline` the figures with their intervals, `notes` what a reader must
    know (what is assumed is called so there), `table` the first rows of the main table.
    """
    rows = [row for one in result.page().sections if isinstance(one, Headline) for row in one.rows]
    table = result.table()
    found = {
        "title": result.title,
        "summary": result.key_points(),
        "headline": [plain(row) | {"verdict": row.verdict} for row in rows],
        "notes": result.notes,
        "table": plain(table.head(MOST_ROWS)),
        "table_rows": table.height,
    }
    return json.dumps(plain(found), ensure_ascii=False, allow_nan=False)
