"""Replacement by age."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import zhizao
from zhizao.plant import Plant, parse_plant
from zhizao.quantities import InputError
from zhizao.studies.maintain import FailureAim, FailureResult, failure_models, replacement_measure
from zhizao.studies.maintain.facts import Interval
from zhizao.studies.maintain.replacement import Life, Stops, age_replacement

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "maintenance"
TABLES = tuple(EXAMPLES / f"{name}.csv" for name in ("failures", "replacements"))
LIFE, STOPS = Life(2.5, 30.0), Stops(2.0, 0.5)


@pytest.fixture(scope="module")
def found() -> FailureResult:
    return failure_models(*TABLES, aim=FailureAim(repair_s=8 * 3600.0, preventive_s=3600.0), seed=3)


def mill(failures: str, rest: str = "") -> Plant:
    return parse_plant(
        f"zhizao: 1\nplant: mill\nwork_centers:\n  - id: press\n    {failures}\n{rest}"
        "routes: {r: [{id: a, on: press, takes: 30 min}]}\nproducts: {p: {route: r}}\n"
        "orders: [{product: p, every: 12 h}]\n"
    )


# ---------------------------------------------------------------- what a user sees
def test_wear_is_worth_a_replacement_and_none_is_not_shown(found: FailureResult) -> None:
    bearing, seal = found.replacements
    assert bearing.saving is not None
    assert 0 < (bearing.saving.low or 0) < bearing.saving.value
    assert not seal.shown
    assert "no wear" in seal.why


def test_the_measure_is_for_the_failures_that_were_printed(found: FailureResult) -> None:
    plant = mill(found.plant_text("8 h").replace("\n", "\n    "))
    measure = replacement_measure(found, plant, "press")
    assert list(measure.set) == ["work_centers.press.failures.#1.between", "work_centers.press.maintenance"]
    other = mill("failures: [{clock: calendar, between: exponential(9 d), repair: 8 h}]")
    with pytest.raises(InputError, match="expected one: copy the `failures`"):
        replacement_measure(found, other, "press")
    with pytest.raises(InputError, match="found no work center 'pres'"):
        replacement_measure(found, plant, "pres")


# ---------------------------------------------------------------- two ways to the same number
def test_the_downtime_agrees_with_a_renewal_simulation() -> None:
    random, age = np.random.default_rng(1), LIFE.best_age(STOPS)
    lives = 30.0 * random.weibull(2.5, 200_000)
    down = np.where(lives < age, 2.0, 0.5)
    share = down.sum() / (np.minimum(lives, age) + down).sum()
    assert float(LIFE.downtime(np.array(age), STOPS)) == pytest.approx(share, rel=0.01)
    never = 2.0 * len(lives) / (lives + 2.0).sum()
    assert float(LIFE.downtime(np.array(np.inf), STOPS)) == pytest.approx(never, rel=0.01)


def test_the_failures_left_agree_with_a_renewal_simulation() -> None:
    random, age = np.random.default_rng(2), LIFE.best_age(STOPS)
    lives = 30.0 * random.weibull(2.5, 200_000)
    clock = np.cumsum(np.where(lives < age, lives, age + STOPS.preventive))
    between = np.diff(clock[lives < age], prepend=0.0)
    days = LIFE.failure_days(age, STOPS)
    assert np.quantile(between, [0.1, 0.5, 0.9]) == pytest.approx(days[[10, 50, 90]], rel=0.03)
    assert (days[1:] + days[:-1]).mean() / 2 == pytest.approx(between.mean(), rel=0.01)


def test_the_twin_has_the_downtime_of_the_renewal_process() -> None:
    age = LIFE.best_age(STOPS)
    days = ", ".join(f"{one:.6g} d" for one in LIFE.failure_days(age, STOPS))
    every = LIFE.stop_days(age, STOPS)
    plant = mill(
        f"failures: [{{clock: calendar, between: 'empirical({days})', repair: 2 d}}]",
        f"    maintenance: [{{clock: calendar, every: {every:.6g} d, for: 12 h, when: now}}]\n",
    )
    events = zhizao.simulate(plant, days=40_000, replications=1, seed=2).events
    assert events is not None
    stops = events.filter(pl.col("activity").is_in(["failure", "maintenance"]))
    down = (stops["end"] - stops["start"]).dt.total_seconds().sum() / 86_400 / 40_000
    assert down == pytest.approx(float(LIFE.downtime(np.array(age), STOPS)), rel=0.08)


# ---------------------------------------------------------------- corners
def test_no_wear_or_a_misfit_is_not_shown() -> None:
    flat, steep = Interval(1.1, 0.9, 1.3), Interval(2.5, 2.0, 3.0)
    assert not age_replacement("x", flat, LIFE, [LIFE] * 9, STOPS, fits=True).shown
    assert not age_replacement("x", steep, LIFE, [LIFE] * 9, STOPS, fits=False).shown
    assert not age_replacement("x", steep, LIFE, [LIFE, Life(0.5, 30.0)] * 9, STOPS, fits=True).shown
    assert age_replacement("x", steep, LIFE, [LIFE] * 9, STOPS, fits=True).shown


def test_a_replacement_as_long_as_the_repair_is_refused() -> None:
    with pytest.raises(InputError, match="no downtime is saved"):
        FailureAim(repair_s=10.0, preventive_s=10.0)
