"""Improve plants in processes of their own; what is done is kept, and a second run goes on from there."""

from __future__ import annotations

import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from hashlib import sha256
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path

from zhizao.quantities import InputError
from zhizao.studies.compare import Appraisal


def improve_plants(  # noqa: PLR0913  what a run of many plants takes
    files: list[Path],
    folder: Path,
    seconds: float | None,
    appraisal: Appraisal,
    seed: int,
    *,
    workers: int,
    done: Callable[[float], None],
) -> tuple[dict[Path, Path], bool]:
    """Results of `improve` by plant file, and whether Ctrl-C ended the work before all were there.

    A result is named after the content of its plant file, the time limit, the appraisal and the seed: a plant
    that has not changed is not run again.

    Raises
    ------
    InputError
        Plants could not be improved; the results of the others are in the folder by then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {file: folder / _name(file, seconds, appraisal, seed) for file in files}
    open_ = {file: result for file, result in wanted.items() if not result.is_file()}
    finished, cut, faults = len(files) - len(open_), False, list[str]()
    context = get_context("spawn")
    stop = context.Event()
    with ProcessPoolExecutor(
        max(min(workers, len(open_)), 1), mp_context=context, initializer=_begin, initargs=(stop,)
    ) as pool:
        try:
            runs = [pool.submit(_improve, *pair, seconds, appraisal, seed) for pair in open_.items()]
            for run in as_completed(runs):
                faults += [fault for fault in (run.result(),) if fault is not None]
                finished += 1
                done(finished / len(files))
        except KeyboardInterrupt:
            cut = True
            stop.set()
            pool.shutdown(cancel_futures=True)
    if faults and not cut:
        raise InputError("\n".join(faults))
    return {file: result for file, result in wanted.items() if result.is_file()}, cut


def _name(file: Path, seconds: float | None, appraisal: Appraisal, seed: int) -> str:
    key = f"{seconds} {appraisal.interest:g} {appraisal.years:g} {seed}"
    return f"{file.stem}-{sha256(file.read_bytes() + key.encode()).hexdigest()[:16]}.json"


_stop: list[Event] = []
"""In a process of the pool: set once the plants that are being improved are to be given up."""


def _begin(stop: Event) -> None:
    """Begin a process: Ctrl-C on a terminal reaches it too, but it is the first process that answers it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _stop.append(stop)


def _improve(file: Path, result: Path, seconds: float | None, appraisal: Appraisal, seed: int) -> str | None:
    """Improve one plant and write its result whole; gives what is wrong with the plant, if anything is."""
    from zhizao.workflows.improve import improve

    try:
        found = improve(file, seconds=seconds, appraisal=appraisal, seed=seed, progress=_go_on)
    except InputError as error:
        return f"{file}: {error}"
    except KeyboardInterrupt:
        return None
    if not found.interrupted:
        partial = result.with_suffix(".part")
        partial.write_text(found.to_json(), encoding="utf-8")
        partial.replace(result)
    return None


def _go_on(_: float) -> None:
    if any(stop.is_set() for stop in _stop):
        raise KeyboardInterrupt
