"""Delays of a rich log, told by the log alone: what is left of a wait when queues and closed hours are taken
out of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhizao.studies.learn import intervals
from zhizao.studies.learn.build import Draft
from zhizao.studies.learn.delays import LEAST_S, Step
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.visits import History
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
    operations = draft.history.table["operation"]
    for center in sorted({center for _, center in draft.waits}):
        here = (draft.history.table["work_center"] == center).to_numpy()
        exposure_s, shown = _exposure_s(
            draft.history, here, draft.causes.units[center], draft.openings[center]
        )
        seen = ~np.isnan(draft.history.waits_s[here])
        for step in [step for step in draft.waits if step[1] == center]:
            own = seen & (operations == step[0]).to_numpy()[here]
            count, ended = int(own.sum()), int(shown[own].sum())
            mean_s = float(exposure_s[own].sum()) / max(ended, 1)
            if ended and mean_s >= LEAST_S:
                found[step] = mean_s
                low, high = (mean_s / end for end in intervals.of_rate(ended, ended)[::-1])
                how = f"wait with room at {center}, over the {ended} of {count} that ended in it; Poisson"
                findings.append(Finding(f"operations.{step[0]}.delay", f"mean {hours(mean_s)}", count,
                                        how, mean_s, low, high))  # fmt: skip
    return found, findings


def _exposure_s(history: History, here: Flags, units: int, opening: Opening) -> tuple[Floats, Flags]:
    """Time with room that each visit at a work center waited, and whether its delay ended while there was
    room."""
    start, end = (history.table[name].to_numpy()[here] for name in ("start_s", "end_s"))
    wait = np.nan_to_num(history.waits_s[here])
    starts, ends = np.sort(start), np.sort(end)
    level = np.searchsorted(starts, start) - np.searchsorted(ends, start)
    before = opening.open_until(start) - opening.open_until(start - 1.0)
    shown: Flags = ((level < units) & (before > 0)) | (wait == 0)
    moments = np.concatenate([starts, ends])
    order = np.argsort(moments, kind="stable")
    room = np.cumsum(np.where(order < len(starts), 1, -1))[:-1] < units
    open_s = opening.open_until(moments[order])
    total = np.concatenate([[0.0], np.cumsum(np.where(room, np.diff(open_s), 0.0))])
    ready, begun = (np.interp(opening.open_until(at), open_s, total) for at in (start - wait, start))
    return begun - ready, shown
