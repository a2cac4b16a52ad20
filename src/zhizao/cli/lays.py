"""`zhizao lays`: markers and plies that cut an order with the least cloth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import tell_warnings
from zhizao.cli.marker import Fabric, Gap, OneWay, Order, PatternFile, Selvedge, Width, mm
from zhizao.cli.options import Json, ReportFile, Seed
from zhizao.cli.output import hand_over, say, show_frame
from zhizao.cli.progress import progress, tell

if TYPE_CHECKING:
    from zhizao.studies.marker import LayResult


@guarded
def lays(
    file: PatternFile,
    order: Order,
    width: Width,
    one_way: OneWay = False,
    gap: Gap = "0mm",
    selvedge: Selvedge = "0mm",
    fabric: Fabric = None,
    most: Annotated[int, typer.Option(help="Most garments in a marker.")] = 6,
    table: Annotated[str, typer.Option(help="Length of the table, as 12m.")] = "12m",
    plies: Annotated[int, typer.Option(help="Most plies in a lay.")] = 80,
    over: Annotated[str, typer.Option(help="Surplus of a size that may be cut, as 3%.")] = "0%",
    lay_cost: Annotated[
        str, typer.Option(help="What a lay costs to spread and cut, as a length of cloth.")
    ] = "5m",
    seconds: Annotated[float, typer.Option(help="Time of the search for each marker.")] = 10.0,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="FOLDER", help="Write each lay as DXF and as a plot.", show_default=False
        ),
    ] = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Plan lays: markers of mixed sizes and their plies that cut an order with the least cloth.

    All markers are nested and proved. The best lays of one size are shown beside. Ctrl-C ends the search and
    keeps the best lays so far.

    \b
    Examples:
      zhizao lays vest.dxf --order S=37,M=85,L=46 --width 150cm
      zhizao lays vest.dxf --order sizes.csv --width 150cm --table 8m --over 3% -o lays
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.connect.dxf import read_with_faults
    from zhizao.quantities.units import SHARE, parse_quantity
    from zhizao.studies.marker import Cloth, LayRules, plan_lays, read_order

    check_folder(out)
    cloth = Cloth(mm("--width", width), one_way, mm("--gap", gap), mm("--selvedge", selvedge), fabric)
    share = parse_quantity(over, SHARE)
    rules = LayRules(most, mm("--table", table), plies, share, mm("--lay-cost", lay_cost), seconds)
    ordered = read_order(order)
    read = read_with_faults(file)
    tell_warnings(read.warnings, f"; run `zhizao pattern show {file} --json` to list all")
    with progress("planning lays") as on_progress:
        result = plan_lays(read.pattern, ordered, cloth, rules=rules, seed=seed, progress=on_progress)
    if out is not None:
        write_lays(result, out)
    hand_over(result, report, as_json, show_lays)


def check_folder(out: Path | None) -> None:
    """Refuse a folder that cannot be made, before any work is done.

    Raises
    ------
    InputError
        It is a file, or its parent is not there.
    """
    from zhizao.quantities import InputError

    if out is not None and out.exists() and not out.is_dir():
        raise InputError(f"--out {out}: is a file; give the name of a folder")
    if out is not None and not out.parent.is_dir():
        raise InputError(f"--out {out}: no folder {out.parent}; create it first")


def write_lays(result: LayResult, folder: Path) -> None:
    """Write `lay-1.dxf`, `lay-1.svg` and so on."""
    from zhizao.connect.dxf import write_pattern
    from zhizao.connect.plot import write_svg
    from zhizao.studies.marker import as_pattern, as_plot

    folder.mkdir(exist_ok=True)
    for number, lay in enumerate(result.lays, start=1):
        write_pattern(as_pattern(lay.marker), folder / f"lay-{number}.dxf")
        write_svg(as_plot(lay.marker), folder / f"lay-{number}.svg")
    tell(f"lays: {folder}")


def show_lays(result: LayResult) -> None:
    """Print the answer and the tables."""
    say([result.title, *result.notes])
    show_frame("Lays", result.table())
    show_frame("Garments by size", result.cut_table())
