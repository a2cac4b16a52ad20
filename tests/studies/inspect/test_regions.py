"""Regions of defects: where they are, and their size."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from zhizao import InputError
from zhizao.studies.inspect import Inspector
from zhizao.studies.inspect.regions import regions_of


def test_regions_by_hand() -> None:
    heat = np.zeros((4, 8), np.float32)
    heat[0, 1] = heat[1, 2] = 3.0  # touch by a corner
    heat[3, 6:] = 4.0
    worst, other = regions_of(heat, 2.0, (160, 40))
    assert (worst.left, worst.top, worst.width, worst.height, worst.peak) == (120, 30, 40, 10, 2.0)
    assert (other.left, other.top, other.width, other.height, other.peak) == (20, 0, 40, 20, 1.5)
    assert worst.as_json(0.5)["width_mm"] == 20
    assert "width_mm" not in worst.as_json(None)
    assert regions_of(heat, 5.0, (160, 40)) == ()


def test_a_scratch_lies_in_its_region(inspector: Inspector, plates: Path) -> None:
    found = inspector.score(plates / "bad", scale_mm=0.1)
    for one in json.loads(found.to_json())["images"]:
        assert one["defective"]
        worst = one["regions"][0]
        assert worst["left"] <= 40
        assert worst["left"] + worst["width"] >= 21  # the scratch spans columns 20 to 40 of 64
        assert worst["width_mm"] == pytest.approx(0.1 * worst["width"], abs=0.01)
    assert all(
        "width_mm" not in region
        for region in inspector.score(plates / "bad").details()["images"][0]["regions"]
    )


def test_a_good_picture_has_no_region_and_a_scale_is_positive(inspector: Inspector, plates: Path) -> None:
    found = inspector.score(plates / "more").details()["images"]
    assert all(not one["regions"] for one in found if not one["defective"])
    for scale in (0, -1, float("nan")):
        with pytest.raises(InputError, match=r"scale_mm: found .*; expected millimetres per pixel"):
            inspector.score(plates / "more", scale_mm=scale)
