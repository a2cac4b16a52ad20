"""Text of whole numbers, with the line of each, so that an error can say where."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from zhizao.quantities.errors import InputError
from zhizao.solvers.shop.problem import LATEST

BIGGEST = 2**31  # bytes of a file once unpacked; more is no benchmark


class FormError(InputError):
    """A file is not of the form that it was read as; the message names file and line."""


@dataclass(frozen=True)
class Line:
    """One line that holds something."""

    number: int  # counts from 1
    text: str


@dataclass(frozen=True)
class Text:
    """The lines of a file, empty ones and comments (#) left out."""

    file: str
    lines: tuple[Line, ...]
    titles: tuple[Line, ...] = ()  # words above the shop
    raw: str = ""  # the file as it stands: YAML needs its indents

    def fault(self, line: Line | None, found: str, right: str) -> FormError:
        """Error that names the place."""
        place = f"{self.file}:{line.number}" if line else self.file
        return FormError(f"{place}: {found}; {right}")

    def numbers(self, line: Line, *, least: int = 0, start: int = 0) -> list[int]:
        """Whole numbers of a line from word number `start` on."""
        words = line.text.split()[start:]
        try:
            found = list(map(int, words))
        except ValueError:
            wrong = next(word for word in words if not word.removeprefix("-").isdigit())
            remedy = "times are whole numbers: choose a finer unit of time" if "." in wrong else ""
            raise self.fault(
                line, f"found {wrong[:40]!r}", remedy or "only whole numbers stand here"
            ) from None
        if found and (min(found) < least or max(found) >= LATEST):
            wrong_number = min(found) if min(found) < least else max(found)
            raise self.fault(line, f"found {wrong_number}", f"numbers are from {least} to below 2^50")
        return found

    def header(self, *, least: int = 2) -> list[int]:
        """Whole numbers that the first line begins with (counts, each at least 1)."""
        if not self.lines:
            raise self.fault(
                None, "there is nothing in it", "the first line gives the numbers of jobs and machines"
            )
        line = self.lines[0]
        words = line.text.split()
        if len(words) < least:
            raise self.fault(line, f"found {line.text[:40]!r}", f"the first line begins with {least} counts")
        return self.numbers(Line(line.number, " ".join(words[:least])), least=1)

    def rows(self, first: int, count: int, what: str) -> tuple[Line, ...]:
        """As many lines as there should be."""
        rows = self.lines[first : first + count]
        if len(rows) < count:
            raise self.fault(
                self.lines[-1], f"the file ends after {len(rows)} lines of {what}", f"there should be {count}"
            )
        return rows

    def ends(self, after: int) -> None:
        """Refuse lines that are left over."""
        if len(self.lines) > after:
            line = self.lines[after]
            raise self.fault(line, f"found {line.text[:40]!r}", "the file should have ended before this line")


def read_text(path: Path) -> Text:
    """Text of a file, unpacked where it is .gz or a .zip of one file.

    Raises
    ------
    InputError
        Where the file cannot be read as text.
    """
    try:
        text = _unpacked(path).decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (UnicodeDecodeError, zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise InputError(f"{path}: is no text of numbers, packed or plain ({error})") from error
    lines = (Line(k, line.split("#")[0].strip()) for k, line in enumerate(text.splitlines(), 1))
    return Text(str(path), tuple(line for line in lines if line.text), raw=text)


def _unpacked(path: Path) -> bytes:
    match path.suffix.lower():
        case ".gz":
            with gzip.open(path) as packed:
                data = packed.read(BIGGEST + 1)
        case ".zip":
            with zipfile.ZipFile(path) as archive:
                names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
                if len(names) != 1:
                    raise InputError(f"{path}: holds {len(names)} files; unpack it and name one of them")
                with archive.open(names[0]) as packed_file:
                    data = packed_file.read(BIGGEST + 1)
        case _:
            if path.stat().st_size > BIGGEST:
                raise InputError(f"{path}: is larger than 2 GiB; no shop of that size can be scheduled")
            return path.read_bytes()
    if len(data) > BIGGEST:
        raise InputError(f"{path}: is larger than 2 GiB unpacked; no shop of that size can be scheduled")
    return data
