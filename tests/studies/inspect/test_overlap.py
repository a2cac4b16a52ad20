"""The area under the per-region-overlap curve, against plain sums over all thresholds."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("PIL", reason="takes the extra [inspect]")

from scipy.ndimage import label

from zhizao.studies.inspect.overlap import LIMIT, aupro
from zhizao.studies.inspect.pictures import enlarged

SIDE = 64


def naive(good: list[np.ndarray], bad: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """The definition: every value of any pixel is a threshold; regions one by one."""
    maps = [(enlarged(heat, SIDE), np.zeros((SIDE, SIDE), bool)) for heat in good]
    maps += [(enlarged(heat, SIDE), mask) for heat, mask in bad]
    normal = np.concatenate([heat[~mask] for heat, mask in maps])
    regions = []
    for heat, mask in maps:
        numbered, count = label(mask, structure=np.ones((3, 3)))
        regions += [heat[numbered == number] for number in range(1, count + 1)]
    levels = np.unique(np.concatenate([normal, *regions]))[::-1]
    x = np.array([0.0, *((normal >= level).mean() for level in levels)])
    y = np.array([0.0, *(np.mean([(one >= level).mean() for one in regions]) for level in levels)])
    at = np.append(x[x < LIMIT], LIMIT)
    return float(np.trapezoid(np.append(y[x < LIMIT], np.interp(LIMIT, x, y)), at) / LIMIT)


def drawn() -> tuple[list[np.ndarray], list[tuple[np.ndarray, np.ndarray]]]:
    rng = np.random.default_rng(1)
    good = [rng.random((8, 8)).astype(np.float32) for _ in range(3)]
    bad = []
    for _ in range(4):
        mask = np.zeros((SIDE, SIDE), bool)
        mask[8:20, 8:24] = mask[40:44, 40:60] = True  # two regions
        heat = rng.random((8, 8)).astype(np.float32)
        heat[1:3, 1:3] += 0.7
        bad.append((heat, mask))
    return good, bad


def test_the_area_is_that_of_the_definition() -> None:
    good, bad = drawn()
    assert aupro(good, bad) == pytest.approx(naive(good, bad), abs=0.002)


def test_a_perfect_map_has_an_area_of_1_and_an_inverted_one_of_0() -> None:
    mask = np.zeros((SIDE, SIDE), bool)
    mask[16:32, 16:32] = True
    heat = mask.astype(np.float32)
    assert aupro([], [(heat, mask)]) == pytest.approx(1.0)
    assert aupro([], [(-heat, mask)]) == pytest.approx(0.0, abs=1e-9)


def test_a_map_that_knows_nothing_has_half_the_limit() -> None:
    rng = np.random.default_rng(2)
    mask = np.zeros((SIDE, SIDE), bool)
    mask[:, :32] = True
    maps = [(rng.random((SIDE, SIDE)).astype(np.float32), mask) for _ in range(30)]
    assert aupro([], maps) == pytest.approx(LIMIT / 2, abs=0.01)


def test_masks_without_a_region_have_no_area() -> None:
    assert aupro([], [(np.ones((4, 4), np.float32), np.zeros((SIDE, SIDE), bool))]) is None
    assert aupro([np.ones((4, 4), np.float32)], []) is None
