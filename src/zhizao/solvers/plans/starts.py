"""Plans to begin with: lots in the order of due dates that are earlier the more a lot weighs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from zhizao.solvers.plans.problem import Decisions, Structure

_SHIFTS = (0.0, 0.1, 0.2, 0.4, 0.7, 1.0, 1.4, 2.0, 3.0, 4.5)
"""By how many mean allowances the heaviest lot comes before its due date; on ten plants that are overloaded
by different amounts the best was between .2 and 3."""
_BLENDS = (0.0, 0.3)  # share of the release in the place of the due date


def due_date_starts(structure: Structure) -> Iterator[Decisions]:
    """The plans, those first that were best most often; none where no lot is due."""
    s = structure
    has_due = np.isfinite(s.due)
    if not has_due.any():
        return
    allowed_s = float(np.mean(s.due[has_due] - s.release[has_due]))
    due = np.where(has_due, s.due, float(s.due[has_due].max()) + abs(allowed_s))
    place = np.arange(len(s.lot), dtype=float)  # of equals, the one that is listed first
    for blend in _BLENDS:
        for weighs in (1.0 - 1.0 / s.weight, np.log2(s.weight) / 2.0):
            for shift in _SHIFTS:
                lots = blend * s.release + (1.0 - blend) * due - shift * abs(allowed_s) * weighs
                decisions = Decisions.blank(len(s.lot))
                decisions.key[:] = lots[s.lot] + 1e-3 * place
                yield decisions
