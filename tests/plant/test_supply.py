"""What people are asked for at a time, and in what time a machine can work."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from tests.engine.shops import op, shop
from zhizao.plant import Plant
from zhizao.quantities.calendars import ALWAYS, parse_calendar, trimmed

SETTER = {"setters": {"count": 1, "during": "setup"}}


def staffed(**needs: Any) -> Plant:
    people = [{"id": "setters", "count": 1, "tends": 2, "skills": ["work"]}]
    return shop(route=[op("a", "m", needs=needs)], personnel=people)


def test_a_person_may_set_up_and_then_process_and_count_for_both_needs() -> None:
    plant = staffed(setters={"count": 2, "during": "setup"}, work={"count": 2, "during": "process"})
    assert plant.routes["r"][0].needs["setters"].count == 2
    with pytest.raises(ValidationError, match="found 4 needed of setters and work; the plant has 2"):
        staffed(setters=2, work={"count": 2, "during": "process"})


def test_a_need_may_be_changed_by_its_number() -> None:
    plant = staffed(**SETTER).replace({"routes.r.a.needs.setters": 2})
    written: object = plant.routes["r"][0].needs["setters"].model_dump()  # a need may be written as a number
    assert written == 2
    assert staffed(setters=1).replace({"routes.r.a.needs.setters.during": "process"}).routes["r"][0].needs[
        "setters"
    ].model_dump(mode="json") == {"count": 1, "during": "process"}


def test_a_calendar_without_its_first_and_last_minutes_by_hand() -> None:
    nights = parse_calendar({"mon-tue": ["22:00-06:00"], "sun": ["20:00-24:00"], "off": ["2026-01-07"]})
    found = trimmed(nights, 600.0, 300.0)
    hour = 3600.0
    assert found.weekly == (
        (22 * hour + 600, 30 * hour - 300), (46 * hour + 600, 54 * hour - 300),
        (164 * hour + 600, 168 * hour - 300),
    )  # fmt: skip
    assert dict(found.exceptions) == {
        date(2026, 1, 6): ((0.0, 6 * hour - 300), (22 * hour + 600, 24 * hour)),
        date(2026, 1, 7): ((0.0, 6 * hour - 300),),  # the night of Tuesday runs into the day off
        date(2026, 1, 8): (),
    }
    assert trimmed(ALWAYS, 600.0, 300.0) == ALWAYS
