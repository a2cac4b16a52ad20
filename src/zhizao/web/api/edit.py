"""Routes that edit plant files: their text, checked while somebody types."""

# The types of routes are read at run time, so annotations are not postponed here.
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from zhizao.web.folder import Folder
from zhizao.web.plant_text import TEXT_BYTES, PlantText, TextCheck, check_text, read_text, write_text

if TYPE_CHECKING:
    from fastapi import APIRouter

Text = Annotated[str, Field(max_length=TEXT_BYTES, description="Text of a plant file.")]


class TextRequest(BaseModel):
    """A text to check."""

    model_config = ConfigDict(extra="forbid")

    text: Text


class WriteRequest(TextRequest):
    """A text to write."""

    hash: str = Field(max_length=64, description="SHA-256 of the file that the text was made from.")


def edit_router(folder: Folder, *, allow_code: bool) -> "APIRouter":
    """Routes that edit plant files."""
    from fastapi import APIRouter

    router = APIRouter(prefix="/api/files/{name}/text", tags=["plant files"])

    @router.get("", summary="The text of a plant file, and what is wrong with it")
    def text(name: str) -> PlantText:
        return read_text(folder, name, allow_code=allow_code)

    @router.post("", summary="What would be wrong with another text; nothing is written")
    def check(name: str, request: TextRequest) -> TextCheck:
        return check_text(folder, name, request.text, allow_code=allow_code)

    @router.put("", summary="Write the text of a plant file, unless it has changed meanwhile")
    def write(name: str, request: WriteRequest) -> PlantText:
        write_text(folder, name, request.text, was=request.hash)
        return read_text(folder, name, allow_code=allow_code)

    return router
