"""Errors as JSON: what was found and what is right, and no path of the server."""

# The types of routes are read at run time, so annotations are not postponed here.
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from zhizao.quantities import InputError
from zhizao.web.folder import ChangedMeanwhileError, FileTakenError, Folder, TooLargeError, UnknownFileError
from zhizao.web.jobs.pool import TooManyJobsError, UnknownJobError
from zhizao.web.jobs.store import UnknownResultError

if TYPE_CHECKING:
    from fastapi import FastAPI

_STATUS = (
    (UnknownFileError, HTTPStatus.NOT_FOUND),
    (UnknownJobError, HTTPStatus.NOT_FOUND),
    (UnknownResultError, HTTPStatus.NOT_FOUND),
    (FileTakenError, HTTPStatus.CONFLICT),
    (ChangedMeanwhileError, HTTPStatus.CONFLICT),
    (TooLargeError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (TooManyJobsError, HTTPStatus.TOO_MANY_REQUESTS),
)


class Problem(BaseModel):
    """Why a request was refused."""

    detail: str = Field(description="What was found, and what would be right.")


RESPONSES: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The body is no JSON."},
    404: {"model": Problem, "description": "There is no such file, job or result."},
    409: {"model": Problem, "description": "The folder has this file already, or it has changed meanwhile."},
    413: {"model": Problem, "description": "The body is larger than the limit."},
    422: {"model": Problem, "description": "The request does not fit; the detail says what would."},
    429: {"model": Problem, "description": "Too many jobs wait."},
}
"""What every route may answer where it refuses."""


def answer_errors(app: "FastAPI", folder: Folder) -> None:
    """An input error is the user's to fix: its message, and no path of the server."""
    from fastapi import Request
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse

    @app.exception_handler(InputError)
    async def wrong(_: Request, error: InputError) -> JSONResponse:
        status = next((code for kind, code in _STATUS if isinstance(error, kind)), None)
        said = folder.without_path(str(error))
        return JSONResponse({"detail": said}, status_code=status or HTTPStatus.UNPROCESSABLE_ENTITY)

    @app.exception_handler(RequestValidationError)
    async def unfit(_: Request, error: RequestValidationError) -> JSONResponse:
        said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        return JSONResponse({"detail": said}, status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
