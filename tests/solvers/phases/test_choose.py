"""The structure that predicts what it has not seen is chosen, with intervals that contain what it misses."""

from __future__ import annotations

import numpy as np
import pytest

from zhizao.solvers.phases import Model, Parameter, Phase, PhaseError, TimeUnit, Variable, run_phase
from zhizao.solvers.phases.choose import Candidate, Choice, choose_structure
from zhizao.solvers.phases.fit import Recorded

TIMES = np.linspace(0, 6, 25)
STATE = (Variable("left", "g", 0.0),)


def first(t, x, p, u):
    return (-p[0] * x[0],)


def saturated(t, x, p, u):
    return (-p[0] * x[0] / (p[1] + x[0]),)


FIRST = Model("first", first, STATE, (Parameter("k", "1/h", 0.5),), time=TimeUnit.HOUR)
SATURATED = Model(
    "saturated",
    saturated,
    STATE,
    (Parameter("most", "g/h", 0.5), Parameter("half", "g", 1.0)),
    time=TimeUnit.HOUR,
)
BOUNDS = {"first": {"k": (0.01, 10.0)}, "saturated": {"most": (0.05, 20.0), "half": (0.02, 50.0)}}
MODELS = {"first": FIRST, "saturated": SATURATED}


def measured(truth: Phase, noise: float, seed: int) -> np.ndarray:
    course = run_phase(truth, TIMES).state("left")[:, None]
    return course + noise * np.random.default_rng(seed).normal(size=course.shape)


def chosen(names: tuple[str, ...], true: Model, values: dict[str, float], noise: float, seed: int) -> Choice:
    candidates = {}
    for name in names:
        records = [
            Recorded(
                Phase(MODELS[name], {"left": start}, 6.0),
                TIMES,
                measured(Phase(true, {"left": start}, 6.0, values), noise, seed + place),
            )
            for place, start in enumerate((4.0, 1.0))
        ]
        candidates[name] = Candidate(records, BOUNDS[name])
    return choose_structure(candidates, ["left"], starts=2)


def test_the_structure_that_made_the_records_is_chosen_and_predicts_another() -> None:
    true = {"most": 1.2, "half": 0.6}
    found = chosen(("first", "saturated"), SATURATED, true, 0.02, 1)
    assert found.name == "saturated"
    assert found.scores["first"] > 3 * found.scores["saturated"]
    other = Phase(SATURATED, {"left": 8.0}, 6.0, true)
    seen = found.predict(Phase(SATURATED, {"left": 8.0}, 6.0), TIMES)
    truth = measured(other, 0.02, 9)
    assert ((truth >= seen.low) & (truth <= seen.high)).mean() > 0.85
    assert np.abs(seen.course - measured(other, 0.0, 0)).max() < 0.05 * 8


def test_a_wrong_structure_alone_has_wide_intervals() -> None:
    """Without the discrepancy the interval of the fit alone is narrower and misses more."""
    found = chosen(("first",), SATURATED, {"most": 1.2, "half": 0.6}, 0.0, 1)
    phase = Phase(FIRST, {"left": 2.5}, 6.0)
    truth = measured(Phase(SATURATED, {"left": 2.5}, 6.0, {"most": 1.2, "half": 0.6}), 0.0, 0)
    wide, alone = found.predict(phase, TIMES), found.fit.predict(phase, TIMES)
    assert (wide.high - wide.low > alone.high - alone.low).all()
    assert ((truth >= wide.low) & (truth <= wide.high)).mean() > 0.95
    assert found.discrepancy[0] > 0.1


def test_one_record_is_not_enough() -> None:
    record = Recorded(Phase(FIRST, {"left": 1.0}, 6.0), TIMES, np.ones((25, 1)))
    for candidates in ({}, {"first": Candidate([record], BOUNDS["first"])}):
        with pytest.raises(PhaseError, match="two or more records"):
            choose_structure(candidates, ["left"])


def test_where_nothing_can_be_fitted_nothing_is_chosen() -> None:
    def endless(t, x, p, u):
        return (p[0] * 10 * (1 + x[0] ** 2),)

    model = Model("endless", endless, STATE, FIRST.parameters, time=TimeUnit.HOUR)
    record = Recorded(Phase(model, {"left": 1.0}, 6.0), TIMES, np.ones((25, 1)))
    with pytest.raises(PhaseError, match="no candidate can be fitted"):
        choose_structure({"endless": Candidate([record, record], {"k": (1.0, 2.0)})}, ["left"])
