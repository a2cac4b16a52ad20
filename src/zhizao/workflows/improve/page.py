"""The page of a ranked list: what to take, what it brings, why, and what it rests on."""

from __future__ import annotations

from math import isfinite, isnan

import polars as pl

from zhizao.experiments.facts import on_page
from zhizao.kpi import FORMULAS, HEADLINE, unit_of
from zhizao.kpi.analysis import Interval
from zhizao.plant import Measure, differences_of
from zhizao.report import Choice, Fold, Folds, Headline, Prose, Report, Scatter, Section, Table, Waterfall
from zhizao.report.text import NOTHING, number, short
from zhizao.studies.compare.page import card, differing_row, estimate, paid, relative
from zhizao.workflows.improve.findings import Proposal, build_up, in_percent
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
            *_assumptions(result),
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
    steps = build_up(result.steps)
    if len(steps) < 2:
        return ()
    label, unit = gain_in(result)
    note = "Each bar is what its measures add to those above it; the line at the end is the 95 % interval."
    return (
        Waterfall(
            "How the gain builds up",
            [" + ".join(with_assumed(measure) for measure in one.measures) for one in steps],
            [one.adds for one in steps],
            estimate(result.steps[-1].gain),
            label,
            unit,
            note=note,
        ),
    )


def gain_in(result: Improved) -> tuple[str, str]:
    """What a gain is called and its unit."""
    kpi = result.goal.kpi
    if kpi is None:
        return "gain a day", result.plant.currency
    return f"better {result.goal.words}", unit_of(FORMULAS[kpi], result.plant)


def with_assumed(measure: Measure) -> str:
    """The name of a measure, and whether its numbers are assumed."""
    return f"{measure.name} (assumed)" if measure.assumed else measure.name


def _front(result: Improved) -> tuple[Section, ...]:
    """Cost against merit, to pick from."""
    points = [one for one in result.proposals if isfinite(one.money.cost) and isfinite(one.rank_value)]
    if len(points) < 2:
        return ()
    front = result.front
    picked = next((place for place, one in enumerate(points) if one.chosen), 0)
    label, unit = gain_in(result)
    label, unit = (
        ("net present value", result.plant.currency) if result.goal is Goal.PROFIT else (label, unit)
    )
    return (
        Scatter(
            "What more money buys",
            [_choice(result, one, on_front=one in front) for one in points],
            f"cost once, {result.plant.currency}",
            f"{label}, {unit}",
            picked=picked,
            note="On the front: proposals that none matches at less cost. Upright lines are 95 % intervals. "
            "Click a point, or choose it from the list, to see what it changes.",
        ),
    )


def _choice(result: Improved, one: Proposal, *, on_front: bool) -> Choice:
    worth = worth_row(result, 0, one)
    facts = {"measures": " + ".join(with_assumed(measure) for measure in one.measures)}
    facts |= {name: text for name, text in worth.items() if name not in ("#", "measures") and text != NOTHING}
    rows = tuple(card(result.plant, one.outcome.changes[name]) for name in HEADLINE)
    return Choice(result.label(one), one.money.cost, estimate(one.merit), on_front, facts, rows)


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
    """What each measure of the list changes, what is known as a range only, and how its numbers are known."""
    folds = [
        Fold(f"{key} {with_assumed(measure)}", [*_known_of(result, measure), _changes_of(result, measure)])
        for key, measure in _by_key(result)
    ]
    return (Folds("What each measure changes and rests on", folds),) if folds else ()


def _changes_of(result: Improved, measure: Measure) -> Table:
    rows = [differing_row(one) for one in differences_of(result.plant, measure)]
    texts = dict.fromkeys(("where", "before", "after"), pl.String)
    note = "" if rows else "No value of the plant changes."
    return Table("", pl.DataFrame(rows, schema=texts), note=note)


def _known_of(result: Improved, measure: Measure) -> list[Table]:
    """How the numbers of a measure are known, and those that are known as a range only."""
    rows = [("its numbers", _noted(result, measure))]
    rows += [(path, f"a range, {text}") for path, text in measure.uncertain.items()]
    return [Table("", pl.DataFrame(rows, schema=["of", "how it is known"], orient="row"))]


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
