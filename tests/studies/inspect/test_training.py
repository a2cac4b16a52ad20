"""Training, scoring and evaluation, end to end."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.studies.inspect.drawn import draw
from zhizao import InputError, Pictures, train_inspector
from zhizao.studies.inspect import Inspector
from zhizao.studies.inspect.recipe import Recipe
from zhizao.studies.inspect.training import study
from zhizao.studies.inspect.training.seeing import Views


def test_scratched_plates_score_higher_than_good_ones(
    inspector: Inspector, plates: Path, tmp_path: Path
) -> None:
    found = inspector.evaluate(plates / "more", draw(tmp_path / "bad", 6, seed=4, scratched=True))
    assert found.auroc > 0.95
    assert found.detection.value > 0.8
    assert found.false_alarms.value <= 3 / 12
    assert found.false_alarms.low < 0.1 < found.false_alarms.high


def test_parts_are_fitted_or_calibrated_never_both(inspector: Inspector) -> None:
    assert inspector.roles == {"fit": 21, "calibrate": 9, "bad": 6}
    assert inspector.model.calibration.parts == 9
    assert inspector.training.filter(role="fit")["score"].null_count() == 21


def test_bad_pictures_give_a_detection_rate_with_its_interval(inspector: Inspector) -> None:
    found = inspector.detection
    assert found is not None
    assert found.value > 0.8
    assert (found.parts, found.low < found.value <= found.high) == (6, True)


def test_equal_seeds_give_equal_scores_and_others_another_split(inspector: Inspector, plates: Path) -> None:
    again = train_inspector(plates / "good", plates / "bad", false_alarms=0.1)
    assert again.to_json() == inspector.to_json()
    assert np.array_equal(again.model.detector.bank.vectors, inspector.model.detector.bank.vectors)
    other = train_inspector(plates / "good", false_alarms=0.1, seed=2)
    assert other.training["role"].to_list() != inspector.training["role"].to_list()[:30]


def test_a_rate_that_the_parts_cannot_support_is_refused_with_the_number_needed(plates: Path) -> None:
    with pytest.raises(
        InputError, match=r"takes good pictures of at least 104 parts .* found 30; 30 support"
    ):
        train_inspector(plates / "good", false_alarms=0.01)


def test_pictures_of_a_part_are_one_part(plates: Path) -> None:
    by_ten = Pictures(plates / "good", group=r"plate-(\d\d)")
    with pytest.raises(InputError, match="found 3"):
        train_inspector(by_ten, false_alarms=0.1)
    in_pairs = [f"plate-{number:03}" for number in range(30)]
    found = train_inspector(Pictures(plates / "good", r"plate-\d+"), false_alarms=0.1)
    assert found.training["part"].to_list() == in_pairs


def test_a_picture_of_the_training_is_left_out_of_an_evaluation(plain: Inspector, plates: Path) -> None:
    found = plain.evaluate(Pictures([plates / "good", plates / "more"]), plates / "bad")
    assert found.false_alarms.pictures == 12
    assert "30 good pictures were left out: the inspector was trained with them." in found.notes
    with pytest.raises(InputError, match="good: found no picture that can be evaluated"):
        plain.evaluate(plates / "good", plates / "bad")


def test_files_that_are_no_pictures_stop_nothing(inspector: Inspector, plates: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes((plates / "good" / "plate-000.png").read_bytes()[:300])
    (tmp_path / "empty.png").write_bytes(b"")
    found = inspector.score(Pictures([tmp_path, tmp_path / "absent.png", plates / "more"]))
    verdicts = [one["verdict"] for one in json.loads(found.to_json())["images"]]
    assert verdicts == ["broken", "broken", "missing", *["ok"] * 12]
    assert found.unread == 3
    assert "3 of 15 files were not read: 2 broken, 1 missing." in found.notes


def test_a_broken_picture_among_the_good_ones_is_left_out(plates: Path, tmp_path: Path) -> None:
    folder = draw(tmp_path / "good", 16, seed=5)
    (folder / "a.png").write_text("not a picture")
    found = train_inspector(folder, false_alarms=0.1)
    assert found.roles == {"unsupported": 1, "fit": 7, "calibrate": 9}


def test_a_folder_without_pictures_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no pictures found"):
        train_inspector(tmp_path)


@pytest.mark.parametrize("rate", [0, 1, -0.1, 5])
def test_a_rate_is_a_share(plates: Path, rate: float) -> None:
    with pytest.raises(InputError, match="expected a share between 0 and 1"):
        train_inspector(plates / "good", false_alarms=rate)


def test_the_thorough_recipe_finds_scratches_too_and_survives_its_file(
    thorough: Inspector, plates: Path, tmp_path: Path
) -> None:
    assert thorough.detection is not None
    assert thorough.detection.value > 0.8
    loaded = Inspector.load(thorough.save(tmp_path / "model.zi"))
    assert loaded.score(plates / "more").to_json() == thorough.score(plates / "more").to_json()


def test_a_crossed_calibration_scores_every_picture_once_by_a_detector_of_other_parts(
    thorough: Inspector, plates: Path
) -> None:
    found = thorough
    assert found.roles == {"crossed": 29, "fit": 1, "bad": 6}  # 29 parts meet a rate of 0.1 exactly
    assert found.training["score"].null_count() == 1
    assert found.model.calibration.parts == 29
    again = found.score(plates / "good").table().sort("path")["score"].to_numpy()
    seen = found.training.filter(role="crossed").sort("path")["score"].to_numpy()
    assert again.mean() < seen.mean()  # the detector that is kept has seen them all


def test_pictures_of_defects_sharpen_the_score_and_are_scored_by_folds(
    thorough: Inspector, thorough_plain: Inspector, plates: Path, tmp_path: Path
) -> None:
    sharp = thorough
    new = draw(tmp_path / "bad", 6, seed=9, scratched=True)
    assert sharp.model.detector.whole is not None
    assert sharp.model.detector.whole.known is not None
    assert sharp.evaluate(plates / "more", new).auroc >= thorough_plain.evaluate(plates / "more", new).auroc
    final = sharp.score(plates / "bad").table().sort("path")["score"]
    crossed = sharp.training.filter(role="bad").sort("path")["score"]
    assert (final != crossed).all()  # the detector that is kept was fitted to them, those of the folds not
    loaded = Inspector.load(sharp.save(tmp_path / "model.zi"))
    assert loaded.score(new).to_json() == sharp.score(new).to_json()


def test_too_few_pictures_of_defects_do_not_sharpen(tmp_path: Path) -> None:
    good = draw(tmp_path / "good", 15, seed=1)
    few = draw(tmp_path / "bad", 4, seed=9, scratched=True)
    found = train_inspector(good, few, false_alarms=0.2, recipe="thorough")
    assert any("Fewer than 5 defective parts were given" in note for note in found.notes)
    assert found.model.detector.whole is not None
    assert found.model.detector.whole.known is None
    assert found.detection is not None


@pytest.mark.parametrize("recipe", ["default", pytest.param("thorough", marks=pytest.mark.slow)])
def test_views_that_do_not_fit_into_memory_change_nothing(
    plates: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, recipe: str
) -> None:
    kept: Inspector = request.getfixturevalue({"default": "plain", "thorough": "thorough_plain"}[recipe])
    rooms = []

    class Tight(Views):
        def __init__(self, recipe: Recipe) -> None:
            super().__init__(recipe, room=0)
            rooms.append(self)

    monkeypatch.setattr(study, "Views", Tight)
    again = train_inspector(plates / "good", false_alarms=0.1, recipe=recipe)
    assert [len(one._kept) for one in rooms] == [0]
    assert again.to_json() == kept.to_json()
    assert np.array_equal(again.model.detector.bank.vectors, kept.model.detector.bank.vectors)


def test_an_unknown_recipe_is_refused(plates: Path) -> None:
    with pytest.raises(InputError, match="found 'best'; expected default, thorough"):
        train_inspector(plates / "good", recipe="best")


def test_progress_rises_to_one(plates: Path) -> None:
    seen: list[float] = []
    train_inspector(plates / "good", plates / "bad", false_alarms=0.1, progress=seen.append)
    assert seen == sorted(seen)
    assert (len(seen), seen[-1]) == (36, 1.0)


# ---------------------------------------------------------------- parts
def test_copies_of_a_picture_are_grouped_with_a_warning(tmp_path: Path) -> None:
    folder = draw(tmp_path / "good", 16, seed=5)
    for file in sorted(folder.glob("*.png"))[:4]:
        file.with_name(f"copy-{file.name}").write_bytes(file.read_bytes())
    found = train_inspector(folder, false_alarms=0.1)
    assert found.training["part"].n_unique() == 16
    assert any("4 pictures of good look like others" in note for note in found.notes)


def test_a_rule_that_finds_no_part_is_refused(plates: Path) -> None:
    with pytest.raises(InputError, match=r"finds no part in .*plate-000.png.* and 27 more"):
        train_inspector(Pictures(plates / "good", group="tile"))
    with pytest.raises(InputError, match="is no regular expression"):
        Pictures(plates / "good", group="(")
