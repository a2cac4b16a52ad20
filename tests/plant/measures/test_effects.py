"""Measures whose effects are known as a range."""

from __future__ import annotations

import numpy as np
import pytest

from zhizao.plant import Plant, parse_plant
from zhizao.plant.measures.effects import effects, with_drawn_effects
from zhizao.quantities import PlantError

PLANT = """
zhizao: 1
plant: shop
work_centers:
  - {id: saw, units: 2, failures: [{between: exponential(20 h), repair: "gamma(1 h, cv 0.5)"}]}
routes: {part: [{id: cut, on: saw, takes: 5 min, defects: {share: 0.1, found: 0.5}}]}
products: {part: {route: part}}
orders: [{product: part, every: 6 min}]
measures:
  - id: camera
    set: {routes.part.cut.defects.found: 0.9, routes.part.cut.defects.false_alarms: 2 %}
    uncertain:
      routes.part.cut.defects.found: triangular(80 %, 90 %, 95 %)
      routes.part.cut.defects.false_alarms: uniform(0.01, 0.05)
  - id: sensors
    set: {work_centers.saw.failures.#1.between: exponential(40 h)}
    uncertain: {work_centers.saw.failures.#1.between: "uniform(30 h, 50 h)"}
"""


def plant(old: str = "", new: str = "") -> Plant:
    assert old in PLANT
    return parse_plant(PLANT.replace(old, new))


def drawn(index: int, *ids: str) -> Plant:
    before = plant()
    taken = [measure for measure in before.measures if measure.id in ids]
    return with_drawn_effects(before.with_measures(ids), taken, 1, index)


def found(after: Plant) -> float:
    defects = after.routes["part"][0].defects
    assert defects is not None
    return defects.found


def test_draws_have_the_mean_and_the_bounds_of_their_range() -> None:
    values = np.array([found(drawn(index, "camera")) for index in range(400)])
    mean, variance = (0.8 + 0.9 + 0.95) / 3, (0.8**2 + 0.9**2 + 0.95**2 - 0.72 - 0.76 - 0.855) / 18
    assert values.min() >= 0.8
    assert values.max() <= 0.95
    assert abs(values.mean() - mean) < 4 * (variance / 400) ** 0.5
    assert values.var() == pytest.approx(variance, rel=0.3)


def test_a_distribution_keeps_its_shape_around_the_mean_drawn() -> None:
    failure = drawn(3, "sensors").work_centers[0].failures[0]
    (mean,) = failure.between.parameters
    assert 30 * 3600 < mean < 50 * 3600
    assert failure.between.kind.value == "exponential"
    assert mean != drawn(4, "sensors").work_centers[0].failures[0].between.parameters[0]


def test_a_measure_has_the_same_effect_in_every_combination() -> None:
    assert found(drawn(7, "camera")) == found(drawn(7, "camera", "sensors"))


def test_a_measure_without_ranges_has_the_effect_it_states() -> None:
    before = plant('    uncertain: {work_centers.saw.failures.#1.between: "uniform(30 h, 50 h)"}\n')
    after = before.with_measures(["sensors"])
    assert with_drawn_effects(after, before.measures[1:], 1, 0) == after
    assert effects(after, before.measures[1]) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("triangular(80 %, 90 %, 95 %)", "uniform(0.91, 0.95)", "does not hold the value set, 0.9"),
        ("triangular(80 %, 90 %, 95 %)", "exponential(0.9)", "uniform.low, high. or triangular"),
        ("triangular(80 %, 90 %, 95 %)", "about right", "about right"),
        ("uniform(30 h, 50 h)", "uniform(30, 50)", "does not hold the value set"),
        (
            '{work_centers.saw.failures.#1.between: "uni',
            '{work_centers.saw.units: "uni',
            "does not set; the numbers",
        ),
    ],
)
def test_ranges_that_cannot_be_are_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(PlantError, match=said):
        plant(old, new)
