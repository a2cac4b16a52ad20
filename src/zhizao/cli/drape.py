"""`zhizao pattern drape`: a drafted style sewn on a body on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, written
from zhizao.cli.options import Json
from zhizao.cli.output import cell, emit_json, say, show_table
from zhizao.cli.progress import Progress, progress, tell
from zhizao.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from zhizao.solvers.cloth import Progress as Step
    from zhizao.studies.drape import DrapeResult


Style = Annotated[
    str, typer.Argument(metavar="STYLE", help="down-jacket, vest or trousers.", show_default=False)
]
Size = Annotated[
    str | None, typer.Option("--size", metavar="SIZE", help="Size of the table (women).", show_default="M")
]
Measured = Annotated[
    Path | None,
    typer.Option(
        "--measure", metavar="BODY.yaml", help="Body measures, in place of a size.", show_default=False
    ),
]
Design = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=LENGTH",
        help="Design parameter, such as hem_width=60cm; repeatable.",
        show_default=False,
    ),
]
"""Options of drafting and of draping."""


@guarded
def drape(
    style: Style,
    size: Size = None,
    measure: Measured = None,
    set_: Design = None,
    body: Annotated[
        Path | None,
        typer.Option(
            "--body", metavar="BODY.obj", help="Closed mesh of a body.", show_default="made of the measures"
        ),
    ] = None,
    edge: Annotated[float, typer.Option("--edge", metavar="MM", help="Edge length of the mesh.")] = 20.0,
    seconds: Annotated[float, typer.Option("--seconds", help="Time at most.", min=1.0)] = 60.0,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="OUT.html", help="Page with pictures.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Sew a style on a body on the screen: where it pulls and how much ease is left, before it is cut.

    \b
    Examples:
      zhizao pattern drape vest --size M -o vest.html
      zhizao pattern drape trousers --size L --body body.obj -o trousers.html
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.draft import body_of_size, draft, read_body
    from zhizao.studies.drape import Fabric, drape_draft, read_figure

    check_outputs({"--out": out}, tuple(file for file in (measure, body) if file is not None))
    if size is not None and measure is not None:
        raise InputError("found both --size and --measure; give one of them")
    figure = None if body is None else read_figure(body)
    fabric = Fabric(edge_m=edge / 1000)
    own = None if measure is None else read_body(measure)
    drafts = draft(style, sizes=[size or "M"], body=own, design=settings_of(set_ or []))
    worn_by = own or body_of_size(size or "M")
    with progress("draping") as said:
        show = _shares(said, seconds)
        result = drape_draft(drafts.sizes[0], worn_by, figure, fabric=fabric, seconds=seconds, progress=show)
    if out is not None:
        written("--out", out, lambda path: result.report(path))
        tell(f"page: {out}")
    if as_json:
        emit_json(result.to_json())
    else:
        _show(result)


def _shares(said: Progress | None, seconds: float) -> Callable[[Step], None]:
    """Share of the time that is over, for the bar."""
    return lambda now: said(min(now.seconds / seconds, 1.0)) if said else None


def settings_of(texts: list[str]) -> dict[str, float | str]:
    """Design parameters from texts such as `hem_width=60cm`."""
    settings: dict[str, float | str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise InputError(f"--set {text}: expected NAME=LENGTH, such as hem_width=60cm")
        if name.strip() in settings:
            raise InputError(f"--set {text}: {name.strip()} is set twice")
        settings[name.strip()] = value.strip()
    return settings


def _show(result: DrapeResult) -> None:
    say([result.title, *result.notes])
    for name, frame in (
        ("Ease", result.table()),
        ("Strain of the pieces", result.strain_table()),
        ("Seams", result.seam_table()),
    ):
        show_table(name, _heads(frame), [[_short(value) for value in row] for row in frame.rows()], right=1)


def _heads(frame: pl.DataFrame) -> list[str]:
    return [name.replace("_", " ") for name in frame.columns]


def _short(value: object) -> str:
    """A figure to one decimal."""
    return f"{value:.1f}" if isinstance(value, float) else cell(value)
