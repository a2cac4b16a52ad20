"""Lots that come back to a work center and must go to the unit that had them before."""

from __future__ import annotations

import numpy as np
import polars as pl

from zhizao.studies.learn.evidence import Finding
from zhizao.studies.learn.fitting import intervals
from zhizao.studies.learn.log.visits import Step

MANY = 40  # lots that came back which tell it
ALWAYS = 0.99  # share of them that came to the same unit
CHANCE = 0.8  # share that would by chance, from which on nothing is told


def learn_homes(table: pl.DataFrame) -> tuple[dict[Step, str], pl.Series, list[Finding]]:
    """The earlier operation whose unit each operation goes back to; for each visit of the table of jobs the
    unit that it must go to (null: any); the findings."""
    at = ("lot", "work_center")
    rows = table.select(*at, "operation", "unit", "batch").with_columns(
        before=pl.col("operation").shift(1).over(at), from_unit=pl.col("unit").shift(1).over(at)
    )
    back = rows.drop_nulls("before").filter(
        (pl.col("before") != pl.col("operation")) & pl.col("batch").is_null()
    )
    found: dict[Step, str] = {}
    findings = []
    keys = ("operation", "work_center", "before")
    for (operation, center, before), own in sorted(back.group_by(keys), key=lambda group: -group[1].height):
        step = (str(operation), str(center))
        same = int((own["unit"] == own["from_unit"]).sum())
        if step in found or own.height < MANY or same < ALWAYS * own.height or _by_chance(own) > CHANCE:
            continue
        found[step] = str(before)
        share = same / own.height
        how = f"units of lots that came back to {center}; Wilson"
        ends = intervals.of_share(same, own.height)
        findings.append(
            Finding(f"operations.{operation}.same_unit_as", f"{before}", own.height, how, share, *ends)
        )
    return found, _home_units(rows, found), findings


def _by_chance(rows: pl.DataFrame) -> float:
    """Share of lots that would come to the same unit if the one said nothing of the other."""
    units = rows["unit"].unique()
    now, then = (np.array([(rows[c] == u).mean() for u in units]) for c in ("unit", "from_unit"))
    return float(now @ then)


def _home_units(rows: pl.DataFrame, homes: dict[Step, str]) -> pl.Series:
    home = pl.lit(None, pl.String)
    for (operation, center), before in homes.items():
        here = (pl.col("work_center") == center) & (pl.col("operation") == operation)
        last = pl.when(pl.col("operation") == before).then("unit").forward_fill().over("lot", "work_center")
        home = pl.when(here).then(last).otherwise(home)
    return rows.with_columns(home=home)["home"]
