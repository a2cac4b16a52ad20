"""The page of a bottleneck analysis: the answer, the evidence side by side, a sentence for each resource."""

from __future__ import annotations

from math import isfinite

import polars as pl

from zhizao.experiments.facts import on_page
from zhizao.kpi.analysis import Difference, Interval
from zhizao.kpi.verdicts import Evidence
from zhizao.report import Prose, Report, Table
from zhizao.report.text import THIN, number, signed_percent
from zhizao.studies.bottlenecks.findings import Limits, Resource

_NBSP = "\u00a0"
_NOTE = (
    "Load: work over the time in which work is possible. Momentary bottleneck: share of the time in which "
    "the longest active period is its own (Roser, Nakano and Tanaka 2002). Wait: from the end of the step "
    "before to the start here. Last columns: relative change by one more unit or person, from pairs of runs "
    "with common random numbers; ≈: no difference shown that matters (Holm's correction over the rows); "
    "–: not tried."
)


def page(result: Limits) -> Report:
    """The report of a bottleneck analysis."""
    return Report(
        title=result.plant.name,
        subtitle="What limits the plant",
        sections=(
            Prose("\n\n".join(result.notes), title="In short"),
            Table(
                "What limits the plant, by what evidence",
                pl.DataFrame([_row(resource) for resource in result.resources]),
                note=_NOTE,
            ),
            Prose("\n\n".join(resource.sentence for resource in result.resources), title="In words"),
        ),
        facts=on_page(result),
    )


def _row(resource: Resource) -> dict[str, str]:
    gain = resource.gain
    return {
        "resource": resource.label,
        "load": _share(resource.load),
        "momentary bottleneck": _share(resource.moment_share),
        "wait before it, h": number(resource.wait_h.mean),
        "lead time with one more": "–" if gain is None else change(gain.lead_time, gain.lead_time_evidence),
        "throughput with one more": "–"
        if gain is None
        else change(gain.throughput, gain.throughput_evidence),
    }


def _share(interval: Interval) -> str:
    return f"{number(100 * interval.mean)}{THIN}%" if isfinite(interval.mean) else "–"


def change(difference: Difference, evidence: Evidence) -> str:
    """A relative change with its interval, or ≈ where none that matters is shown."""
    relative = difference.relative
    if not isfinite(relative.mean):
        return "–"
    sign = "" if evidence.shown else f"≈{THIN}"
    bounds = f" ({signed_percent(relative.low)}{_NBSP}to{_NBSP}{signed_percent(relative.high)})"
    return f"{sign}{signed_percent(relative.mean)}{THIN}%{bounds if isfinite(relative.low) else ''}"
