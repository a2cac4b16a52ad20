"""Times between failures from maintenance records."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from zhizao.plant import parse_plant
from zhizao.quantities import InputError
from zhizao.studies.maintain import FailureAim, FailureResult, failure_models
from zhizao.studies.maintain.drift import GRID, NO_DRIFT, PRIOR_SD, drift_of
from zhizao.studies.maintain.forecast import counts, replacements_of
from zhizao.studies.maintain.hazards import PENALTY, baseline, chosen, coefficients, log_likelihood
from zhizao.studies.maintain.outlook import Machines, Outlook
from zhizao.studies.maintain.spells import Spells, dates_of
from zhizao.studies.maintain.table import read_records
from zhizao.studies.maintain.weibull import fitted, misfit, shape_interval

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "maintenance"
TABLES = tuple(EXAMPLES / f"{name}.csv" for name in ("failures", "replacements", "machines"))


@pytest.fixture(scope="module")
def found() -> FailureResult:
    return failure_models(*TABLES, seed=3)


def drawn(shape: float, scale: float, seed: int, entry: float = 0.0) -> Spells:
    random = np.random.default_rng(seed)
    lives, ends = scale * random.weibull(shape, 3000), random.uniform(20, 200, 3000)
    seen = np.minimum(lives, ends) > entry
    lives, ends = lives[seen], ends[seen]
    failed = (lives <= ends).astype(float)
    machine = np.arange(len(lives)) % 100
    return Spells(machine, np.full(len(lives), entry), np.minimum(lives, ends), failed, 1 - failed)


ONE = np.ones((100, 1))


# ---------------------------------------------------------------- what a user sees
def test_a_part_that_wears_has_a_shape_above_one_and_one_that_does_not_is_exponential(
    found: FailureResult,
) -> None:
    bearing, seal = found.components
    assert bearing.shape is not None
    assert (bearing.shape.low or 0) > 1
    assert not bearing.exponential
    assert seal.exponential
    assert any("No wear is shown of seal" in note for note in found.notes)


def test_the_text_is_read_by_a_plant(found: FailureResult) -> None:
    text = found.plant_text("4 h").replace("\n", "\n    ")
    plant = parse_plant(
        "zhizao: 1\nplant: mill\nwork_centers:\n  - id: press\n    " + text + "\n"
        "routes: {r: [{id: a, on: press, takes: 6 min}]}\nproducts: {p: {route: r}}\n"
        "orders: [{product: p, every: 10 min}]\n"
    )
    assert len(plant.work_centers[0].failures) == 2


def test_the_forecast_has_an_interval_and_what_happened(found: FailureResult) -> None:
    frame = found.forecasts()
    assert frame["component"].to_list() == ["bearing", "seal"]
    assert (frame["low"] < frame["mean"]).all()
    assert (frame["mean"] < frame["high"]).all()


# ---------------------------------------------------------------- laws
@pytest.mark.parametrize("entry", [0.0, 30.0])
def test_the_likelihood_finds_shape_and_scale_under_censoring_and_truncation(entry: float) -> None:
    spells = drawn(2.0, 100.0, 1, entry)
    best = fitted(spells, ONE)
    assert best.shape == pytest.approx(2.0, rel=0.07)
    assert float(best.scale(ONE)[0]) == pytest.approx(100.0, rel=0.05)
    ends = shape_interval(spells, ONE, best)
    assert (ends.low or 9) < 2.0 < (ends.high or 0)
    assert misfit(spells, best) > 0.001


def test_the_likelihood_agrees_with_scipy() -> None:
    from scipy.stats import CensoredData, weibull_min

    spells = drawn(1.5, 80.0, 2)
    data = CensoredData(spells.exit[spells.failed > 0], right=spells.exit[spells.failed == 0])
    shape, _, scale = weibull_min.fit(data, floc=0)
    best = fitted(spells, ONE)
    assert (best.shape, float(best.scale(ONE)[0])) == pytest.approx((shape, scale), rel=1e-2)


def test_the_exponential_rate_is_failures_over_exposure() -> None:
    spells = drawn(1.0, 60.0, 3, 10.0)
    plain = fitted(spells, ONE, shape=1.0)
    mean = (spells.exit - spells.entry).sum() / spells.failed.sum()
    assert float(plain.scale(ONE)[0]) == pytest.approx(mean, rel=1e-3)


def test_a_covariate_changes_the_scale_in_proportion() -> None:
    random = np.random.default_rng(4)
    design = np.column_stack([np.ones(100), np.arange(100.0) % 2.0]).astype(np.float64)
    machine = np.arange(4000) % 100
    lives = 50.0 * 2.0 ** design[machine, 1] * random.weibull(2.0, 4000)
    zero = np.zeros(4000)
    best = fitted(Spells(machine, zero, lives, zero + 1, zero), design)
    assert np.exp(best.weights[1]) == pytest.approx(2.0, rel=0.05)


def test_a_life_of_another_form_is_said_not_to_fit() -> None:
    random = np.random.default_rng(5)
    lives, zero = 45 + random.exponential(40, 1500), np.zeros(1500)
    spells = Spells(np.arange(1500) % 100, zero, lives, zero + 1, zero)
    assert misfit(spells, fitted(spells, ONE)) < 1e-3


def test_forecast_counts_agree_with_the_renewal_rate() -> None:
    spells = drawn(1.0, 50.0, 6)
    life = baseline(spells, np.ones(len(spells.exit)))
    found = counts(life, replacements_of(spells), np.zeros((400, 50)), 300.0, np.random.default_rng(7))
    rate = spells.failed.sum() / spells.exit.sum()
    assert found.mean() == pytest.approx(rate * 300 * 50, rel=0.05)


# ---------------------------------------------------------------- corners
def test_too_few_failures_are_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("machine,time,component\na,2026-01-01,x\na,2026-03-01,x\n", encoding="utf-8")
    found = failure_models(path)
    assert found.answer.startswith("Not shown")
    assert found.table()["between"].to_list() == [None]
    assert found.plant_text("1 h") == ""


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("machine,when,component\na,2026-01-01,x\n", r"few.csv:1: time: found no such column"),
        ("machine,time,component\na,soon,x\n", r"few.csv:2: time: found 'soon'"),
        ("machine,time,component\n,2026-01-01,x\n", r"few.csv:2: machine: found an empty cell"),
        ("machine,time,component\n", "found no rows"),
    ],
)
def test_a_fault_names_file_line_and_column(text: str, match: str, tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=match):
        failure_models(path)


def test_a_machine_without_a_row_is_named(tmp_path: Path) -> None:
    path = tmp_path / "machines.csv"
    path.write_text("machine,age\nM01,3\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"found no row of machine 'M02'"):
        failure_models(TABLES[0], None, path)


def test_an_impossible_share_is_refused() -> None:
    with pytest.raises(InputError, match="fitted_on: found 1"):
        FailureAim(fitted_on=1.0)


# ---------------------------------------------------------------- covariates in the forecast
def grouped(seed: int) -> tuple[Spells, np.ndarray]:
    """Parts of two risks whose failures are found at inspections every 15 days."""
    random = np.random.default_rng(seed)
    machine = np.arange(2000) % 100
    design = (np.arange(100) % 2.0)[:, None]
    hazard = 0.3 * np.exp(1.2 * design[machine, 0])
    visits = np.ceil(random.exponential(1 / hazard))
    end = random.integers(1, 6, 2000)
    failed = (visits <= end).astype(float)
    spells = Spells(machine, np.zeros(2000), 15 * np.minimum(visits, end), failed, 1 - failed)
    return spells, design - design.mean()


def test_expected_failures_are_those_observed_in_each_class_though_many_fail_at_one_age() -> None:
    spells, design = grouped(1)
    weights = coefficients(spells, design[spells.machine])
    risks = np.exp(design @ weights)[spells.machine]
    life = baseline(spells, risks)
    assert life.expected(spells, risks) == pytest.approx(spells.failed.sum(), rel=1e-6)
    high = design[spells.machine, 0] > 0
    part = life.expected(spells.only(high), risks[high])
    assert part == pytest.approx(spells.failed[high].sum(), rel=0.12)


def test_equal_risks_give_the_product_limit_estimate() -> None:
    spells, _ = grouped(2)
    life = baseline(spells, np.ones(len(spells.exit)))
    left, share = [], 1.0
    for age in life.ages:
        at = ((spells.exit >= age) & (spells.entry < age)).sum()
        share *= 1 - ((spells.exit == age) & (spells.failed > 0)).sum() / at
        left.append(share)
    assert life.left == pytest.approx(left, rel=1e-6)


def test_a_covariate_is_used_if_machines_held_out_confirm_it() -> None:
    spells, design = grouped(3)
    noise = np.random.default_rng(4).normal(size=(100, 1))
    both = np.column_stack([noise, design / design.std()])
    assert chosen(spells, both, np.array([0, 1]), 1).tolist() == [1]


def test_the_coefficient_agrees_with_the_derivative_of_the_likelihood() -> None:
    spells, design = grouped(5)
    x = design[spells.machine]
    found, step = coefficients(spells, x), 1e-4
    up, down = (log_likelihood(spells, x, found + sign * step) for sign in (1, -1))
    assert (up - down) / (2 * step) == pytest.approx(PENALTY * found[0], abs=1e-3)


# ---------------------------------------------------------------- drift in the forecast
def windows(sd: float, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Failures expected and observed by window, with a rate of some standard deviation."""
    random = np.random.default_rng(seed)
    rates = random.gamma(sd**-2, sd**2, count) if sd else np.ones(count)
    return np.full(count, 80.0), random.poisson(80.0 * rates).astype(float)


