"""What it would be worth to know a number before deciding."""

from __future__ import annotations

from math import nan

from zhizao.kpi.analysis import Interval
from zhizao.kpi.spread import Spread
from zhizao.studies.compare import Appraisal
from zhizao.studies.compare.payback import Costs, Money
from zhizao.workflows.improve.findings import worth_of_knowing

GAIN = Interval(10.0, 2.0, 18.0, 20)


def money(parameters: float, **numbers: float) -> Money:
    nothing = Interval(0.0, 0.0, 0.0, 20)
    spread = Spread(GAIN, 1 - parameters, parameters, {}, numbers)
    return Money(Costs(1000, 0), GAIN, GAIN, nothing, Appraisal(), spread)


def test_what_accounts_for_more_of_the_spread_is_worth_more() -> None:
    found = worth_of_knowing(money(0.9, setup=0.2, scrap=0.6))
    assert [one.what for one in found] == ["everything uncertain", "scrap", "setup"]
    assert found[0].worth > found[1].worth > found[2].worth > 0


def test_a_share_that_is_not_known_is_no_number() -> None:
    assert [one.what for one in worth_of_knowing(money(0.9, setup=nan, scrap=0.6))] == [
        "everything uncertain",
        "scrap",
    ]
    assert worth_of_knowing(money(nan, scrap=0.6)) == ()
