"""`zhizao rank`: a composite index, and how sure its ranks are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs
from zhizao.cli.options import Json, ReportFile, Seed
from zhizao.cli.output import cell, hand_over, say, show_frame, show_table
from zhizao.cli.progress import progress

if TYPE_CHECKING:
    from zhizao.studies.rank import RankResult

_SHOWN = 40


@guarded
def rank(
    index_file: Annotated[
        Path, typer.Argument(metavar="INDEX", help="Index file (YAML).", show_default=False)
    ],
    table: Annotated[
        Path | None,
        typer.Option(
            "--table",
            metavar="TABLE.csv",
            help="Table of units: CSV or Parquet.",
            show_default="the one that the index file names",
        ),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option("--unit", metavar="NAME", help="Unit to look at closely.", show_default=False),
    ] = None,
    places: Annotated[int, typer.Option(help="Places that the unit is to gain.")] = 5,
    runs: Annotated[int, typer.Option(help="Runs over all choices, for rank intervals; 0: none.")] = 1000,
    draws: Annotated[
        int,
        typer.Option(help="Draws of the weights per combination of choices, for Sobol indices; 0: none."),
    ] = 64,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Rank units by a composite index, with intervals over every choice behind it.

    \b
    Examples:
      zhizao rank cities.yaml
      zhizao rank cities.yaml --unit Lakeside --places 5
      zhizao rank cities.yaml --table cities-2026.csv --report ranks.html
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.rank import Aim
    from zhizao.studies.rank import rank as study

    check_outputs({"--report": report}, (index_file, table))
    with progress("ranking") as on_progress:
        result = study(index_file, table, aim=Aim(unit, places, runs, draws), seed=seed, progress=on_progress)
    hand_over(result, report, as_json, show_ranks)


def show_ranks(result: RankResult) -> None:
    """Print the answer, the ranks, and what they hang on."""
    from zhizao.studies.rank.findings import AHEAD

    say([result.title, *result.notes])
    frame = result.table()
    show_frame("Ranks (low to high: 90 % of the runs)", frame.head(_SHOWN).drop("median"))
    if frame.height > _SHOWN:
        say([f"{frame.height - _SHOWN} more units are in --json and --report."])
    if result.influences:
        rows = [
            (one.factor, cell(one.first), cell(one.total), f"{cell(one.total_low)} to {cell(one.total_high)}")
            for one in result.influences
        ]
        heads = ("choice", "first order", "total", "90 % interval of the total")
        show_table("Which choice moves the ranks (Sobol indices)", heads, rows)
    show_frame("Indicators that the ranks hang on most", result.hangs_on().head(AHEAD))
    if result.profile is not None:
        standings = result.standings()
        unit, places = result.profile.unit, result.profile.places
        show_frame(f"{unit}: strengths", standings.head(AHEAD))
        show_frame(f"{unit}: weaknesses", standings.drop_nulls("rank").tail(AHEAD).reverse())
        show_frame(f"{unit}: what it takes to gain {places} places", result.gains())
