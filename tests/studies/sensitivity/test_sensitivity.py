"""What a user of `sensitivity` relies on."""

from __future__ import annotations

import json
from math import isnan
from pathlib import Path
from typing import Any

import pytest

from tests.studies.conftest import CancelInRun
from tests.studies.plants import line, table
from zhizao.plant import parse_plant
from zhizao.quantities import InputError
from zhizao.studies.sensitivity import Effect, SensitivityResult, sensitivity

QUICK: Any = {"days": 10, "replications": 4}


@pytest.fixture(scope="module")
def result() -> SensitivityResult:
    return sensitivity(line(), days=20, replications=10)


def _effect(result: SensitivityResult, path: str) -> Effect:
    return next(effect for effect in result.effects if effect.nudges.field.path == path)


def test_the_bottleneck_comes_first(result: SensitivityResult) -> None:
    assert result.answer.startswith(
        "Lead time, mean is moved most by work_centers.slow.units (now 1): +1 gives −5"
    )
    assert [e.nudges.field.path for e in result.effects][1] == "routes.r.two.takes.per_lot"


def test_longer_work_lengthens_the_lead_time_on_both_sides(result: SensitivityResult) -> None:
    effect = _effect(result, "routes.r.two.takes.per_lot")
    assert effect.shown
    assert effect.down < 0 < effect.up
    assert effect.elasticity == pytest.approx(effect.difference.relative.mean / 0.05)
    # Tandem of M/M/1: W = 2 x 4 / (1 - 0.4) + 8 / (1 - 0.8) = 53.3 min; dW/d ln(takes) = 8 / (1 - 0.8)^2.
    assert 2.5 < effect.elasticity < 5


def test_a_price_does_not_move_the_lead_time_and_the_result_says_so(result: SensitivityResult) -> None:
    assert not _effect(result, "products.p.price").moves
    assert any("did not move it at all" in note for note in result.notes)


def test_a_work_center_gets_one_more_unit_and_none_less(result: SensitivityResult) -> None:
    effect = _effect(result, "work_centers.slow.units")
    assert effect.nudges.label == "+1"
    assert effect.nudges.down is None
    assert isnan(effect.down)


def test_the_table_the_json_and_the_page_say_the_same(result: SensitivityResult, tmp_path: Path) -> None:
    found = json.loads(result.to_json())
    assert found["fields"] == result.table().to_dicts()
    assert found["study"] == "sensitivity"
    text = result.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Largest effects" in text
    assert 'data-kind="tornado"' in text


def test_only_fields_that_fit_a_pattern_are_tried_even_where_nobody_stated_them() -> None:
    found = sensitivity(line(), "throughput", fields=["work_centers.s*.speed", "*.share"], **QUICK)
    assert {e.nudges.field.path for e in found.effects} == {
        "work_centers.slow.units.slow-1.speed",
        "routes.r.two.defects.share",
    }
    share = _effect(found, "routes.r.two.defects.share")  # 95 % are good, of which 5 % of 5 % are 0.26 %
    assert share.difference.relative.mean == pytest.approx(-0.05 * 0.05 / 0.95, rel=0.15)


def test_what_cannot_be_changed_is_skipped_with_the_reason() -> None:
    paths = ["work_centers.slow.power.off", "routes.r.two.defects.found", "routes.r.two.sample"]
    found = sensitivity(line(), fields=paths, **QUICK)
    assert [item.path for item in found.skipped] == ["work_centers.slow.power.off"]
    assert "it is 0" in found.skipped[0].why
    assert any("1 field could not be changed" in note for note in found.notes)
    full = _effect(found, "routes.r.two.sample")  # a share of 1 can only fall
    assert full.nudges.up is None
    assert full.nudges.down is not None


def test_a_count_that_may_grow_no_further_is_skipped() -> None:
    crowded = parse_plant(
        """
zhizao: 1
plant: full
work_centers: [{id: m, units: 10000}]
routes: {r: [{id: o, on: m, takes: 1 min}]}
products: {p: {route: r}}
orders: [{product: p, every: 1 h}]
"""
    )
    found = sensitivity(crowded, fields=["work_centers.m.units", "*.takes.*"], days=1, replications=2)
    assert [item.path for item in found.skipped] == ["work_centers.m.units"]


def test_a_table_of_orders_is_run_to_its_end() -> None:
    found = sensitivity(table(), step=0.1, replications=2)
    effect = _effect(found, "routes.r.o.takes.per_lot")  # nothing is random: 3.6 h grow by a tenth
    assert effect.difference.relative.mean == pytest.approx(0.1)


def test_a_cancel_keeps_the_fields_done_by_then(cancel_in_run: CancelInRun) -> None:
    cancel_in_run(5)  # the pilot, the plant as it is, both sides of one field, and then the cancel
    found = sensitivity(line(), fields=["*.takes.*"], **QUICK)
    assert found.interrupted
    assert len(found.effects) == 1
    assert any("Interrupted" in note for note in found.notes)


def test_an_argument_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(InputError, match="step"):
        sensitivity(line(), step=1.0)
    with pytest.raises(InputError, match=r"did you mean 'routes\.r\.two\.takes\.per_lot'"):
        sensitivity(line(), fields=["routes.r.two.take.per_lot"])
    with pytest.raises(InputError, match="at least 2 pairs"):
        sensitivity(line(), replications=1)
    with pytest.raises(InputError, match="on_time_share is not known"):
        sensitivity(line(), "on_time_share", fields=["*.takes.*"], days=2, replications=2)
