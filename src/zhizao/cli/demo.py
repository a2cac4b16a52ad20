"""`zhizao demo`: the whole loop on a hidden garment works, from its log to a validated comparison."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.compare import show_comparison
from zhizao.cli.faults import guarded
from zhizao.cli.files import written
from zhizao.cli.options import Json, Seed
from zhizao.cli.output import LANGUAGE, emit_json, say
from zhizao.cli.progress import compile_once, tell
from zhizao.quantities.errors import InputError

if TYPE_CHECKING:
    from zhizao.report import Result
    from zhizao.workflows.demo.loop import Loop


@guarded
def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Output folder.")] = Path("zhizao-demo"),
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Run the whole loop on a bundled example: log, twin, validation, bottleneck, comparison of two measures.

    \b
    Examples:
      zhizao demo
      zhizao demo --out /tmp/demo --seed 7
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.workflows.demo.loop import whole_loop
    from zhizao.workflows.demo.story import story

    _make(out)
    began = time.perf_counter()
    compile_once()
    loop = whole_loop(out, seed, tell, partial(written, "--out"))
    _write_pages(loop, out)
    tell(f"done in {time.perf_counter() - began:.0f} s")
    if as_json:
        emit_json(loop.compared.to_json())
    else:
        say([*story(loop), "", loop.validated.verdict, loop.limited.answer])
        show_comparison(loop.compared, all_kpis=False)
    tell(f"The plant is {out / 'plant.yaml'}. Edit it, and run `zhizao compare` with measures of your own.")
    say([] if as_json else [f"report: {(out / 'report.html').resolve()}"])


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--out {folder}: cannot be created ({error.strerror or error})") from error


def _write_pages(loop: Loop, folder: Path) -> None:
    from zhizao.report import write_report
    from zhizao.workflows.demo.page import page

    results: dict[str, Result] = {
        "learned": loop.learned,
        "validated": loop.validated,
        "simulated": loop.simulated,
        "bottlenecks": loop.limited,
        "compared": loop.compared,
    }
    for name, result in results.items():
        written("--out", folder / f"{name}.html", partial(result.report, language=LANGUAGE.get()))
    whole = partial(write_report, page(loop), language=LANGUAGE.get())
    written("--out", folder / "report.html", whole)
