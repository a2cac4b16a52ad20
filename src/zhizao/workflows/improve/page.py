"""The page of a ranked list: what to take, what it brings, why, and what it rests on."""

from __future__ import annotations

from math import isfinite, isnan

import polars as pl

from zhizao.experiments.facts import on_page
from zhizao.kpi import FORMULAS, HEADLINE
from zhizao.kpi.analysis import Interval
from zhizao.plant import Measure
from zhizao.report import Headline, Lines, Prose, Report, Section, Table, Tornado
from zhizao.report.text import NOTHING, number, short
from zhizao.studies.compare.page import card, paid, relative
from zhizao.workflows.improve.findings import Proposal, in_percent
from zhizao.workflows.improve.goal import Goal
from zhizao.workflows.improve.improved import Improved


def page(result: Improved) -> Report:
    """The report of an improvement study."""
    return Report(
        title=result.plant.name,
        subtitle=f"Where AI and other measures pay: {result.goal.words}",
        sections=(
            *_headline(result),
            Prose("\n\n".join((result.answer, *result.notes)), title="In short"),
            *_ranking(result),
            *_waterfall(result),
            *_front(result),
            *_information(result),
            *_left_out(result),
            *_assumptions(result),
        ),
        facts=on_page(result) | {"goal": result.goal.value, "combinations searched": result.combinations},
    )


def _headline(result: Improved) -> tuple[Section, ...]:
    best = result.best
    if best is None:
        return ()
    rows = tuple(card(result.plant, best.outcome.changes[name]) for name in HEADLINE)
    return (Headline(rows, note=f"{best.name}: relative change with its interval, from fresh replications."),)


def _ranking(result: Improved) -> tuple[Section, ...]:
    if not result.proposals:
        return ()
    ranked = list(enumerate(result.proposals, 1))
    return (
        Table("Measures", _frame(measure_rows(result)), note="Keys are those of the lists below."),
        Table(
            "Ranked list",
            _frame([worth_row(result, rank, one) for rank, one in ranked]),
            note=result.appraisal.assumptions,
        ),
        Table("What each changes", _frame([change_row(result, rank, one) for rank, one in ranked])),
    )


def _frame(rows: list[dict[str, str]]) -> pl.DataFrame:
    return pl.DataFrame(without_empty(rows))


def worth_row(result: Improved, rank: int, one: Proposal) -> dict[str, str]:
    """What a proposal is worth, as people read it."""
    kpi, money, currency = result.goal.kpi, one.money, result.plant.currency
    by_goal = {} if kpi is None else {FORMULAS[kpi].name: _change(result, one, kpi)}
    known_money = isfinite(money.gain_per_day.mean) and isfinite(money.cost)
    return {
        "#": f"{rank}",
        "measures": result.label(one),
        "worth": one.worth.value,
        **by_goal,
        f"cost, {currency}": "not known" if isnan(money.cost) else short(money.cost),
        f"gain a day, {currency}": _range(money.gain_per_day),
        f"net present value, {currency}": _range(money.net_present_value),
        f"may cost at most, {currency}": _range(one.most) if one.priceless else NOTHING,
        "pay-back": paid(money) if known_money else "not known",
        f"pays in {result.appraisal.years:g} years": in_percent(one.probability),
        "evidence": one.evidence,
    }


def _range(interval: Interval) -> str:
    if not isfinite(interval.mean):
        return "not known"
    bounds = f" ({short(interval.low)} to {short(interval.high)})" if isfinite(interval.low) else ""
    return f"{short(interval.mean)}{bounds}"


def change_row(result: Improved, rank: int, one: Proposal) -> dict[str, str]:
    """What a proposal changes in the headline, as people read it."""
    changes = {FORMULAS[name].name: _change(result, one, name) for name in HEADLINE}
    return {"#": f"{rank}", "measures": result.label(one), **changes}


def _change(result: Improved, one: Proposal, kpi: str) -> str:
    said = relative(one.outcome.changes[kpi])
    return f"{said}, not validated" if result.learned and kpi == "lead_time_mean" and said != "–" else said


