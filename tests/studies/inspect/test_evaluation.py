"""Masks, and the page of an evaluation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.studies.inspect.drawn import draw
from zhizao import InputError
from zhizao.report import Gallery, Lines
from zhizao.studies.inspect import EvaluationResult, Inspector


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scratched plates, and masks of all but one: a scratch is whiter and blacker than the plate."""
    folder = tmp_path_factory.mktemp("marked")
    draw(folder / "bad", 6, seed=4, scratched=True)
    (folder / "masks").mkdir()
    for file in sorted((folder / "bad").glob("*.png"))[1:]:
        values = np.asarray(Image.open(file))
        mask = ((values == 250) | (values == 10)).astype(np.uint8) * 255
        Image.fromarray(mask).save(folder / "masks" / f"{file.stem}_mask.png")
    return folder


@pytest.fixture(scope="module")
def found(inspector: Inspector, plates: Path, marked: Path) -> EvaluationResult:
    return inspector.evaluate(plates / "more", marked / "bad", masks=marked / "masks")


def test_heat_maps_of_scratches_overlap_their_masks(found: EvaluationResult) -> None:
    assert found.aupro is not None
    assert found.aupro > 0.5
    assert f"per-region-overlap curve {found.aupro:.3f} (AUPRO)" in str(found)
    assert "1 of 6 bad pictures have no mask that can be read." in found.notes


def test_without_masks_there_is_no_overlap(inspector: Inspector, plates: Path, marked: Path) -> None:
    plain = inspector.evaluate(plates / "more", marked / "bad")
    assert plain.aupro is None
    assert "AUPRO" not in plain.page().to_html()


def test_masks_of_other_pictures_are_refused(inspector: Inspector, plates: Path, tmp_path: Path) -> None:
    draw(tmp_path / "bad", 1, seed=6, scratched=True)
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(tmp_path / "other.png")
    with pytest.raises(
        InputError, match=r"no mask for any of the bad pictures; expected .* plate-000_mask.png"
    ):
        inspector.evaluate(plates / "more", tmp_path / "bad", masks=tmp_path / "other.png")


def test_the_page_shows_scores_and_pictures_worst_first(found: EvaluationResult) -> None:
    page = found.page()
    galleries = {one.title: one for one in page.sections if isinstance(one, Gallery)}
    assert set(galleries) == {"False alarms", "Missed", "Found"}
    hits = [one for one in found.bad.images if one.defective]
    shots = galleries["Found"].shots
    assert len(shots) == len(hits) > 0
    worst = max(hits, key=lambda one: one.score or 0)
    assert shots[0].caption.startswith(Path(worst.picture.path).name)
    text = page.to_html()
    assert text.count("data:image/png;base64,") == sum(len(one.shots) for one in galleries.values())
    assert ">Scores<" in text


def test_the_curve_ends_at_all_and_its_area_is_the_auroc(found: EvaluationResult) -> None:
    (curve,) = [one for one in found.page().sections if isinstance(one, Lines)]
    x, y = (np.array(list(values), float) for values in (curve.x, curve.series["detection"]))
    assert (x[0], x[-1], y[-1]) == (0, 1, 1)
    assert np.trapezoid(y, x) == pytest.approx(found.auroc)


def test_a_picture_that_is_gone_still_has_a_page(inspector: Inspector, tmp_path: Path) -> None:
    folder = draw(tmp_path / "new", 1, seed=8)
    result = inspector.score(folder)
    (folder / "plate-000.png").unlink()
    assert "data:image/png" in result.page().to_html()
