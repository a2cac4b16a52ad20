"""`zhizao marker`: the pieces of an order on as little cloth as can be found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, tell_warnings, written
from zhizao.cli.options import Json, ReportFile, Seed
from zhizao.cli.output import hand_over, say, show_frame
from zhizao.cli.pattern import plotter
from zhizao.cli.progress import progress, tell

if TYPE_CHECKING:
    from zhizao.studies.marker import MarkerResult

PatternFile = Annotated[
    Path, typer.Argument(metavar="FILE.dxf", help="Pattern in DXF (AAMA or ASTM).", show_default=False)
]
Order = Annotated[
    str,
    typer.Option(
        metavar="ORDER.csv|S=2,M=4",
        help="Garments by size: a CSV file with the columns size and quantity, or the sizes themselves.",
        show_default=False,
    ),
]
Width = Annotated[str, typer.Option(help="Width of the cloth, as 150cm.", show_default=False)]
OneWay = Annotated[
    bool, typer.Option("--one-way", help="Cloth with pile or print: no piece is turned by 180°.")
]
Gap = Annotated[str, typer.Option(help="Least distance between pieces, as 1mm.")]
Selvedge = Annotated[str, typer.Option(help="Margin at both edges of the cloth, as 1cm.")]
Fabric = Annotated[
    str | None,
    typer.Option(help="Fabric to cut, where the pieces of a pattern name several.", show_default=False),
]
MANY = 24
"""More garments than markers hold: a hint at `zhizao lays` is given."""


@guarded
def marker(
    file: PatternFile,
    order: Order,
    width: Width,
    one_way: OneWay = False,
    gap: Gap = "0mm",
    selvedge: Selvedge = "0mm",
    fabric: Fabric = None,
    seconds: Annotated[float, typer.Option(help="Time of the search.")] = 60.0,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="OUT.dxf", help="Write the marker as DXF.", show_default=False),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot", metavar="OUT.svg|OUT.pdf", help="Plot in true scale: 1 mm is 1 mm.", show_default=False
        ),
    ] = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Make a marker: place the pieces of an order on the cloth so that least of it is wasted.

    No two pieces overlap, which is proved. Ctrl-C ends the search and keeps the best marker so far.

    \b
    Examples:
      zhizao marker vest.dxf --order S=2,M=4,L=2 --width 150cm --seconds 600
      zhizao marker vest.dxf --order sizes.csv --width 150cm --gap 1mm -o marker.dxf --plot out.svg
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.connect.dxf import read_with_faults, write_pattern
    from zhizao.studies.marker import Cloth, as_pattern, as_plot, read_order
    from zhizao.studies.marker import marker as study

    check_outputs({"--out": out, "--plot": plot, "--report": report}, (file,))
    write_plot = None if plot is None else plotter(plot)
    cloth = Cloth(mm("--width", width), one_way, mm("--gap", gap), mm("--selvedge", selvedge), fabric)
    ordered = read_order(order)
    if sum(ordered.values()) > MANY:
        tell(f"{sum(ordered.values())} garments in one marker; `zhizao lays` plans markers and plies")
    read = read_with_faults(file)
    tell_warnings(read.warnings, f"; run `zhizao pattern show {file} --json` to list all")
    with progress("placing pieces") as on_progress:
        result = study(read.pattern, ordered, cloth, seconds=seconds, seed=seed, progress=on_progress)
    if out is not None:
        written("--out", out, lambda path: write_pattern(as_pattern(result), path))
        tell(f"marker: {out}")
    if plot is not None and write_plot is not None:
        written("--plot", plot, lambda path: write_plot(as_plot(result), path))
        tell(f"plot: {plot}")
    hand_over(result, report, as_json, show_marker)


def show_marker(result: MarkerResult) -> None:
    """Print the answer and the table."""
    say([result.title, *result.notes])
    show_frame("Cloth by size", result.table())


def mm(flag: str, text: str) -> float:
    """A length such as `150cm`, in mm.

    Raises
    ------
    InputError
        It is none.
    """
    from zhizao.quantities import InputError, QuantityError
    from zhizao.quantities.units import LENGTH, parse_quantity

    try:
        return round(parse_quantity(text.strip(), LENGTH) * 1000, 9)
    except QuantityError as error:
        raise InputError(f"{flag}: {error}") from None
