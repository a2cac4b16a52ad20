"""A cluster of GPUs: what it allocates, how long jobs take, when and where they run."""

from zhizao.studies.compute.queued import QueueResult
from zhizao.studies.compute.queueing import QueueTrial, queue_jobs
from zhizao.studies.compute.result import ComputeResult
from zhizao.studies.compute.shifted import ShiftResult
from zhizao.studies.compute.shifting import shift_load
from zhizao.studies.compute.study import Trial, compute

__all__ = [
    "ComputeResult",
    "QueueResult",
    "QueueTrial",
    "ShiftResult",
    "Trial",
    "compute",
    "queue_jobs",
    "shift_load",
]
