"""Fed-batch cell cultures, in hours, litres, 1e9 cells/L (= 1e6 cells/mL) and mmol/L."""

from __future__ import annotations

from typing import Any

from zhizao.solvers.phases.problem import Model, Parameter, TimeUnit, Variable

_AMRIBT = "Amribt, Niu, Bogaerts (2013), as set in the model CHO_Fedbatch of the Bioprocess Library"
_CELLS, _AMOUNT, _UPTAKE = "1e9/L", "mmol/L", "mmol/(1e9 h)"


def _monod_rates(t: float, x: Any, p: Any, u: Any) -> Any:
    volume, viable, _, glucose, lactate, product = x[0], x[1], x[2], x[3], x[4], x[5]
    growth_max, half, death, yield_cells, upkeep, yield_lactate, making, half_death = (
        p[0],
        p[1],
        p[2],
        p[3],
        p[4],
        p[5],
        p[6],
        p[7],
    )
    feed, feed_glucose = u[0], u[1]
    left = max(glucose, 0.0)
    growth = growth_max * left / (half + left)
    dying = death * half_death / (half_death + left)
    uptake = growth / yield_cells + upkeep * left / (half + left)
    thin = feed / volume
    return (
        feed,
        (growth - dying - thin) * viable,
        dying * viable - thin * x[2],
        thin * (feed_glucose - glucose) - uptake * viable,
        yield_lactate * uptake * viable - thin * lactate,
        making * viable - thin * product,
    )


def monod_fed_batch() -> Model:
    """Fed-batch culture that glucose alone limits.

    Growth by Monod (1949), death that rises as glucose runs out, uptake for growth and maintenance (Pirt,
    1965), lactate in proportion to the uptake, product in proportion to viable cells, volume by the feed.

    Returns
    -------
    Model
        States `volume` (L), `viable`, `dead` (1e9/L), `glucose`, `lactate` (mmol/L), `product` (units of
        `product_rate` times h/L); inputs `feed` (L/h), `feed_glucose` (mmol/L). Parameters are assumed.
    """
    parameters = (
        Parameter("growth_max", "1/h", 0.035, "assumed, of the order usual for CHO cells"),
        Parameter("half_glucose", _AMOUNT, 0.5, "assumed"),
        Parameter("death_max", "1/h", 0.01, "assumed"),
        Parameter("yield_cells", "1e9/mmol", 0.2, "assumed"),
        Parameter("maintenance", _UPTAKE, 0.03, "assumed"),
        Parameter("yield_lactate", "mmol/mmol", 1.6, "assumed; 2 at most, by the carbon balance"),
        Parameter("product_rate", "1/(1e9 h)", 0.4, "assumed"),
        Parameter("half_death", _AMOUNT, 0.1, "assumed"),
    )
    states = (
        Variable("volume", "L", 0.0, 0.1),
        Variable("viable", _CELLS, 0.0),
        Variable("dead", _CELLS, 0.0, 0.1),
        Variable("glucose", _AMOUNT, 0.0),
        Variable("lactate", _AMOUNT, 0.0),
        Variable("product", "units/L", 0.0),
    )
    source = "Monod (1949); Pirt (1965); mass balances of a stirred tank"
    return Model("monod_fed_batch", _monod_rates, states, parameters, _FEED[:2], TimeUnit.HOUR, source=source)


_FEED = (
    Variable("feed", "L/h", 0.0),
    Variable("feed_glucose", _AMOUNT, 0.0),
    Variable("feed_glutamine", _AMOUNT, 0.0),
)


