"""Parameters across batches: found again, with intervals, and batches that do not fit are named."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

from zhizao.solvers.phases import Crossing, Direction, Model, Parameter, Phase, PhaseError, TimeUnit, Variable
from zhizao.solvers.phases.batches import fit_batches
from zhizao.solvers.phases.fit import Recorded
from zhizao.solvers.phases.held_out import GOAL, crossing_time, predict_left_out
from zhizao.solvers.phases.spread import spread_of

TIMES = np.linspace(0.5, 6, 12)
NOISE = (0.05, 0.1)
BOUNDS = {"decay": (0.02, 20.0), "making": (0.05, 50.0)}


def rates(t, x, p, u):
    return (-p[0] * x[0], p[1] * p[2] * x[0])


MODEL = Model(
    "made",
    rates,
    (Variable("left", "g"), Variable("made", "g")),
    (Parameter("decay", "1/h", 0.5), Parameter("making", "1/h", 1.0), Parameter("share", "", 1.0)),
    time=TimeUnit.HOUR,
)


def exact(decay: float, making: float, start: float) -> np.ndarray:
    left = start * np.exp(-decay * TIMES)
    return np.column_stack([left, making * (start - left) / decay])


def batch(decay: float, making: float, random: np.random.Generator, noise: float = 1.0) -> Recorded:
    start = float(random.uniform(3, 5))
    measured = exact(decay, making, start) + noise * np.array(NOISE) * random.normal(size=(len(TIMES), 2))
    return Recorded(Phase(MODEL, {"left": start, "made": 0.0}, 6.0), TIMES, measured)


def batches(count: int, seed: int, sds: tuple[float, float] = (0.04, 0.1)) -> dict[str, Recorded]:
    random = np.random.default_rng(seed)
    return {
        f"B{i}": batch(random.normal(0.5, sds[0]), random.normal(1.2, sds[1]), random) for i in range(count)
    }


def test_mean_and_spread_are_found_again_and_left_out_batches_predicted() -> None:
    records = batches(16, 3)
    found = fit_batches(records, ["left", "made"], BOUNDS)
    decay, making = found.spread("decay"), found.spread("making")
    assert decay.mean_low < 0.5 < decay.mean_high
    assert making.mean_low < 1.2 < making.mean_high
    assert decay.sd_low < 0.04 < decay.sd_high
    assert making.sd_low < 0.1 < making.sd_high
    assert decay.shown
    assert making.shown
    assert found.odd == ()
    assert found.noise == pytest.approx(NOISE, rel=0.25)
    left_out = predict_left_out(found, records, Crossing("made", 5.0, Direction.RISING), draws=100)
    assert {one.what for one in left_out} == {"left", "made", GOAL}
    assert len(left_out) >= 40
    assert np.mean([one.inside for one in left_out]) > 0.75


def test_one_batch_agrees_with_scipy_alone() -> None:
    """The second way: solve_ivp and least_squares, with the noise as weights, and the covariance by hand."""
    records = batches(5, 1)
    found = fit_batches(records, ["left", "made"], BOUNDS)
    one = records["B2"]

    def off(point: np.ndarray) -> np.ndarray:
        own = lambda t, x: (-point[0] * x[0], point[1] * x[0])  # noqa: E731
        course = solve_ivp(own, (0, 6), [one.phase.start["left"], 0.0], t_eval=TIMES, rtol=1e-9, atol=1e-11)
        return ((course.y.T - one.measured) / found.noise).ravel()

    peer = least_squares(off, [0.4, 1.0])
    fit = found.fits[2]
    assert list(fit.values.values()) == pytest.approx(peer.x, rel=1e-4)
    assert found.misfit[2] == pytest.approx(np.sqrt((peer.fun**2).sum() / (24 - 2)), rel=1e-4)
    inflated = (1 + fit.correlation) / (1 - fit.correlation)
    errors = np.sqrt(np.diag(np.linalg.inv(peer.jac.T @ peer.jac)) * inflated) * found.misfit[2]
    assert [found.estimates(name)[1][2] for name in BOUNDS] == pytest.approx(errors, rel=0.01)


def test_no_spread_is_shown_where_batches_are_equal() -> None:
    found = fit_batches(batches(8, 5, (0.0, 0.0)), ["left", "made"], BOUNDS)
    for name in BOUNDS:
        assert not found.spread(name).shown
        assert found.spread(name).sd_high > 0


def test_a_batch_that_does_not_fit_is_named_and_counts_in_no_spread() -> None:
    records = batches(6, 2)
    records["B6"] = batch(0.5, 1.2, np.random.default_rng(1), noise=8.0)
    found = fit_batches(records, ["left", "made"], BOUNDS)
    assert found.odd == ("B6",)
    assert found.spread("decay").batches == 6


def test_what_cannot_be_separated_is_said() -> None:
    bounds = {**BOUNDS, "share": (0.02, 50.0)}
    with pytest.raises(PhaseError, match=r"making is not determined.*cannot be separated from share"):
        fit_batches(batches(3, 1), ["left", "made"], bounds)


def test_a_state_that_a_batch_lacks_is_left_out_there() -> None:
    records = batches(4, 1)
    records["B1"].measured[:, 0] = np.nan
    found = fit_batches(records, ["left", "made"], BOUNDS)
    assert found.spread("making").batches == 4


def test_too_few_measurements_are_an_error() -> None:
    records = batches(2, 1)
    records["B1"].measured[1:] = np.nan
    with pytest.raises(PhaseError, match="batch B1: found 2 measurements"):
        fit_batches(records, ["left", "made"], BOUNDS)
    with pytest.raises(PhaseError, match="expected three or more"):
        predict_left_out(fit_batches(batches(2, 1), ["left", "made"], BOUNDS), batches(2, 1))


def test_spreads_of_normal_values_are_covered() -> None:
    """95 % intervals in 2000 repetitions, with errors that differ: the Q-profile is exact."""
    random = np.random.default_rng(4)
    inside, sds = np.zeros(2), []
    for _ in range(2000):
        errors = random.uniform(0.05, 0.2, size=7)
        found = spread_of(random.normal(3.0, 0.2, size=7) + errors * random.normal(size=7), errors)
        inside += found.mean_low <= 3.0 <= found.mean_high, found.sd_low <= 0.2 <= found.sd_high
        sds.append(found.sd**2)
    assert inside / 2000 == pytest.approx([0.95, 0.95], abs=0.02)
    assert np.mean(sds) == pytest.approx(0.04, rel=0.06)


def test_a_spread_without_errors_is_the_textbook_one() -> None:
    values = [1.0, 2.0, 4.0, 7.0]
    found = spread_of(values, [0.0] * 4)
    assert found.mean == 3.5
    assert found.sd == pytest.approx(np.std(values, ddof=1))
    squares = 3 * found.sd**2
    assert (found.sd_low, found.sd_high) == pytest.approx(
        (np.sqrt(squares / 9.3484), np.sqrt(squares / 0.2158)), rel=1e-4
    )
    assert np.isnan(spread_of([1.0], [0.1]).sd)
    equal = spread_of([2.0, 2.0], [0.0, 0.0])
    assert (equal.sd, equal.shown) == (0.0, False)
    for values, errors in (([], []), ([1.0], [np.inf]), ([1.0, 2.0], [0.1])):
        with pytest.raises(PhaseError, match="found no estimates"):
            spread_of(values, errors)


def test_the_time_of_a_goal_lies_on_the_line_between_measurements() -> None:
    times, values = np.array([0.0, 1.0, 2.0, 4.0]), np.array([0.0, np.nan, 4.0, 2.0])
    assert crossing_time(times, values, Crossing("made", 3.0, Direction.RISING)) == 1.5
    assert crossing_time(times, values, Crossing("made", 3.0, Direction.FALLING)) == 3.0
    assert crossing_time(times, values, Crossing("made", 3.0)) == 1.5
    assert np.isnan(crossing_time(times, values, Crossing("made", 5.0)))


@pytest.mark.slow
def test_intervals_of_batches_cover_as_often_as_they_say() -> None:
    """100 repetitions of eight batches: 95 % intervals cover 88 times at least (99.8 %, binomial)."""
    true = {"decay": (0.5, 0.04), "making": (1.2, 0.1)}
    inside = {name: np.zeros(2) for name in true}
    means = {name: np.zeros((100, 2)) for name in true}
    for seed in range(100):
        found = fit_batches(batches(8, 1000 + seed), ["left", "made"], BOUNDS, starts=1)
        for name, (mean, sd) in true.items():
            one = found.spread(name)
            inside[name] += one.mean_low <= mean <= one.mean_high, one.sd_low <= sd <= one.sd_high
            means[name][seed] = one.mean, one.sd**2
    for name, (mean, sd) in true.items():
        assert inside[name].min() >= 88, inside
        error = means[name].std(axis=0, ddof=1) / 10
        assert (np.abs(means[name].mean(axis=0) - (mean, sd**2)) < 3.5 * error).all()


@pytest.mark.slow
def test_left_out_batches_are_covered_as_eight_batches_allow() -> None:
    """A normal with mean and sd of seven values covers 82.5 %, not 90 % (Student, 6 degrees of freedom)."""
    inside = []
    for seed in range(12):
        records = batches(8, 500 + seed)
        found = fit_batches(records, ["left", "made"], BOUNDS, starts=1)
        goal = Crossing("made", 5.0, Direction.RISING)
        inside += [one.inside for one in predict_left_out(found, records, goal, draws=60)]
    assert 0.74 < np.mean(inside) < 0.92
