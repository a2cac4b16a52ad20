"""One schema for what happened, in the real factory and in the twin."""

from zhizao.records.schema import EVENTS, LOTS, STATES, Activity, LotStatus, Records, UnitState

__all__ = ["EVENTS", "LOTS", "STATES", "Activity", "LotStatus", "Records", "UnitState"]