def _overflow_rates(t: float, x: Any, p: Any, u: Any) -> Any:
    volume, viable, glucose, glutamine, lactate, ammonia = x[0], x[1], x[3], x[4], x[5], x[6]
    sugar, amino, waste = max(glucose, 0.0), max(glutamine, 0.0), max(ammonia, 0.0)
    take = p[0] * sugar / (p[2] + sugar) * amino / (p[3] + amino)
    take_amino = p[4] * amino / (p[6] + amino) * p[7] / (p[7] + waste)
    burnt, burnt_amino = min(take, p[1]), min(take_amino, p[5])
    spilt, spilt_amino = take - burnt, take_amino - burnt_amino
    growth = p[8] * burnt + p[9] * burnt_amino
    dying = p[12] * p[13] / (p[13] + sugar) * p[14] / (p[14] + amino)
    upkeep, upkeep_amino = min(p[15], p[17] * sugar), min(p[16], p[17] * amino)
    making = max(p[18] * growth + p[19], 0.0)
    thin = u[0] / volume
    return (
        u[0],
        (growth - dying - thin) * viable,
        dying * viable - thin * x[2],
        thin * (u[1] - glucose) - (take + upkeep) * viable,
        thin * (u[2] - glutamine) - (take_amino + upkeep_amino) * viable,
        (p[10] * burnt + 2.0 * spilt + 0.5 * spilt_amino) * viable - thin * lactate,
        (p[11] * burnt_amino + spilt_amino) * viable - thin * ammonia,
        making * viable - thin * x[7],
    )


def overflow_fed_batch() -> Model:
    """Fed-batch culture that takes up more glucose and glutamine than it burns: overflow metabolism.

    What is taken up beyond a critical rate leaves as lactate and ammonia. Growth follows what is burnt; death
    rises as both substrates run out; product by Luedeking and Piret (1959), never below 0. Maintenance
    vanishes in proportion to a substrate that runs out.

    Returns
    -------
    Model
        States `volume` (L), `viable`, `dead` (1e9/L), `glucose`, `glutamine`, `lactate`, `ammonia` (mmol/L),
        `product`; inputs `feed` (L/h), `feed_glucose`, `feed_glutamine` (mmol/L). The defaults are those of
        a hybridoma HB-58; for any other cell line they are assumed.

    Notes
    -----
    Source: Amribt, Niu, Bogaerts (2013), Biochemical Engineering Journal 70, 196-209. The factors 2 and 0.5
    of the overflow, and the way in which maintenance vanishes, were read off recorded courses of the
    Bioprocess Library's model, whose equations are not at hand.
    """
    named = (
        ("glucose_max", _UPTAKE, 0.2971),
        ("glucose_critical", _UPTAKE, 0.0384),
        ("half_glucose", _AMOUNT, 1.0016),
        ("half_glutamine_glucose", _AMOUNT, 0.1029),
        ("glutamine_max", _UPTAKE, 0.1238),
        ("glutamine_critical", _UPTAKE, 0.0218),
        ("half_glutamine", _AMOUNT, 0.0314),
        ("inhibition_ammonia", _AMOUNT, 1.9268),
        ("yield_glucose", "1e9/mmol", 0.6722),
        ("yield_glutamine", "1e9/mmol", 0.3466),
        ("yield_lactate", "mmol/mmol", 1.818),
        ("yield_ammonia", "mmol/mmol", 0.4929),
        ("death_max", "1/h", 0.1302),
        ("half_death_glucose", _AMOUNT, 0.4347),
        ("half_death_glutamine", _AMOUNT, 0.002),
        ("maintenance_glucose", _UPTAKE, 0.0383),
        ("maintenance_glutamine", _UPTAKE, 0.0025),
        ("maintenance_slope", "L/(1e9 h)", 1.0),
        ("product_growth", "1/1e9", 0.0),
        ("product_rate", "1/(1e9 h)", 0.4166666666666667),
    )
    states = (
        Variable("volume", "L", 0.0, 0.1),
        Variable("viable", _CELLS, 0.0),
        Variable("dead", _CELLS, 0.0, 0.1),
        Variable("glucose", _AMOUNT, 0.0),
        Variable("glutamine", _AMOUNT, 0.0),
        Variable("lactate", _AMOUNT, 0.0),
        Variable("ammonia", _AMOUNT, 0.0),
        Variable("product", "units/L", 0.0),
    )
    parameters = tuple(Parameter(name, unit, value, _AMRIBT) for name, unit, value in named)
    return Model(
        "overflow_fed_batch", _overflow_rates, states, parameters, _FEED, TimeUnit.HOUR, source=_AMRIBT
    )
