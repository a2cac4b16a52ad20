"""Series for charts agree with the numbers beside them."""

from __future__ import annotations

import dataclasses

import polars as pl
import pytest

from zhizao.kpi.series import lead_times, state_shares, wip_over_time
from zhizao.plant.model import Plant
from zhizao.records import Records


def test_wip_counts_the_lots_in_the_plant(records: Records) -> None:
    wip = wip_over_time(records, points=25)  # every hour
    assert wip["wip"].to_list() == [0] * 8 + [2] * 3 + [1] * 3 + [0] * 11
    assert (wip["time"][0], wip["time"][-1]) == (records.start, records.end)


def test_lead_times_come_in_order_of_completion(records: Records) -> None:
    series = lead_times(dataclasses.replace(records, lot_table=records.lots.reverse()))
    assert series["lot"].to_list() == ["A", "B"]
    assert series["lead_s"].to_list() == [3 * 3600, 6 * 3600]


def test_state_shares_of_a_work_center_add_up(records: Records, plant: Plant) -> None:
    shares = state_shares(records, plant)
    assert shares["share"].sum() == pytest.approx(1)
    assert "off" not in set(shares["state"])
    assert shares.filter(pl.col("state") == "busy")["share"].item() == pytest.approx(0.5)
    whole = state_shares(records, plant, off=True)
    assert whole.filter(pl.col("state") == "off")["share"].item() == pytest.approx(16 / 24)


def test_without_states_there_are_no_shares(records: Records) -> None:
    assert state_shares(dataclasses.replace(records, events=None)).height == 0
