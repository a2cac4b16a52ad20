"""Jobs and results on disk: a restarted server finds what was finished, and says what was not."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pydantic import ValidationError

from zhizao.quantities import InputError
from zhizao.web.folder import STORE, Folder
from zhizao.web.jobs.job import ENDED, Job, Status, now

if TYPE_CHECKING:
    from zhizao.report import Result

_KEY = re.compile(r"[0-9a-f]{64}")
RESULT, PAGE, REPORT, OUTPUTS = "result.json", "page.json", "report.html", "outputs.json"


class UnknownResultError(InputError):
    """The folder keeps no such result."""


class Store:
    """Jobs and results of a folder, each job a file and each result a folder by its key."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._jobs = folder.root / STORE / "jobs"
        self._results = folder.root / STORE / "results"
        self._jobs.mkdir(parents=True, exist_ok=True)
        self._results.mkdir(exist_ok=True)

    # ------------------------------------------------------------ jobs
    def save(self, job: Job) -> None:
        """Write a job; the file is complete or as it was."""
        _write(self._jobs / f"{job.id}.json", job.model_dump_json(indent=2))

    def load(self) -> list[Job]:
        """All jobs, oldest first; those that had not ended are interrupted."""
        found = []
        for path in self._jobs.glob("*.json"):
            try:
                job = Job.model_validate_json(path.read_bytes())
            except ValidationError:  # of another version; its result is still found by its key
                continue
            if job.status not in ENDED:
                job.status, job.ended = Status.INTERRUPTED, now()
                job.message = "the server ended before the job did; start it again"
                self.save(job)
            found.append(job)
        return sorted(found, key=lambda job: job.created)

    # ------------------------------------------------------------ results
    def keep(
        self, key: str, result: Result, outputs: list[str], more: Mapping[str, bytes] | None = None
    ) -> None:
        """Write a result in all its forms; it is there with all of them or not at all.

        `more` are forms that only results of its study have.
        """
        temporary = self._results / f".{uuid4().hex}"
        temporary.mkdir()
        try:
            page = result.page()
            (temporary / RESULT).write_text(result.to_json(), encoding="utf-8", newline="\n")
            (temporary / PAGE).write_text(page.to_fragments(), encoding="utf-8", newline="\n")
            (temporary / REPORT).write_text(page.to_html(), encoding="utf-8", newline="\n")
            (temporary / OUTPUTS).write_text(json.dumps(outputs), encoding="utf-8", newline="\n")
            for form, content in (more or {}).items():
                (temporary / form).write_bytes(content)
            shutil.rmtree(self._results / key, ignore_errors=True)
            temporary.rename(self._results / key)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def read(self, key: str, form: str) -> bytes:
        """A result in one of its forms.

        Raises
        ------
        UnknownResultError
            There is none of that key.
        """
        if not _KEY.fullmatch(key) or not (self._results / key / form).is_file():
            raise UnknownResultError(f"found no result {key[:80]!r}")
        return (self._results / key / form).read_bytes()

    def finished(self, key: str) -> list[str] | None:
        """Files that a whole result wrote, where it and they are still there; else None."""
        try:
            outputs: list[str] = json.loads(self.read(key, OUTPUTS))
            envelope: dict[str, Any] = json.loads(self.read(key, RESULT))
        except UnknownResultError:
            return None
        there = {file.name for file in self._folder.files()}
        return outputs if there.issuperset(outputs) and not envelope["interrupted"] else None


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{uuid4().hex}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
