"""A cluster of GPUs: what its scheduling policy allocates, and what more nodes would bring."""

from zhizao.studies.compute.result import ComputeResult
from zhizao.studies.compute.study import Trial, compute

__all__ = ["ComputeResult", "Trial", "compute"]
