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

    Its other parameters keep their values: what is switched off.
    """

    model: Model
    bounds: dict[str, tuple[float, float]]


_HALF = (0.001, 10.0)  # mmol/L: half-saturation of growth, uptake, death and maintenance
_RATE = (0.001, 1.0)  # 1/h: growth and death
_UPTAKE = (0.001, 10.0)  # mmol/(1e9 h)
_UPKEEP = (0.0001, 0.1)  # mmol/(1e9 h)
_CELLS = (0.01, 10.0)  # 1e9 cells/mmol
_WASTE = (0.1, 10.0)  # mmol/mmol
_PRODUCT = {"product_growth": (0.001, 10.0), "product_rate": (0.001, 10.0)}  # units/1e9, units/(1e9 h)
_UNINHIBITED = {
    "growth_max": _RATE,
    "half_glucose": _HALF,
    "half_glutamine": _HALF,
    "death_max": _RATE,
    "half_death_glucose": _HALF,
    "half_death_glutamine": _HALF,
    "yield_glucose": _CELLS,
    "yield_glutamine": _CELLS,
    "maintenance_glucose": _UPKEEP,
    "maintenance_glutamine": _UPKEEP,
    "yield_lactate": _WASTE,
    "yield_ammonia": _WASTE,
}
_INHIBITION = {"inhibition_lactate": (1.0, 1000.0), "inhibition_ammonia": (0.1, 100.0)}
_SWITCH = {"lactate_max": _UPKEEP, "half_lactate": (0.1, 100.0)}
_OVERFLOW = {
    "glucose_max": _UPTAKE,
    "glucose_critical": _UPTAKE,
    "half_glucose": _HALF,
    "half_glutamine_glucose": _HALF,
    "glutamine_max": _UPTAKE,
    "glutamine_critical": _UPTAKE,
    "half_glutamine": _HALF,
    "inhibition_ammonia": (0.1, 100.0),
    "yield_glucose": _CELLS,
    "yield_glutamine": _CELLS,
    "yield_lactate": _WASTE,
    "yield_ammonia": _WASTE,
    "death_max": _RATE,
    "half_death_glucose": _HALF,
    "half_death_glutamine": _HALF,
    "maintenance_glucose": _UPKEEP,
    "maintenance_glutamine": _UPKEEP,
    "spill_lactate": _WASTE,
    "spill_amino_lactate": _WASTE,
}
_SATURATING = {"half_maintenance_glucose": _HALF, "half_maintenance_glutamine": _HALF}
_BROKEN = {"full_maintenance_glucose": _HALF, "full_maintenance_glutamine": _HALF}


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


def _overflow(broken: bool) -> Any:
    """Rates of overflow; maintenance saturates in its substrate, or is linear up to a level and then full."""

    def rates(t: float, x: Any, p: Any, u: Any) -> Any:
        viable, thin = x[1], u[0] / x[0]
        sugar, amino, waste = max(x[3], 0.0), max(x[4], 0.0), max(x[6], 0.0)
        take = p[0] * sugar / (p[2] + sugar) * amino / (p[3] + amino)
        take_amino = p[4] * amino / (p[6] + amino) * p[7] / (p[7] + waste)
        burnt, burnt_amino = min(take, p[1]), min(take_amino, p[5])
        spilt, spilt_amino = take - burnt, take_amino - burnt_amino
        growth = p[8] * burnt + p[9] * burnt_amino
        dying = p[12] * p[13] / (p[13] + sugar) * p[14] / (p[14] + amino)
        if broken:
            upkeep, upkeep_amino = p[15] * min(sugar / p[19], 1.0), p[16] * min(amino / p[20], 1.0)
        else:
            upkeep, upkeep_amino = p[15] * sugar / (p[19] + sugar), p[16] * amino / (p[20] + amino)
        making = max(p[21] * growth + p[22], 0.0)
        return (
            u[0],
            (growth - dying - thin) * viable,
            dying * viable - thin * x[2],
            thin * (u[1] - x[3]) - (take + upkeep) * viable,
            thin * (u[2] - x[4]) - (take_amino + upkeep_amino) * viable,
            (p[10] * burnt + p[17] * spilt + p[18] * spilt_amino) * viable - thin * x[5],
            (p[11] * burnt_amino + spilt_amino) * viable - thin * x[6],
            making * viable - thin * x[7],
        )

    return rates


_SATURATES, _BREAKS = _overflow(broken=False), _overflow(broken=True)


def fed_batch_structures() -> dict[str, Structure]:
    """Structures to choose from, by name, from few parameters to many.

    Returns
    -------
    dict[str, Structure]
        `monod`: growth by two substrates, uptake for growth and maintenance (Monod, 1949; Pirt, 1965).
        `inhibition`: growth inhibited by lactate and ammonia too (Xing, Bishop, Leister and Li, 2010,
        Biotechnology Progress 26, 208-219). `lactate-switch`: lactate taken up again as glucose runs out, a
        form of our own for the switch that Hartley, Walker, Chung and Morten (2018, Biotechnology and
        Bioengineering 115, 1890-1903) review. `overflow`: uptake beyond a critical rate leaves as lactate and
        ammonia (Sonnleitner and Kaeppeli, 1986; for hybridomas Amribt, Niu and Bogaerts, 2013).
        `overflow-broken`: the same with maintenance in proportion to its substrate up to a level and full
        above, instead of saturating. States and inputs are those of `overflow_fed_batch`.

    Notes
    -----
    Bounds are the same decades for all parameters of a kind, and start values their geometric middle. They
    hold the values that Table 2 of Bioengineering 5 (2018), 25 collects for CHO cells (growth 0.039 1/h,
    death 0.004 1/h, half-saturation 0.047 to 1.0 mmol/L, inhibition 6.5 to 43 mmol/L, yields 0.36 to 0.97
    1e9/mmol and 0.67 to 0.70 mmol/mmol, maintenance 0.003 to 0.069 mmol/(1e9 h)).
    """
    off = {"inhibition_lactate": _OFF, "inhibition_ammonia": _OFF, "lactate_max": 0.0, "half_lactate": 1.0}
    names = (*_UNINHIBITED, *off)
    saturating, broken = _OVERFLOW | _SATURATING, _OVERFLOW | _BROKEN
    return {
        "monod": _structure("monod", (_monod_rates, names), _UNINHIBITED, off),
        "inhibition": _structure("inhibition", (_monod_rates, names), _UNINHIBITED | _INHIBITION, off),
        "lactate-switch": _structure(
            "lactate_switch", (_monod_rates, names), _UNINHIBITED | _INHIBITION | _SWITCH, off
        ),
        "overflow": _structure("overflow", (_SATURATES, tuple(saturating)), saturating, {}),
        "overflow-broken": _structure("overflow_broken", (_BREAKS, tuple(broken)), broken, {}),
    }


def _structure(
    name: str, law: tuple[Any, tuple[str, ...]], bounds: dict[str, tuple[float, float]], off: dict[str, float]
) -> Structure:
    rates, names = law
    bounds = bounds | _PRODUCT
    values = off | {one: (low * high) ** 0.5 for one, (low, high) in bounds.items()}
    parameters = tuple(
        Parameter(one, "", values[one], "assumed") for one in (*names, "product_growth", "product_rate")
    )
    like = overflow_fed_batch()
    source = "see zhizao.solvers.phases.library.structures"
    return Structure(
        Model(name, rates, like.states, parameters, like.inputs, TimeUnit.HOUR, source=source), bounds
    )
