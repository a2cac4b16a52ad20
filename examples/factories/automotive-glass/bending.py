"""A rack of windscreens in a bending furnace: pairs of sheets are heated by radiation, section by section.

While a rack passes, every pair is heated alike and stays in each section as long as in the next. So a rack of
n pairs in a furnace of m sections takes n / m times as long as one pair is heated, and its course is that of
one pair, stretched by n / m.
"""

from zhizao.solvers.phases import Model, Parameter, TimeUnit, Variable

KELVIN = 273.15
STEFAN_BOLTZMANN = 5.670374419e-8  # W/(m2 K4), CODATA 2018


def rates(t, x, p, u):  # noqa: ARG001  the form of rates
    """Temperature of the sheets and energy for the rack, by seconds of the rack."""
    pairs, sections, mass, heat, area, convection, exchange, efficiency = (
        p[0],
        p[1],
        p[2],
        p[3],
        p[4],
        p[5],
        p[6],
        p[7],
    )
    glass, wall = x[0] + KELVIN, u[0] + KELVIN
    flow = area * (convection * (wall - glass) + exchange * STEFAN_BOLTZMANN * (wall**4 - glass**4))
    return sections / pairs * flow / (mass * heat), sections * max(flow, 0.0) / efficiency / 3.6e6


def rack():
    """A rack of 48 pairs of 1.5 m2 and twice 2.1 mm, in a furnace of six sections."""
    parameters = (
        Parameter("pairs", "1", 48.0, "a rack of this works", assumed=False),
        Parameter("sections", "1", 6.0, "assumed"),
        Parameter("mass", "kg", 15.75, "1.5 m2, 4.2 mm, 2500 kg/m3", assumed=False),
        Parameter("heat_capacity", "J/(kg K)", 1050.0, "assumed, of the order of soda-lime glass"),
        Parameter("area", "m2", 3.0, "both sides", assumed=False),
        Parameter("convection", "W/(m2 K)", 5.0, "assumed"),
        Parameter("exchange", "share", 0.19, "assumed: emissivity, less what the mould hides"),
        Parameter(
            "efficiency", "share", 0.9, "assumed; what the furnace loses is in the power of the work center"
        ),
    )
    states = (Variable("temperature", "C", -KELVIN, 100.0), Variable("energy", "kWh", 0.0))
    source = "Incropera and DeWitt, Fundamentals of Heat and Mass Transfer, chapters 5 and 13"
    return Model(
        "rack",
        rates,
        states,
        parameters,
        (Variable("furnace", "C", -KELVIN),),
        TimeUnit.SECOND,
        source=source,
    )
