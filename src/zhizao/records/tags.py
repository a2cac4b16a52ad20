"""Names of the tags of a plant, and how states of other standards are called here."""

from __future__ import annotations

from zhizao.records.schema import UnitState

STATE = "State"
JOB = "Job"  # counts up with each activity, so that two alike in a row are two
CONTEXT = ("Lot", "Order", "Product", "Operation", "Pieces", "Personnel")  # of a batch: JSON lists
COUNTERS = ("Good", "Scrap", "Rework")  # pieces since the counter was last reset
ENERGY = "Energy"  # kWh, likewise
OF_UNITS = (STATE, JOB, *CONTEXT, *COUNTERS, ENERGY)
TEXTS = (STATE, *(name for name in CONTEXT if name != "Pieces"))
NUMBERS = (JOB, *COUNTERS, ENERGY)

RELEASED = "Lots/Released"
MOVED = "Lots/Moved"
LEFT = "Lots/Left"
OF_LOTS = (RELEASED, MOVED, LEFT)
"""Messages of whoever runs the orders, JSON objects: a lot comes; goes to an operation; leaves."""

CLOCK = "Plant/Clock"
"""Moment up to which everything has been said, ISO 8601."""

MACHINERY_STATES = {
    "NotAvailable": UnitState.DOWN,
    "OutOfService": UnitState.MAINTENANCE,
    "NotExecuting": UnitState.IDLE,
    "Executing": UnitState.BUSY,
}
"""Item states of OPC 40001-1 (MachineryItemState) as unit states of ISO 22400."""

PACKML_STATES = {
    "Execute": UnitState.BUSY,
    "Completing": UnitState.BUSY,
    "Complete": UnitState.IDLE,
    "Idle": UnitState.IDLE,
    "Starting": UnitState.START_UP,
    "Resetting": UnitState.START_UP,
    "Holding": UnitState.DOWN,
    "Held": UnitState.DOWN,
    "Unholding": UnitState.DOWN,
    "Suspending": UnitState.WAITING,
    "Suspended": UnitState.WAITING,
    "Unsuspending": UnitState.WAITING,
    "Stopping": UnitState.DOWN,
    "Stopped": UnitState.DOWN,
    "Clearing": UnitState.DOWN,
    "Aborting": UnitState.DOWN,
    "Aborted": UnitState.DOWN,
}
"""States of PackML (ISA-TR88.00.02) as unit states of ISO 22400.

Held is a stop from within the machine: down, with its work in hand. Suspended is one from outside (no
material, no room): work in hand rests. A site that means something else by them says so in its file.
"""

STATES = {state.value: state for state in UnitState} | MACHINERY_STATES | PACKML_STATES


def unit_tag(work_center: str, unit: str, what: str) -> str:
    """Give the tag of a unit: `work center/unit/State`."""
    return f"{work_center}/{unit}/{what}"
