"""Jobs and results on disk: a restarted server finds what was finished, and says what was not."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pydantic import ValidationError

from zhizao.quantities import InputError
from zhizao.web.folder import STORE, Folder
from zhizao.web.jobs.answer import answer_of
from zhizao.web.jobs.job import ENDED, Job, Status, now

if TYPE_CHECKING:
    from zhizao.report import Language, Result

_KEY = re.compile(r"[0-9a-f]{64}")
RESULT, PAGE, REPORT, ANSWER, OUTPUTS, TABLE = (
    "result.json",
    "page.json",
    "report.html",
    "answer.json",
    "outputs.json",
    "table.parquet",
)
_LEFTOVER_S = 3600.0
"""A write takes no hour; what is older was left by a process that was killed."""
_FILES = "files"
"""Folder within a result of the files that were not written beside its inputs."""


MOST_RESULTS = 500
MOST_BYTES = 2 * 2**30
"""Results are kept up to so many and so much; the oldest go first. One of a large plant takes a few MB."""


class UnknownResultError(InputError):
    """The folder keeps no such result."""


class Store:
    """Jobs and results of a folder, each job a file and each result a folder by its key.

    Jobs belong to one server; a second one on the same folder (`keeps_jobs=False`) shares the results alone.
    """

    def __init__(self, folder: Folder, *, keeps_jobs: bool = True) -> None:
        self._folder, self._keeps_jobs = folder, keeps_jobs
        self._jobs = folder.root / STORE / "jobs"
        self._results = folder.root / STORE / "results"
        self._jobs.mkdir(parents=True, exist_ok=True)
        self._results.mkdir(exist_ok=True)

    # ------------------------------------------------------------ jobs
    def save(self, job: Job) -> None:
        """Write a job; the file is complete or as it was."""
        if self._keeps_jobs:
            _write(self._jobs / f"{job.id}.json", job.model_dump_json(indent=2))

    def load(self) -> list[Job]:
        """All jobs, oldest first; those that had not ended are interrupted."""
        found: list[Job] = []
        for path in self._jobs.glob("*.json") if self._keeps_jobs else ():
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

    def forget(self, job: Job) -> None:
        """Drop a job; its result stays."""
        (self._jobs / f"{job.id}.json").unlink(missing_ok=True)

    # ------------------------------------------------------------ results
    def prune(self, *, most: int = MOST_RESULTS, most_bytes: int = MOST_BYTES) -> None:
        """Drop the oldest results above the limits, and what writes that were cut off have left."""
        size = 0
        found = [one for one in self._results.iterdir() if one.is_dir()]
        kept = [one for one in found if _KEY.fullmatch(one.name)]
        for count, one in enumerate(sorted(kept, key=_written_at, reverse=True)):
            size += sum(path.stat().st_size for path in one.rglob("*") if path.is_file())
            if count >= most or (size > most_bytes and count > 0):
                shutil.rmtree(one, ignore_errors=True)
        for one in set(found) - set(kept):
            if time.time() - _written_at(one) > _LEFTOVER_S:
                shutil.rmtree(one, ignore_errors=True)

    def has(self, key: str) -> bool:
        """Whether a result is there."""
        return (self._results / key / RESULT).is_file()

    def keep(
        self,
        key: str,
        result: Result,
        outputs: list[str],
        *,
        unwritten: Path | None = None,
        more: Mapping[str, bytes] | None = None,
    ) -> None:
        """Write a result in all its forms; it is there with all of them or not at all.

        Parameters
        ----------
        outputs : files of the folder that the study wrote.
        unwritten : a folder of the files that it would have written; they are kept with the result.
        more : forms that only results of its study have.
        """
        temporary = self._results / f".{uuid4().hex}"
        temporary.mkdir()
        from zhizao.report import LANGUAGES

        try:
            page = result.page()
            (temporary / RESULT).write_text(result.to_json(), encoding="utf-8", newline="\n")
            for language in LANGUAGES:
                fragments, html = page.to_fragments(language=language), page.to_html(language=language)
                (temporary / in_language(PAGE, language)).write_text(
                    fragments, encoding="utf-8", newline="\n"
                )
                (temporary / in_language(REPORT, language)).write_text(html, encoding="utf-8", newline="\n")
            result.table().write_parquet(temporary / TABLE)
            (temporary / ANSWER).write_text(answer_of(result), encoding="utf-8", newline="\n")
            if unwritten is not None and any(unwritten.iterdir()):
                shutil.copytree(unwritten, temporary / _FILES)
            (temporary / OUTPUTS).write_text(json.dumps(outputs), encoding="utf-8", newline="\n")
            for form, content in (more or {}).items():
                (temporary / form).write_bytes(content)
            shutil.rmtree(self._results / key, ignore_errors=True)
            temporary.rename(self._results / key)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def read_in(self, language: Language, key: str, form: str) -> bytes:
        """A result in one of the forms that are kept in each language; an old one has English alone."""
        try:
            return self.read(key, in_language(form, language))
        except UnknownResultError:
            return self.read(key, form)

    def read(self, key: str, form: str) -> bytes:
        """A result in one of its forms.

        Raises
        ------
        UnknownResultError
            There is none of that key.
        """
        try:
            if _KEY.fullmatch(key):
                return (self._results / key / form).read_bytes()
        except FileNotFoundError:
            pass
        raise UnknownResultError(f"found no result {key[:80]!r}")

    def files(self, key: str) -> dict[str, Path]:
        """Files that a result left, in the folder or kept with the result, by name."""
        outputs: list[str] = json.loads(self.read(key, OUTPUTS))
        apart = self._results / key / _FILES
        found = [self._folder.root / name for name in outputs]
        found += sorted(apart.iterdir()) if apart.is_dir() else []
        return {path.name: path for path in found if path.is_file()}

    def finished(self, key: str, *, write: bool = True) -> list[str] | None:
        """Files that a whole result wrote, where it and they are still there; else None.

        Without `write`, files that are kept with the result are as good.
        """
        try:
            self.read(key, ANSWER)
            outputs: list[str] = json.loads(self.read(key, OUTPUTS))
            envelope: dict[str, Any] = json.loads(self.read(key, RESULT))
        except UnknownResultError:
            return None
        if write and (self._results / key / _FILES).is_dir():
            return None
        there = {file.name for file in self._folder.files()}
        return outputs if there.issuperset(outputs) and not envelope["interrupted"] else None


def in_language(form: str, language: Language) -> str:
    """The file of a form that is kept in each language."""
    stem, _, suffix = form.rpartition(".")
    return form if language == "en" else f"{stem}.{language}.{suffix}"


def _written_at(path: Path) -> float:
    """When a result was written; 0 where it has just gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{uuid4().hex}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
