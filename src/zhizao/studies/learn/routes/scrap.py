"""Scrap of each operation: as rows report it, or as the pieces that do not come to the next one."""

from __future__ import annotations

from collections import defaultdict

import polars as pl

from zhizao.studies.learn.evidence import Finding
from zhizao.studies.learn.fitting import intervals
from zhizao.studies.learn.log.visits import History

NEARLY = 0.9  # share of the rows with a number of pieces, from which what is missing was scrapped
GROWS = 0.01  # share of the steps with more pieces than before, from which rows are no whole visits


def learn_scrap(history: History) -> tuple[dict[str, float], list[Finding]]:
    """Scrapped pieces of each operation over the pieces of the lots that passed it."""
    scrapped, passed, how = _reported(history)
    if not scrapped:
        scrapped, passed, how = _missing(history)
    found, findings = {}, []
    for operation, n in sorted(scrapped.items()):
        share = round(min(n / max(passed[operation], 1), 1.0), 6)
        if n > 0:
            found[operation] = share
            low, high = intervals.of_share(n, max(passed[operation], n))
            what = f"operations.{operation}.defects.share"
            said = f"{n} pieces {how}"
            findings.append(Finding(what, f"{share:.2%}", passed[operation], said, share, low, high))
    return found, findings


def _reported(history: History) -> tuple[dict[str, int], dict[str, int], str]:
    scrapped: dict[str, int] = defaultdict(int)
    for operation, pieces in history.rows.select("operation", "pieces_scrap").drop_nulls().iter_rows():
        scrapped[operation] += pieces
    passed: dict[str, int] = defaultdict(int)
    for trace in history.traces:
        for visit in trace.visits:
            passed[visit.operation] += trace.pieces
    return scrapped, passed, "scrapped over the pieces of the lots that passed"


def _missing(history: History) -> tuple[dict[str, int], dict[str, int], str]:
    """Pieces that went into an operation and not into the next one of their lot."""
    rows = history.rows.filter(pl.col("activity") != "setup")
    if rows["pieces_in"].null_count() > (1 - NEARLY) * rows.height:
        return {}, {}, ""
    rows = rows.drop_nulls("pieces_in").sort("lot", "start_s", maintain_order=True)
    rows = rows.select(
        "operation", "pieces_in", lost=pl.col("pieces_in") - pl.col("pieces_in").shift(-1).over("lot")
    ).drop_nulls("lost")
    if int((rows["lost"] < 0).sum()) > GROWS * rows.height:
        return {}, {}, ""
    sums = rows.group_by("operation").agg(pl.col("lost").clip(lower_bound=0).sum(), pl.col("pieces_in").sum())
    scrapped = {operation: lost for operation, lost, _ in sums.iter_rows() if lost}
    passed = {operation: n for operation, _, n in sums.iter_rows()}
    return (
        scrapped,
        passed,
        "that went in did not come to the next operation of their lot; the last one is unknown",
    )
