"""Sets of pictures: a folder or a list of files, and which pictures show the same part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zhizao.quantities import InputError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm", ".pbm", ".gif")
SHOWN = 3
"""Names that a message lists."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures to learn from or to inspect.

    `source` is a folder (searched with its sub-folders), a file or a list of files. `group` is a regular
    expression that finds the part in the path of a picture: its first group, or the whole match where it has
    none. Pictures of one part belong together in every split, calibration and interval.
    """

    source: str | Path | Sequence[str | Path]
    group: str | None = None

    def __post_init__(self) -> None:
        if self.group is not None:
            _compiled(self.group)

    @property
    def name(self) -> str:
        """Name of the folder, or the number of files."""
        if isinstance(self.source, str | Path):
            return Path(self.source).name or str(self.source)
        return f"{len(self.source)} pictures"

    def files(self) -> tuple[Path, ...]:
        """The files, sorted within a folder.

        Raises
        ------
        InputError
            There is no such folder, or it holds no picture.
        """
        if isinstance(self.source, str | Path):
            return _of(Path(self.source))
        found = tuple(file for one in self.source for file in _of(Path(one)))
        if not found:
            raise InputError("found an empty list of pictures; give a folder or files")
        return found

    def parts(self, files: Sequence[Path]) -> tuple[str, ...] | None:
        """The part of each picture, or None without a rule.

        Raises
        ------
        InputError
            The rule finds no part in the path of a picture.
        """
        if self.group is None:
            return None
        rule = _compiled(self.group)
        found = [rule.search(file.as_posix()) for file in files]
        lost = [str(file) for file, match in zip(files, found, strict=True) if match is None]
        if lost:
            more = f" and {len(lost) - SHOWN} more" if len(lost) > SHOWN else ""
            raise InputError(
                f"group: {self.group!r} finds no part in {', '.join(lost[:SHOWN])}{more}; "
                "expected a regular expression that matches the path of every picture"
            )
        return tuple((match.group(1) if rule.groups else match.group(0)) or "" for match in found if match)


def _compiled(rule: str) -> re.Pattern[str]:
    try:
        return re.compile(rule)
    except re.error as error:
        raise InputError(f"group: {rule!r} is no regular expression ({error})") from None


def _of(place: Path) -> tuple[Path, ...]:
    if not place.is_dir():
        return (place,)  # a file that is missing gets its verdict when it is read
    found = sorted(file for file in place.rglob("*") if _looks_like_a_picture(file))
    if not found:
        raise InputError(f"{place}: no pictures found; looked for files ending in {', '.join(SUFFIXES)}")
    return tuple(found)


def _looks_like_a_picture(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES and not file.name.startswith(".") and file.is_file()
