"""Phases of common processes; every default is marked as assumed until a measurement replaces it."""

from zhizao.solvers.phases.library.cell_culture import monod_fed_batch, overflow_fed_batch
from zhizao.solvers.phases.library.drying import drying
from zhizao.solvers.phases.library.heating import furnace, pasteurisation

__all__ = ["drying", "furnace", "monod_fed_batch", "overflow_fed_batch", "pasteurisation"]
