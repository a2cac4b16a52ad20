"""Time of `zhizao portfolio` on an invented portfolio, and its regret beside other ways.

python benchmarks/portfolio.py [PLANTS] [MEASURES]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.synthetic_portfolio import write
from zhizao import portfolio


def main(plants: int, measures: int) -> None:
    with TemporaryDirectory() as folder:
        path = write(Path(folder), plants, measures, seed=1)
        begun, spent = time.perf_counter(), time.process_time()
        result = portfolio(path, seed=1)
    wall, cpu = time.perf_counter() - begun, time.process_time() - spent
    print(f"{plants} plants x {measures}: {wall:.0f} s, {cpu:.0f} CPU-s")
    print(f"proved gap {100 * result.found.solution.gap:.3f} %")
    print(result.found.ways())
    print(result.found.learned())


if __name__ == "__main__":
    main(*(int(each) for each in (sys.argv[1:] or ["200", "10"])))
