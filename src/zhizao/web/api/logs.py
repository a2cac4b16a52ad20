"""Routes of logs: how their columns are read, and the column map that corrects it."""

# The types of routes are read at run time, so annotations are not postponed here.
from typing import TYPE_CHECKING

from zhizao.web.columns import Columns, Reading, columns_of, forget_columns, look_at, save_columns
from zhizao.web.folder import Folder

if TYPE_CHECKING:
    from fastapi import APIRouter


def logs_router(folder: Folder) -> "APIRouter":
    """Routes of the column maps of logs."""
    from fastapi import APIRouter

    router = APIRouter(prefix="/api/files/{name}/columns", tags=["logs"])

    @router.get("", summary="How the columns of a log are read")
    def reading(name: str) -> Reading:
        return look_at(folder, name, columns_of(folder, name))

    @router.post("", summary="How they would be read with another column map; nothing is written")
    def tried(name: str, columns: Columns) -> Reading:
        return look_at(folder, name, columns)

    @router.put("", summary="Write the column map of a log; studies read the log by it")
    def save(name: str, columns: Columns) -> Reading:
        save_columns(folder, name, columns)
        return look_at(folder, name, columns)

    @router.delete("", summary="Delete the column map of a log; all is guessed again")
    def forget(name: str) -> Reading:
        forget_columns(folder, name)
        return look_at(folder, name, Columns())

    return router
