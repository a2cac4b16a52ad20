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
from zhizao.workflows.improve.findings import Proposal
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
        Table("Measures", pl.DataFrame(measure_rows(result)), note="Keys are those of the lists below."),
        Table(
            "Ranked list",
            pl.DataFrame([worth_row(result, rank, one) for rank, one in ranked]),
            note=result.appraisal.assumptions,
        ),
        Table("What each changes", pl.DataFrame([change_row(result, rank, one) for rank, one in ranked])),
    )


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
        f"pays in {result.appraisal.years:g} years": _share(one.probability),
        "evidence": one.evidence,
    }


def _share(probability: float) -> str:
    return f"{probability:.0%}" if isfinite(probability) else "not known"


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
    """The measures of the list by key: what each is, costs and rests on."""
    known_by = {measure.id: measure for measure in result.all_measures}
    return [_measure_row(result, key, known_by[name]) for name, key in result.keys.items()]


def _measure_row(result: Improved, key: str, measure: Measure) -> dict[str, str]:
    currency = result.plant.currency
    ranges = "; ".join(f"{path} {text}" for path, text in measure.uncertain.items())
    return {
        "key": key,
        "measure": measure.name,
        "changes": "; ".join(f"{path}: {value}" for path, value in measure.set.items()),
        "range": ranges,
        "cost once": "not known" if measure.cost is None else f"{number(measure.cost)} {currency}",
        "a year": f"{number(measure.yearly_cost)} {currency}" if measure.yearly_cost else "",
        "evidence": result.evidence_of(measure),
        "needs": ", ".join(measure.needs),
    }


def _left_out(result: Improved) -> tuple[Section, ...]:
    if not result.left_out:
        return ()
    frame = pl.DataFrame([{"measure": one.measure.name, "why": one.why} for one in result.left_out])
    return (Table("Left out", frame),)
