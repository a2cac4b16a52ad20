"""`zhizao pattern`: garment patterns from DXF files."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import atan2, degrees
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from zhizao.cli.faults import INPUT, guarded
from zhizao.cli.files import check_outputs, tell_warnings, written
from zhizao.cli.options import Json
from zhizao.cli.output import cell, emit_json, say, show_table
from zhizao.cli.progress import tell
from zhizao.quantities.errors import InputError

if TYPE_CHECKING:
    from zhizao.connect.dxf import PatternFile
    from zhizao.quantities.errors import Fault
    from zhizao.records.patterns import Pattern, Piece

app = typer.Typer(no_args_is_help=True, help="Garment patterns: read, check and plot.", rich_markup_mode=None)
_HEADS = ("piece", "size", "area cm²", "perimeter cm", "grain °", "notches", "holes", "lines", "grade rules")


@app.callback()
def _group() -> None:
    """Garment patterns: read, check and plot."""


@app.command(short_help="Show what is in a pattern file, and plot it in true scale.")
@guarded
def show(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.dxf", help="Pattern in DXF (AAMA or ASTM).", show_default=False)
    ],
    size: Annotated[
        list[str] | None,
        typer.Option("--size", metavar="SIZE", help="This size alone; repeatable.", show_default="all"),
    ] = None,
    unit: Annotated[
        Literal["mm", "cm", "inch"] | None,
        typer.Option("--unit", help="Unit of the coordinates.", show_default="what the file states, else mm"),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot", metavar="OUT.svg|OUT.pdf", help="Plot in true scale: 1 mm is 1 mm.", show_default=False
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the pieces of a pattern, their sizes and what is wrong with them; plot them in true scale.

    Exits with 2 if a piece cannot be cut as drawn: its boundary is open, or crosses itself.

    \b
    Examples:
      zhizao pattern show shirt.dxf
      zhizao pattern show shirt.dxf --size 38 --plot shirt.pdf
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.connect.dxf import read_with_faults
    from zhizao.records.patterns import LengthUnit

    check_outputs({"--plot": plot}, (file,))
    write = None if plot is None else plotter(plot)
    read = read_with_faults(file, unit=None if unit is None else LengthUnit(unit))
    shown = _of_sizes(read.pattern, size or [])
    if plot is not None and write is not None:
        written("--plot", plot, lambda path: write(shown, path))
        tell(f"plot: {plot}")
    if as_json:
        emit_json(json.dumps(_as_json(file, read, shown), ensure_ascii=False, indent=2))
    else:
        _show(read, shown)
    if read.errors:
        raise typer.Exit(INPUT)


def plotter(plot: Path) -> Callable[[Pattern, Path], None]:
    """What writes a plot of this name."""
    from zhizao.connect.plot import write_pdf, write_svg

    writers = {".svg": write_svg, ".pdf": write_pdf}
    if plot.suffix.lower() not in writers:
        raise InputError(f"--plot {plot}: found {plot.suffix or 'no ending'!r}; write a .svg or a .pdf")
    return writers[plot.suffix.lower()]


def _of_sizes(pattern: Pattern, sizes: list[str]) -> Pattern:
    """The pattern in the sizes that were asked for."""
    from dataclasses import replace

    from zhizao.quantities.errors import nearest_name

    for size in sizes:
        if size not in pattern.sizes:
            near = nearest_name(size, pattern.sizes)
            hint = f"; did you mean {near!r}?" if near else ""
            raise InputError(f"--size {size}: no such size; there are {', '.join(pattern.sizes)}{hint}")
    return replace(pattern, pieces=tuple(p for p in pattern.pieces if not sizes or p.size in sizes))


def _show(read: PatternFile, shown: Pattern) -> None:
    pattern = read.pattern
    say([
        f"{pattern.style or 'style without a name'} ({pattern.standard}): {len(pattern.names)} pieces, "
        f"{len(pattern.sizes)} sizes, sample size {pattern.sample_size or 'not stated'}",
        f"unit: {pattern.unit} ({pattern.unit_source})",
    ])  # fmt: skip
    rows = [[cell(value) for value in _row(piece).values()] for piece in shown.pieces]
    show_table("Pieces (on fold: half of the piece is drawn)", _HEADS, rows, right=2)
    for fault in read.errors:
        tell(f"error: {fault}")
    tell_warnings(read.warnings, "; --json lists all")


def _row(piece: Piece) -> dict[str, Any]:
    """What is shown of a piece as drawn: no area where the outline is open or crosses itself."""
    from zhizao.records.patterns import LineKind, area_mm2, crossing, length_mm, outline

    closed = outline(piece)
    simple = closed is not None and crossing(closed) is None
    grain = next((line.points for line in piece.lines_of(LineKind.GRAIN)), None)
    fold = " (on fold)" if piece.lines_of(LineKind.MIRROR) else ""
    return {
        "piece": piece.name + fold,
        "size": piece.size,
        "area_cm2": None if closed is None or not simple else area_mm2(closed) / 100,
        "perimeter_cm": None if closed is None else length_mm(closed) / 10,
        "grain_deg": None if grain is None else _direction(grain),
        "notches": len(piece.notches),
        "drill_holes": len(piece.drill_holes),
        "internal_lines": len(piece.lines_of(LineKind.INTERNAL)),
        "grade_rules": sum(point.rule is not None for point in piece.points),
    }


def _direction(line: tuple[tuple[float, float], ...]) -> float:
    """Direction of a line in degrees, counted from the x axis."""
    (x1, y1), (x2, y2) = line[0], line[-1]
    return degrees(atan2(y2 - y1, x2 - x1))


def _as_json(file: Path, read: PatternFile, shown: Pattern) -> dict[str, Any]:
    from zhizao.records.patterns import LineKind

    pattern = read.pattern
    return {
        "file": str(file),
        "style": pattern.style,
        "standard": pattern.standard.value,
        "unit": {"unit": pattern.unit.value, "source": pattern.unit_source.value},
        "sample_size": pattern.sample_size,
        "sizes": list(pattern.sizes),
        "facts": dict(pattern.facts),
        "pieces": [
            _row(piece)
            | {
                "piece": piece.name,
                "on_fold": bool(piece.lines_of(LineKind.MIRROR)),
                "facts": dict(piece.facts),
            }
            for piece in shown.pieces
        ],
        "errors": [_fault(fault) for fault in read.errors],
        "warnings": [_fault(fault) for fault in read.warnings],
    }


def _fault(fault: Fault) -> dict[str, str]:
    return {"where": fault.where, "found": fault.found, "expected": fault.right}
