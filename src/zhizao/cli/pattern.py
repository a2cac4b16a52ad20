"""`zhizao pattern`: garment patterns, read from DXF files or drafted from body measures."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import atan2, degrees
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from zhizao.cli.drape import Design, Measured, Size, Style, drape, settings_of
from zhizao.cli.faults import INPUT, guarded
from zhizao.cli.files import check_outputs, tell_warnings, written
from zhizao.cli.options import Json
from zhizao.cli.output import cell, emit_json, say, show_table
from zhizao.cli.progress import tell
from zhizao.quantities.errors import InputError

if TYPE_CHECKING:
    from zhizao.connect.dxf import PatternFile
    from zhizao.quantities.errors import Fault
    from zhizao.records.patterns import Draft, Edge, Pattern, Piece, Seam
    from zhizao.studies.draft import Drafts

app = typer.Typer(
    no_args_is_help=True, help="Garment patterns: draft, drape, read, check and plot.", rich_markup_mode=None
)
_HEADS = ("piece", "size", "area cm²", "perimeter cm", "grain °", "notches", "holes", "lines", "grade rules")


app.command("drape", short_help="Sew a style on a body on the screen; show ease and strain.")(drape)


@app.callback()
def _group() -> None:
    """Garment patterns: draft, drape, read, check and plot."""


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


@app.command(short_help="Draft a style from body measures, check it, and write it as DXF.")
@guarded
def draft(
    style: Style,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="OUT.dxf", help="Pattern to write (ASTM).", show_default=False),
    ],
    size: Size = None,
    sizes: Annotated[
        str | None,
        typer.Option("--sizes", metavar="S,M,L,XL", help="Several sizes, graded.", show_default=False),
    ] = None,
    measure: Measured = None,
    set_: Design = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot", metavar="OUT.svg|OUT.pdf", help="Plot in true scale: 1 mm is 1 mm.", show_default=False
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Draft a style from body measures, with allowances, notches, grain, and seams that fit together.

    Writes nothing and exits with 2 if a check fails.

    \b
    Examples:
      zhizao pattern draft down-jacket --size M -o jacket.dxf
      zhizao pattern draft trousers --sizes S,M,L,XL -o trousers.dxf --plot trousers.pdf
      zhizao pattern draft vest --measure body.yaml --set length=60cm -o vest.dxf
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.connect.dxf import write_pattern
    from zhizao.studies.draft import draft as drafted
    from zhizao.studies.draft import read_body

    check_outputs({"--out": out, "--plot": plot}, (measure,))
    if sum(given is not None for given in (size, sizes, measure)) > 1:
        raise InputError("found several of --size, --sizes and --measure; give one of them")
    write = None if plot is None else plotter(plot)
    names = [size or "M"] if sizes is None else [name.strip() for name in sizes.split(",")]
    body = None if measure is None else read_body(measure)
    result = drafted(style, sizes=names, body=body, design=settings_of(set_ or []))
    written("--out", out, lambda path: write_pattern(result.pattern, path))
    if plot is not None and write is not None:
        written("--plot", plot, lambda path: write(result.pattern, path))
        tell(f"plot: {plot}")
    if as_json:
        emit_json(json.dumps(_draft_json(out, result), ensure_ascii=False, indent=2))
    else:
        _show_draft(out, result)


@app.command(short_help="List the styles that can be drafted, with their design parameters.")
@guarded
def styles(as_json: Json = False) -> None:
    """List the styles that can be drafted: design parameters with default and range, in cm.

    \b
    Examples:
      zhizao pattern styles
      zhizao pattern styles --json
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.draft import STYLES

    if as_json:
        found = {style.name: {"parameters": _parameters(style.name)} for style in STYLES.values()}
        emit_json(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for style in STYLES.values():
        rows = [[cell(value) for value in row.values()] for row in _parameters(style.name)]
        show_table(
            style.name, ("parameter", "meaning", "default cm", "lowest cm", "highest cm"), rows, right=2
        )


def _parameters(style: str) -> list[dict[str, Any]]:
    from zhizao.studies.draft import STYLES

    return [
        {
            "parameter": one.name,
            "meaning": one.meaning,
            "default_cm": one.default_mm / 10,
            "lowest_cm": one.lowest_mm / 10,
            "highest_cm": one.highest_mm / 10,
        }
        for one in STYLES[style].parameters
    ]


def _show_draft(out: Path, result: Drafts) -> None:
    names = [one.size for one in result.sizes]
    say([f"{result.style}: {len(result.pattern.names)} pieces, sizes {', '.join(names)}; all checks passed"])
    rows = [[cell(value) for value in _row(piece).values()] for piece in result.pattern.pieces]
    show_table("Pieces (on fold: half of the piece is drawn)", _HEADS, rows, right=2)
    seams = [row for one in result.sizes for row in _seams(one)]
    heads = (
        "seam",
        "size",
        "kind",
        "one side",
        "other side",
        "one side mm",
        "other side mm",
        "ease mm",
        "notches",
    )
    rows = [[_one_decimal(value) for value in row.values()] for row in seams]
    show_table("Seams (lengths along the sewing lines, darts closed)", heads, rows, right=5)
    say([f"pattern: {out}"])


def _one_decimal(value: object) -> str:
    """A length as cutters read it: to 0.1 mm."""
    return f"{value:.1f}" if isinstance(value, float) else cell(value)


def _seams(one: Draft) -> list[dict[str, Any]]:
    return [_seam(seam, one) for seam in one.seams]


def _seam(seam: Seam, one: Draft) -> dict[str, Any]:
    from zhizao.records.patterns import sewn_length_mm

    pieces = {piece.name: piece for piece in one.sewing}
    first, second = (sewn_length_mm(chain, pieces, one.darts) for chain in (seam.first, seam.second))
    return {
        "seam": seam.name,
        "size": one.size,
        "kind": seam.kind.value,
        "first": _chain(seam.first, one),
        "second": _chain(seam.second, one),
        "first_mm": round(first, 3),
        "second_mm": round(second, 3),
        "ease_mm": seam.ease_mm,
        "notches": len(seam.notches),
    }


def _chain(edges: tuple[Edge, ...], one: Draft) -> str:
    """Edges of a seam by piece and name."""
    return " + ".join(f"{edge.piece} / {one.edge_names[edge.piece][edge.index]}" for edge in edges)


def _draft_json(out: Path, result: Drafts) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "file": str(out),
        "style": result.style,
        "sample_size": result.sample_size,
        "sizes": [one.size for one in result.sizes],
        "design_mm": dict(result.design_mm),
        "pieces": [
            _row(piece) | {"piece": piece.name, "facts": dict(piece.facts)} for piece in result.pattern.pieces
        ],
        "seams": [row for one in result.sizes for row in _seams(one)],
        "darts": [asdict(dart) | {"size": one.size} for one in result.sizes for dart in one.darts],
        "grading": [asdict(move) for move in result.grading()],
    }


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
