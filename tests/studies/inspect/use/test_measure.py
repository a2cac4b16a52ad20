"""Measured rates as a measure of a plant."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhizao import InputError
from zhizao.plant import measures_text, parse_plant, with_measure_files
from zhizao.studies.inspect import Inspector, as_measure

PLANT = """
zhizao: 1
plant: two routes
work_centers: [{id: m}]
routes:
  a: [{id: cut, on: m, takes: 1 min, defects: {share: 0.1, found: 0.2}}]
  b: [{id: cut, on: m, takes: 1 min, defects: {share: 0.1, found: 0.2}}, {id: sew, on: m, takes: 1 min}]
products: {p: {route: a}, q: {route: b}}
orders: [{product: p, every: 1 h}, {product: q, every: 1 h}]
"""


def test_the_rates_change_the_step_in_every_route_and_name_their_evidence(
    inspector: Inspector, plates: Path, tmp_path: Path
) -> None:
    result = inspector.evaluate(plates / "more", _new_bad(tmp_path))
    measure = as_measure(result, "cut")
    file = tmp_path / "measure.yaml"
    file.write_text(measures_text([measure]))
    plant = with_measure_files(parse_plant(PLANT), [file])
    after = plant.with_measures(["inspection-at-cut"])
    for route in after.routes.values():
        assert route[0].defects is not None
        assert route[0].defects.found == pytest.approx(result.detection.value, abs=1e-4)
        assert route[0].defects.false_alarms == pytest.approx(result.false_alarms.value, abs=1e-4)
    (found,) = plant.measures
    assert found.evidence is not None
    assert (found.evidence.study, found.assumed) == ("inspect_evaluate", False)
    assert str(result.detection) in (found.evidence.note or "")
    assert set(found.uncertain) == set(found.set)
    low = f"triangular({round(result.detection.low, 4)}, "
    assert found.uncertain["routes.a.cut.defects.found"].startswith(low)


def _new_bad(folder: Path) -> Path:
    from tests.studies.inspect.drawn import draw

    return draw(folder / "bad", 6, seed=11, scratched=True)


@pytest.mark.parametrize("step", ["", "a.b"])
def test_a_step_that_no_path_can_hold_is_refused(
    inspector: Inspector, plates: Path, tmp_path: Path, step: str
) -> None:
    result = inspector.evaluate(plates / "more", _new_bad(tmp_path))
    with pytest.raises(InputError, match="as_measure: found"):
        as_measure(result, step)
