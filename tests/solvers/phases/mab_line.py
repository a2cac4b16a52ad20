"""Continuous antibody line upstream: reactor with separator (smpl, docs/mabenv.rst and its model; MIT).

The documentation gives parameters and no equations; the equations are those of the published model. The two
differ: half saturation of glutamine 0.038 mM in the table, 0.075 mM in the model; growth, death, exponent of
ammonia, retentions of the separator and mass of a cell are in the model only. Rates are per hour in the
table, per minute in the model; the flows at the steady state are L/min.
"""

from __future__ import annotations

from zhizao.solvers.phases import Model, Parameter, TimeUnit, Variable

HOUR = 60.0  # min
CELLS_KEPT, MEDIUM_KEPT = 0.92, 0.2
CELL_G = 2.4908084e-19
STATES = ["viable", "total", "glucose", "glutamine", "lactate", "ammonia", "antibody", "volume"]


def rates(t, x, p, u):
    f_in, f_out, f_back, f_harvest, glucose_in, glutamine_in, coolant = u
    viable, glucose, glutamine, lactate, ammonia, volume = x[0], x[2], x[3], x[4], x[5], x[7]
    temperature = x[16]
    growth = (0.0016 * temperature - 0.0308) * 5 / HOUR
    growth *= glucose / (0.75 + glucose) * glutamine / (p[0] + glutamine)
    growth *= 171.76 / (171.76 + lactate) * 28.48 / (28.48 + ammonia)
    death = 0.06 / HOUR / (1 + (1.76 / ammonia) ** 2)
    eats = growth / 2.6e8 + 4.9e-14 / HOUR
    takes = growth / 8e8 + 3.4e-13 / HOUR * glutamine / (4.0 + glutamine)
    decays = 9.6e-3 / HOUR * glutamine
    made = (
        (growth - death) * viable,
        growth * viable,
        -eats * viable,
        -takes * viable - decays,
        2.0 * eats * viable,
        0.45 * takes * viable + decays,
        6.59e-10 / HOUR * viable,
    )
    fresh = (0.0, 0.0, glucose_in, glutamine_in, 0.0, 0.0, 0.0)
    reactor, separator = [], []
    for i in range(7):
        back = (CELLS_KEPT if i < 2 else MEDIUM_KEPT) * x[i] * f_out  # amount per minute that comes back
        reactor.append(made[i] + (f_in * (fresh[i] - x[i]) + back - f_back * x[i]) / volume)
        separator.append((f_out * (x[i] - x[8 + i]) - back + f_back * x[8 + i]) / x[15])
    heat = 5e5 / (1560.0 * 1.244) * growth * viable * CELL_G
    warms = f_in / volume * (37.0 - temperature) + heat
    warms += 4e2 / (volume * 1560.0 * 1.244) * (coolant - temperature)
    return [*reactor, f_in + f_back - f_out, *separator, f_out - f_harvest - f_back, warms]


def line() -> Model:
    names = [*STATES, *(f"{name}_separator" for name in STATES), "temperature"]
    sizes = (1e10, 1e10, 1e3, 1.0, 10.0, 1.0, 10.0, 1e3)
    states = tuple(Variable(name, "", 0.0, s) for name, s in zip(names, (*sizes, *sizes, 10.0), strict=True))
    inputs = tuple(
        Variable(name, "")
        for name in ["f_in", "f_out", "f_back", "f_harvest", "glucose", "glutamine", "coolant"]
    )
    return Model(
        "mab_line", rates, states, (Parameter("half_glutamine", "mM", 0.075),), inputs, TimeUnit.MINUTE
    )
