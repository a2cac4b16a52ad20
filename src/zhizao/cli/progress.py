"""Progress on stderr, where somebody sees it; stdout is for results alone."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Progress = Callable[[float], None]


def tell(text: str) -> None:
    """Say something about the work, not its result."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def progress(label: str) -> Iterator[Progress | None]:
    """A bar for one piece of work; None where nobody looks (stderr is no terminal)."""
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
    """Compile the kernels if that is still to do, and say so: it takes a while, once after an install."""
    from zhizao.engine import RunSettings, run
    from zhizao.engine.run import needs_compile
    from zhizao.plant import parse_plant

    if not needs_compile():
        return
    tell("Compiling the twin: once after an install, about half a minute ...")
    began = time.perf_counter()
    if run(parse_plant(_SMALLEST), RunSettings(days=1.0)).interrupted:
        raise KeyboardInterrupt
    tell(f"Compiled in {time.perf_counter() - began:.0f} s; from now on it starts at once.")


@contextmanager
def computed_by(backend: str, checkpoint: Path | None) -> Iterator[None]:
    """Run what is inside by these means, and tell a warning in one line."""
    from zhizao.engine import Backend, computing

    with warnings.catch_warnings(), computing(Backend(backend), checkpoint):
        warnings.showwarning = lambda message, *_, **__: tell(str(message))
        yield


_SMALLEST = """
zhizao: 1
plant: one machine
work_centers: [{id: m}]
routes: {r: [{id: o, on: m, takes: 1 min}]}
products: {p: {route: r}}
orders: [{product: p, every: 1 h}]
"""
