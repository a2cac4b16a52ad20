"""Runs over the choices: two ways to the same scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from zhizao.studies.rank.build import built
from zhizao.studies.rank.choices import Runs, choices_of, rank_runs
from zhizao.studies.rank.model import IndexModel, model_of
from zhizao.studies.rank.read import read_index
from zhizao.studies.rank.table import read_table

CITIES = Path(__file__).resolve().parents[3] / "examples" / "index" / "cities.yaml"


@pytest.fixture(scope="module")
def model() -> IndexModel:
    index, tree = read_index(CITIES)
    return model_of(index, tree, read_table(CITIES.with_suffix(".csv")))


def test_a_run_is_the_index_built_with_its_choices(model: IndexModel) -> None:
    runs = Runs(model, choices_of(model))
    still = np.zeros((2, runs.weight_count))
    assert len(runs.cells()) > 20
    for cell in runs.cells():
        alone = built(model, runs.recipe(cell)).index
        assert runs.scores(cell, still) == pytest.approx(np.stack([alone, alone]), nan_ok=True)


def test_runs_come_back_in_their_order(model: IndexModel) -> None:
    runs = Runs(model, choices_of(model))
    generator = np.random.default_rng(1)
    cells = generator.integers(0, 2, (12, len(runs.choices.factors)))
    noise = generator.uniform(-1, 1, (12, runs.weight_count))
    together = rank_runs(runs, cells, noise)
    alone = [rank_runs(runs, cells[[row]], noise[[row]])[0] for row in range(12)]
    assert np.array_equal(together, np.stack(alone), equal_nan=True)
