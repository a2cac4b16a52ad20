"""What an inspector is used for: watching a line, choosing what to label, and a measure of a plant."""

from zhizao.studies.inspect.use.labelling import LabelResult, label_next
from zhizao.studies.inspect.use.measure import as_measure
from zhizao.studies.inspect.use.watching import Watch, watch_folder

__all__ = ["LabelResult", "Watch", "as_measure", "label_next", "watch_folder"]
