"""Tables mean the same to compiled code and to plain Python."""

from __future__ import annotations

import numpy as np

from tests.engine.shops import shop
from zhizao.engine.lower import lower
from zhizao.engine.state import empty_state
from zhizao.kernels import tables as k

ALL = k.TABLE_FIELDS | k.STATE_FIELDS


def test_no_field_is_named_like_what_numpy_does_to_a_record() -> None:
    taken = set(dir(np.record))
    clashes = [name for dtype, _ in ALL.values() for name in dtype.names or () if name in taken]
    assert clashes == []


def test_tables_and_state_have_the_fields_and_types_that_compiled_code_takes_for_granted() -> None:
    t = lower(shop(), k.LOG_EVENTS).tables
    for made, fields in ((t, k.TABLE_FIELDS), (empty_state(t), k.STATE_FIELDS)):
        assert list(fields) == list(made._fields)
        for table, (dtype, dimensions) in zip(made, fields.values(), strict=True):
            assert (table.dtype.fields, table.ndim) == (dtype.fields, dimensions)
            assert table.dtype.fields is not None or table.dtype == dtype
            assert table.flags.c_contiguous


def test_states_and_activities_have_the_order_of_the_records() -> None:
    from zhizao.records import Activity, LotStatus, UnitState

    assert list(range(k.STATES)) == [
        k.OFF,
        k.IDLE,
        k.SETUP,
        k.BUSY,
        k.BLOCKED,
        k.WAITING,
        k.DOWN,
        k.MAINTENANCE,
        k.STANDBY,
        k.START_UP,
    ]
    names = ["OFF", "IDLE", "SETUP", "BUSY", "BLOCKED", "WAITING", "DOWN", "MAINTENANCE"]
    assert [s.name for s in UnitState] == [*names, "STANDBY", "START_UP"]
    names = [a.name for a in Activity]
    assert (names[k.A_SETUP], names[k.A_PROCESS], names[k.A_FAILURE], names[k.A_MAINTENANCE]) == (
        "SETUP", "PROCESS", "FAILURE", "MAINTENANCE"
    )  # fmt: skip
    assert [s.name for s in LotStatus] == ["COMPLETED", "SCRAPPED", "IN_PROCESS", "STOCKED"]
    assert (k.COMPLETED, k.SCRAPPED, k.IN_PLANT, k.STOCKED) == (0, 1, 2, 3)
