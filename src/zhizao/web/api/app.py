"""The app: routes, errors as JSON, the page's own files."""

# The types of routes are read at run time, so annotations are not postponed here.
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zhizao.quantities import InputError
from zhizao.report.scripts import ASSETS
from zhizao.report.style import CSS
from zhizao.web.api.edit import edit_router
from zhizao.web.api.errors import RESPONSES, answer_errors
from zhizao.web.api.export import export_router
from zhizao.web.api.files import files_router
from zhizao.web.api.guard import LOOPBACK, Guard
from zhizao.web.api.jobs import jobs_router, results_router
from zhizao.web.api.limit import BodyLimit
from zhizao.web.api.logs import logs_router
from zhizao.web.api.plans import plans_router
from zhizao.web.api.scenes import scenes_router
from zhizao.web.api.static import PageFiles
from zhizao.web.folder import UPLOAD_BYTES, Folder
from zhizao.web.jobs.lock import lock_folder
from zhizao.web.jobs.pool import WORKERS, Pool
from zhizao.web.jobs.store import Store

if TYPE_CHECKING:
    from fastapi import FastAPI
    from filelock import BaseFileLock

STATIC = Path(__file__).resolve().parent.parent / "static"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a server allows.

    `hosts` are the names under which it may be called (empty: any, which needs a `token`); `allow_code` lets
    plant files use Python rules of their own; `upload_bytes` is the largest upload.
    """

    hosts: tuple[str, ...] = LOOPBACK
    token: str | None = None
    allow_code: bool = False
    upload_bytes: int = UPLOAD_BYTES
    workers: int = WORKERS

    def __post_init__(self) -> None:
        if not self.hosts and not self.token:
            raise InputError("a server that others can reach needs a token")


def make_app(folder: Path, settings: Settings | None = None) -> "FastAPI":
    """The app that serves a folder; it begins its worker processes and ends them.

    Parameters
    ----------
    folder : plants, logs and results; nothing outside it is read or written.
    settings : what is allowed (default: this computer alone, no code of plant files).

    Raises
    ------
    InputError
        There is no such folder, it cannot be written, or another server works on it.
    """
    from fastapi import FastAPI

    allowed = settings or Settings()
    place = _folder(folder)
    store, lock = _store(place)
    pool = Pool(place, store, workers=allowed.workers, allow_code=allowed.allow_code)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        pool.close()
        lock.release()

    app = FastAPI(
        title="zhizao",
        summary="Files, studies as jobs, and results of one folder.",
        version=_version(),
        lifespan=lifespan,
        docs_url=None,  # they load scripts from other hosts
        redoc_url=None,
        responses=RESPONSES,
    )
    app.include_router(files_router(place, upload_bytes=allowed.upload_bytes, allow_code=allowed.allow_code))
    app.include_router(logs_router(place))
    app.include_router(edit_router(place, allow_code=allowed.allow_code))
    app.include_router(jobs_router(pool))
    app.include_router(results_router(store))
    app.include_router(export_router(store))
    app.include_router(scenes_router(place, store, allow_code=allowed.allow_code))
    app.include_router(plans_router(place, store, pool, allow_code=allowed.allow_code))
    answer_errors(app, place)
    _serve_styles(app)
    _serve_page(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Guard, hosts=frozenset(allowed.hosts), token=allowed.token)
    return app


def _folder(folder: Path) -> Folder:
    if not folder.is_dir():
        raise InputError(f"{folder}: found no folder; give one that holds plants and logs")
    return Folder(folder.resolve())


def _store(folder: Folder) -> "tuple[Store, BaseFileLock]":
    try:
        store = Store(folder)
        return store, lock_folder(folder)
    except OSError as error:
        raise InputError(f"{folder.root}: cannot be written ({error.strerror or error})") from error


def _version() -> str:
    from zhizao.experiments.facts import version

    return version()


def _serve_page(app: "FastAPI") -> None:
    """The page's own files; the last route, since it takes every path."""
    from fastapi import Request, Response

    files, assets = PageFiles(STATIC), PageFiles(ASSETS)

    @app.api_route("/assets/{name:path}", methods=["GET", "HEAD"], include_in_schema=False)
    async def asset(name: str, request: Request) -> Response:
        return assets.answer(name, request.headers)

    @app.api_route("/{name:path}", methods=["GET", "HEAD"], include_in_schema=False)
    async def page(name: str, request: Request) -> Response:
        return files.answer(name, request.headers)


def _serve_styles(app: "FastAPI") -> None:
    """The styles of reports, which the page shows as they are."""
    from fastapi import Response

    @app.get("/report.css", include_in_schema=False)
    def styles() -> Response:
        return Response(CSS, media_type="text/css")