def _waterfall(result: Improved) -> tuple[Section, ...]:
    """What each measure of the chosen combination adds to those before it."""
    steps = result.steps
    if len(steps) < 2:
        return ()
    values = [_amount(result, one) for one in steps]
    added = [b - a for a, b in zip([0.0, *values], values, strict=False)]
    taken: set[str] = set()
    names = []
    for one in steps:
        names.append(" + ".join(m.name for m in one.measures if m.id not in taken))
        taken |= {m.id for m in one.measures}
    whole = values[-1] or 1.0
    ways = {"adds": [a / whole if a >= 0 else None for a in added]}
    ways["takes away"] = [a / whole if a < 0 else None for a in added]
    unit = f"{result.plant.currency} a day" if result.goal is Goal.PROFIT else result.goal.words
    note = f"Shares of the whole gain, {number(values[-1])} ({unit}), each step after those above it."
    return (Tornado("How the gain builds up", names, ways, "share of the gain", note=note),)


def _amount(result: Improved, one: Proposal) -> float:
    if result.goal is Goal.PROFIT:
        return one.money.gain_per_day.mean
    return one.rank_value


def _front(result: Improved) -> tuple[Section, ...]:
    front = [one for one in result.front if isfinite(one.money.cost)]
    if len(front) < 2:
        return ()
    label = "net present value" if result.goal is Goal.PROFIT else f"change of {result.goal.words}"
    return (
        Lines(
            "What more money buys",
            [one.money.cost for one in front],
            {label: [one.rank_value for one in front]},
            f"cost once, {result.plant.currency}",
            label,
            note="Proposals that none matches at less cost (Pareto front): "
            + "; ".join(f"{number(one.money.cost)}: {result.label(one)}" for one in front),
            steps=True,
        ),
    )


def _information(result: Improved) -> tuple[Section, ...]:
    found = result.information
    if not found:
        return ()
    frame = pl.DataFrame(
        [
            {
                "what": one.what,
                "share of the spread": f"{one.share:.0%}",
                f"worth of knowing it, {result.plant.currency}": number(one.worth),
            }
            for one in found
        ]
    )
    note = "Expected value of perfect information for the choice between the proposal and the plant as it is."
    return (Table("What to measure before you decide", frame, note=note),)


def measure_rows(result: Improved) -> list[dict[str, str]]:
    """The measures of the list by key: what each costs and rests on."""
    currency = result.plant.currency
    return [
        {
            "key": key,
            "measure": measure.name,
            f"cost once, {currency}": "not known" if measure.cost is None else number(measure.cost),
            f"a year, {currency}": number(measure.yearly_cost) if measure.yearly_cost else "",
            "needs": ", ".join(measure.needs),
            "evidence": result.evidence_of(measure),
        }
        for key, measure in _by_key(result)
    ]


def _by_key(result: Improved) -> list[tuple[str, Measure]]:
    measures = {measure.id: measure for measure in result.all_measures}
    return [(key, measures[name]) for name, key in result.keys.items()]


def _assumptions(result: Improved) -> tuple[Section, ...]:
    """What each measure of the list changes, and what is known as a range only."""
    rows = [
        {
            "key": key,
            "measure": measure.name,
            "changes": "; ".join(f"{path}: {value}" for path, value in measure.set.items()),
            "known as a range": "; ".join(f"{path} {text}" for path, text in measure.uncertain.items()),
            "how it is known": _noted(result, measure),
        }
        for key, measure in _by_key(result)
    ]
    return (Table("What each measure changes", pl.DataFrame(rows)),) if rows else ()


def _noted(result: Improved, measure: Measure) -> str:
    note = measure.evidence.note if measure.evidence is not None else None
    return f"{result.evidence_of(measure)}: {note}" if note else result.evidence_of(measure)


def without_empty(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Rows without the columns in which nothing is known."""
    every = list(dict.fromkeys(name for row in rows for name in row))
    empty = ("", NOTHING, "not known")
    heads = [name for name in every if any(row.get(name, NOTHING) not in empty for row in rows)]
    return [{name: row.get(name, "") for name in heads} for row in rows]


def _left_out(result: Improved) -> tuple[Section, ...]:
    if not result.left_out:
        return ()
    frame = pl.DataFrame([{"measure": one.measure.name, "why": one.why} for one in result.left_out])
    return (Table("Left out", frame),)
