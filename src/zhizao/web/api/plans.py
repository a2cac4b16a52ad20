"""Routes of plans: what moved operations break, and the repair around them."""

# The types of routes are read at run time, so annotations are not postponed here.
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from zhizao.quantities import InputError
from zhizao.web.folder import Folder
from zhizao.web.jobs.job import Job, new_job
from zhizao.web.jobs.pool import Pool
from zhizao.web.jobs.store import RESULT, Store
from zhizao.web.material import Material
from zhizao.web.options import ScheduleOptions
from zhizao.web.studies import STUDIES

if TYPE_CHECKING:
    import polars as pl
    from fastapi import APIRouter

    from zhizao.plant import Plant
    from zhizao.studies.schedule.moves import PlanMove

MOST_ROWS = 20_000
"""Rows of a plan that is checked while somebody waits: the twin follows them in about a second."""


class MoveInfo(BaseModel):
    """An operation that is put elsewhere."""

    model_config = ConfigDict(extra="forbid")

    lot: str = Field(description="Lot, as in the plan.", max_length=200)
    operation: str = Field(description="Operation of its route.", max_length=200)
    unit: str = Field(description="Unit that is to do it.", max_length=200)
    start: datetime = Field(description="When it is to begin, local to the plant, without a time zone.")


class MovesRequest(BaseModel):
    """Operations of a plan that are put elsewhere."""

    model_config = ConfigDict(extra="forbid")

    result: str = Field(description="Key of the result of `schedule`.", max_length=64)
    moves: list[MoveInfo] = Field(
        description="Operations and their new places.", min_length=1, max_length=100
    )


class BreachInfo(BaseModel):
    """What a move breaks."""

    kind: str = Field(description="unit, overlap, precedence, release, closed or later.")
    lot: str = Field(description="Lot of the moved operation.")
    operation: str = Field(description="The moved operation.")
    text: str = Field(description="What stands in its way.")


class MovesInfo(BaseModel):
    """What becomes of the plan when the twin follows it with the moves, before anything is repaired."""

    breaches: list[BreachInfo] = Field(description="What breaks; empty: the plan holds.")
    starts: list[datetime | None] = Field(description="When the twin begins each moved operation.")
    later: int = Field(description="Other operations that begin more than a minute later.")
    late: list[str] = Field(description="Orders that become late, or later.")


def plans_router(folder: Folder, store: Store, pool: Pool, *, allow_code: bool) -> "APIRouter":
    """Routes of plans."""
    from fastapi import APIRouter

    router = APIRouter(prefix="/api/plans", tags=["plans"])

    @router.post("/check", summary="What moved operations break, as the twin finds it")
    def check(request: MovesRequest) -> MovesInfo:
        from zhizao.studies.schedule.moves import check_moves

        plan = _plan(store, request.result)
        if plan.height > MOST_ROWS:
            raise InputError(
                f"found a plan of {plan.height:,} rows; right is {MOST_ROWS:,} at most: repair it"
            )
        job = _job(pool, request.result)
        found = check_moves(_plant(folder, job, allow_code), plan, _moves(request))
        breaches = [
            BreachInfo(kind=one.kind.value, lot=one.lot, operation=one.operation, text=one.text)
            for one in found.breaches
        ]
        return MovesInfo(
            breaches=breaches, starts=list(found.starts), later=found.later, late=list(found.late)
        )

    @router.post("/repair", summary="Schedule around moved operations, in the background", status_code=202)
    def repair(request: MovesRequest) -> Job:
        from zhizao.records import write_frame
        from zhizao.studies.schedule.moves import with_moves

        job = _job(pool, request.result)
        moved = with_moves(_plant(folder, job, allow_code), _plan(store, request.result), _moves(request))
        stem = folder.free_name(f"{Material(folder, job.inputs).stem('plant')}-moved", ".csv")
        name = f"{stem}.csv"
        write_frame(moved, folder.root / name)
        pinned = [[move.lot, move.operation] for move in request.moves]
        inputs = {role: file for role, file in job.inputs.items() if role != "previous"} | {"previous": name}
        study = STUDIES["schedule"]
        return pool.ask(study, inputs, study.check(inputs, job.options | {"pinned": pinned}))

    return router


def _job(pool: Pool, key: str) -> Job:
    """The job that made a plan, with its inputs."""
    found = next((job for job in pool.jobs() if job.result == key and job.study == "schedule"), None)
    if found is None:
        raise InputError(f"found no plan {key[:80]!r}; right is the result of a job `schedule`")
    return found


def _plant(folder: Folder, job: Job, allow_code: bool) -> "Plant":
    """The plant with its orders, as the job had them.

    Raises
    ------
    InputError
        They are no longer what they were.
    """
    from zhizao.plant import orders_with_warnings

    material = Material(folder, job.inputs, allow_code)
    if new_job(STUDIES["schedule"], material, ScheduleOptions.model_validate(job.options)).key != job.key:
        raise InputError("the plant, or its orders, changed since the plan was made; schedule it again")
    plant = material.plant()
    return orders_with_warnings(plant, material.path("orders"))[0] if material.has("orders") else plant


def _plan(store: Store, key: str) -> "pl.DataFrame":
    """The rows of a plan, from its result."""
    import polars as pl

    from zhizao.records import EVENTS

    result: dict[str, Any] = json.loads(store.read(key, RESULT))
    rows = result.get("schedule")
    if result.get("study") != "schedule" or not rows:
        raise InputError(f"found no plan {key[:80]!r}; right is the result of a job `schedule`")
    schema = {name: kind for name, kind in EVENTS.items() if name in rows[0]}
    times = {name: kind for name, kind in schema.items() if name in ("start", "end")}
    text = {name: pl.String if name in times else kind for name, kind in schema.items()}
    frame = pl.DataFrame(rows, schema=text)
    return frame.with_columns(pl.col(name).str.to_datetime().cast(kind) for name, kind in times.items())


def _moves(request: MovesRequest) -> "list[PlanMove]":
    from zhizao.studies.schedule.moves import PlanMove

    for one in request.moves:
        if one.start.tzinfo is not None:
            raise InputError(
                f"start: found {one.start.isoformat()}; right is a time of the plant, without zone"
            )
    return [PlanMove(one.lot, one.operation, one.unit, one.start) for one in request.moves]
