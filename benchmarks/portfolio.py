"""Time of `zhizao portfolio` on an invented portfolio, and its regret beside other ways.

python benchmarks/portfolio.py [PLANTS] [MEASURES]

The table is benchmarks/results/portfolio.md. The time is that of the processor: one thread is used.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.synthetic_portfolio import write
from zhizao import portfolio
from zhizao.report.text import number
from zhizao.workflows.portfolio import PortfolioResult

PAGE = Path(__file__).parent / "results" / "portfolio.md"


def main(plants: int, measures: int) -> None:
    with TemporaryDirectory() as folder:
        path = write(Path(folder), plants, measures, seed=1)
        begun, spent = time.perf_counter(), time.process_time()
        result = portfolio(path, seed=1)
    wall, cpu = time.perf_counter() - begun, time.process_time() - spent
    text = page(
        result, f"{plants} plants × {measures} measures: {cpu:.0f} s of one processor ({wall:.0f} s passed)"
    )
    print(text)
    PAGE.write_text(text, encoding="utf-8")


def page(result: PortfolioResult, timed: str) -> str:
    found = result.found
    draws = 0 if found.hindsight is None else len(found.hindsight.values)
    return "\n".join(
        [
            "# Portfolio of invented plants",
            "",
            "From `python benchmarks/portfolio.py`, with plants of `benchmarks/synthetic_portfolio.py`.",
            "",
            f"- {timed}, with {draws} draws for regret and learning.",
            f"- Proved: no plan is better by more than {100 * found.solution.gap:.3f} %.",
            f"- Searches that a limit of time ended: {found.timed_out}.",
            "",
            *table(found.ways()),
            "",
            *table(found.learned()),
            "",
        ]
    )


def table(frame: pl.DataFrame) -> list[str]:
    """A frame in Markdown."""
    rows = [[each if isinstance(each, str) else number(each) for each in row] for row in frame.rows()]
    heads = [name.replace("_", " ") for name in frame.columns]
    return [f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows)]


if __name__ == "__main__":
    main(*(int(each) for each in (sys.argv[1:] or ["200", "10"])))
