"""Faults in what a plant says about material: parts, stocks, by-products, branches."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.engine.shops import orders
from tests.engine.test_assembly import DEMAND, works


def test_a_part_that_nobody_supplies_is_a_fault() -> None:
    with pytest.raises(ValidationError, match="no order for the part 'leg' and no stock"):
        works({}, [*orders(2), DEMAND[3]])
    with pytest.raises(ValidationError, match="no product 'legg'"):
        works({"parts": {"legg": 1}}, DEMAND)


def test_a_stock_that_nobody_takes_from_is_a_fault() -> None:
    with pytest.raises(ValidationError, match="a stock of 'p', which is no operation's part"):
        works({}, DEMAND, p={"route": "r", "stock": {"initial": 3}})
