"""A few worker processes, each with a thread that gives it jobs and watches it."""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
import time
from collections import deque
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from zhizao.quantities import InputError
from zhizao.web.folder import Folder
from zhizao.web.jobs.job import ENDED, Job, Status, new_job, now
from zhizao.web.jobs.store import MOST_RESULTS, Store
from zhizao.web.jobs.work import Doing, Ended, Task, serve_tasks
from zhizao.web.material import Material
from zhizao.web.options import Options
from zhizao.web.studies import Study

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Event

WORKERS = 2
"""A short study need not wait for a long one."""
WORKER = "zhizao-worker"
"""Name of a worker among the processes."""
MOST_WAITING = 100
"""Jobs that may wait at once; a script that goes wild is refused, not served for a week."""
_JOBS = TypeAdapter(list[Job])
_GRACE_S = 10.0
"""A study that was cancelled has so long to keep what it has; then its process is ended."""
_LOOK_S = 0.1


class UnknownJobError(InputError):
    """There is no such job."""


class TooManyJobsError(InputError):
    """Too many jobs wait already."""


class Pool:
    """The jobs of a folder: asked for, running and ended."""

    def __init__(
        self,
        folder: Folder,
        store: Store,
        *,
        workers: int = WORKERS,
        allow_code: bool = False,
        write: bool = True,
    ) -> None:
        self._folder, self._store, self._allow_code, self._write = folder, store, allow_code, write
        self._jobs = {job.id: job for job in store.load()}
        self._changes, self._written = 0, (-1, b"")
        self._waiting: deque[Job] = deque()
        self._cancelled: set[str] = set()
        self._change = threading.Condition()
        self._closing = False
        with contextlib.suppress(OSError):
            self._prune()
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    def jobs(self) -> list[Job]:
        """All jobs, latest first."""
        with self._change:
            return [job.model_copy() for job in reversed(self._jobs.values())]

    def jobs_as_json(self) -> bytes:
        """The same as JSON, written once for all who ask until something changes."""
        changes = self._changes
        if self._written[0] != changes:
            self._written = changes, _JOBS.dump_json(self.jobs())
        return self._written[1]

    def job(self, name: str) -> Job:
        """One job.

        Raises
        ------
        UnknownJobError
            There is none of that name.
        """
        with self._change:
            return self._known(name).model_copy()

    def ask(self, study: Study, names: dict[str, str], options: Options) -> Job:
        """Queue a job; equal inputs and options get the job that is at work, or the result that is there.

        Raises
        ------
        InputError
            An input cannot be used, or too many jobs wait.
        """
        job = new_job(study, Material(self._folder, names, self._allow_code), options)
        outputs = self._store.finished(job.key, write=self._write)
        with self._change:
            same = (one for one in self._jobs.values() if one.key == job.key and one.status not in ENDED)
            if (twin := next(same, None)) is not None and twin.id not in self._cancelled:
                return twin.model_copy()
            if outputs is None and len(self._waiting) >= MOST_WAITING:
                raise TooManyJobsError(f"{MOST_WAITING} jobs wait already; cancel some, or come back later")
            self._jobs[job.id] = job
            self._changes += 1
            if outputs is None:
                self._waiting.append(job)
                self._change.notify()
            else:
                job.result, job.outputs, job.progress = job.key, outputs, 1.0
                job.status, job.ended = Status.DONE, now()
            self._store.save(job)
            return job.model_copy()

    def cancel(self, name: str) -> Job:
        """Cancel a job; a study that can keeps what it has finished.

        Raises
        ------
        UnknownJobError
            There is none of that name.
        """
        with self._change:
            job = self._known(name)
            if job.status is Status.QUEUED:
                self._waiting.remove(job)
                self._end(job, Ended(False, cancelled=True, message="cancelled before it began"))
            elif job.status is Status.RUNNING:
                self._cancelled.add(job.id)
            return job.model_copy()

    def close(self) -> None:
        """End all workers; jobs that have not ended are interrupted."""
        with self._change:
            self._closing = True
            self._change.notify_all()
        for thread in self._threads:
            thread.join()
        for job in self._jobs.values():
            if job.status not in ENDED:
                job.status, job.ended = Status.INTERRUPTED, now()
                job.message = "the server ended before the job did; start it again"
                self._store.save(job)

    def _known(self, name: str) -> Job:
        if name not in self._jobs:
            raise UnknownJobError(f"found no job {name[:80]!r}")
        return self._jobs[name]

    # ------------------------------------------------------------ one worker
    def _serve(self) -> None:
        worker: _Worker | None = None
        while (job := self._next()) is not None:
            if worker is None or not worker.process.is_alive():
                worker = _Worker()
            if (ended := self._watch(worker, job)) is None:
                break
            with self._change:
                self._end(job, ended)
        if worker is not None:
            worker.stop()

    def _next(self) -> Job | None:
        """The next job, once there is one; None: the server ends."""
        with self._change:
            self._change.wait_for(lambda: self._closing or self._waiting)
            if self._closing:
                return None
            job = self._waiting.popleft()
            job.status = Status.RUNNING
            self._changes += 1
            self._store.save(job)
            return job

    def _watch(self, worker: _Worker, job: Job) -> Ended | None:
        """Let a worker do a job; None: the server ends first."""
        root, code = self._folder.root, self._allow_code
        worker.begin(Task(job.study, job.key, root, job.inputs, job.options, code, job.hashes, self._write))
        deadline: float | None = None
        while not self._closing:
            if job.id in self._cancelled and deadline is None:
                worker.cancel.set()
                deadline = time.monotonic() + _GRACE_S
            if deadline is not None and time.monotonic() > deadline:
                worker.stop()
                return Ended(False, cancelled=True, message="cancelled before there was a result")
            said = worker.said()
            if isinstance(said, Ended):
                return said
            if said is not None:
                with self._change:
                    self._hear(job, said)
        return None

    def _hear(self, job: Job, said: float | Doing) -> None:
        """Write down what a worker said; the caller holds the lock."""
        if isinstance(said, Doing):
            job.message = said.message
        else:
            job.progress = max(job.progress, said)
        self._changes += 1

    def _prune(self) -> None:
        """Drop old results with their jobs, and the oldest of many jobs; the caller holds the lock."""
        self._store.prune()
        ended = [job for job in reversed(self._jobs.values()) if job.status in ENDED]
        for count, job in enumerate(ended):
            if count >= MOST_RESULTS or (job.result is not None and not self._store.has(job.result)):
                del self._jobs[job.id]
                self._store.forget(job)

    def _end(self, job: Job, ended: Ended) -> None:
        """Write down how a job ended; the caller holds the lock."""
        job.status = Status.CANCELLED if ended.cancelled else Status.DONE if ended.kept else Status.FAILED
        job.message, job.outputs, job.ended = ended.message, list(ended.outputs), now()
        job.result = job.key if ended.kept else None
        job.progress = 1.0 if job.status is Status.DONE else job.progress
        self._cancelled.discard(job.id)
        self._changes += 1
        with contextlib.suppress(OSError):  # a full disk ends no worker; the page still shows the job
            self._store.save(job)
            self._prune()


class _Worker:
    """A process that does one task after another."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy the threads' locks
        self.cancel: Event = context.Event()
        self._line: Connection
        self._line, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(
            name=WORKER, target=serve_tasks, args=(theirs, self.cancel), daemon=True
        )
        self.process.start()
        theirs.close()

    def begin(self, task: Task) -> None:
        """Send a task."""
        self.cancel.clear()
        with contextlib.suppress(BrokenPipeError):  # `said` tells that it is gone
            self._line.send(task)

    def said(self) -> float | Doing | Ended | None:
        """The completed fraction, what else it does, or how the task ended; None: nothing yet."""
        try:
            if not self._line.poll(_LOOK_S):
                return None
            said: float | Doing | Ended = self._line.recv()
        except (EOFError, OSError):
            self.process.join()
            code = self.process.exitcode
            return Ended(False, message=f"the worker process ended (exit code {code}); start the job again")
        return said

    def stop(self) -> None:
        """End the process, whatever it does."""
        self.process.terminate()
        self.process.join(5.0)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self._line.close()
