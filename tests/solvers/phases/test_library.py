"""Phases of the library: against closed forms, against scipy, against recorded cultures."""

from __future__ import annotations

from itertools import pairwise
from math import exp, log

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from tests.solvers.phases.cultures import PROCESS, SCENARIOS, culture
from zhizao.solvers.phases import Crossing, Phase, PhaseFailedError, Signal, follow_phase, run_phase
from zhizao.solvers.phases.library import (
    drying,
    furnace,
    monod_fed_batch,
    overflow_fed_batch,
    pasteurisation,
)

FEED = Signal((0.0, 50.0), (0.0, 0.004))
START = {"volume": 0.35, "viable": 0.2, "dead": 0.01, "glucose": 18.0, "lactate": 0.0, "product": 0.0}
MORE = START | {"glutamine": 3.0, "ammonia": 0.1}
PHASES = {
    "monod": Phase(monod_fed_batch(), START, 200.0, inputs={"feed": FEED, "feed_glucose": 15.0}),
    "overflow": Phase(
        overflow_fed_batch(),
        MORE,
        200.0,
        inputs={"feed": FEED, "feed_glucose": 15.0, "feed_glutamine": 9.0},
    ),
    "pasteurisation": Phase(
        pasteurisation(),
        {"temperature": 20.0, "units": 0.0, "f_value": 0.0},
        40.0,
        inputs={"medium": Signal((0.0, 10.0, 25.0), (40.0, 65.0, 20.0), ramps=True)},
    ),
    "drying": Phase(drying(), {"moisture": 0.8, "energy": 0.0}, 6.0, inputs={"intensity": 1.0}),
    "furnace": Phase(furnace(), {"temperature": 20.0, "energy": 0.0}, 7200.0, inputs={"furnace": 1000.0}),
}


@pytest.mark.parametrize("name", PHASES)
def test_ours_is_scipy_to_a_millionth(name: str) -> None:
    phase = PHASES[name]
    p = np.array(list(phase.values.values()))
    edges = sorted(
        {0.0, phase.until, *(t for s in phase.inputs.values() if isinstance(s, Signal) for t in s.times)}
    )
    x, rows, times = np.array([phase.start[one.name] for one in phase.model.states]), [], []
    for a, b in pairwise(edges):

        def u(t: float, a: float = a) -> list[float]:
            values = []
            for one in phase.model.inputs:
                given = phase.inputs[one.name]
                value, slope = given.at(a) if isinstance(given, Signal) else (given, 0.0)
                values.append(value + slope * (t - a))
            return values

        span = np.linspace(a, b, 21)
        found = solve_ivp(
            lambda t, x: phase.model.rates(t, x, p, u(t)), (a, b), x, "DOP853", span, rtol=1e-11, atol=1e-13
        )
        x = found.y[:, -1]
        rows.append(found.y.T[:-1])
        times.append(span[:-1])
    expected, at = np.concatenate(rows), np.concatenate(times)
    course = run_phase(phase, at)
    assert not course.plain
    off = np.abs(course.states - expected).max(axis=0) / np.maximum(np.abs(expected).max(axis=0), 1e-300)
    assert off.max() < 1e-6


def test_every_parameter_has_a_unit_and_a_source_and_defaults_are_marked() -> None:
    for phase in PHASES.values():
        assert phase.model.source
        assert all(one.unit and one.source for one in phase.model.parameters)
        assert phase.assumed
    assert "z" not in PHASES["pasteurisation"].assumed


def test_pasteurisation_units_at_a_held_temperature_are_the_formula() -> None:
    start = {"temperature": 62.0, "units": 0.0, "f_value": 0.0}
    milk = {"z": 10.0, "f_reference": 72.0}
    course = run_phase(Phase(pasteurisation(), start, 15.0, milk, {"medium": 62.0}))
    assert course.at_end("units") == pytest.approx(15 * 1.393**2, rel=1e-9)
    assert course.at_end("f_value") == pytest.approx(15 * 0.1, rel=1e-9)


