"""Which encoding a text file has that is no UTF-8 and has no mark."""

from __future__ import annotations

import re
from collections.abc import Collection

HIGH = re.compile(rb"[\x80-\xff]+")
"""Runs of bytes above 127."""


def eight_bit(runs: Collection[bytes]) -> str:
    """GB 18030 or Windows-1252, by the runs of bytes above 127 of a text, or of a part of it.

    In GB 18030 bytes above 127 come in pairs; in Western text they mostly stand alone.
    """
    pairs = sum(len(run) for run in runs if len(run) % 2 == 0)
    return "gb18030" if pairs > 0.5 * sum(map(len, runs)) else "cp1252"
