"""Markers: where the pieces of an order lie on the cloth, so that least of it is wasted."""

from zhizao.studies.marker.drawing import as_pattern, as_plot
from zhizao.studies.marker.layresult import Lay, LayResult
from zhizao.studies.marker.lays import plan_lays
from zhizao.studies.marker.order import read_order
from zhizao.studies.marker.pieces import Cloth
from zhizao.studies.marker.plan import LayRules
from zhizao.studies.marker.result import MarkerResult
from zhizao.studies.marker.study import marker

__all__ = [
    "Cloth",
    "Lay",
    "LayResult",
    "LayRules",
    "MarkerResult",
    "as_pattern",
    "as_plot",
    "marker",
    "plan_lays",
    "read_order",
]
