"""Structures of fed-batch cultures from the literature, to choose from by records (hours, L, 1e9/L, mmol/L)."""

from __future__ import annotations

from typing import Any

from zhizao.solvers.phases.library.cell_culture import overflow_fed_batch
from zhizao.solvers.phases.problem import Model, Parameter, TimeUnit

_UPTAKE, _AMOUNT = "mmol/(1e9 h)", "mmol/L"
_BASE = (
    ("growth_max", "1/h", 0.04),
    ("half_glucose", _AMOUNT, 0.5),
    ("half_glutamine", _AMOUNT, 0.1),
    ("death_max", "1/h", 0.05),
    ("half_death_glucose", _AMOUNT, 0.5),
    ("half_death_glutamine", _AMOUNT, 0.05),
    ("yield_glucose", "1e9/mmol", 0.3),
    ("yield_glutamine", "1e9/mmol", 0.6),
    ("maintenance_glucose", _UPTAKE, 0.03),
    ("maintenance_glutamine", _UPTAKE, 0.003),
    ("yield_lactate", "mmol/mmol", 1.5),
    ("yield_ammonia", "mmol/mmol", 0.6),
)
_PRODUCT = (("product_growth", "1/1e9", 0.0), ("product_rate", "1/(1e9 h)", 0.4))


def _balances(x: Any, u: Any, rates: Any) -> Any:
    """Mass balances; rates are growth, death, glucose, glutamine, lactate, ammonia and product of a cell."""
    thin, viable = u[0] / x[0], x[1]
    growth, dying, sugar, amino, lactate, ammonia, making = rates
    return (
        u[0],
        (growth - dying - thin) * viable,
        dying * viable - thin * x[2],
        thin * (u[1] - x[3]) - sugar * viable,
        thin * (u[2] - x[4]) - amino * viable,
        lactate * viable - thin * x[5],
        ammonia * viable - thin * x[6],
        making * viable - thin * x[7],
    )
