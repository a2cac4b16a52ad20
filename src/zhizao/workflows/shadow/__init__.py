"""The shadow twin: runs beside a live plant, looks ahead, and says when the two part.

`now` is the state from the tags, `outlook` what is ahead, `drift` when the plant no longer does what the twin
expects, `kpis` the live figures, `shadow` all of them together.
"""

from zhizao.workflows.shadow.drift import Drift, DriftWatch
from zhizao.workflows.shadow.kpis import Live, live_kpis
from zhizao.workflows.shadow.now import Now, differences, now
from zhizao.workflows.shadow.outlook import Ahead, Outlook
from zhizao.workflows.shadow.shadow import Beside, Look, Observed, Shadow

__all__ = [
    "Ahead",
    "Beside",
    "Drift",
    "DriftWatch",
    "Live",
    "Look",
    "Now",
    "Observed",
    "Outlook",
    "Shadow",
    "differences",
    "live_kpis",
    "now",
]
