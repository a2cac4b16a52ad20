"""`zhizao portfolio`: which plant first, with which measures, in which year."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs
from zhizao.cli.options import Json, ReportFile, Seed
from zhizao.cli.output import hand_over, say, show_frame
from zhizao.cli.progress import progress

if TYPE_CHECKING:
    from zhizao.workflows.portfolio import PortfolioResult

_SHOWN = 20


@guarded
def portfolio(
    file: Annotated[
        Path, typer.Argument(metavar="PORTFOLIO", help="Portfolio file (YAML).", show_default=False)
    ],
    draws: Annotated[
        int, typer.Option(min=0, help="Draws of the gains for robustness, regret and learning; 0: none.")
    ] = 30,
    seconds: Annotated[float, typer.Option(help="Time limit of `improve` for each plant file, in s.")] = 60.0,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes in which plants are improved.", show_default="one per processor"),
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(
            "--results",
            metavar="DIR",
            help="Folder for results of `improve`; a second run goes on from it.",
            show_default="beside the portfolio file",
        ),
    ] = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Plan which plants get which measures in which year, under shared limits, and how sure that is.

    Ctrl-C keeps the plan, once there is one, and every plant that was improved.

    \b
    Examples:
      zhizao portfolio region.yaml
      zhizao portfolio region.yaml --draws 100 --report region.html
      zhizao portfolio plants.yaml --seconds 120 --workers 2 --results improved/
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.workflows.portfolio import portfolio as study

    check_outputs({"--report": report}, (file,))
    with progress("planning") as on_progress:
        result = study(
            file,
            draws=draws,
            seconds=seconds,
            workers=workers,
            results=results,
            seed=seed,
            progress=on_progress,
        )
    hand_over(result, report, as_json, show_plan)


def show_plan(result: PortfolioResult) -> None:
    """Print the answer, the plan, the curve, other ways, and what learning is worth."""
    found = result.found
    say([result.title, *result.notes])
    table = result.table()
    for title, frame in (
        ("Years", found.years()),
        ("Plants, the first to help first", found.plants()),
        ("Plan", table),
        ("What each further million buys", found.curve()),
        ("Beside other ways", found.ways()),
        ("What learning is worth", found.learned()),
    ):
        if frame.height:
            show_frame(title, frame.head(_SHOWN))
    if table.height > _SHOWN:
        say([f"{table.height - _SHOWN} more measures are in --json and --report."])
