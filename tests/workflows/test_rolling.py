"""Learning at several moments of one log, and checking on what came after."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.studies.validate.plants import log_of, roomy
from tests.studies.validate.test_distances import MONDAY, Row, cut, log
from zhizao.plant import Plant
from zhizao.quantities.errors import InputError, LogError
from zhizao.records import Records
from zhizao.studies.learn import learn
from zhizao.studies.validate import Terms
from zhizao.workflows import validate_rolling
from zhizao.workflows.rolling.study import resample_together

FOLLOW = Terms(follow_up_days=5)


class Pupil:
    """Knows the plant already; keeps what it was shown, and can be stopped."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.shown: list[Records] = []
        self.stop_at = stop_at

    def __call__(self, past: Records) -> Plant:
        if len(self.shown) == self.stop_at:
            raise KeyboardInterrupt
        self.shown.append(past)
        return roomy()


def test_each_origin_is_learned_from_what_was_known_then_and_checked_on_later_lots() -> None:
    pupil, whole = Pupil(), log_of(roomy(), days=40)
    found = validate_rolling(whole, pupil, origins=3, replications=2, terms=FOLLOW)
    assert len(found.origins) == 3
    for origin, past in zip(found.origins, pupil.shown, strict=True):
        assert past.events is not None
        assert past.end == origin.at
        assert max(past.events["start"]) < origin.at
        assert max(past.events["end"].drop_nulls()) <= origin.at
        assert origin.result.window.start >= origin.at
        assert origin.result.window.end <= whole.end - timedelta(days=5) + timedelta(seconds=2)
    assert [o.training_lots for o in found.origins] == sorted(o.training_lots for o in found.origins)


def test_a_log_cut_lot_by_lot_is_split_lot_by_lot() -> None:
    rows: list[Row] = [(f"l{i:02}", "cut", 24.0 * i, 24.0 * i + 30) for i in range(40)]
    rows += [(f"l{i:02}", "coat", 24.0 * i + 238, None) for i in range(0, 35, 5)]
    pupil = Pupil()
    found = validate_rolling(
        log(rows, end_h=24.0 * 40), pupil, origins=(MONDAY + timedelta(days=25),), replications=2
    )
    (past,) = pupil.shown
    assert past.events is not None
    assert set(past.events["lot"]) == {f"l{i:02}" for i in range(25)}
    assert past.events["start"].max() == MONDAY + timedelta(hours=24 * 20 + 238)  # of lot 20, ten days later
    assert found.origins[0].result.lots == 15
    assert found.origins[0].result.window.cut_by_lot


def test_pooled_figures_are_the_means_over_the_origins() -> None:
    found = validate_rolling(log_of(roomy(), days=40), Pupil(), origins=2, replications=2, terms=FOLLOW)
    for name, pooled in found.distances.items():
        each = [origin.result.distances[name].twin.mean for origin in found.origins]
        assert pooled.twin.mean == pytest.approx(np.mean(each))
        assert pooled.twin.low < pooled.twin.mean < pooled.twin.high


def test_a_lot_is_drawn_as_often_for_every_origin_that_it_comes_after() -> None:
    late: list[Row] = [(f"b{i}", "x", 100 + i, 101 + i) for i in range(5)]
    first, second = cut([(f"a{i}", "x", i, i + 1) for i in range(4)] + late), cut(late)
    one, two = resample_together([first, second], np.random.default_rng(1))
    assert set(one.sum(axis=1)) == {9}
    assert set(two.sum(axis=1)) == {5}
    assert (one[:, 4:] == two).all()


def test_ctrl_c_keeps_the_origins_that_are_done_and_says_so() -> None:
    whole = log_of(roomy(), days=40)
    found = validate_rolling(whole, Pupil(stop_at=2), origins=4, replications=2, terms=FOLLOW)
    assert len(found.origins) == 2
    assert found.interrupted
    assert "only the 2 origins" in found.notes[0]
    with pytest.raises(KeyboardInterrupt):
        validate_rolling(whole, Pupil(stop_at=0), replications=2, terms=FOLLOW)


def test_an_origin_with_nothing_before_or_after_it_is_refused() -> None:
    whole = log_of(roomy(), days=20)
    for at in (whole.start, whole.end):
        with pytest.raises(LogError, match="one at least on either side"):
            validate_rolling(whole, Pupil(), origins=(at,), replications=2, terms=FOLLOW)
    with pytest.raises(InputError, match="origins: found 0"):
        validate_rolling(whole, Pupil(), origins=0, terms=FOLLOW)


def test_a_log_shorter_than_two_follow_ups_has_no_origin() -> None:
    with pytest.raises(LogError, match="too short for a rolling origin"):
        validate_rolling(log_of(roomy(), days=9), Pupil(), terms=FOLLOW)


def test_the_rolled_result_is_shown_as_table_json_and_page(tmp_path: Path) -> None:
    found = validate_rolling(log_of(roomy(), days=40), Pupil(), origins=2, replications=2, terms=FOLLOW)
    assert found.table()["origin"].unique(maintain_order=True).to_list()[-1] == "all"
    said = json.loads(found.to_json())
    assert len(said["origins"]) == 2
    assert said["details"]["cycle_time_emd_h"]["mean"] > 0
    assert "<html" in found.report(tmp_path / "a.html").read_text(encoding="utf-8")


def test_progress_rises_to_one_over_learning_and_validating() -> None:
    shares: list[float] = []
    validate_rolling(
        log_of(roomy(), days=40), Pupil(), origins=2, replications=2, terms=FOLLOW, progress=shares.append
    )
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert any(0 < share < 1 for share in shares)


def test_without_a_learner_the_twin_is_learned_by_learn_with_the_same_seed() -> None:
    run = partial(validate_rolling, log_of(roomy(), days=20), origins=1, replications=2, seed=3, terms=FOLLOW)
    own, given = run(), run(learn=lambda past: learn(past, seed=3).plant)
    assert own.table().equals(given.table())
    assert own.origins[0].result.inputs == given.origins[0].result.inputs


def test_the_same_seed_gives_the_same_figures() -> None:
    whole = log_of(roomy(), days=40)
    one, two = (
        validate_rolling(whole, Pupil(), origins=1, replications=2, terms=FOLLOW).table() for _ in range(2)
    )
    assert one.equals(two)
    assert isinstance(whole.start, datetime)
    assert one.filter(pl.col("origin") == "all").height == 7
