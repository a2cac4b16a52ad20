"""`zhizao serve`: the page."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.progress import tell
from zhizao.quantities.errors import InputError

_MB = 2**20
_LIBRARIES = ("fastapi", "filelock", "uvicorn")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@guarded
def serve(
    place: Annotated[
        Path,
        typer.Argument(
            metavar="[PLANT|DIR]",
            help="Folder of plants and logs, or a plant file in it.",
            show_default="the current folder",
        ),
    ] = Path(),
    host: Annotated[
        str, typer.Option(help="Address to listen at; another than this computer's own needs --token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0: any free one.")] = 8765,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="ZHIZAO_TOKEN", help="Ask for this token (letters, digits, - and _).", show_default=False
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Studies that run at the same time.")] = 2,
    upload_mb: Annotated[int, typer.Option(min=1, help="Largest upload, in MB.")] = 200,
    allow_code: Annotated[
        bool, typer.Option("--allow-code", help="Run Python rules that plant files name.")
    ] = False,
) -> None:
    """Open the page: upload a log, learn, validate, simulate, compare, improve and schedule in a browser.

    The page and its API see this one folder; results are kept in its subfolder .zhizao. Ctrl-C stops.

    \b
    Examples:
      zhizao serve
      zhizao serve plants/ --port 9000
      zhizao serve plant.yaml
      zhizao serve plants/ --host 0.0.0.0 --token a-long-secret
    """  # noqa: D301  \b keeps the lines below it apart
    missing = [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(f"the page needs {' and '.join(missing)}; install them: pip install 'zhizao[web]'")
    from zhizao.web.api import Settings, make_app
    from zhizao.web.serve import check_token, run

    check_token(token)
    if host not in _LOOPBACK and token is None:
        raise InputError(f"--host {host}: others could reach the page; give --token")
    folder, plant = _folder(place)
    settings = Settings(
        hosts=_LOOPBACK if host in _LOOPBACK else (),
        token=token,
        allow_code=allow_code,
        upload_bytes=upload_mb * _MB,
        workers=workers,
    )
    run(make_app(folder, settings), host, port, lambda address: tell(_welcome(address, plant, token)))


def _folder(place: Path) -> tuple[Path, str | None]:
    """The folder, and the plant file in it that the page begins with."""
    if place.is_dir():
        return place, None
    if not place.is_file():
        raise InputError(f"{place}: no such file or folder")
    return place.resolve().parent, place.name


def _welcome(address: str, plant: str | None, token: str | None) -> str:
    from urllib.parse import quote

    query = f"?token={token}" if token else ""
    begin = f"#file={quote(plant)}" if plant else ""
    return f"Open {address}/{query}{begin} in a browser. Ctrl-C stops."
