"""A report as plain data, for the web page and for programs: exactly the sections of the HTML page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from math import isfinite
from typing import Any

import polars as pl


def plain(value: object) -> Any:
    """A value as JSON has it; what is not a finite number is null, moments are ISO 8601, bytes base64.

    A frame is an object with `columns` (name and type) and `rows`; a section has its `kind`.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, pl.DataFrame):
        columns = [{"name": name, "type": str(kind)} for name, kind in value.schema.items()]
        return {"columns": columns, "rows": [[plain(item) for item in row] for row in value.iter_rows()]}
    if is_dataclass(value) and not isinstance(value, type):
        return {"kind": kind_of(value)} | {
            item.name: plain(getattr(value, item.name)) for item in fields(value)
        }
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) or hasattr(value, "tolist"):
        return [plain(item) for item in (value if isinstance(value, Sequence) else value.tolist())]
    return str(value)


def kind_of(section: object) -> str:
    """What a section is, as JSON has it: `StackedBars` as `stacked_bars`."""
    name = type(section).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
