"""Classes of defects, with probabilities that mean what they say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.studies.inspect.drawn import draw
from zhizao import InputError, Pictures
from zhizao.studies.inspect import Inspector, learn_classes
from zhizao.studies.inspect.detectors import fit_classes


@pytest.fixture(scope="module")
def defects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("defects")
    draw(folder / "scratch", 12, seed=11, scratched=True)
    draw(folder / "stain", 12, seed=12, stained=True)
    return folder


@pytest.fixture(scope="module")
def classed(inspector: Inspector, defects: Path) -> Inspector:
    return learn_classes(inspector, defects)


def test_a_defective_picture_gets_its_class(classed: Inspector, plates: Path, tmp_path: Path) -> None:
    assert classed.class_accuracy is not None
    assert (classed.class_accuracy.parts, classed.class_accuracy.value) == (24, 1.0)
    draw(tmp_path / "scratch", 5, seed=21, scratched=True)
    found = classed.score(Pictures([tmp_path / "scratch", plates / "more"]))
    images = json.loads(found.to_json())["images"]
    assert [one["class"] for one in images[:5]] == ["scratch"] * 5
    assert all(0.5 < one["class_probability"] <= 1 for one in images[:5])
    assert all(one["class"] is None for one in images if not one["defective"])
    assert found.table()["class"].null_count() == sum(not one["defective"] for one in images)


def test_the_file_keeps_the_classes(classed: Inspector, plates: Path, tmp_path: Path) -> None:
    loaded = Inspector.load(classed.save(tmp_path / "model.zi"))
    assert loaded.score(plates / "bad").to_json() == classed.score(plates / "bad").to_json()
    assert loaded.details() == classed.details()
    assert loaded.details()["classes"] == ["scratch", "stain"]
    draw(tmp_path / "bad", 4, seed=22, scratched=True)
    assert loaded.evaluate(plates / "more", tmp_path / "bad").table().height == 16


def test_an_inspector_without_classes_names_none(inspector: Inspector, plates: Path) -> None:
    assert inspector.class_accuracy is None
    found = inspector.score(plates / "bad")
    assert "class" not in found.table().columns
    assert "class" not in json.loads(found.to_json())["images"][0]


def test_too_few_classes_or_parts_are_refused(inspector: Inspector, defects: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"found 0 folders in .*; expected one for each class, 2 or more"):
        learn_classes(inspector, defects / "stain")
    with pytest.raises(InputError, match="expected a folder with a folder for each class"):
        learn_classes(inspector, Pictures([defects]))
    draw(tmp_path / "a", 6, seed=1)
    draw(tmp_path / "b", 4, seed=2, scratched=True)
    with pytest.raises(InputError, match="found pictures of 4 parts of 'b'; expected 5 or more"):
        learn_classes(inspector, tmp_path)


def test_probabilities_are_calibrated_on_parts_not_seen() -> None:
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 3, 600)
    rows = (rng.normal(size=(600, 120)) + 0.25 * np.eye(3)[truth].repeat(40, axis=1)).astype(np.float32)
    parts = [str(number) for number in range(600)]
    found = fit_classes(rows, [str(one) for one in truth], parts, rng)
    said = found.unseen.max(axis=1)
    hits = found.unseen.argmax(axis=1) == truth
    assert 0.6 < hits.mean() < 0.95
    assert abs(said.mean() - hits.mean()) < 0.04  # untempered: above by more than 0.1
    new = rng.integers(0, 3, 2000)
    others = (rng.normal(size=(2000, 120)) + 0.25 * np.eye(3)[new].repeat(40, axis=1)).astype(np.float32)
    chances = np.stack([found.classes.probabilities(row) for row in others])
    assert abs(chances.max(axis=1).mean() - (chances.argmax(axis=1) == new).mean()) < 0.05


def test_pictures_of_a_part_are_never_on_both_sides_of_a_fold() -> None:
    rng = np.random.default_rng(6)
    rows = rng.normal(size=(20, 30)).astype(np.float32).repeat(10, axis=0)  # copies of 20 pictures of noise
    labels = ["a", "b"] * 10
    parts = [str(number) for number in range(20)]
    by_part = fit_classes(rows, np.repeat(labels, 10).tolist(), np.repeat(parts, 10).tolist(), rng)
    apart = fit_classes(rows, np.repeat(labels, 10).tolist(), [str(number) for number in range(200)], rng)
    truth = np.repeat([0, 1] * 10, 10)
    assert (by_part.unseen.argmax(axis=1) == truth).mean() < 0.8
    assert (apart.unseen.argmax(axis=1) == truth).mean() > 0.95
