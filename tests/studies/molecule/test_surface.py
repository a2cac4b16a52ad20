"""Limits, flags and probabilities of flags; assumed losses, as measures and as plants."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.studies.plants import line
from zhizao.plant import measures_text, with_measure_files
from zhizao.quantities import InputError
from zhizao.studies.molecule import Risk, as_measure, under_risk
from zhizao.studies.molecule import surface as module
from zhizao.studies.molecule.risk import BASE, losses, together
from zhizao.studies.molecule.surface import LENGTH, LIMITS, METRICS, Flag, flag_probability

GREEN = dict.fromkeys(METRICS, 0.0)
STEPS = {Risk.AGGREGATION: "one"}


@pytest.mark.parametrize(
    ("metric", "value", "flag"),
    [
        ("PSH", 95.5, Flag.RED),
        ("PSH", 95.58, Flag.AMBER),
        ("PSH", 110.11, Flag.AMBER),
        ("PSH", 126.4, Flag.GREEN),
        ("PSH", 168.06, Flag.AMBER),
        ("PSH", 201.6, Flag.RED),
        ("PPC", -0.1, Flag.GREEN),
        ("PPC", 1.32, Flag.AMBER),
        ("PNC", 4.43, Flag.RED),
        ("SFvCSP", 40.0, Flag.GREEN),
        ("SFvCSP", -6.0, Flag.AMBER),
        ("SFvCSP", -30.7, Flag.RED),
        (LENGTH, 42, Flag.AMBER),
        (LENGTH, 43, Flag.GREEN),
        (LENGTH, 64, Flag.RED),
    ],
)
def test_flags_are_those_of_the_published_limits(metric: str, value: float, flag: Flag) -> None:
    """Raybould et al. (2024), table 1."""
    assert LIMITS[metric].flag(value) is flag


def test_limits_are_in_order() -> None:
    for one in LIMITS.values():
        assert one.red_low <= one.amber_low < one.amber_high <= one.red_high


@pytest.mark.parametrize(
    ("metric", "limit", "width"),
    [
        ("PSH", 110.11, 6.0),
        ("PSH", 168.06, 6.0),
        ("PPC", 1.32, 0.2),
        ("PNC", 2.0, 0.2),
        ("SFvCSP", -6.0, 1.5),
    ],
)
def test_a_flag_is_as_likely_as_not_near_the_published_limit(metric: str, limit: float, width: float) -> None:
    """Two sources: the limits are those of the paper, the probabilities those of flash-abb."""
    inside = width if limit == LIMITS[metric].amber_low else -width
    assert flag_probability(metric, limit - inside) >= 0.5
    assert flag_probability(metric, limit + inside) < 0.5


def test_probabilities_are_probabilities_and_rise_outwards() -> None:
    curves = json.loads(
        (Path(module.__file__).parent / "flag_probabilities.json").read_text(encoding="utf-8")
    )["curves"]
    assert set(curves) == set(METRICS)
    for name, sides in curves.items():
        for one in sides:
            assert all(a <= b for a, b in pairwise(one["at"]))
            assert all(0 <= p <= 1 for p in one["probability"])
            steps = np.diff(one["probability"])
            assert (steps >= 0).all() or (steps <= 0).all(), name
    assert flag_probability("SFvCSP", -1000.0) == 1
    assert flag_probability("PSH", 1000.0) == 1 == flag_probability("PSH", 0.0)


@pytest.mark.filterwarnings("ignore")  # of the version that the pickle was written by
def test_probabilities_are_those_of_the_original() -> None:
    pytest.importorskip("sklearn")
    pytest.importorskip("flash_abb", reason="takes the extra [biologics]")
    from flash_abb.model.flag_calibrator import FlagCalibrator
    from flash_abb.pretrained_tap import _CALIBRATOR_PATH

    original = FlagCalibrator.load(_CALIBRATOR_PATH)
    ends = {"PSH": (80, 250), "PPC": (-1, 6), "PNC": (-1, 6), "SFvCSP": (-40, 60)}
    values = np.stack([np.linspace(*ends[name], 2001) for name in METRICS], axis=1)
    ours = np.array([[flag_probability(m, v) for m, v in zip(METRICS, row, strict=True)] for row in values])
    assert np.abs(ours - original.predict_proba(values)).max() < 1e-6


# ---------------------------------------------------------------- losses
def test_green_is_no_proof_of_an_easy_molecule() -> None:
    for loss in losses(GREEN):
        assert loss.likely == 0
        assert loss.high > 0
    titre, _, _ = losses(GREEN)
    assert titre.high == pytest.approx(BASE * 0.40)


def test_a_flag_moves_the_risks_of_its_metric_alone() -> None:
    found = {one.risk: one.flag_probability for one in losses(GREEN | {"PPC": 0.5, "PNC": 0.5})}
    assert found == {Risk.TITRE: pytest.approx(0.75), Risk.AGGREGATION: 0, Risk.FILTRATION: 0}
    found = {one.risk: one.flag_probability for one in losses(GREEN | {"PSH": 1.0})}
    assert found == {Risk.TITRE: 0, Risk.AGGREGATION: 1, Risk.FILTRATION: 1}


def test_mean_and_error_are_those_of_the_triangular_distribution() -> None:
    for loss in losses(GREEN | {"PSH": 0.4}):
        drawn = np.random.default_rng(5).triangular(loss.low, loss.likely, loss.high, 200_000)
        assert loss.mean == pytest.approx(drawn.mean(), rel=0.01)
        assert loss.error == pytest.approx(drawn.std() / drawn.mean(), rel=0.01)


def test_a_measure_sets_the_loss_and_says_that_it_is_assumed(tmp_path: Path) -> None:
    found = losses(GREEN | {"PSH": 1.0})
    measure = as_measure("Mab 7", found, line(), STEPS)
    assert measure.assumed
    assert measure.set == {"routes.*.one.defects.share": 0.05}
    file = tmp_path / "risk.yaml"
    file.write_text(measures_text([measure]), encoding="utf-8", newline="\n")
    taken = with_measure_files(line(), [file]).with_measures([measure.id])
    one = next(step for steps in taken.routes.values() for step in steps if step.id == "one")
    assert one.defects is not None
    assert one.defects.share == 0.05


def test_a_plant_under_risk_has_the_mean_loss_and_its_uncertainty() -> None:
    found = losses(GREEN | {"PSH": 1.0})
    after = under_risk(found, line(), STEPS)
    loss = found[1]
    one = next(step for steps in after.routes.values() for step in steps if step.id == "one")
    assert one.defects is not None
    assert one.defects.share == pytest.approx(loss.mean, abs=1e-5)
    (known,) = after.uncertainty
    assert known.what == "operations.one.defects.share"
    assert known.error == pytest.approx(loss.error, abs=1e-5)


def test_losses_together_are_those_by_hand_and_repeat() -> None:
    found = losses(GREEN | {"PSH": 1.0, "PPC": 0.5})
    low, mean, high = together(found, 7)
    assert (low, mean, high) == together(found, 7) != together(found, 8)
    assert mean == pytest.approx(1 - np.prod([1 - loss.mean for loss in found]), rel=0.02)
    assert 0 < low < mean < high < 1 - np.prod([1 - loss.high for loss in found])
    single = found[1:2]
    a, c, b = single[0].low, single[0].likely, single[0].high
    low, _, high = together(single, 7)
    assert low == pytest.approx(a + np.sqrt(0.05 * (b - a) * (c - a)), rel=0.03)
    assert high == pytest.approx(b - np.sqrt(0.05 * (b - a) * (b - c)), rel=0.03)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ({Risk.AGGREGATION: "ones"}, "aggregation=ones: found no such step in the plant; did you mean 'one'"),
        ({Risk.AGGREGATION: "one", Risk.TITRE: "one"}, "found one step for two risks"),
        ({Risk.AGGREGATION: "two"}, "aggregation=two: found defects of its own in route 'r'"),
    ],
)
def test_steps_that_do_not_fit_are_refused(steps: dict[Risk, str], said: str) -> None:
    for make in (lambda: as_measure("m", losses(GREEN), line(), steps),
                 lambda: under_risk(losses(GREEN), line(), steps)):  # fmt: skip
        with pytest.raises(InputError, match=said):
            make()
