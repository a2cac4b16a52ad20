"""Bozer & White, Travel-time models for automated storage/retrieval systems (IIE Transactions 16, 1984).

doi 10.1080/07408178408975252. Randomised storage in a continuous rack, Chebyshev travel, lots in and out at a
lower corner. T is the longer of the times along and up the rack, b the shorter over the longer:
E[SC] = T (1 + b²/3), E[DC] = T (4/3 + b²/2 - b³/30).
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.shops import op, records, rows, shop
from tests.naive import wrappers
from zhizao.engine.lower import lower
from zhizao.kernels import loop
from zhizao.kernels import tables as k
from zhizao.kernels.compiling.options import JIT_ON
from zhizao.plant import Plant

LOTS = 4_000_000 if JIT_ON else 20_000
WITHIN = 0.001 if JIT_ON else 0.02


def single(along: float, up: float) -> float:
    longest, b = max(along, up), min(along, up) / max(along, up)
    return longest * (1 + b**2 / 3)


def dual(along: float, up: float) -> float:
    longest, b = max(along, up), min(along, up) / max(along, up)
    return longest * (4 / 3 + b**2 / 2 - b**3 / 30)


def rack(along: float, up: float, command: str = "dual") -> Plant:
    """2000 lots to be stored, and from 04:00 on a machine that always wants the next one."""
    crane = {"id": "asrs", "serves": ["m"], "length": along, "height": up, "speed": 1.0, "lift": 1.0}
    return shop(
        [{"id": "m", "buffer": {"capacity": 0}, "calendar": "late"}],
        [op("a", "m", takes="1 s")],
        [{"id": "O", "product": "p", "pieces": 2000}],
        calendars={"late": {"mon-sun": ["04:00-24:00"]}},
        transport={"cranes": [crane | {"command": command}]},
    )


@pytest.mark.parametrize("up", [60.0, 45.0, 30.0, 12.0, 90.0])
def test_cycles_of_a_crane_have_the_mean_of_bozer_and_white(up: float) -> None:
    tables = loop.pointers(lower(rack(60.0, up), k.LOG_NONE).tables)
    with np.errstate(over="ignore"):
        cycles = wrappers.crane_cycles(tables, np.uint64(77), LOTS)
    assert cycles[0] / LOTS == pytest.approx(single(60.0, up), rel=WITHIN)
    assert cycles[1] / LOTS == pytest.approx(dual(60.0, up), rel=WITHIN)


def test_a_run_of_the_twin_has_the_mean_of_bozer_and_white() -> None:
    """Single commands: a trip, whatever it is for; dual: from one lot fetched to the next."""
    trips = rows(records(rack(60.0, 40.0, "single"), days=1), "transport")
    times = [end - start for _, start, end in trips if end is not None]
    assert len(times) > 1000
    assert np.mean(times) * 60 == pytest.approx(single(60.0, 40.0), rel=0.03)
    found = records(rack(60.0, 40.0, "dual"), days=1)
    fetched = [end for _, _, end in rows(found, "transport", operation="fetch from asrs") if end is not None]
    assert len(fetched) > 700  # the first of them for the unit that is empty before it opens
    assert np.mean(np.diff(fetched[1:])) * 60 == pytest.approx(dual(60.0, 40.0), rel=0.03)
