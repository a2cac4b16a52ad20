"""Routes of the plant view: traces, and places of the layout."""

# The types of routes are read at run time, so annotations are not postponed here.
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from zhizao.web.folder import FileInfo, Folder
from zhizao.web.jobs.store import Store
from zhizao.web.plant_text import ONE_WRITES
from zhizao.web.read import read_plant_in
from zhizao.web.scene.places import write_places
from zhizao.web.scene.watch import TRACE

if TYPE_CHECKING:
    from fastapi import APIRouter

Metres = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]


class PlacesRequest(BaseModel):
    """Where things stand."""

    model_config = ConfigDict(extra="forbid")

    places: dict[str, tuple[Metres, Metres]] = Field(
        description="Place in m, 0 or more, by the id of a work center, crane or location.",
        min_length=1,
        max_length=10_000,
    )


def scenes_router(folder: Folder, store: Store, *, allow_code: bool) -> "APIRouter":
    """Routes of the plant view."""
    from fastapi import APIRouter, Response

    router = APIRouter(prefix="/api", tags=["plant view"])

    @router.get(
        "/results/{key}/trace",
        summary="The trace of a result of `watch`: header in JSON, then columns of numbers",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}}},
    )
    def trace(key: str) -> Response:
        return Response(store.read(key, TRACE), media_type="application/octet-stream")

    @router.put("/files/{name}/places", summary="Write places into a plant file, and change nothing else")
    def places(name: str, request: PlacesRequest) -> FileInfo:
        with ONE_WRITES:
            read_plant_in(folder, name, allow_code=allow_code)
            write_places(folder.path(name), request.places)
        return next(file for file in folder.files() if file.name == name)

    return router
