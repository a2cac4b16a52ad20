"""A run of the twin in steps: advance, look, save its state, go on from it."""

from zhizao.engine.session.events import (
    Event,
    LotChanged,
    LotScrapped,
    OrderReleased,
    UnitDown,
    UnitUp,
)
from zhizao.engine.session.session import Session

__all__ = ["Event", "LotChanged", "LotScrapped", "OrderReleased", "Session", "UnitDown", "UnitUp"]
