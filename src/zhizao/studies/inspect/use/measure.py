"""Measured rates as a measure of a plant: visual inspection at a step, the evaluation as its evidence."""

from __future__ import annotations

from hashlib import sha256

from zhizao.plant import Evidence, Measure, MeasureKind
from zhizao.quantities import InputError
from zhizao.studies.inspect.evaluation import EvaluationResult
from zhizao.studies.inspect.rates import Rate

DIGITS = 4
"""Decimals of a rate in a measure: more parts than 10,000 are rarely evaluated."""
RUN = 12
"""Letters of the hash that names a run."""


def as_measure(result: EvaluationResult, step: str) -> Measure:
    """The measure that this inspector looks at every piece at a step, in every route that has the step.

    Detection and false alarms are those measured; each is uncertain within its exact interval, as a
    triangular distribution. What it costs is not known.

    Raises
    ------
    InputError
        The step has no name that a path can hold.
    """
    if not step or "." in step:
        raise InputError(
            f"as_measure: found the step {step!r}; expected the id of an operation, without dots"
        )
    path = f"routes.*.{step}.defects"
    rates = {f"{path}.found": result.detection, f"{path}.false_alarms": result.false_alarms}
    run = sha256("\n".join(one.sha256 for one in result.inputs).encode()).hexdigest()[:RUN]
    return Measure(
        id=f"inspection-at-{step}",
        title=f"Visual inspection at {step}",
        kind=MeasureKind.VISUAL_INSPECTION,
        set={name: round(rate.value, DIGITS) for name, rate in rates.items()},
        uncertain={name: _range(rate) for name, rate in rates.items() if rate.low < rate.high},
        evidence=Evidence(
            study=result.study,
            run=run,
            note=f"detection {result.detection}, false alarms {result.false_alarms}; "
            "shares of parts with exact intervals at 95 %",
        ),
    )


def _range(rate: Rate) -> str:
    low, mode, high = (round(value, DIGITS) for value in (rate.low, rate.value, rate.high))
    return f"triangular({low}, {mode}, {high})"
