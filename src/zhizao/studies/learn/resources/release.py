"""Whether the number of lots in the plant is limited (CONWIP), from when lots start.

Where it is, an order that waits outside comes in at the very moment at which a lot leaves. So lots that start
on a unit that had been free start just when another lot is done, and with the greatest number of lots in the
plant. In a plant without a limit the two have nothing to do with each other; where people are short, a lot
may start when another is done, but at any number of lots.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from zhizao.studies.learn.evidence import Finding
from zhizao.studies.learn.fitting import intervals
from zhizao.studies.learn.log.jobs import ROUND_S, Flags, Floats
from zhizao.studies.learn.log.visits import History
from zhizao.studies.learn.resources.people import going_on

FEW = 20  # starts on a free unit that a limit takes to be believed
LEAST = 3  # a limit of fewer lots is that of a work center
FULL = 0.02  # share of these starts that happen at the greatest number of lots
ALWAYS = 0.95  # share of those at which another lot is done
OFTEN = 0.5  # share of all starts on a free unit at which another lot is done, where no people are short
MOST = 0.999  # share of starts at which there are no more lots than the greatest number


def learn_release(history: History, units: dict[str, int], *, crew: bool) -> tuple[int | None, list[Finding]]:
    """Greatest number of lots in the plant, None where nothing shows a limit. `crew`: people are short."""
    table = history.table
    lots = spans_of_lots(table)
    start, done = lots["start_s"].to_numpy(), np.sort(lots["end_s"].to_numpy())
    free = on_a_free_unit(table, lots, units)
    if free.sum() < FEW:
        return None, []
    level = going_on(lots, start - ROUND_S)  # one that is just done is still in
    most = int(np.quantile(level, MOST))
    next_done = np.append(done, np.inf)[np.searchsorted(done, start - 1.5 * ROUND_S)]
    leaves: Flags = next_done <= start + 1.5 * ROUND_S
    full = free & (level >= most)
    sharp = full.sum() >= max(FEW, FULL * free.sum()) and leaves[full].mean() >= ALWAYS
    usual = not crew and leaves[free].mean() >= OFTEN
    if most < LEAST or not (sharp or usual):
        return None, []
    low, high = intervals.of_share(int(leaves[free].sum()), int(free.sum()))
    how = (
        f"inferred: {low:.0%} to {high:.0%} of the {int(free.sum())} lots that start on a free unit start "
        f"just when another is done, with {most} lots in the plant, and never more; how many orders wait "
        "outside the log does not tell"
    )
    return most, [Finding("release.conwip", f"{most} lots", int(free.sum()), how)]


def spans_of_lots(table: pl.DataFrame) -> pl.DataFrame:
    """First start and last end (s) of each lot, and the work center at which it starts."""
    return table.group_by("lot").agg(
        pl.col("start_s").min(), pl.col("end_s").max(), pl.col("work_center").sort_by("start_s").first()
    )


def on_a_free_unit(table: pl.DataFrame, lots: pl.DataFrame, units: dict[str, int]) -> Flags:
    """Whether a unit had been free when each lot (as of `spans_of_lots`) started."""
    found = np.zeros(lots.height, bool)
    start: Floats = lots["start_s"].to_numpy()
    jobs = table.select("work_center", "unit", "start_s", "end_s").unique()
    for (name,), own in jobs.group_by("work_center"):
        here = (lots["work_center"] == name).to_numpy()
        found[here] = going_on(own, start[here] - ROUND_S) < units.get(str(name), 1)
    return found
