"""Synthetic defects."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("PIL", reason="takes the extra [inspect]")

from zhizao.studies.inspect.pictures import with_defect


@pytest.mark.parametrize("shape", [(64, 64, 3), (320, 224, 3)])
def test_a_defect_changes_some_pixels_and_never_most_of_them(shape: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(1)
    picture = rng.integers(90, 160, shape).astype(np.uint8)
    before = picture.copy()
    shares = np.array([(with_defect(picture, rng) != picture).any(axis=2).mean() for _ in range(200)])
    assert np.array_equal(picture, before)
    assert (shares > 0).mean() > 0.9  # few fall outside the picture
    assert np.median(shares) < 0.05
    assert shares.max() < 0.6


def test_equal_streams_give_equal_defects() -> None:
    picture = np.full((64, 64, 3), 128, np.uint8)
    once, again = (with_defect(picture, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(once, again)
