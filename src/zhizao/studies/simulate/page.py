"""The page of a simulation: headline, KPIs, lead times, WIP, states and a Gantt chart of one window."""

from __future__ import annotations

from datetime import timedelta
from math import isfinite

import numpy as np
import polars as pl

from zhizao.experiments.facts import on_page
from zhizao.experiments.uncertainty import NOTE, TITLE
from zhizao.kpi import FORMULAS, HEADLINE, unit_of
from zhizao.kpi.analysis import Interval
from zhizao.kpi.series import lead_times, state_shares, wip_over_time
from zhizao.plant import equipment
from zhizao.report import (
    Estimate,
    Gantt,
    GanttRow,
    Headline,
    HeadlineRow,
    Histogram,
    Lines,
    Prose,
    Report,
    Section,
    StackedBars,
    Table,
)
from zhizao.report.text import number
from zhizao.studies.simulate.findings import Simulated

_POINTS = 300
_BARS = 2000  # of the Gantt chart
_STATES = ("busy", "setup", "start-up", "blocked", "waiting", "down", "maintenance", "standby", "idle")


def page(result: Simulated) -> Report:
    """The report of a simulation."""
    return Report(
        title=result.plant.name,
        subtitle="What the plant does: simulated with its digital twin",
        sections=(
            Headline(_cards(result), note=_over(result)),
            Prose("\n\n".join(result.notes), title="In short"),
            *_uncertainty(result),
            Table(
                "Who is how busy", result.load_table(), note="Work over the time in which work is possible."
            ),
            *_charts(result),
            Table(
                "All KPIs",
                result.table().drop("kpi"),
                note="A KPI that the plant says too little about is left out.",
            ),
        ),
        facts=_facts(result),
    )


def _over(result: Simulated) -> str:
    if result.uncertainty is None:
        return "Mean and 95 % interval over the replications."
    return f"Mean and 95 % interval over {result.uncertainty.plants} plants drawn from what is known."


def _uncertainty(result: Simulated) -> tuple[Section, ...]:
    if result.uncertainty is None:
        return ()
    return (Table(TITLE, result.uncertainty.shown(), note=NOTE),)


def _cards(result: Simulated) -> tuple[HeadlineRow, ...]:
    return tuple(
        HeadlineRow(FORMULAS[name].name, unit_of(FORMULAS[name], result.plant), _estimate(result.kpis[name]))
        for name in HEADLINE
    )


def _estimate(interval: Interval) -> Estimate:
    value, low, high = (x if isfinite(x) else None for x in (interval.mean, interval.low, interval.high))
    return Estimate(value, low, high)


def _charts(result: Simulated) -> tuple[Section, ...]:
    return (
        _lead_times(result),
        _wip(result),
        _states(result),
        *_power(result),
        *_gantt(result),
        *_welch(result),
    )


def _lead_times(result: Simulated) -> Section:
    hours = {
        str(product[0]): (part["lead_s"] / 3600).to_list()
        for product, part in pl.concat([lead_times(r) for r in result.records])
        .partition_by("product", as_dict=True, maintain_order=False)
        .items()
    }
    largest = dict(sorted(hours.items(), key=lambda item: -len(item[1]))[:4])
    note = "From release to completion, all replications."
    if len(largest) < len(hours):
        note += f" The {len(largest)} largest products of {len(hours)}."
    return Histogram("Lead time", dict(sorted(largest.items())), "h", "lead time", note)


def _wip(result: Simulated) -> Section:
    curves = [wip_over_time(records, points=_POINTS) for records in result.records]
    stacked = np.array([curve["wip"].to_numpy() for curve in curves], dtype=np.float64)
    low, middle, high = np.quantile(stacked, [0.1, 0.5, 0.9], axis=0)
    series = {"9 of 10 replications below": high, "middle": middle, "1 of 10 below": low}
    return Lines(
        "Lots in the plant",
        curves[0]["time"].to_list(),
        {name: curve.tolist() for name, curve in series.items()},
        "",
        "lots",
        note="After the warm-up.",
    )


def _states(result: Simulated) -> Section:
    shares = pl.concat([state_shares(r, result.plant) for r in result.records])
    n = result.replications
    mean = shares.group_by("work_center", "state").agg(pl.col("share").sum() / n)
    of = {(center, state): share for center, state, share in mean.iter_rows()}
    centers = [center.id for center in equipment(result.plant)]
    return StackedBars(
        "What the units do in working time",
        centers,
        {state: [of.get((center, state), 0.0) for center in centers] for state in _STATES},
        note="Mean over the replications; time off shift is left out.",
    )


def _power(result: Simulated) -> tuple[Section, ...]:
    """Power over the day beside the price of energy, where both are known."""
    hours = [one for one in result.power if one.price is not None]
    if not hours:
        return ()
    rows = [*hours, hours[-1]]  # the last hour lasts until the next one begins
    halves = [one.kw.half_width for one in hours if isfinite(one.kw.half_width)]
    sure = f" 95 % intervals are at most ±{number(max(halves))} kW." if halves else ""
    return (
        Lines(
            "Energy over the day",
            [*(float(one.hour) for one in hours), hours[-1].hour + 1.0],
            {"power of all units": [one.kw.mean for one in rows]},
            "hour of the day",
            "kW",
            note=f"Mean over all days and replications.{sure} Energy of blocked, waiting and standby "
            "units is spread evenly over the time in which they do not work.",
            steps=True,
            right={"price of energy": [one.price for one in rows]},
            right_label=f"{result.plant.currency} per kWh",
        ),
    )


def _gantt(result: Simulated) -> tuple[Section, ...]:
    """The first working stretch of the window that holds a readable number of bars."""
    if result.events is None:
        return ()
    begin = result.records[0].start
    rows = result.events.filter(pl.col("end").is_not_null(), pl.col("start") >= begin).sort("start")
    rows = rows.head(_BARS)
    if not rows.height:
        return ()
    rows = rows.filter(pl.col("start") < pl.col("start").min() + timedelta(days=7))
    order = {unit.id: i for i, unit in enumerate(u for c in equipment(result.plant) for u in c.units)}
    bars = [
        GanttRow(
            row["unit"],
            row["start"],
            row["end"],
            row["activity"],
            " ".join(row[name] for name in ("lot", "operation") if row[name]),
            lot=row["lot"] or "",
            order=row["order"] or "",
            product=row["product"] or "",
            operation=row["operation"] or "",
            batch=row["batch"] or "",
        )
        for row in rows.iter_rows(named=True)
    ]
    bars.sort(key=lambda bar: order.get(bar.unit, len(order)))
    note = "One replication, from the end of the warm-up on."
    return (Gantt("Who does what when", bars, note),)


def _welch(result: Simulated) -> tuple[Section, ...]:
    """Welch's plot of the pilot, for who wants to judge the warm-up by eye."""
    w = result.window.welch
    if w is None:
        return ()
    curves: dict[str, tuple[float, ...]] = {"mean over the pilot's runs": w.mean_h, "smoothed": w.smoothed_h}
    return (
        Lines(
            "How the plant warms up (Welch)",
            w.days,
            curves,
            "days from the plant's start",
            "lead time (h)",
            note=f"Lead time of the n-th lot, averaged across the runs of a pilot; smoothed over {w.window} "
            "lots on either side. What is left of the dashed line is cut off.",
            mark=w.warm_up_days,
        ),
    )


def _facts(result: Simulated) -> dict[str, object]:
    return {
        "plant": result.plant.name,
        "work centers": len(result.plant.work_centers),
        "products": len(result.plant.products),
        **on_page(result, "replications"),
    }