@pytest.mark.parametrize("sd", [0.0, 0.2, 0.5])
def test_many_windows_find_the_drift_of_their_rate(sd: float) -> None:
    found = drift_of([windows(sd, 200, seed) for seed in (1, 2)], 200).interval
    assert found is not None
    assert found.value == pytest.approx(sd, abs=0.05)
    assert (found.low or 0) - 0.01 <= sd <= (found.high or 0)


def test_no_window_leaves_the_prior() -> None:
    found = drift_of([], 2).interval
    assert found is not None
    quantiles = PRIOR_SD * np.array([0.6745, 0.0313, 2.2414])  # half-normal
    assert (found.value, found.low, found.high) == pytest.approx(quantiles, abs=0.01)


def test_two_quiet_windows_do_not_prove_that_nothing_drifts() -> None:
    drift = drift_of([(np.full(2, 80.0), np.full(2, 80.0))] * 2, 2)
    factors = drift.factors(20_000, np.random.default_rng(1))
    assert factors.mean() == pytest.approx(1.0, abs=0.01)
    assert factors.std() > 0.1


def test_the_drift_agrees_with_the_exact_likelihood() -> None:
    from scipy.stats import nbinom

    expected, observed = windows(0.3, 12, 3)
    found = drift_of([(expected, observed)], 12).interval
    means = np.linspace(40, 160, 241)[:, None]
    log = np.empty(len(GRID))
    for i, sd in enumerate(GRID):
        size = sd**-2
        each = nbinom.logpmf(observed, size, size / (size + means)).sum(axis=1)
        log[i] = np.log(np.exp(each - each.max()).sum()) + each.max() - 0.5 * (sd / PRIOR_SD) ** 2
    weights = np.cumsum(np.exp(log - log.max()))
    exact = GRID[np.searchsorted(weights / weights[-1], (0.5, 0.025, 0.975))]
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx(exact, rel=0.2)


