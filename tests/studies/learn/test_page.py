"""What a person reads of a learned plant: one page, and a file that is short and rounded."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.studies.learn.logs import records, row
from zhizao.plant import read_plant
from zhizao.quantities import Distribution, mean, variance
from zhizao.studies.learn import LearnResult, learn
from zhizao.studies.learn.rounding import round_distribution

LINES = 40


@pytest.fixture(scope="module")
def found() -> LearnResult:
    """Thirty work centers, of which `at cut` does 6 h of its 8."""
    rows = [
        row(f"{d}.{k}", name, 24 * d + 8 + k * 2, 24 * d + 8 + k * 2 + spent)
        for d in range(56)
        if d % 7 < 5
        for k in range(4)
        for name, spent in (("cut", 1.5), *((f"op{i}", 0.1 + 0.01 * i) for i in range(29)))
    ]
    return learn(records(rows))


def test_a_page_holds_what_was_learned_and_what_is_unknown(found: LearnResult) -> None:
    page = found.overview()
    assert len(page) <= LINES - 7  # the command adds how the log was read and what to do next
    assert max(map(len, page)) <= 120
    assert any(line.split()[:2] == ["at", "cut"] for line in page)
    assert any("and 24 more" in line for line in page)
    assert any("energy and cost" in line for line in page)


def test_how_busy_a_work_center_was_is_a_share_of_its_open_time(found: LearnResult) -> None:
    first = found.work_centers.row(0, named=True)
    assert (first["work_center"], first["units"], first["visits"]) == ("at cut", 1, 160)
    assert first["busy"] * first["open_h_per_week"] == pytest.approx(30, rel=0.1)
    assert found.work_centers["busy"].is_sorted(descending=True)
    assert found.work_centers.filter(~pl.col("busy").is_between(0, 1)).is_empty()


def test_a_written_plant_reads_back_as_it_is_and_says_what_its_numbers_are(
    found: LearnResult, tmp_path: Path
) -> None:
    found.write(tmp_path / "plant.yaml")
    assert read_plant(tmp_path / "plant.yaml") == found.plant
    text = (tmp_path / "plant.yaml").read_text(encoding="utf-8")
    assert "working hours: 40 h a week (n = " in text
    assert max(len(line) for line in text.splitlines() if line.lstrip().startswith("#")) < 300


@pytest.mark.parametrize(
    "one",
    [
        Distribution.lognormal(1234.56, cv=0.34567),
        Distribution.gamma(1234.56, cv=0.34567),
        Distribution.weibull(1234.56, cv=0.34567),
        Distribution.normal(1234.56, sd=123.456),
        Distribution.triangular(1000.4, 1234.56, 1999.9),
        Distribution.uniform(1000.4, 1999.9),
        Distribution.exponential(1234.56),
        Distribution.empirical((1000.4, 1234.56, 1999.9)),
        Distribution.discrete({1000.4: 0.25, 1234.56: 0.75}),
    ],
)
def test_rounding_moves_a_distribution_by_less_than_a_log_tells(one: Distribution) -> None:
    found = round_distribution(one)
    assert found.kind is one.kind
    assert mean(found) == pytest.approx(mean(one), rel=5e-3)
    assert variance(found) ** 0.5 == pytest.approx(variance(one) ** 0.5, rel=2e-2)


def test_rounding_keeps_what_scatters_less_than_its_last_digit() -> None:
    narrow = Distribution.uniform(10001.0, 10004.0)
    assert round_distribution(narrow) == narrow
    assert round_distribution(Distribution.constant(1234.56)) == Distribution.constant(1230.0)
