"""Progress and messages, on stderr; stdout is for results alone."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Progress = Callable[[float], None]


def tell(text: str) -> None:
    """Print a message that is not part of the result."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def progress(label: str) -> Iterator[Progress | None]:
    """Show a progress bar; None if stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Bar(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=1.0)
        yield lambda share: bar.update(task, completed=share)


def compile_once() -> None:
    """Compile the kernels if needed, and say so: once after an install."""
    from zhizao.experiments.first_run import compile_kernels, needs_compile

    if not needs_compile():
        return
    tell("Compiling the simulation kernels (once after an install, about half a minute) ...")
    began = time.perf_counter()
    compile_kernels()
    tell(f"Compiled in {time.perf_counter() - began:.0f} s; later runs start at once.")


@contextmanager
def computed_by(backend: str, checkpoint: Path | None) -> Iterator[None]:
    """Choose the backend for the body, and show its warnings on one line each."""
    from zhizao.engine import Backend, computing

    with warnings.catch_warnings(), computing(Backend(backend), checkpoint):
        warnings.showwarning = lambda message, *_, **__: tell(str(message))
        yield
