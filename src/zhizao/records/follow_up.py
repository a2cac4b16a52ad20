"""How long the lots of a log were followed: to one date, or each for the same time after its release."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

DAY_S = 86400.0
AT_THE_END = 0.9  # a lot that runs on was last seen in this last part of its follow-up
SILENT = 0.25  # and then not for so much of it, though the log went on
AGREES = 0.5  # of a follow-up that is asked for must lie between the last release and the log's end


def fixed_follow_up_s(
    release_s: Floats,
    last_s: Floats,
    running: npt.NDArray[np.bool_],
    end_s: float,
    *,
    asked_s: float | None = None,
) -> float | None:
    """How long each lot was followed after its release, in s; None where the log ends for all at one date.

    A log that was cut lot by lot shows it by rows without an end: they lie at one age of their lots, the
    highest that any lot has, and the log goes on long after them. The follow-up is that age in whole days,
    upwards. Where a follow-up is asked for, it is taken at its word if no lot was seen for longer, one for
    nearly as long, and releases ended half of it before the log did.

    Parameters
    ----------
    release_s : first start of each lot, in s on any clock.
    last_s : last moment at which each lot was seen; a row without an end is seen at its start.
    running : whether the lot has a row without an end.
    end_s : end of the log.
    asked_s : follow-up that the log is said to have.
    """
    import numpy as np  # here, because whoever only hands samples on does without

    if not len(release_s):
        return None
    age = last_s - release_s
    longest = float(age.max())
    gap = end_s - float(release_s.max())
    if asked_s is not None and AT_THE_END * asked_s <= longest <= asked_s and gap >= AGREES * asked_s:
        return asked_s
    if not running.any() or longest <= 0:
        return None
    old = float(np.mean(age[running] >= AT_THE_END * longest))
    silent = float(np.median(end_s - last_s[running]))
    if old < 0.5 or silent < SILENT * longest:
        return None
    return math.ceil(longest / DAY_S) * DAY_S
