"""The demo in a few sentences: what a measure is worth, whether that is true, and what the hours count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhizao.kpi import FORMULAS
from zhizao.report.text import number, signed_percent

if TYPE_CHECKING:
    from zhizao.kpi.analysis import Interval
    from zhizao.studies.compare import Change, CompareResult, Outcome
    from zhizao.workflows.demo.loop import Loop

_KPIS = ("unit_cost", "defect_rate")
_LEAD = "lead_time_mean"


def story(loop: Loop) -> tuple[str, ...]:
    """What the demo shows, the best measure first."""
    best, *others = sorted(_alone(loop.compared), key=lambda s: -s.money.net_present_value.mean)
    real = next(scenario for scenario in _alone(loop.truth) if scenario.name == best.name)
    rest = (_other(scenario) for scenario in others)
    return (_worth(loop.compared, best), _truth(best, real), *rest, _hours(best, real))


def _alone(result: CompareResult) -> list[Outcome]:
    """Each measure alone: the reader asks what one of them does."""
    return [scenario for scenario in result.scenarios if len(scenario.measures) == 1]


def _worth(result: CompareResult, best: Outcome) -> str:
    paid = best.payback
    said = f"{best.name} changes {_changes(best)}"
    if paid is None:
        return f"{said}."
    cost = f"{number(best.cost)} {result.plant.currency}"
    days = f"{number(paid.days)} days ({number(paid.low)} to {number(paid.high)})"
    return f"{said}; its {cost} are paid back after {days}."


def _truth(best: Outcome, real: Outcome) -> str:
    agreed = all(_meet(best.changes[kpi], real.changes[kpi]) for kpi in _KPIS)
    verdict = "forecast and truth agree" if agreed else "the forecast was off by more than its interval"
    truth = f"changes {_changes(real)} by the same measure"
    return f"The hidden plant, which the twin never saw, {truth}: {verdict}."


def _other(scenario: Outcome) -> str:
    worth = "pays" if scenario.money.net_present_value.low > 0 else "is not shown to pay"
    lead = _change(scenario.changes[_LEAD].difference.relative)
    return f"{scenario.name} {worth}, and changes the mean lead time by {lead}."


def _hours(best: Outcome, real: Outcome) -> str:
    lead, true = (s.changes[_LEAD].difference.before.mean for s in (best, real))
    return (
        f"Hours: the mean lead time, from release to completion, is {lead:.1f} h in the twin and {true:.1f} "
        "h in the hidden plant. Cycle times in the validation count from the first start, which is all that "
        "a log holds, and only those of the weeks that are compared."
    )


def _changes(scenario: Outcome) -> str:
    changes = (scenario.changes[kpi] for kpi in _KPIS)
    return " and ".join(f"{_name(c.kpi)} by {_change(c.difference.relative)}" for c in changes)


def _meet(a: Change, b: Change) -> bool:
    x, y = a.difference.relative, b.difference.relative
    return x.low <= y.high and y.low <= x.high


def _name(kpi: str) -> str:
    return FORMULAS[kpi].name.lower()


def _change(interval: Interval) -> str:
    bounds = f"{signed_percent(interval.low)} to {signed_percent(interval.high)}"
    return f"{signed_percent(interval.mean)} % ({bounds})"