def test_pasteurisation_ends_at_its_units() -> None:
    start = {"temperature": 5.0, "units": 0.0, "f_value": 0.0}
    phase = Phase(
        pasteurisation(),
        start,
        120.0,
        inputs={"medium": 64.0},
        crossings=(Crossing("units", 15.0, ends=True),),
    )
    course = run_phase(phase)
    lag = phase.values["time_constant"]
    units = quad(lambda t: 1.393 ** (64 - 59 * exp(-t / lag) - 60), 0, course.end_time, epsabs=1e-10)[0]
    assert units == pytest.approx(15.0, abs=1e-6)
    cold = Phase(
        pasteurisation(),
        start,
        60.0,
        inputs={"medium": 30.0},
        crossings=(Crossing("units", 15.0, ends=True),),
    )
    with pytest.raises(PhaseFailedError, match="within 60 min it did not reach units 15 PU"):
        run_phase(cold)


def test_drying_takes_the_time_of_the_closed_form() -> None:
    goal = Crossing("moisture", 0.08, ends=True)
    phase = Phase(
        drying(), {"moisture": 0.8, "energy": 0.0}, 24.0, inputs={"intensity": 1.0}, crossings=(goal,)
    )
    course = run_phase(phase)
    v = phase.values
    falling = v["critical_moisture"] - v["equilibrium_moisture"]
    expected = (0.8 - v["critical_moisture"]) / v["constant_rate"]
    expected += falling / v["constant_rate"] * log(falling / (0.08 - v["equilibrium_moisture"]))
    assert course.end_time == pytest.approx(expected, rel=1e-7)
    assert course.at_end("energy") == pytest.approx(0.72 * v["latent_heat"] / v["efficiency"], rel=1e-7)


def test_a_furnace_without_radiation_is_newtons_cooling_and_its_energy_that_of_the_charge() -> None:
    given = {"emissivity": 0.0, "efficiency": 1.0}
    phase = Phase(furnace(), {"temperature": 20.0, "energy": 0.0}, 3600.0, given, {"furnace": 500.0})
    course = run_phase(phase)
    v = phase.values
    lag = v["mass"] * v["heat_capacity"] / (v["area"] * v["convection"])
    assert course.at_end("temperature") == pytest.approx(500 - 480 * exp(-3600 / lag), rel=1e-9)
    heat = v["mass"] * v["heat_capacity"] * (course.at_end("temperature") - 20) / 3.6e6
    assert course.at_end("energy") == pytest.approx(heat, rel=1e-8)


def test_a_furnace_with_radiation_takes_the_time_of_the_integral() -> None:
    goal = Crossing("temperature", 900.0, ends=True)
    phase = Phase(
        furnace(), {"temperature": 20.0, "energy": 0.0}, 7200.0, inputs={"furnace": 1000.0}, crossings=(goal,)
    )
    v, p = phase.values, np.array(list(phase.values.values()))
    assert v["emissivity"] > 0
    expected = quad(lambda c: 1 / phase.model.rates(0.0, (c, 0.0), p, (1000.0,))[0], 20, 900)[0]
    assert run_phase(phase).end_time == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("name", ["monod", "overflow"])
def test_a_culture_conserves_cells_and_volume(name: str) -> None:
    """Cells that ever lived are what grew; the volume is the start and the feed."""
    course = run_phase(PHASES[name])
    assert course.at_end("volume") == pytest.approx(0.35 + 150 * 0.004)
    calm = {"death_max": 1e-12}
    phase = PHASES[name]
    still = run_phase(Phase(phase.model, phase.start, 200.0, calm, phase.inputs))
    assert still.at_end("dead") * still.at_end("volume") == pytest.approx(0.01 * 0.35, rel=1e-6)
    assert (course.states >= -1e-8).all()


def test_a_culture_without_cells_only_thins() -> None:
    phase = PHASES["overflow"]
    course = run_phase(Phase(phase.model, MORE | {"viable": 0.0}, 200.0, {}, phase.inputs))
    volume = course.at_end("volume")
    assert course.at_end("glucose") == pytest.approx((18 * 0.35 + 15 * 0.6) / volume, rel=1e-7)
    empty = Phase(phase.model, MORE | {"volume": 0.0}, 200.0, {}, phase.inputs)
    assert not follow_phase(empty).ok


@pytest.mark.skipif(PROCESS is None, reason="needs ../shared/data/process")
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_overflow_model_is_that_of_the_recorded_cultures(name: str) -> None:
    """Every state within a thousandth of its range at every half hour, with the published parameters."""
    one = culture(name)
    phase = one.phase(overflow_fed_batch(), one.product)
    names = [state.name for state in phase.model.states]
    expected = one.table(names)
    off = np.abs(run_phase(phase, one.times).states - expected).max(axis=0)
    assert (off / np.ptp(expected, axis=0)).max() < 1e-5
