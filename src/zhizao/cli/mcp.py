"""`zhizao mcp`: the functions of the page as tools for assistants."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.quantities.errors import InputError


@guarded
def mcp(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="[FOLDER]", help="Folder of plants and logs.", show_default="the current folder"
        ),
    ] = Path(),
    write: Annotated[
        bool, typer.Option("--write", help="Let studies write plants and plans into the folder.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Studies that run at the same time.")] = 2,
    allow_code: Annotated[
        bool, typer.Option("--allow-code", help="Run Python rules that plant files name.")
    ] = False,
) -> None:
    """Offer the studies as tools to an assistant, by the Model Context Protocol over stdin and stdout.

    An assistant's program starts this command. The tools see this one folder and change nothing in it, except
    results in its subfolder .zhizao; with --write, `learn` and `schedule` write plants and plans.

    \b
    Examples:
      zhizao mcp plants/
      zhizao mcp plants/ --write
    """  # noqa: D301  \b keeps the lines below it apart
    if importlib.util.find_spec("mcp") is None:
        raise InputError("tools for assistants need the package mcp; install it: pip install 'zhizao[mcp]'")
    import anyio

    from zhizao.web.mcp import open_desk, serve_stdio

    desk = open_desk(folder, write=write, allow_code=allow_code, workers=workers)
    try:
        anyio.run(serve_stdio, desk)
    finally:
        desk.pool.close()
