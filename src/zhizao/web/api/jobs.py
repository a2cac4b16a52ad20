"""Routes of studies, jobs and results."""

# The types of routes are read at run time, so annotations are not postponed here.
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from zhizao.quantities import InputError
from zhizao.quantities.errors import nearest_name
from zhizao.web.folder import FileKind
from zhizao.web.jobs.job import Job
from zhizao.web.jobs.pool import Pool
from zhizao.web.jobs.store import PAGE, REPORT, RESULT, Store
from zhizao.web.studies import STUDIES, Group

if TYPE_CHECKING:
    from fastapi import APIRouter


class InputInfo(BaseModel):
    """A file that a study takes."""

    role: str = Field(description="Its name among the inputs.")
    kind: FileKind = Field(description="Plant file, log or table, or another kind of file.")
    required: bool = Field(description="Whether the study needs it.")
    summary: str = Field(description="What it is.")


class StudyInfo(BaseModel):
    """A study that can be asked for."""

    name: str = Field(description="Name, as on the command line.")
    summary: str = Field(description="What it answers.")
    group: Group = Field(description="Heading under which the page offers it.")
    inputs: list[InputInfo] = Field(description="Files that it takes.")
    options: dict[str, Any] = Field(description="JSON Schema of its options.")


class JobRequest(BaseModel):
    """A study to run."""

    model_config = ConfigDict(extra="forbid")

    study: str = Field(description="Name of the study.", max_length=40)
    inputs: dict[str, str] = Field(description="Files of the folder by their role.", max_length=10)
    options: dict[str, Any] = Field({}, description="Options; see the JSON Schema of the study.")


def jobs_router(pool: Pool) -> "APIRouter":
    """Routes of studies and jobs."""
    from fastapi import APIRouter, Path, Response

    router = APIRouter(prefix="/api", tags=["studies"])

    listed = TypeAdapter(list[StudyInfo]).dump_json([_study_info(name) for name in STUDIES])

    @router.get(
        "/studies",
        summary="List studies, with the JSON Schema of their options",
        response_model=list[StudyInfo],
    )
    async def studies() -> Response:
        return Response(listed, media_type="application/json")

    @router.get("/jobs", summary="List jobs, latest first", response_model=list[Job])
    async def jobs() -> Response:  # everybody asks for it all the time; it waits for nothing
        return Response(pool.jobs_as_json(), media_type="application/json")

    @router.post("/jobs", summary="Run a study in the background", status_code=202)
    def ask(request: JobRequest) -> Job:
        study = STUDIES.get(request.study)
        if study is None:
            near = nearest_name(request.study, STUDIES)
            hint = f"; did you mean {near!r}?" if near else ""
            raise InputError(f"found no study {request.study!r}; right is one of {', '.join(STUDIES)}{hint}")
        return pool.ask(study, request.inputs, study.check(request.inputs, request.options))

    @router.get("/jobs/{job}", summary="Status and progress of a job")
    def job(job: Annotated[str, Path(description="Name of the job.")]) -> Job:
        return pool.job(job)

    @router.delete("/jobs/{job}", summary="Cancel a job; it keeps what is finished", status_code=202)
    def cancel(job: Annotated[str, Path(description="Name of the job.")]) -> Job:
        return pool.cancel(job)

    return router


def results_router(store: Store) -> "APIRouter":
    """Routes of results, by the hash of what they were made from."""
    from fastapi import APIRouter, Response
    from fastapi.responses import HTMLResponse

    router = APIRouter(prefix="/api/results", tags=["results"])

    @router.get(
        "/{key}",
        summary="A result as JSON, as `zhizao STUDY --json` prints it",
        response_class=Response,
        responses={200: {"content": {"application/json": {}}}},
    )
    def result(key: str) -> Response:
        return Response(store.read(key, RESULT), media_type="application/json")

    @router.get(
        "/{key}/page",
        summary="Sections of a result's report, each with its kind, title and HTML",
        response_class=Response,
        responses={200: {"content": {"application/json": {}}}},
    )
    def page(key: str, language: Literal["en", "zh"] = "en") -> Response:
        return Response(store.read_in(language, key, PAGE), media_type="application/json")

    @router.get(
        "/{key}/report.html",
        summary="The report as one HTML file",
        response_class=Response,
        responses={200: {"content": {"text/html": {}}}},
    )
    def report(key: str, language: Literal["en", "zh"] = "en") -> HTMLResponse:
        headers = {"content-disposition": 'attachment; filename="report.html"'}
        return HTMLResponse(store.read_in(language, key, REPORT), headers=headers)

    return router


def _study_info(name: str) -> StudyInfo:
    study = STUDIES[name]
    inputs = [
        InputInfo(role=role, kind=one.kind, required=one.required, summary=one.summary)
        for role, one in study.inputs.items()
    ]
    return StudyInfo(
        name=name,
        summary=study.summary,
        group=study.group,
        inputs=inputs,
        options=study.options.model_json_schema(),
    )
