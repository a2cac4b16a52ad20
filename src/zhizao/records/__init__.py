"""One schema for what happened, in the real factory and in the twin."""

from zhizao.records.checks import quality
from zhizao.records.files import (
    check_events,
    conform,
    empty_events,
    empty_lots,
    empty_states,
    lots_from_events,
    read_frame,
    read_records,
    records_from_events,
    scan_events,
    with_events,
    write_frame,
    write_records,
)
from zhizao.records.findings import Finding, Quality
from zhizao.records.follow_up import fixed_follow_up_s
from zhizao.records.schema import (
    EVENTS,
    HOLDS,
    LOTS,
    STATES,
    Activity,
    Hold,
    LotStatus,
    Records,
    Standstill,
    UnitState,
    lots_alone,
    scan_lots,
)
from zhizao.records.table_file import ScratchFolder, TableFile

__all__ = [
    "EVENTS",
    "HOLDS",
    "LOTS",
    "STATES",
    "Activity",
    "Finding",
    "Hold",
    "LotStatus",
    "Quality",
    "Records",
    "ScratchFolder",
    "Standstill",
    "TableFile",
    "UnitState",
    "check_events",
    "conform",
    "empty_events",
    "empty_lots",
    "empty_states",
    "fixed_follow_up_s",
    "lots_alone",
    "lots_from_events",
    "quality",
    "read_frame",
    "read_records",
    "records_from_events",
    "scan_events",
    "scan_lots",
    "with_events",
    "write_frame",
    "write_records",
]
