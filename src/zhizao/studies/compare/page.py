"""The page of a comparison: headline with differences, each change beside the others, all KPIs."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, isinf, isnan

import polars as pl

from zhizao.experiments.facts import on_page
from zhizao.experiments.uncertainty import NOTE, TITLE
from zhizao.kpi import FORMULAS, HEADLINE, unit_of
from zhizao.kpi.analysis import Interval
from zhizao.plant import Differing, Measure, Plant
from zhizao.plant.query.measures import known_by
from zhizao.report import (
    Estimate,
    Headline,
    HeadlineRow,
    Histogram,
    Judged,
    Prose,
    Report,
    Section,
    StackedBars,
    Table,
)
from zhizao.report.text import NOTHING, THIN, number, quantity, signed_percent
from zhizao.studies.compare.findings import Change, Compared, Outcome, Verdict, ordered
from zhizao.studies.compare.payback import Money, PayBack
from zhizao.studies.compare.seen import Seen, most_changed

_NBSP = "\u00a0"


def page(result: Compared) -> Report:
    """The report of a comparison; the headline is that of the last change (all together, if several)."""
    shown = result.scenarios[-1]
    return Report(
        title=result.plant.name,
        subtitle=f"What changes: {shown.name}",
        sections=(
            Headline(
                tuple(card(result.plant, shown.changes[name]) for name in HEADLINE),
                note=f"{shown.name}: relative change with its 95 % interval, with common random numbers.",
            ),
            Prose("\n\n".join(result.notes), title="In short"),
            *_overview(result),
            *_charts(result, shown),
            *(_differs(result, scenario) for scenario in result.scenarios),
            *(section for scenario in result.scenarios for section in _uncertainty(scenario)),
            *(_kpis(result, scenario) for scenario in reversed(result.scenarios)),
        ),
        facts=on_page(result) | {"changes": ", ".join(scenario.name for scenario in result.scenarios)},
    )


def card(plant: Plant, change: Change) -> HeadlineRow:
    """A change as a row of the headline."""
    formula, d = FORMULAS[change.kpi], change.difference
    return HeadlineRow(
        formula.name,
        unit_of(formula, plant),
        estimate(d.before),
        estimate(d.after),
        estimate(d.relative),
        formula.better.value,
        _WORDS.get(change.verdict, "unclear"),
    )


_WORDS: dict[Verdict, Judged] = {
    Verdict.BETTER: "better",
    Verdict.WORSE: "worse",
    Verdict.CHANGED: "changed",
}


def estimate(interval: Interval) -> Estimate:
    """An interval as a report shows it; a bound that does not exist is not known."""
    value, low, high = (x if isfinite(x) else None for x in (interval.mean, interval.low, interval.high))
    return Estimate(value, low, high)


# ---------------------------------------------------------------- what differs
def _differs(result: Compared, scenario: Outcome) -> Section:
    """Values of the plant before and after, and how those after are known."""
    known = {m.id: m for m in result.plant.measures}
    taken = [known[name] for name in scenario.measures if name in known]
    differs = result.differing(scenario)
    frame = pl.DataFrame(
        [differing_row(one) | _known(one, taken) for one in differs],
        schema=dict.fromkeys(("where", "before", "after", *_known_as(taken)), pl.String),
    )
    note = "" if differs else "No value of the plant: it follows another plan, or has another name."
    return Table(f"What differs: {scenario.name}", frame, note=note)


def differing_row(one: Differing) -> dict[str, str]:
    """A value that differs, as people read it; – where it is not stated."""
    return {"where": one.path, "before": one.before or NOTHING, "after": one.after or NOTHING}


def _known_as(taken: Sequence[Measure]) -> tuple[str, ...]:
    return ("how it is known",) if taken else ()


def _known(one: Differing, taken: Sequence[Measure]) -> dict[str, str]:
    """What the measure that sets a value says of how it is known."""
    by = next((m for m in taken if any(_touches(one.path, path) for path in m.set)), None)
    said = NOTHING if by is None else f"{known_by(by)} ({by.name})"
    return dict.fromkeys(_known_as(taken), said)


def _touches(path: str, other: str) -> bool:
    return f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}.")


# ---------------------------------------------------------------- distributions and states
def _charts(result: Compared, shown: Outcome) -> tuple[Section, ...]:
    """Lead times of lots and states of units, before and after."""
    before, after = result.before, shown.seen
    if before is None or after is None:
        return ()
    hours = {"before": before.lead_h.tolist(), "after": after.lead_h.tolist()}
    lead = Histogram(
        f"Lead time before and after: {shown.name}",
        hours,
        "h",
        "lead time",
        note="From release to completion, all replications.",
    )
    return (lead, *_states(before, after, shown.name))


def _states(before: Seen, after: Seen, name: str) -> tuple[Section, ...]:
    """The work centers whose units spend their time most otherwise."""
    centers = most_changed(before, after, _BARS)
    if not centers:
        return ()
    bars = [(center, seen) for center in centers for seen in (before, after)]
    states = [state for state in _STATES if any(seen.states.get((c, state)) for c, seen in bars)]
    return (
        StackedBars(
            f"Whose time changes most: {name}",
            [f"{center}, {'before' if seen is before else 'after'}" for center, seen in bars],
            {state: [seen.states.get((center, state), 0.0) for center, seen in bars] for state in states},
            note="Share of working time by state, mean over the replications; the largest shift first.",
        ),
    )


_BARS = 6  # work centers, of two bars each
_STATES = ("busy", "setup", "start-up", "blocked", "waiting", "down", "maintenance", "standby", "idle")


# ---------------------------------------------------------------- changes side by side
def _overview(result: Compared) -> tuple[Section, ...]:
    tables: tuple[Section, ...] = ()
    if len(result.scenarios) > 1:
        frame = pl.DataFrame([_line(scenario) for scenario in result.scenarios])
        tables = (Table("Each change", frame, note="≈: no difference shown, or too small to matter."),)
    if not any(costs_money(s.money) for s in result.scenarios):
        return tables
    money = pl.DataFrame([_money(result, scenario) for scenario in result.scenarios])
    return (*tables, Table("What it costs and what it is worth", money, note=result.appraisal.assumptions))


def _line(scenario: Outcome) -> dict[str, str]:
    return {"change": scenario.name, **{FORMULAS[n].name: relative(scenario.changes[n]) for n in HEADLINE}}


def relative(change: Change) -> str:
    """A relative change with its interval in few words: −3.1 % (−3.9 to −2.2), or ≈ where none is shown."""
    if change.verdict is Verdict.UNKNOWN:
        return "–"
    r = change.difference.relative
    sign = f"≈{THIN}" if change.verdict in (Verdict.SAME, Verdict.SMALL) else ""
    if not isfinite(r.mean):
        return f"{sign}{number(change.difference.absolute.mean)}"
    if not isfinite(r.low):
        return f"{sign}{signed_percent(r.mean)}{THIN}%"
    bounds = f"({signed_percent(r.low)}{_NBSP}to{_NBSP}{signed_percent(r.high)})"
    return f"{sign}{signed_percent(r.mean)}{THIN}% {bounds}"


def costs_money(money: Money) -> bool:
    """Whether a change costs or saves money, once or every year, or may do so."""
    return isnan(money.cost) or bool(money.cost or money.yearly_cost)


def _money(result: Compared, scenario: Outcome) -> dict[str, str]:
    return {"change": scenario.name, **money_in_words(scenario.money, result.plant.currency)}


def money_in_words(money: Money, currency: str) -> dict[str, str]:
    """The money side of a change, by what each number is; – where it is not known."""
    once = "saved once" if money.cost < 0 else "cost once"
    cost = "not known" if isnan(money.cost) else f"{number(abs(money.cost))} {currency}"
    yearly = {"cost per year": f"{number(money.yearly_cost)} {currency}"} if money.yearly_cost else {}
    return {
        once: cost,
        **yearly,
        "gain per day": _amount(money.gain_per_day, currency),
        "pay-back": paid(money),
        "net present value": _amount(money.net_present_value, currency),
    }


def paid(money: Money) -> str:
    """Pay-back in words; what costs nothing and loses money every day is never paid back."""
    if money.cost > 0 or isnan(money.cost):
        return paid_after(money.payback)
    loses = money.gain_per_day.mean * 365 < money.yearly_cost
    return "never" if money.cost == 0 and loses else "at once"


def _amount(interval: Interval, currency: str) -> str:
    if not isfinite(interval.mean):
        return "not known"
    between = f" ({number(interval.low)} to {number(interval.high)})" if isfinite(interval.low) else ""
    return f"{number(interval.mean)}{between} {currency}"


def paid_after(payback: PayBack | None) -> str:
    """Pay-back time in words."""
    if payback is None:
        return "not known"
    if isinf(payback.days):
        return "never"
    if not isfinite(payback.low):
        return f"{number(payback.days)} days"
    high = "never" if isinf(payback.high) else number(payback.high)
    return f"{number(payback.days)} days ({number(payback.low)} to {high})"


def _uncertainty(scenario: Outcome) -> tuple[Section, ...]:
    if scenario.uncertainty is None:
        return ()
    return (Table(f"{TITLE}: {scenario.name}", scenario.uncertainty.shown(), note=NOTE),)


# ---------------------------------------------------------------- all KPIs of one change
def _kpis(result: Compared, scenario: Outcome) -> Section:
    rows = [
        _row(result.plant, change) for change in ordered(scenario) if change.verdict is not Verdict.UNKNOWN
    ]
    note = "" if scenario.keeps_up else "After this change the plant cannot keep up with its orders."
    return Table(f"All KPIs: {scenario.name}", pl.DataFrame(rows), note=note)


def _row(plant: Plant, change: Change) -> dict[str, str]:
    formula, d = FORMULAS[change.kpi], change.difference
    before, unit = quantity(d.before.mean, unit_of(formula, plant))
    after, _ = quantity(d.after.mean, unit_of(formula, plant))
    return {
        "KPI": formula.name,
        "unit of measure": unit,
        "before": before,
        "after": after,
        "change": relative(change),
        "verdict": change.verdict.value,
    }
