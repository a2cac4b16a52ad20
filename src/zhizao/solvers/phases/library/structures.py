"""Structures of fed-batch cultures from the literature, to choose from by records (h, L, 1e9/L, mmol/L)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhizao.solvers.phases.library.cell_culture import overflow_fed_batch
from zhizao.solvers.phases.problem import Model, Parameter, TimeUnit

_OFF = 1e9  # mmol/L: an inhibition of this constant has no effect


@dataclass(frozen=True, slots=True)
class Structure:
    """A model and the parameters that records are to determine, with bounds that are orders of magnitude.

    Its other parameters keep their values: product by Luedeking and Piret (1959), and what is switched off.
    """

    model: Model
    bounds: dict[str, tuple[float, float]]


_UNINHIBITED = {
    "growth_max": (0.005, 0.2),
    "half_glucose": (0.01, 5.0),
    "half_glutamine": (0.001, 1.0),
    "death_max": (0.002, 0.5),
    "half_death_glucose": (0.01, 5.0),
    "half_death_glutamine": (0.0005, 1.0),
    "yield_glucose": (0.05, 3.0),
    "yield_glutamine": (0.05, 5.0),
    "maintenance_glucose": (0.0005, 0.2),
    "maintenance_glutamine": (0.0001, 0.02),
    "yield_lactate": (0.2, 3.0),
    "yield_ammonia": (0.1, 2.0),
}
_INHIBITION = {"inhibition_lactate": (1.0, 300.0), "inhibition_ammonia": (0.2, 50.0)}
_SWITCH = {"lactate_max": (0.0005, 0.2), "half_lactate": (0.5, 50.0)}
_OVERFLOW = {
    "glucose_max": (0.03, 2.0),
    "glucose_critical": (0.005, 0.3),
    "half_glucose": (0.05, 10.0),
    "half_glutamine_glucose": (0.01, 1.0),
    "glutamine_max": (0.01, 1.0),
    "glutamine_critical": (0.002, 0.2),
    "half_glutamine": (0.003, 0.3),
    "inhibition_ammonia": (0.2, 20.0),
    "yield_glucose": (0.05, 3.0),
    "yield_glutamine": (0.05, 3.0),
    "yield_lactate": (0.2, 3.0),
    "yield_ammonia": (0.1, 2.0),
    "death_max": (0.01, 1.0),
    "half_death_glucose": (0.03, 3.0),
    "half_death_glutamine": (0.0005, 0.05),
    "maintenance_glucose": (0.003, 0.3),
    "maintenance_glutamine": (0.0003, 0.03),
    "half_maintenance": (0.003, 0.5),
    "spill_lactate": (0.5, 3.0),
    "spill_amino_lactate": (0.05, 2.0),
}


def _monod_rates(t: float, x: Any, p: Any, u: Any) -> Any:
    viable, thin = x[1], u[0] / x[0]
    sugar, amino, sour, waste = max(x[3], 0.0), max(x[4], 0.0), max(x[5], 0.0), max(x[6], 0.0)
    fed, fed_amino = sugar / (p[1] + sugar), amino / (p[2] + amino)
    growth = p[0] * fed * fed_amino * p[12] / (p[12] + sour) * p[13] / (p[13] + waste)
    dying = p[3] * p[4] / (p[4] + sugar) * p[5] / (p[5] + amino)
    take = growth / p[6] + p[8] * fed
    take_amino = growth / p[7] + p[9] * fed_amino
    back = p[14] * sour / (p[15] + sour) * p[1] / (p[1] + sugar)
    making = max(p[16] * growth + p[17], 0.0)
    return (
        u[0],
        (growth - dying - thin) * viable,
        dying * viable - thin * x[2],
        thin * (u[1] - x[3]) - take * viable,
        thin * (u[2] - x[4]) - take_amino * viable,
        (p[10] * take - back) * viable - thin * x[5],
        p[11] * take_amino * viable - thin * x[6],
        making * viable - thin * x[7],
    )


def _overflow_rates(t: float, x: Any, p: Any, u: Any) -> Any:
    viable, thin = x[1], u[0] / x[0]
    sugar, amino, waste = max(x[3], 0.0), max(x[4], 0.0), max(x[6], 0.0)
    take = p[0] * sugar / (p[2] + sugar) * amino / (p[3] + amino)
    take_amino = p[4] * amino / (p[6] + amino) * p[7] / (p[7] + waste)
    burnt, burnt_amino = min(take, p[1]), min(take_amino, p[5])
    spilt, spilt_amino = take - burnt, take_amino - burnt_amino
    growth = p[8] * burnt + p[9] * burnt_amino
    dying = p[12] * p[13] / (p[13] + sugar) * p[14] / (p[14] + amino)
    upkeep, upkeep_amino = p[15] * sugar / (p[17] + sugar), p[16] * amino / (p[17] + amino)
    making = max(p[20] * growth + p[21], 0.0)
    return (
        u[0],
        (growth - dying - thin) * viable,
        dying * viable - thin * x[2],
        thin * (u[1] - x[3]) - (take + upkeep) * viable,
        thin * (u[2] - x[4]) - (take_amino + upkeep_amino) * viable,
        (p[10] * burnt + p[18] * spilt + p[19] * spilt_amino) * viable - thin * x[5],
        (p[11] * burnt_amino + spilt_amino) * viable - thin * x[6],
        making * viable - thin * x[7],
    )


def fed_batch_structures() -> dict[str, Structure]:
    """Structures to choose from, by name, from few parameters to many.

    Returns
    -------
    dict[str, Structure]
        `monod`: growth by two substrates, uptake for growth and maintenance (Monod, 1949; Pirt, 1965).
        `inhibition`: growth inhibited by lactate and ammonia too (Xing, Bishop, Leister, Li, 2010).
        `lactate-switch`: lactate taken up again as glucose runs out, a form of our own for the shift that
        Zagari, Jordan, Stettler, Broly and Wurm (2013) describe. `overflow`: uptake beyond a critical rate
        leaves as lactate and ammonia (Sonnleitner and Kaeppeli, 1986; for animal cells Amribt, Niu, Bogaerts,
        2013). States and inputs are those of `overflow_fed_batch`.
        Start values are the geometric middle of the bounds.
    """
    off = {"inhibition_lactate": _OFF, "inhibition_ammonia": _OFF, "lactate_max": 0.0, "half_lactate": 1.0}
    names = (*_UNINHIBITED, *off)
    return {
        "monod": _structure("monod", (_monod_rates, names), _UNINHIBITED, off),
        "inhibition": _structure("inhibition", (_monod_rates, names), _UNINHIBITED | _INHIBITION, off),
        "lactate-switch": _structure(
            "lactate_switch", (_monod_rates, names), _UNINHIBITED | _INHIBITION | _SWITCH, off
        ),
        "overflow": _structure("overflow", (_overflow_rates, tuple(_OVERFLOW)), _OVERFLOW, {}),
    }


def _structure(
    name: str, law: tuple[Any, tuple[str, ...]], bounds: dict[str, tuple[float, float]], off: dict[str, float]
) -> Structure:
    rates, names = law
    values = off | {one: (low * high) ** 0.5 for one, (low, high) in bounds.items()}
    values |= {"product_growth": 0.0, "product_rate": 0.4}
    parameters = tuple(
        Parameter(one, "", values[one], "assumed") for one in (*names, "product_growth", "product_rate")
    )
    like = overflow_fed_batch()
    source = "see zhizao.solvers.phases.library.structures"
    return Structure(
        Model(name, rates, like.states, parameters, like.inputs, TimeUnit.HOUR, source=source), bounds
    )
