"""Routes that edit plant files: their text, checked while somebody types."""

# The types of routes are read at run time, so annotations are not postponed here.
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from zhizao.quantities import InputError
from zhizao.web.folder import Folder
from zhizao.web.plant_form import FormEntry, form_of, with_values
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


class PlantForm(BaseModel):
    """The values of a plant file."""

    entries: list[FormEntry] = Field(description="Entries of its lists, in the order of the file.")
    hash: str = Field(description="SHA-256 of the file; a write names it.")


class ValuesRequest(BaseModel):
    """Values to write."""

    model_config = ConfigDict(extra="forbid")

    values: dict[str, Annotated[str, Field(max_length=500)]] = Field(
        min_length=1, max_length=1000, description="Text of a value by its path."
    )
    hash: str = Field(max_length=64, description="SHA-256 of the file that the form was made from.")


def edit_router(folder: Folder, *, allow_code: bool) -> "APIRouter":
    """Routes that edit plant files."""
    from fastapi import APIRouter

    router = APIRouter(prefix="/api/files/{name}", tags=["plant files"])

    @router.get("/text", summary="The text of a plant file, and what is wrong with it")
    def text(name: str) -> PlantText:
        return read_text(folder, name, allow_code=allow_code)

    @router.post("/text", summary="What would be wrong with another text; nothing is written")
    def check(name: str, request: TextRequest) -> TextCheck:
        return check_text(folder, name, request.text, allow_code=allow_code)

    @router.put("/text", summary="Write the text of a plant file, unless it has changed meanwhile")
    def write(name: str, request: WriteRequest) -> PlantText:
        write_text(folder, name, request.text, was=request.hash)
        return read_text(folder, name, allow_code=allow_code)

    @router.get("/values", summary="The values of a plant file, for a form")
    def values(name: str) -> PlantForm:
        file = readable(folder, name, allow_code=allow_code)
        return PlantForm(entries=form_of(file.text), hash=file.hash)

    @router.put("/values", summary="Write values into a plant file, and change nothing else")
    def write_values(name: str, request: ValuesRequest) -> PlantForm:
        text = with_values(readable(folder, name, allow_code=allow_code).text, request.values, name)
        check = check_text(folder, name, text, allow_code=allow_code)
        if check.faults:
            raise InputError("; ".join(f"{one.where}: {one.found}; {one.right}" for one in check.faults[:5]))
        write_text(folder, name, text, was=request.hash)
        return values(name)

    return router


def readable(folder: Folder, name: str, *, allow_code: bool) -> PlantText:
    """A plant file that can be read; one with faults is for the text."""
    file = read_text(folder, name, allow_code=allow_code)
    if file.faults:
        one = file.faults[0]
        raise InputError(f"{name}:{one.line}: {one.where}: {one.found}; correct it in the text first")
    return file
