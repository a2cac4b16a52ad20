"""Published courses and steady states: reference FMUs (Modelica Association), the antibody line of smpl."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from tests.naive.phases import euler
from tests.solvers.phases.cultures import PROCESS
from tests.solvers.phases.mab_line import line, rates
from zhizao.solvers.phases import Crossing, Direction, Model, Phase, Variable, run_phase

pytestmark = pytest.mark.skipif(PROCESS is None, reason="needs ../shared/data/process")

PUBLISHED = {  # rates, start, step of the published solver: explicit Euler
    "Dahlquist": (lambda t, x: (-x[0],), (1.0,), 0.1),
    "VanDerPol": (lambda t, x: (x[1], (1 - x[0] ** 2) * x[1] - x[0]), (2.0, 0.0), 0.01),
    "StateSpace": (lambda t, x: (x[0] + 1, x[1] + 2, x[2] + 3), (0.0, 0.0, 0.0), 1e-3),
}


def published(name: str) -> tuple[np.ndarray, np.ndarray]:
    assert PROCESS is not None
    path = PROCESS / "reference_fmus" / f"{name}_{name}_out.csv"
    with path.open(encoding="utf-8") as file:
        rows = [[float(word) for cell in row for word in cell.split()] for row in list(csv.reader(file))[1:]]
    table = np.array(rows)
    return table[:, 0], table[:, 1:] - ([1, 2, 3] if name == "StateSpace" else 0)  # y = x + u there


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_equations_are_the_published_ones_and_ours_is_their_limit(name: str) -> None:
    """Euler with the published step gives the published digits; ours is what shorter steps come to."""
    own, start, step = PUBLISHED[name]
    times, expected = published(name)
    every = max(round((times[1] - times[0]) / step), 1)
    steps = (len(times) - 1) * every
    coarse = euler(own, start, 0.0, step, steps)[::every]
    assert np.abs(coarse - expected).max() < 1e-9 * max(np.abs(expected).max(), 1.0)
    model = Model(name, lambda t, x, p, u: own(t, x), tuple(Variable(f"x{i}", "") for i in range(len(start))))
    phase = Phase(model, {f"x{i}": v for i, v in enumerate(start)}, float(times[-1]))
    ours = run_phase(phase, times).states
    off = [
        np.abs(euler(own, start, 0.0, step / n, n * steps)[:: n * every] - ours).max() for n in (1, 16, 32)
    ]
    assert off[1] / off[2] == pytest.approx(2.0, rel=0.05)
    assert off[2] < off[0] / 16


def euler_ball(step: float, count: int, every: int) -> np.ndarray:
    """Heights of a ball by explicit Euler, which bounces at the end of the step that took it below ground."""
    h, v, rows = 1.0, 0.0, [1.0]
    for i in range(1, count + 1):
        h, v = h + step * v, v - 9.81 * step
        if h <= 0 and v < 0:
            h, v = 0.0, -0.7 * v
        if i % every == 0:
            rows.append(h)
    return np.array(rows)


def test_the_published_ball_is_eulers_and_ours_is_its_limit() -> None:
    """Up to 2 s: five bounces; later ones the reference model stops."""
    times, expected = published("BouncingBall")
    times = times[times < 2.0]
    heights = expected[: len(times), 0]
    steps = 10 * (len(times) - 1)
    assert np.abs(euler_ball(1e-3, steps, 10) - heights).max() < 1e-9

    def flight(t, x, p, u):
        return x[1], -9.81

    model = Model("ball", flight, (Variable("h", "m"), Variable("v", "m/s")))
    fall = Crossing("h", 0.0, Direction.FALLING, ends=True)
    rows, at, h, v = [], 0.0, 1.0, 0.0
    while at < 2.0:
        later = times[times >= at]
        course = run_phase(Phase(model, {"h": h, "v": v}, at + 3, crossings=(fall,), begin=at), later)
        rows.append(course.states[course.times < course.end_time, 0])
        at, h, v = course.end_time, 0.0, -0.7 * course.at_end("v")
    ours = np.concatenate(rows)
    off = [np.abs(euler_ball(1e-3 / n, steps * n, 10 * n) - ours).max() for n in (1, 10, 100)]
    assert off[1] < off[0] / 5
    assert off[2] < off[1] / 5


def test_the_antibody_line_is_at_rest_at_its_published_steady_state() -> None:
    assert PROCESS is not None
    x, u = (np.loadtxt(PROCESS / "mabenv" / f"{name}.csv") for name in ("xss", "uss"))
    assert np.abs(np.array(rates(0.0, x, (0.075,), u)) / x).max() < 1e-9
    model = line()
    start = {one.name: value for one, value in zip(model.states, x, strict=True)}
    phase = Phase(model, start, 6000.0, inputs=dict(zip([one.name for one in model.inputs], u, strict=True)))
    assert np.abs(run_phase(phase).states / x - 1).max() < 1e-6


def test_the_table_of_the_documentation_is_not_that_of_its_steady_state() -> None:
    """Half saturation of glutamine: 0.038 mM in the table; the steady state fits 0.075 mM alone."""
    assert PROCESS is not None
    x, u = (np.loadtxt(PROCESS / "mabenv" / f"{name}.csv") for name in ("xss", "uss"))
    assert np.abs(np.array(rates(0.0, x, (0.038,), u)) / x).max() > 1e-5
