"""The page of a bottleneck analysis: the answer, the evidence side by side, a sentence for each resource."""

from __future__ import annotations

from math import isfinite

import polars as pl

from zhizao.experiments.facts import on_page
from zhizao.kpi.analysis import Difference, Interval
from zhizao.kpi.verdicts import Evidence
from zhizao.report import Bars, Estimate, Prose, Report, Section, Table
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
            *_shares(result),
            Table(
                "What limits the plant, by what evidence",
                pl.DataFrame([_row(resource) for resource in result.resources]),
                note=_NOTE,
            ),
            Prose("\n\n".join(resource.sentence for resource in result.resources), title="In words"),
        ),
        facts=on_page(result),
    )


def _shares(result: Limits) -> tuple[Section, ...]:
    """Load and time as momentary bottleneck of each resource, those first that hold the plant up longest."""
    known = [one for one in result.resources if isfinite(one.load.mean) or isfinite(one.moment_share.mean)]
    order = sorted(known, key=lambda one: (-_finite(one.moment_share.mean), -_finite(one.load.mean)))[:_BARS]
    if not order:
        return ()
    left_out = f" The first {len(order)} of {len(known)}." if len(order) < len(known) else ""
    values = {
        "momentary bottleneck": [_in_percent(one.moment_share) for one in order],
        "load": [_in_percent(one.load) for one in order],
    }
    note = f"Shares of time with their 95 % intervals.{left_out}"
    return (Bars("Who holds up the plant", [one.label for one in order], values, "%", note=note),)


_BARS = 12  # resources in the chart


def _finite(value: float) -> float:
    return value if isfinite(value) else -1.0  # what is not known comes last


def _in_percent(interval: Interval) -> Estimate:
    bounds = (interval.mean, interval.low, interval.high)
    return Estimate(*(100 * bound if isfinite(bound) else None for bound in bounds))


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
