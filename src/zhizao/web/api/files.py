"""Routes of files: list, look into a plant, download, upload."""

# The types of routes are read at run time, so annotations are not postponed here.
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field

from zhizao.web.folder import FileInfo, Folder
from zhizao.web.read import read_plant_in

if TYPE_CHECKING:
    from fastapi import APIRouter


class MeasureInfo(BaseModel):
    """A measure of a plant file."""

    id: str = Field(description="Name in the plant.")
    title: str = Field(description="What it is.")
    cost: float | None = Field(description="Money, once; null: not known.")


class PlantInfo(BaseModel):
    """What a plant file holds."""

    name: str = Field(description="Name of the plant.")
    currency: str = Field(description="Currency of its money.")
    counts: dict[str, int] = Field(description="How many parts of each kind.")
    measures: list[MeasureInfo] = Field(description="Measures that the file names.")
    warnings: list[dict[str, Any]] = Field(description="Doubtful places: file, line, found, right.")


def files_router(folder: Folder, *, upload_bytes: int, allow_code: bool) -> "APIRouter":
    """Routes of the files of a folder."""
    from fastapi import APIRouter, Query, Request
    from fastapi.responses import FileResponse

    router = APIRouter(prefix="/api/files", tags=["files"])

    @router.get("", summary="List plants and logs")
    def list_files() -> list[FileInfo]:
        return folder.files()

    @router.get(
        "/{name}",
        summary="Download a file",
        response_class=FileResponse,
        responses={200: {"content": {"application/octet-stream": {}}}},
    )
    def download(name: str) -> FileResponse:
        return FileResponse(folder.path(name), media_type="application/octet-stream", filename=name)

    @router.get("/{name}/plant", summary="Look into a plant file")
    def plant(name: str) -> PlantInfo:
        return look_into(folder, name, allow_code=allow_code)

    @router.put(
        "/{name}",
        summary="Upload a plant or a log; the body is the file",
        status_code=201,
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    )
    async def upload(
        name: str,
        request: Request,
        replace: Annotated[bool, Query(description="Replace a file of the same name.")] = False,
    ) -> FileInfo:
        return await folder.take(name, request.stream(), limit=upload_bytes, replace=replace)

    return router


def look_into(folder: Folder, name: str, *, allow_code: bool) -> PlantInfo:
    """What a plant file holds."""
    plant, warnings = read_plant_in(folder, name, allow_code=allow_code)
    counts = {
        "work_centers": len(plant.work_centers),
        "units": sum(len(center.units) for center in plant.work_centers),
        "routes": len(plant.routes),
        "products": len(plant.products),
        "orders": len(plant.orders),
    }
    return PlantInfo(
        name=plant.name,
        currency=plant.currency,
        counts=counts,
        measures=[MeasureInfo(id=m.id, title=m.name, cost=m.cost) for m in plant.measures],
        warnings=[asdict(one) | {"file": folder.without_path(one.file)} for one in warnings[:100]],
    )
