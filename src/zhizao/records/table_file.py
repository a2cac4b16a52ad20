"""A table of records that stays on disk, larger than memory."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path


class ScratchFolder:
    """A temporary folder that goes when nothing refers to it any more, at the latest with the process."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="zhizao-"))
        self._gone = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(frozen=True, slots=True, eq=False)
class TableFile:
    """A table as a Parquet file; `folder` is the temporary folder that holds it, if one does."""

    path: Path
    folder: ScratchFolder | None = None
