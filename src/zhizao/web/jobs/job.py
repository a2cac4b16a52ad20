"""A job as everybody sees it, and the key of its result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, Field

from zhizao.web.material import Material
from zhizao.web.options import Options
from zhizao.web.studies import Study


class Status(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """The server ended while the job was queued or running."""


ENDED = frozenset({Status.DONE, Status.FAILED, Status.CANCELLED, Status.INTERRUPTED})


class Job(BaseModel):
    """A study with its inputs and options, and what has become of it."""

    id: str = Field(description="Name of the job.")
    study: str = Field(description="Name of the study.")
    inputs: dict[str, str] = Field(description="Files of the folder by their role.")
    options: dict[str, Any] = Field(description="Options, with their defaults.")
    status: Status = Field(default=Status.QUEUED, description="Where it stands.")
    progress: float = Field(default=0.0, ge=0, le=1, description="Completed fraction.")
    message: str = Field(
        default="",
        description="What it does before its study, why it failed, or what its result does not cover.",
    )
    result: str | None = Field(default=None, description="Key of its result, if it has one.")
    outputs: list[str] = Field(default=[], description="Files that it wrote into the folder.")
    created: datetime = Field(description="When it was asked for.")
    ended: datetime | None = Field(default=None, description="When it ended.")
    hashes: dict[str, str] = Field(default={}, description="SHA-256 of each input when it was asked for.")
    key: str = Field(description="Hash of study, version, options and inputs: the address of its result.")


def new_job(study: Study, material: Material, options: Options) -> Job:
    """A job that nobody has begun; its inputs are read, and refused, here.

    Raises
    ------
    InputError
        An input is not there, or cannot be read.
    """
    given, hashes = options.model_dump(mode="json"), material.hashes(study.plants)
    return Job(
        id=uuid4().hex[:12],
        study=study.name,
        inputs=dict(material.names),
        options=given,
        created=now(),
        hashes=hashes,
        key=key_of(study.name, given, hashes),
    )


def key_of(study: str, options: Mapping[str, Any], hashes: Mapping[str, str]) -> str:
    """The address of a result: equal inputs, options and version give equal keys."""
    from zhizao.experiments.facts import version

    made_by = {"version": version(), "source": source_hash()}
    said = {"study": study, **made_by, "options": options, "inputs": hashes}
    return sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@cache
def source_hash() -> str | None:
    """Hash of the code in a checkout, whose version says nothing of edits; None for an installed package."""
    import zhizao

    root = Path(zhizao.__file__).resolve().parent
    if not (root.parents[1] / "pyproject.toml").is_file():
        return None
    digest = sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)
