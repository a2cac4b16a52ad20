"""Heating of a lumped body: pasteurisation by a medium, and a charge in a furnace."""

from __future__ import annotations

from typing import Any

from zhizao.solvers.phases.problem import Model, Parameter, TimeUnit, Variable

_KELVIN = 273.15
_STEFAN_BOLTZMANN = 5.670374419e-8  # W/(m2 K4), CODATA 2018


def _pasteurisation_rates(t: float, x: Any, p: Any, u: Any) -> Any:
    lag, base, reference, z, sterile = p[0], p[1], p[2], p[3], p[4]
    return (
        (u[0] - x[0]) / lag,
        base ** (x[0] - reference),
        10.0 ** ((x[0] - sterile) / z),
    )


def pasteurisation() -> Model:
    """Pasteurisation or sterilisation by a heating medium, in minutes.

    The coldest point follows the medium with a time constant. Pasteurisation units are
    PU = integral of 1.393^(T - 60) dt (T in C, t in min; Del Vecchio, Dayharsh, Baselt, 1951); the F-value is
    the integral of 10^((T - T_ref) / z) dt (Bigelow, 1921; Ball and Olson, 1957).

    Returns
    -------
    Model
        States `temperature` (C), `units` (PU), `f_value` (min); input `medium` (C). The time constant is
        assumed; z = 10 C at 121.1 C (Clostridium botulinum) and the base of beer are conventions.
    """
    beer = "convention for beer: Del Vecchio, Dayharsh, Baselt (1951)"
    canning = "convention of canning: Ball and Olson (1957)"
    parameters = (
        Parameter("time_constant", "min", 4.0, "assumed"),
        Parameter("unit_base", "1", 1.393, beer, assumed=False),
        Parameter("unit_reference", "C", 60.0, beer, assumed=False),
        Parameter("z", "C", 10.0, canning, assumed=False),
        Parameter("f_reference", "C", 121.1, canning, assumed=False),
    )
    states = (
        Variable("temperature", "C", -_KELVIN, 10.0),
        Variable("units", "PU", 0.0),
        Variable("f_value", "min", 0.0),
    )
    source = f"{beer}; {canning}"
    return Model(
        "pasteurisation",
        _pasteurisation_rates,
        states,
        parameters,
        (Variable("medium", "C", -_KELVIN),),
        TimeUnit.MINUTE,
        source=source,
    )


def _furnace_rates(t: float, x: Any, p: Any, u: Any) -> Any:
    mass, heat, area, convection, emissivity, efficiency = p[0], p[1], p[2], p[3], p[4], p[5]
    body, wall = x[0] + _KELVIN, u[0] + _KELVIN
    flow = area * (convection * (wall - body) + emissivity * _STEFAN_BOLTZMANN * (wall**4 - body**4))
    return flow / (mass * heat), max(flow, 0.0) / efficiency / 3.6e6


def furnace() -> Model:
    """Heating of a charge in a furnace by radiation and convection, in seconds.

    The charge has one temperature, which holds where the Biot number (h L / k, h with radiation) is below 0.1
    (Incropera and DeWitt, chapter 5).

    Returns
    -------
    Model
        States `temperature` (C), `energy` (kWh taken by the furnace for the charge); input `furnace` (C).
        Parameters are assumed.
    """
    parameters = (
        Parameter("mass", "kg", 100.0, "assumed"),
        Parameter("heat_capacity", "J/(kg K)", 650.0, "assumed, of the order of steel"),
        Parameter("area", "m2", 1.0, "assumed"),
        Parameter("convection", "W/(m2 K)", 15.0, "assumed"),
        Parameter("emissivity", "share", 0.8, "assumed, of the order of oxidised steel"),
        Parameter("efficiency", "share", 0.5, "assumed"),
    )
    states = (Variable("temperature", "C", -_KELVIN, 100.0), Variable("energy", "kWh", 0.0))
    source = "Incropera and DeWitt, Fundamentals of Heat and Mass Transfer, chapter 5"
    return Model(
        "furnace",
        _furnace_rates,
        states,
        parameters,
        (Variable("furnace", "C", -_KELVIN),),
        TimeUnit.SECOND,
        source=source,
    )