def test_drift_widens_the_interval_of_the_forecast(found: FailureResult) -> None:
    assert found.drift is not None
    assert any("Forecast intervals allow for a rate of failures" in note for note in found.notes)
    dates = dates_of(read_records(TABLES[0], "failures"), read_records(TABLES[1], "replacements"))
    numbers = {one: i for i, one in enumerate(sorted({machine for machine, _ in dates.renewals}))}
    begin = min(day for days in dates.failures.values() for day in days)
    end = max(day for days in dates.renewals.values() for day in days)
    fleet = Machines(numbers, (), np.zeros((len(numbers), 0)))
    outlook = Outlook(dates, fleet, (begin, end), begin + (end - begin) * 2 / 3, 0.9, 1)
    known = outlook.known(["bearing"], 10)
    plain, wide = (outlook.forecast(known[0], one) for one in (NO_DRIFT, outlook.drift(known)))
    assert wide.high - wide.low > plain.high - plain.low
    assert wide.mean == pytest.approx(plain.mean, rel=0.1)


# ---------------------------------------------------------------- records as factories export them
def records(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    path.write_text("machine,time,component\n" + "".join(",".join(row) + "\n" for row in rows), "utf-8")
    return path


def belts(
    name: str = "m{:03d}", machines: int = 8, form: str = "%Y-%m-%d %H:%M"
) -> list[tuple[str, str, str]]:
    random, rows = np.random.default_rng(4), []
    for machine in range(machines):
        day = 0.0
        while (day := day + 60 * random.weibull(2.5)) < 700:
            when = datetime(2025, 1, 1) + timedelta(days=day)
            rows.append((name.format(machine), when.strftime(form), "belt"))
    return rows


@pytest.mark.parametrize("count", [1, 2])
def test_records_of_one_time_are_refused(tmp_path: Path, count: int) -> None:
    with pytest.raises(InputError, match="records of one time only; give records of a span of time"):
        failure_models(records(tmp_path / "f.csv", belts()[:1] * count))


@pytest.mark.parametrize(
    ("name", "other"), [("m{:03d}", "m{:d}"), ("{:03d}", "{:d}"), ("press {:d}", "Press{:d}")]
)
def test_a_machine_that_is_written_in_two_ways_is_refused(tmp_path: Path, name: str, other: str) -> None:
    path = records(tmp_path / "f.csv", belts(name)[::2] + belts(other)[1::2])
    with pytest.raises(InputError, match=r"beside .*; write each name in one way"):
        failure_models(path)


def test_day_first_dates_give_the_same_model(tmp_path: Path) -> None:
    iso = failure_models(records(tmp_path / "f.csv", belts()))
    german = failure_models(records(tmp_path / "f.csv", belts(form="%d.%m.%Y %H:%M")))
    assert german.components == iso.components


def test_failures_that_are_recorded_twice_are_said(tmp_path: Path) -> None:
    again = [(m, t[:-2] + f"{(int(t[-2:]) + 1) % 60:02d}", c) for m, t, c in belts()[:20] if t[-2:] != "59"]
    found = failure_models(records(tmp_path / "f.csv", belts() + again))
    assert found.close == len(again)
    assert any(f"same machine and component: {len(again)};" in note for note in found.notes)
