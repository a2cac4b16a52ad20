"""Find what limits a plant: load, active periods and waiting as evidence, one more of it as the proof."""

from zhizao.studies.bottlenecks.findings import Resource
from zhizao.studies.bottlenecks.result import BottleneckResult
from zhizao.studies.bottlenecks.study import bottlenecks

__all__ = ["BottleneckResult", "Resource", "bottlenecks"]
