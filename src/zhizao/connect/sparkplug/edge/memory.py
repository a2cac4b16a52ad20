"""What an edge node keeps over its own death: the counter of births and deaths, and its tags."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from zhizao.connect.sparkplug.wire.topics import SparkplugError


@dataclass
class Memory:
    """The file of an edge node: bdSeq of the last connection and, per tag, whether its values are text."""

    file: Path
    bdseq: int = -1
    tags: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, file: Path) -> Memory:
        """Read the file; a missing one is a node that never connected.

        Raises
        ------
        SparkplugError
            The file is none of ours.
        """
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            bdseq, tags = content["bdseq"], content["tags"]
            if not isinstance(bdseq, int) or not isinstance(tags, dict):
                raise TypeError("other types")
        except FileNotFoundError:
            return cls(file)
        except (ValueError, KeyError, TypeError) as error:
            raise SparkplugError(
                f"{file}: found no memory of an edge node ({error}); give another path, or delete the file"
            ) from error
        return cls(file, bdseq, {str(tag): bool(text) for tag, text in tags.items()})

    def connect(self) -> int:
        """Count one more connection, 0..255, on disk before it is opened."""
        self.bdseq = (self.bdseq + 1) % 256
        self.save()
        return self.bdseq

    def save(self) -> None:
        """Replace the file, so that a death in between leaves the old one or the new one."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        new = self.file.with_name(self.file.name + ".new")
        with new.open("w", encoding="utf-8") as out:
            json.dump({"bdseq": self.bdseq, "tags": self.tags}, out, ensure_ascii=False)
            out.flush()
            os.fsync(out.fileno())
        new.replace(self.file)
