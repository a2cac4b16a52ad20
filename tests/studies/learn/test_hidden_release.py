"""A limit on the lots in the plant that no log names, from when lots start."""

from __future__ import annotations

from typing import Any

import pytest

from tests.studies.learn.test_hidden_setups import form, work_alone
from zhizao.plant import Plant
from zhizao.plant.model import Conwip, Push
from zhizao.studies.learn import learn


def line(every: str, **more: Any) -> dict[str, Any]:
    """A saw with two units before the mill."""
    shown = form(**more)
    shown["work_centers"][0]["units"] = 2
    shown["orders"][0]["every"] = every
    return shown


@pytest.mark.parametrize("lots", [4, 9])
def test_a_limit_that_orders_wait_for_is_found(lots: int) -> None:
    source = line("exponential(45 min)") | {"release": {"conwip": lots}}
    learned = learn(work_alone(Plant.model_validate(source)))
    assert learned.plant.release == Conwip(lots=lots)
    assert learned.evidence.filter(what="release.conwip").height == 1


def test_without_a_limit_orders_are_pushed() -> None:
    assert learn(work_alone(Plant.model_validate(line("exponential(45 min)")))).plant.release == Push()


def test_a_limit_that_is_never_reached_is_not_found() -> None:
    source = line("exponential(90 min)") | {"release": {"conwip": 40}}
    assert learn(work_alone(Plant.model_validate(source))).plant.release == Push()


def test_people_who_are_short_are_no_limit_on_lots() -> None:
    source = line("exponential(90 min)", step={"needs": {"operators": 1}})
    source["personnel"] = [{"id": "operators", "count": 1, "calendar": "shifts"}]
    learned = learn(work_alone(Plant.model_validate(source))).plant
    assert [p.count for p in learned.personnel] == [1]
    assert learned.release == Push()
