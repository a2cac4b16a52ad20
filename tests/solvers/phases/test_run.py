"""Phases are integrated: accuracy, crossings, inputs, and errors that name variable and time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from tests.naive.phases import rosenbrock, runge_kutta
from zhizao.solvers.phases import (
    Course,
    Crossing,
    Direction,
    End,
    Method,
    Model,
    Parameter,
    Phase,
    PhaseError,
    PhaseFailedError,
    Settings,
    Signal,
    TimeUnit,
    Variable,
    follow_phase,
    run_phase,
)


def model(rates, count=1, method=Method.AUTO, lower=-np.inf, inputs=0) -> Model:
    states = tuple(Variable(f"x{i}", "m", lower) for i in range(count))
    entries = tuple(Variable(f"u{i}", "") for i in range(inputs))
    return Model("made", rates, states, (Parameter("k", "1/s", 1.0),), entries, method=method)


def decay(t, x, p, u):
    return (-p[0] * x[0],)


def oscillator(t, x, p, u):
    return x[1], p[0] * (1 - x[0] ** 2) * x[1] - x[0]


def robertson(t, x, p, u):
    first, second, third = 0.04 * x[0], 1e4 * x[1] * x[2], 3e7 * x[1] ** 2
    return second - first, first - second - third, third


# ---------------------------------------------------------------- the user's view
def test_a_phase_ends_when_its_goal_is_reached() -> None:
    phase = Phase(
        Model(
            "cooling", decay, (Variable("warmth", "C"),), (Parameter("k", "1/h", 0.5),), time=TimeUnit.HOUR
        ),
        {"warmth": 80.0},
        until=10.0,
        crossings=(Crossing("warmth", 40.0), Crossing("warmth", 20.0, Direction.FALLING, ends=True)),
    )
    course = run_phase(phase)
    assert course.end is End.CROSSING
    assert course.end_time == pytest.approx(log(4) / 0.5, abs=1e-7)
    assert course.duration_s == pytest.approx(3600 * log(4) / 0.5)
    assert course.at_end("warmth") == pytest.approx(20.0)
    assert [hit.time for hit in course.hits] == pytest.approx([log(2) / 0.5, log(4) / 0.5], abs=1e-7)
    assert course.times[-1] <= course.end_time
    assert course.table().columns == ["time_h", "warmth"]
    found = json.loads(course.to_json())
    assert found["assumed"] == ["k"]
    assert found["plain_python"] == ""
    assert "compiled" in str(course)


def test_a_goal_that_is_missed_is_an_error_with_numbers() -> None:
    phase = Phase(model(decay), {"x0": 1.0}, 2.0, crossings=(Crossing("x0", 0.1, ends=True),))
    with pytest.raises(
        PhaseFailedError, match=r"within 2 s it did not reach x0 0\.1 m \(it ended at 0\.135335\)"
    ) as e:
        run_phase(phase)
    assert e.value.course.end is End.GOAL_MISSED
    assert follow_phase(phase).end is End.GOAL_MISSED


# ---------------------------------------------------------------- accuracy
@pytest.mark.parametrize(
    ("rates", "start", "k", "until", "method"),
    [
        (oscillator, (2.0, 0.0), 1.0, 20.0, Method.EXPLICIT),
        (oscillator, (2.0, 0.0), 1.0, 20.0, Method.IMPLICIT),
        (oscillator, (2.0, 0.0), 1000.0, 2000.0, Method.AUTO),
        (robertson, (1.0, 0.0, 0.0), 1.0, 1e4, Method.AUTO),
        (robertson, (1.0, 0.0, 0.0), 1.0, 1e4, Method.IMPLICIT),
    ],
)
def test_ours_is_scipy_to_a_millionth(rates, start, k, until, method) -> None:
    times = np.linspace(0, until, 101)
    phase = Phase(
        model(rates, len(start), method), {f"x{i}": v for i, v in enumerate(start)}, until, {"k": k}
    )
    found = run_phase(phase, times).states
    expected = solve_ivp(
        lambda t, x: rates(t, x, (k,), ()), (0, until), start, "Radau", times, rtol=1e-11, atol=1e-13
    ).y.T
    assert (np.abs(found - expected).max(axis=0) / np.abs(expected).max(axis=0)).max() < 1e-6


def test_a_stiff_phase_is_noticed_and_costs_few_steps() -> None:
    phase = Phase(model(oscillator, 2), {"x0": 2.0, "x1": 0.0}, 2000.0, {"k": 1000.0})
    assert run_phase(phase).method is Method.IMPLICIT
    mild = Phase(model(oscillator, 2), {"x0": 2.0, "x1": 0.0}, 20.0)
    assert run_phase(mild).method is Method.EXPLICIT


@pytest.mark.parametrize(("method", "order"), [(Method.EXPLICIT, 5), (Method.IMPLICIT, 4)])
def test_the_error_falls_at_least_with_the_order_of_the_method(method: Method, order: int) -> None:
    def forced(t, x):
        return np.array([-x[0] * x[1] + np.sin(t), x[0] - x[1] ** 2])

    def at_end(count: int) -> np.ndarray:
        x, t, h = np.array([1.0, 0.5]), 0.0, 2.0 / count
        for _ in range(count):
            if method is Method.EXPLICIT:
                x = runge_kutta(forced, x, t, h)[0]
            else:
                jacobian = np.array([[-x[1], -x[0]], [1.0, -2 * x[1]]])
                x = rosenbrock(forced, jacobian, np.array([np.cos(t), 0.0]), x, t, h)[0]
            t += h
        return x

    exact = solve_ivp(forced, (0, 2), [1.0, 0.5], "DOP853", rtol=1e-13, atol=1e-14).y[:, -1]
    coarse, fine = (np.abs(at_end(count) - exact).max() for count in (20, 40))
    assert np.log2(coarse / fine) > order - 0.3


@pytest.mark.parametrize("method", [Method.EXPLICIT, Method.IMPLICIT])
def test_a_single_step_is_that_of_the_plain_lines(method: Method) -> None:
    from zhizao.solvers.phases import run
    from zhizao.solvers.phases.kernels import steps
    from zhizao.solvers.phases.kernels import tables as k

    phase = Phase(model(oscillator, 2), {"x0": 1.5, "x1": -0.3}, 1.0, {"k": 2.0})
    address, _ = run._address(oscillator, (2, 1, 0))
    problem = run._problem(phase, Settings(), address, np.array([1.0]))
    work = run._work((2, 1, 0), 1, 0)
    limits = k.Limits(0.0, 1.0, 1e-8, 10, 0)
    x = work.x[:] = problem.start
    h = 0.05

    def plain(t, x):
        return np.array(oscillator(t, x, (2.0,), ()))

    assert steps.derivative(problem, work, 0.0, work.x, work.k[0]) == k.DONE
    if method is Method.EXPLICIT:
        assert steps.explicit_step(problem, limits, work, h) == k.DONE
        new, error = runge_kutta(plain, x, 0.0, h)
    else:
        assert steps.differentiate(problem, limits, work, h) == k.DONE
        work.k[6] = work.k[0]
        jacobian = work.jacobian.copy()
        assert steps.implicit_step(problem, limits, work, h) == k.DONE
        new, error = rosenbrock(plain, jacobian, np.zeros(2), x, 0.0, h)
    assert np.abs(work.new - new).max() < 1e-14
    assert np.abs(work.error - error).max() < 1e-14


@settings(max_examples=40, deadline=None)
@given(
    k=st.floats(0.01, 50.0),
    start=st.floats(-100.0, 100.0),
    until=st.floats(0.1, 20.0),
    method=st.sampled_from([Method.EXPLICIT, Method.IMPLICIT, Method.AUTO]),
)
def test_decay_is_the_exponential_for_any_numbers(k, start, until, method) -> None:
    course = run_phase(Phase(model(decay, method=method), {"x0": start}, until, {"k": k}))
    expected = start * np.exp(-k * course.times)
    assert np.abs(course.states[:, 0] - expected).max() < 1e-6 * max(abs(start), 1.0)


# ---------------------------------------------------------------- inputs and crossings
def test_inputs_hold_or_ramp_and_their_switches_are_exact() -> None:
    def filled(t, x, p, u):
        return (u[0], u[1])

    held = Signal((0.0, 1.0, 2.5), (1.0, -2.0, 0.5))
    ramp = Signal((0.0, 1.0, 3.0), (0.0, 2.0, 0.0), ramps=True)
    phase = Phase(model(filled, 2, inputs=2), {"x0": 0.0, "x1": 0.0}, 4.0, inputs={"u0": held, "u1": ramp})
    for method in Method:
        states = run_phase(phase, [1.0, 2.5, 4.0], Settings(method=method)).states
        assert states[:, 0] == pytest.approx([1.0, -2.0, -1.25], abs=1e-9)
        assert states[:, 1] == pytest.approx([1.0, 2.875, 3.0], abs=1e-9)


def test_crossings_of_a_sine_come_up_in_both_directions() -> None:
    def circle(t, x, p, u):
        return x[1], -x[0]

    crossings = (Crossing("x0", 0.5, Direction.RISING), Crossing("x0", 0.5, Direction.FALLING))
    phase = Phase(model(circle, 2), {"x0": 0.0, "x1": 1.0}, 10.0, crossings=crossings)
    found = [(hit.crossing, hit.time) for hit in run_phase(phase).hits]
    first, turn = np.pi / 6, 2 * np.pi
    expected = [(0, first), (1, np.pi - first), (0, first + turn), (1, np.pi - first + turn)]
    assert [one[0] for one in found] == [one[0] for one in expected]
    assert [one[1] for one in found] == pytest.approx([one[1] for one in expected], abs=1e-7)


def test_a_bouncing_ball_is_a_phase_after_another() -> None:
    def flight(t, x, p, u):
        return x[1], -9.81

    fall = Crossing("x0", 0.0, Direction.FALLING, ends=True)
    time, height, speed, bounces = 0.0, 1.0, 0.0, []
    for _ in range(5):
        phase = Phase(model(flight, 2), {"x0": height, "x1": speed}, time + 5, crossings=(fall,), begin=time)
        course = run_phase(phase)
        time, height, speed = course.end_time, 0.0, -0.7 * course.at_end("x1")
        bounces.append(time)
    first = sqrt(2 / 9.81)
    assert bounces == pytest.approx(
        [first * (1 + 2 * sum(0.7**i for i in range(1, n + 1))) for n in range(5)]
    )


# ---------------------------------------------------------------- what goes wrong
def negative(t, x, p, u):
    return (-1.0,)


def explodes(t, x, p, u):
    return (x[0] ** 2,)


def undefined(t, x, p, u):
    return (np.sqrt(1.0 - t),)


def raises(t, x, p, u):
    if t > 0.5:
        raise ValueError("no data after half a second")
    return (1.0,)


@pytest.mark.parametrize(
    ("rates", "says", "end", "near"),
    [
        (negative, r"x0 = .* would fall below 0 m", End.BELOW_BOUND, 1.0),
        (explodes, r"at 1 s: the rate of x0 is not finite near x0 = .*e\+", End.NOT_FINITE, 1.0),
        (undefined, r"the rate of x0 is not finite", End.NOT_FINITE, 1.0),
        (raises, r"at 0\.5 s: the rates failed: ValueError: no data after half", End.RATES_RAISED, 0.5),
    ],
)
@pytest.mark.parametrize("method", [Method.EXPLICIT, Method.IMPLICIT])
def test_a_failure_names_variable_and_time(rates, says, end, near, method) -> None:
    phase = Phase(model(rates, lower=0.0, method=method), {"x0": 1.0}, 3.0)
    with pytest.raises(PhaseFailedError, match=says) as caught:
        run_phase(phase)
    course = caught.value.course
    assert course.end is end
    assert course.end_time == pytest.approx(near, abs=1e-3)
    assert len(course.times) == len(course.states) < 201


def test_steps_and_crossings_have_limits() -> None:
    phase = Phase(model(oscillator, 2), {"x0": 2.0, "x1": 0.0}, 20.0, crossings=(Crossing("x0", 0.0),))
    assert follow_phase(phase, None, Settings(steps=20)).end is End.STEPS_SPENT
    assert follow_phase(phase, None, Settings(hits=2)).end is End.HITS_FULL


def test_rates_that_do_not_compile_run_as_python_and_say_so() -> None:
    table = {"k": 2.0}

    def own(t, x, p, u):
        return [-table["k"] * x[0]]

    course: Course = run_phase(Phase(model(own), {"x0": 1.0}, 1.0))
    assert course.plain
    assert "plain Python" in str(course)
    assert course.at_end("x0") == pytest.approx(exp(-2.0), abs=1e-8)


def test_rates_of_the_wrong_length_are_refused() -> None:
    with pytest.raises(PhaseFailedError, match="gave 2 numbers for 1 states"):
        run_phase(Phase(model(oscillator_pair), {"x0": 1.0}, 1.0))


def oscillator_pair(t, x, p, u):
    return 1.0, 2.0


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda: Phase(model(decay), {"x1": 1.0}, 1.0), "found 'x1'; expected a start"),
        (lambda: Phase(model(decay), {}, 1.0), "found no start .* for x0"),
        (lambda: Phase(model(decay), {"x0": np.nan}, 1.0), "x0 = nan at the start"),
        (lambda: Phase(model(decay, lower=0.0), {"x0": -1.0}, 1.0), "from 0 on"),
        (lambda: Phase(model(decay), {"x0": 1.0}, 0.0), "expected an end after it"),
        (lambda: Phase(model(decay), {"x0": 1.0}, 1.0, {"kk": 1.0}), "did you mean 'k'"),
        (lambda: Phase(model(decay), {"x0": 1.0}, 1.0, crossings=(Crossing("y", 0.0),)), "found 'y'"),
        (lambda: Phase(model(decay, inputs=1), {"x0": 1.0}, 1.0), "found no input"),
        (lambda: Signal((0.0, 0.0), (1.0, 2.0)), "rising times"),
        (lambda: Signal((), ()), "one at least"),
        (lambda: Settings(relative=0.0), "tolerances"),
        (lambda: Settings(steps=0), "1 or more"),
        (lambda: model(decay, 0), "found no state"),
        (lambda: Variable("x", "m", scale=0.0), "found scale"),
        (lambda: run_phase(Phase(model(decay), {"x0": 1.0}, 1.0), [2.0]), "lie outside 0 to 1 s"),
    ],
)
def test_a_wrong_description_names_the_remedy(act, says: str) -> None:
    with pytest.raises(PhaseError, match=says):
        act()


def test_without_a_compiler_the_digits_are_the_same() -> None:
    code = (
        "from tests.solvers.phases.test_run import *\n"
        "for method in (Method.EXPLICIT, Method.IMPLICIT):\n"
        "    phase = Phase(model(oscillator, 2, method), {'x0': 2.0, 'x1': 0.0}, 3.0)\n"
        "    print(run_phase(phase, [3.0], Settings(relative=1e-5)).states.tolist())"
    )
    outs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "NUMBA_DISABLE_JIT": off},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for off in ("0", "1")
    ]
    compiled, plain = ([json.loads(line) for line in out.splitlines()] for out in outs)
    assert np.abs(np.array(compiled) - np.array(plain)).max() < 1e-12
