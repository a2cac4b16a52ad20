"""Faults in what a plant says about material: parts, stocks, by-products, branches."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.engine.shops import op, order, orders, shop
from tests.engine.test_assembly import DEMAND, works


def test_a_part_that_nobody_supplies_is_a_fault() -> None:
    with pytest.raises(ValidationError, match="no order for the part 'leg' and no stock"):
        works({}, [*orders(2), DEMAND[3]])
    with pytest.raises(ValidationError, match="no product 'legg'"):
        works({"parts": {"legg": 1}}, DEMAND)


def test_a_stock_that_nobody_takes_from_is_a_fault() -> None:
    with pytest.raises(ValidationError, match="a stock of 'p', which is no operation's part"):
        works({}, DEMAND, p={"route": "r", "stock": {"initial": 3}})


def test_a_branch_that_leads_nowhere_is_a_fault() -> None:
    with pytest.raises(ValidationError, match=r"no operation of this route 'bb'.*known here: a, b, end"):
        shop(route=[op("a", "m", next={"bb": 1}), op("b", "m")])
    with pytest.raises(ValidationError, match="no way from 'a' to the end"):
        shop(route=[op("a", "m", next={"a": 1}), op("b", "m")])
    with pytest.raises(ValidationError, match="an operation called 'end'"):
        shop(route=[op("end", "m", next={"end": 1})])


def test_a_product_without_work_is_bought_or_made_beside_others() -> None:
    with pytest.raises(ValidationError, match="no route of 'p', which is no operation's part"):
        shop(products={"p": {"route": None}})
    with pytest.raises(ValidationError, match="no route 's'"):
        shop(products={"p": {"route": {"r": 1, "s": 2}}})
    with pytest.raises(ValidationError, match="name of a route"):
        shop(products={"p": {"route": ["r"]}})


def test_only_cards_release_what_has_them() -> None:
    cards = {"route": "legs", "stock": {"kanban": 2}}
    with pytest.raises(ValidationError, match="found 'leg' ordered, made or in the plant beside its 2"):
        works({}, DEMAND, leg=cards)
    with pytest.raises(ValidationError, match="found 3 pieces at the start, more than 2 lots of 1"):
        works({}, [*orders(1), order("tops", "top")], leg=cards | {"stock": {"kanban": 2, "initial": 3}})
