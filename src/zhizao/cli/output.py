"""Output of commands: tables, JSON and reports."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import typer

from zhizao.cli.faults import CANCELLED, discard_rest
from zhizao.cli.files import written
from zhizao.cli.progress import tell
from zhizao.quantities.errors import InputError

if TYPE_CHECKING:
    import polars as pl

    from zhizao.experiments.uncertainty import ParameterUncertainty
    from zhizao.report import Language, Result


R = TypeVar("R", bound="Result")
LANGUAGE: ContextVar[Language] = ContextVar("language", default="en")
"""Of reports, and of what commands print, as far as it is translated."""


@contextmanager
def to_stdout() -> Iterator[None]:
    """Write to stdout until it has arrived there.

    Raises
    ------
    InputError
        There is no room for it.
    BrokenPipeError
        Nobody reads on.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        discard_rest(sys.stdout)
        raise InputError(f"stdout: cannot be written ({error.strerror or error})") from error


def emit_json(text: str) -> None:
    """JSON, alone on stdout."""
    with to_stdout():
        sys.stdout.write(text + "\n")


def hand_over(result: R, page: Path | None, as_json: bool, show: Callable[[R], None]) -> None:
    """Write the report if asked for; print JSON, or what `show` prints."""
    write_page(result, page)
    if as_json:
        emit_json(result.to_json())
    else:
        show(result)
    stop_if_interrupted(result)


def stop_if_interrupted(*results: object) -> None:
    """Exit as cancelled if a result was interrupted."""
    if any(getattr(result, "interrupted", False) for result in results):
        tell("cancelled; the result covers what was finished so far")
        raise typer.Exit(CANCELLED)


def write_page(result: Result, path: Path | None) -> None:
    """Write the report if asked for."""
    if path is not None:
        written("--report", path, partial(result.report, language=LANGUAGE.get()))
        tell(f"report: {path}")


def say(lines: Iterable[str]) -> None:
    """Plain lines on stdout; a word in brackets is no markup."""
    with to_stdout():
        for line in lines:
            print(_plain(in_language(line)))


def in_language(english: str, *, column: str | None = None) -> str:
    """A text in the language asked for; of a table's column, unless that holds names of the user's own."""
    if LANGUAGE.get() == "en":
        return english
    from zhizao.report.language import words_of

    words = words_of(LANGUAGE.get())
    return _plain(words.text(english) if column is None else words.cell(column, english))


def show_table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], *, right: int = 1) -> None:
    """A table on stdout; columns from number `right` on hold numbers."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(in_language(title)), title_justify="left", header_style="bold")
    for number, head in enumerate(heads):
        justify: Literal["left", "right"] = "right" if number >= right else "left"
        table.add_column(escape(in_language(head)), justify=justify, overflow="fold")
    for row in rows:
        shown_row = (in_language(text, column=head) for head, text in zip(heads, row, strict=True))
        table.add_row(*(escape(text) for text in shown_row))
    console = Console(width=None if sys.stdout.isatty() else 120)
    with to_stdout():
        console.print(table)


def show_frame(title: str, frame: pl.DataFrame, *, right: int = 1) -> None:
    """A frame as a table."""
    heads = [name.replace("_", " ") for name in frame.columns]
    show_table(title, heads, [[cell(value) for value in row] for row in frame.iter_rows()], right=right)


def show_uncertainty(uncertainty: ParameterUncertainty | None, of: str = "") -> None:
    """What the headline's intervals are made of, where that was asked for."""
    from zhizao.experiments.uncertainty import TITLE
    from zhizao.kpi import HEADLINE

    if uncertainty is not None:
        show_frame(TITLE + of, uncertainty.shown(HEADLINE).drop("measure"))


def cell(value: object) -> str:
    """A value as text."""
    from zhizao.report.text import cell as text

    return _plain(text(value))


def shown(value: float | None, unit: str) -> str:
    """A number in its unit; a share in per cent, what is unknown as a dash."""
    from zhizao.report.text import quantity

    if value is None or not isfinite(value):
        return "-"
    text, in_unit = quantity(value, unit)
    return _plain(f"{text} {in_unit}".strip())


def between(low: float | None, high: float | None, unit: str) -> str:
    """An interval in its unit."""
    from zhizao.report.text import quantity

    if low is None or high is None or not (isfinite(low) and isfinite(high)):
        return ""
    return _plain(f"{quantity(low, unit)[0]} to {quantity(high, unit)[0]}")


def _plain(text: str) -> str:
    """Signs that every terminal has."""
    return text.replace("\u202f", " ").replace("\u00a0", " ").replace("\u2212", "-").replace("–", "-")
