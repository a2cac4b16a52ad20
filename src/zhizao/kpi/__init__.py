"""KPIs: every formula once, on a factory's log and the twin's records alike; output analysis."""

from zhizao.kpi.elements import Elements, Level, elements, elements_by
from zhizao.kpi.formulas import (
    AS_INSPECTED,
    FORMULAS,
    FROM_LOTS,
    HEADLINE,
    Better,
    Formula,
    compute,
    formula_of,
    formulas_at,
    unit_of,
    values,
)
from zhizao.kpi.states import states_from_events

__all__ = [
    "AS_INSPECTED",
    "FORMULAS",
    "FROM_LOTS",
    "HEADLINE",
    "Better",
    "Elements",
    "Formula",
    "Level",
    "compute",
    "elements",
    "elements_by",
    "formula_of",
    "formulas_at",
    "states_from_events",
    "unit_of",
    "values",
]
