"""Drying of a moist solid, in hours."""

from __future__ import annotations

from typing import Any

from zhizao.solvers.phases.problem import Model, Parameter, TimeUnit, Variable


def _rates(t: float, x: Any, p: Any, u: Any) -> Any:
    full, critical, equilibrium, heat, efficiency = p[0], p[1], p[2], p[3], p[4]
    share = (x[0] - equilibrium) / (critical - equilibrium)
    rate = full * u[0] * min(share, 1.0)
    return -rate, max(rate, 0.0) * heat / efficiency


def drying() -> Model:
    """Drying at a constant rate down to the critical moisture, then at a falling rate.

    Below the critical moisture the rate falls in proportion to the moisture above equilibrium (Lewis, 1921);
    energy is the latent heat of the water over the efficiency of the dryer.

    Returns
    -------
    Model
        States `moisture` (kg water per kg dry solid), `energy` (kWh per kg dry solid); input `intensity`: the
        rate as a share of that of the parameters (1: as there). Parameters are assumed but for the latent
        heat, which is that of water at 60 C.
    """
    parameters = (
        Parameter("constant_rate", "kg/(kg h)", 0.5, "assumed"),
        Parameter("critical_moisture", "kg/kg", 0.3, "assumed"),
        Parameter("equilibrium_moisture", "kg/kg", 0.04, "assumed"),
        Parameter("latent_heat", "kWh/kg", 0.655, "water at 60 C, 2358 kJ/kg: steam tables", assumed=False),
        Parameter("efficiency", "share", 0.5, "assumed"),
    )
    states = (Variable("moisture", "kg/kg", 0.0), Variable("energy", "kWh/kg", 0.0))
    inputs = (Variable("intensity", "share", 0.0),)
    source = "Lewis (1921), Industrial and Engineering Chemistry 13, 427-432"
    return Model("drying", _rates, states, parameters, inputs, TimeUnit.HOUR, source=source)
