"""Improve plants in processes of their own; what is done is kept, and a second run goes on from there."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

from zhizao.studies.compare import Appraisal


def improve_plants(  # noqa: PLR0913  what a run of many plants takes
    files: list[Path],
    folder: Path,
    seconds: float,
    appraisal: Appraisal,
    seed: int,
    *,
    workers: int,
    done: Callable[[float], None],
) -> tuple[dict[Path, Path], bool]:
    """Results of `improve` by plant file, and whether Ctrl-C ended the work before all were there.

    A result is named after the content of its plant file, the time limit, the appraisal and the seed: a plant
    that has not changed is not run again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {file: folder / _name(file, seconds, appraisal, seed) for file in files}
    open_ = [file for file, result in wanted.items() if not result.is_file()]
    finished, cut = len(files) - len(open_), False
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        runs = [pool.submit(_improve, file, wanted[file], seconds, appraisal, seed) for file in open_]
        try:
            for run in as_completed(runs):
                run.result()
                finished += 1
                done(finished / len(files))
        except KeyboardInterrupt:
            cut = True
            pool.shutdown(cancel_futures=True)
    return {file: result for file, result in wanted.items() if result.is_file()}, cut


def _name(file: Path, seconds: float, appraisal: Appraisal, seed: int) -> str:
    key = f"{seconds:g} {appraisal.interest:g} {appraisal.years:g} {seed}"
    return f"{file.stem}-{sha256(file.read_bytes() + key.encode()).hexdigest()[:16]}.json"


def _improve(file: Path, result: Path, seconds: float, appraisal: Appraisal, seed: int) -> None:
    """Improve one plant and write its result whole."""
    from zhizao.workflows.improve import improve

    found = improve(file, seconds=seconds, appraisal=appraisal, seed=seed)
    if found.interrupted:
        return
    partial = result.with_suffix(".part")
    partial.write_text(found.to_json(), encoding="utf-8")
    partial.replace(result)
