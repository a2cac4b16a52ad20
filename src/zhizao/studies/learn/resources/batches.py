"""Lots that are worked on together: how many, of what kind, and how long the first of them waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from zhizao.plant.model import Batch, Span
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.fitting import intervals
from zhizao.studies.learn.log.jobs import ROUND_S, Floats, Numbers

FEW = 5  # batches that make an operation one of batches
OFTEN = 0.3  # share of the lots of an operation that go in batches
AT_ONCE = 0.05  # share of the batches of a size that start when their last lot comes, if that size suffices
STRAY = 0.05  # share of the batches below the least size that start early for other reasons
By = Literal["operation", "product", "any"]


@dataclass(frozen=True, slots=True)
class BatchRule:
    """Batches of an operation at a work center."""

    batch: Batch
    count: int


def learn_batches(table: pl.DataFrame) -> tuple[dict[tuple[str, str], BatchRule], Floats, list[Finding]]:
    """Batches by operation and work center; the pieces that were worked on together at each visit, in the
    order of the table; the findings."""
    together = table.select(
        pl.when(pl.col("batch").is_not_null()).then(pl.col("pieces").sum().over("batch")).otherwise("pieces")
    ).to_series().to_numpy().astype(np.float64)  # fmt: skip
    found: dict[tuple[str, str], BatchRule] = {}
    findings: list[Finding] = []
    if table["batch"].null_count() == table.height:
        return found, together, findings
    shared = pl.col("batch").is_not_null().mean().over("operation", "work_center")
    number = pl.coalesce("batch", -1 - pl.int_range(pl.len())).alias("number")
    own = table.filter((shared >= OFTEN) & ~pl.col("running")).with_columns(number)
    mixed = [pl.col(c).n_unique().over("number").alias(f"{c}s") for c in ("operation", "product")]
    for (operation, center), rows in sorted(
        own.with_columns(mixed).group_by("operation", "work_center", maintain_order=True)
    ):
        batches = _whole(own.join(rows.select("number").unique(), on="number", how="semi"))
        if batches.height >= FEW:
            rule = BatchRule(_batch(batches, _by(rows)), batches.height)
            found[str(operation), str(center)] = rule
            findings.append(_finding(str(operation), rule, batches))
    return found, together, findings


def _whole(rows: pl.DataFrame) -> pl.DataFrame:
    """One row for each batch: lots, pieces, its start, and when its first and its last lot came."""
    begun = pl.col("start_s").min()
    came = (pl.col("ready_s").min().alias("first"), pl.col("ready_s").max().alias("last"))
    return rows.group_by("number").agg(pl.len(), pl.col("pieces").sum(), begun, *came)


def _by(rows: pl.DataFrame) -> By:
    """What the lots of all batches share; the operation of a learned route is that of one product."""
    if bool((rows["products"] > 1).any()):
        return "any"
    return "product" if bool((rows["operations"] > 1).any()) else "operation"


def _batch(batches: pl.DataFrame, by: By) -> Batch:
    """Sizes in lots or in pieces, whichever more often reaches the most that was ever seen."""
    full = {column: _at_most(batches[column].to_numpy()) for column in ("len", "pieces")}
    column = "pieces" if full["pieces"] > full["len"] else "len"
    size = batches[column].to_numpy()
    least, wait_s = _least(size, batches)
    span = Span(least=least, most=int(size.max()))
    if column == "pieces":
        return Batch(pieces=span, by=by, wait_at_most=wait_s)
    return Batch(lots=span, by=by, wait_at_most=wait_s)


def _at_most(size: Numbers) -> float:
    return float((size == size.max()).mean())


def _least(size: Numbers, batches: pl.DataFrame) -> tuple[int, float | None]:
    """Least size, and the longest wait of a first lot, after which a smaller batch starts all the same."""
    start, first, last = (batches[c].to_numpy().astype(np.float64) for c in ("start_s", "first", "last"))
    at_once = np.abs(start - last) <= ROUND_S
    sizes = np.unique(size)
    enough = [int(s) for s in sizes if float(at_once[size == s].mean()) >= AT_ONCE]
    least = enough[0] if enough else int(sizes[0])
    smaller = size < least
    if not smaller.any() or np.isnan(start[smaller] - first[smaller]).all():
        return int(sizes[0]) if not smaller.any() else least, None
    wait = float(np.nanquantile(start[smaller] - first[smaller], STRAY))
    return least, round(wait) if wait > ROUND_S else None


def _finding(operation: str, rule: BatchRule, batches: pl.DataFrame) -> Finding:
    span = rule.batch.lots or rule.batch.pieces
    assert span is not None  # a batch has the one or the other
    unit = "lots" if rule.batch.lots else "pieces"
    wait = f", the first waits {hours(rule.batch.wait_at_most)} at most" if rule.batch.wait_at_most else ""
    how = f"lots worked on together; least and most ever seen, by {rule.batch.by}"
    usual = float(batches["len" if rule.batch.lots else "pieces"].to_numpy().mean())
    value = f"{span.least}..{span.most} {unit}, {usual:.1f} on average{wait}"
    return Finding(f"operations.{operation}.batch", value, rule.count, how, span.most,
                   span.most - intervals.HALF, span.most + intervals.HALF)  # fmt: skip
