"""A cluster of GPUs: what its scheduling policy allocates, and what more nodes would bring."""

from zhizao.studies.compute.result import ComputeResult
from zhizao.studies.compute.shifted import ShiftResult
from zhizao.studies.compute.shifting import shift_load
from zhizao.studies.compute.study import Trial, compute

__all__ = ["ComputeResult", "ShiftResult", "Trial", "compute", "shift_load"]
