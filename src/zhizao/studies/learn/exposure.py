"""Delays of a rich log, told by the log alone: what is left of a wait when queues and closed hours are taken
out of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhizao.studies.learn import intervals
from zhizao.studies.learn.build import Draft
from zhizao.studies.learn.delays import LEAST_S, Step
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.week import Opening

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def observed_delays(draft: Draft) -> tuple[dict[Step, float], list[Finding]]:
    """Mean delay before each operation from what the lots show.

    A delay can be seen to end only while the work center has room. The time with room that lots waited, over
    the delays that ended in it, is the mean of an exponential delay, whatever was hidden by queues and closed
    hours (Lawless, "Statistical Models and Methods for Lifetime Data", 2003: events over exposure).
    """
    found, findings = {}, []
    for center, units in draft.causes.units.items():
        here = (draft.history.table["work_center"] == center).to_numpy()
        seen = here & ~np.isnan(draft.history.waits_s)
        for step in [step for step in draft.waits if step[1] == center]:
            own = seen & (draft.history.table["operation"] == step[0]).to_numpy()
            exposure_s, shown = _exposure_s(draft, own, here, units, draft.openings[center])
            ended = int(shown.sum())
            mean_s = float(exposure_s.sum()) / max(ended, 1)
            if ended and mean_s >= LEAST_S:
                found[step] = mean_s
                low, high = (mean_s / end for end in intervals.of_rate(ended, ended)[::-1])
                how = (
                    f"wait with room at {center}, over the {ended} of {len(shown)} that ended in it; Poisson"
                )
                findings.append(Finding(f"operations.{step[0]}.delay", f"mean {hours(mean_s)}", len(shown),
                                        how, mean_s, low, high))  # fmt: skip
    return found, findings


def _exposure_s(draft: Draft, own: Flags, here: Flags, units: int, opening: Opening) -> tuple[Floats, Flags]:
    """Time with room that each visit waited, and whether its delay ended while there was room."""
    history = draft.history
    start, wait = history.table["start_s"].to_numpy(), history.waits_s
    starts, ends = np.sort(start[here]), np.sort(history.table["end_s"].to_numpy()[here])
    level = np.searchsorted(starts, start[own]) - np.searchsorted(ends, start[own])
    before = opening.open_until(start[own]) - opening.open_until(start[own] - 1.0)
    shown: Flags = ((level < units) & (before > 0)) | (wait[own] == 0)
    moments = np.concatenate([starts, ends])
    order = np.argsort(moments, kind="stable")
    at = moments[order]
    room = np.cumsum(np.where(order < len(starts), 1, -1))[:-1] < units
    open_s = opening.open_until(at)
    total = np.concatenate([[0.0], np.cumsum(np.where(room, np.diff(open_s), 0.0))])
    reach = np.interp(opening.open_until(start[own] - wait[own]), open_s, total)
    exposure: Floats = np.interp(opening.open_until(start[own]), open_s, total) - reach
    return exposure, shown
