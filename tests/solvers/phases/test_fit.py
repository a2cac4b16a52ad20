"""Parameters are found again, with intervals that say what the records do not."""

from __future__ import annotations

import numpy as np
import pytest

from tests.solvers.phases.cultures import PROCESS, SCENARIOS, culture
from zhizao.solvers.phases import Phase, PhaseError, run_phase
from zhizao.solvers.phases.fit import Recorded, fit_phases
from zhizao.solvers.phases.library import drying, furnace, overflow_fed_batch

BOUNDS = {"constant_rate": (0.05, 5.0), "critical_moisture": (0.1, 0.7)}
TRUE = {"constant_rate": 0.8, "critical_moisture": 0.25}


def dried(start: float, noise: float, seed: int, until: float = 4.0) -> Recorded:
    times = np.linspace(0, until, 41)
    phase = Phase(drying(), {"moisture": start, "energy": 0.0}, until, TRUE, {"intensity": 1.0})
    measured = run_phase(phase, times).state("moisture")[:, None]
    measured = measured + noise * np.random.default_rng(seed).normal(size=measured.shape)
    return Recorded(Phase(drying(), phase.start, until, {}, phase.inputs), times, measured)


def test_parameters_are_found_again_from_any_start() -> None:
    fit = fit_phases([dried(0.8, 0.0, 1)], ["moisture"], BOUNDS, starts=4)
    assert fit.values == pytest.approx(TRUE, rel=1e-5)
    assert fit.agreeing >= 2
    assert fit.undetermined == ()


def test_intervals_cover_as_often_as_they_say() -> None:
    """95 % intervals of 40 noisy records: at least 34 cover each parameter (99.7 % of the time, binomial)."""
    inside = dict.fromkeys(TRUE, 0)
    for seed in range(40):
        fit = fit_phases([dried(0.8, 0.01, seed)], ["moisture"], BOUNDS, starts=1)
        for name, value in TRUE.items():
            low, high = fit.interval(name)
            inside[name] += low <= value <= high
    assert min(inside.values()) >= 34


def test_a_prediction_covers_a_course_that_was_not_fitted() -> None:
    fit = fit_phases([dried(0.8, 0.01, 3)], ["moisture"], BOUNDS, starts=2)
    other = dried(0.5, 0.01, 4)
    found = fit.predict(other.phase, other.times)
    assert ((other.measured >= found.low) & (other.measured <= found.high)).mean() > 0.85
    assert np.abs(found.course - dried(0.5, 0.0, 4).measured).max() < 0.02


def test_what_the_records_do_not_say_stays_unknown() -> None:
    """While the solid is wet the critical moisture has no effect."""
    fit = fit_phases([dried(0.8, 0.01, 3, until=0.5)], ["moisture"], BOUNDS, starts=2)
    assert fit.undetermined == ("critical_moisture",)
    low, high = fit.interval("critical_moisture")
    assert high / low > 3


def test_missing_measurements_are_left_out() -> None:
    one = dried(0.8, 0.0, 1)
    one.measured[5:30:2] = np.nan
    assert fit_phases([one], ["moisture"], BOUNDS, starts=2).values == pytest.approx(TRUE, rel=1e-5)


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda r: fit_phases([], ["moisture"], BOUNDS), "found no record"),
        (lambda r: fit_phases([r], ["moisture"], {"rate": (1.0, 2.0)}), "found 'rate'"),
        (lambda r: fit_phases([r], ["moisture"], {"constant_rate": (0.0, 2.0)}), "0 < low < high"),
        (lambda r: fit_phases([r], ["moisture", "energy"], BOUNDS), r"expected \(41, 2\)"),
        (lambda r: fit_phases([r], ["moisture"], BOUNDS).interval("constant_rate", 1.0), "found level"),
    ],
)
def test_a_wrong_call_names_the_remedy(act, says: str) -> None:
    with pytest.raises(PhaseError, match=says):
        act(dried(0.8, 0.0, 1))


def test_a_fit_where_no_course_ends_is_an_error() -> None:
    phase = Phase(furnace(), {"temperature": 20.0, "energy": 0.0}, 1.0, {"mass": 0.0}, {"furnace": 900.0})
    record = Recorded(phase, np.array([0.5, 1.0]), np.array([[30.0], [40.0]]))
    with pytest.raises(PhaseError, match="no start gives courses to their end"):
        fit_phases([record], ["temperature"], {"area": (0.1, 1.0)}, starts=2)


@pytest.mark.slow
@pytest.mark.skipif(PROCESS is None, reason="needs ../shared/data/process")
def test_a_culture_is_predicted_from_two_others_within_five_per_cent_of_its_range() -> None:
    names = ["viable", "dead", "glucose", "glutamine", "lactate", "ammonia"]
    base, cultures = overflow_fed_batch(), [culture(name) for name in SCENARIOS]
    kept = {"product_growth", "product_rate", "maintenance_slope"}
    bounds = {p.name: (p.value / 8, p.value * 3) for p in base.parameters if p.name not in kept}
    middle = {name: float(np.sqrt(low * high)) for name, (low, high) in bounds.items()}
    records = [Recorded(c.phase(base, middle | c.product), c.times, c.table(names)) for c in cultures[1:]]
    fit = fit_phases(records, names, bounds, starts=2)
    truth = cultures[0].table(names)
    found = fit.predict(cultures[0].phase(base, cultures[0].product), cultures[0].times)
    assert (np.abs(found.course - truth).max(axis=0) / np.ptp(truth, axis=0)).max() < 0.05
    assert ((truth >= found.low) & (truth <= found.high)).mean() > 0.95
