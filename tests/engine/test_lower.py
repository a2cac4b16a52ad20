"""Lowering: memory and time grow with the plant, not with its square; matrices of times by hand."""

from __future__ import annotations

import gc
import time
import tracemalloc
from typing import Any

import numpy as np
import pytest

from tests.engine.shops import op, shop
from zhizao.engine.lower import lower
from zhizao.kernels import tables as k
from zhizao.plant import Plant


def wide(n: int, **whole: Any) -> Plant:
    """A plant of n work centers, each with a product, people, a tool and a part of its own."""
    numbers = range(n)
    form: dict[str, Any] = {
        "plant": "wide",
        "calendars": {"day": {"mon-fri": ["06:00-22:00"]}},
        "personnel": [{"id": f"q{i}", "count": 1, "skills": [f"s{i}"], "calendar": "day"} for i in numbers],
        "tools": [{"id": f"t{i}"} for i in numbers],
        "work_centers": [
            {
                "id": f"w{i}",
                "calendar": "day",
                "setup": {"by": "colour", "default": "1 min"},
                "failures": [{"between": "10 h", "repair": "1 h", "needs": {f"q{i}": 1}}],
            }
            for i in numbers
        ],
        "routes": {
            f"r{i}": [
                op("o", f"w{i}", takes="1 min", needs={f"s{i}": 1}, tools={f"t{i}": 1}, parts={f"x{i}": 1})
            ]
            for i in numbers
        },
        "products": {f"p{i}": {"route": f"r{i}", "attributes": {"colour": f"c{i}"}} for i in numbers}
        | {f"x{i}": {"route": None} for i in numbers},
        "orders": [{"product": f"{kind}{i}", "every": "1 h"} for i in numbers for kind in "px"],
    }
    return Plant.model_validate(form | whole)


def seconds(n: int) -> tuple[float, float]:
    """Time to build (and check) a plant of n work centers, and to lower it; the least of two."""
    found = []
    for _ in range(2):
        began = time.perf_counter()
        plant = wide(n)
        built = time.perf_counter()
        lower(plant, k.LOG_EVENTS)
        found.append((built - began, time.perf_counter() - built))
    return min(x for x, _ in found), min(x for _, x in found)


def test_checks_and_lowering_take_time_in_step_with_the_plant() -> None:
    small, large = seconds(200), seconds(1600)
    for few, many in zip(small, large, strict=True):
        assert many < 8 * 3 * few  # in step: 8; with its square: 64


def test_memory_of_lowering_is_in_step_with_the_plant() -> None:
    peaks = []
    for n in (250, 1000):
        plant = wide(n)
        gc.collect()  # what other tests left would go in the middle of it
        tracemalloc.start()
        lower(plant, k.LOG_EVENTS)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 4 * 1.5 * peaks[0]


def test_a_matrix_of_transport_times_takes_little_more_than_its_numbers() -> None:
    n = 600
    centers = [{"id": f"w{i}"} for i in range(n)]
    plant = shop(centers, [op("a", "w0")], transport={"default": "2 min"})
    tracemalloc.start()
    lowered = lower(plant, k.LOG_NONE)
    peak = tracemalloc.get_traced_memory()[1]
    assert peak < 2.5 * 8 * n * n + 4e6  # the matrix, and the table that it goes into
    first = int(lowered.tables.whole[0].move_first)
    matrix = lowered.tables.values[first : first + n * n].reshape(n, n)
    assert np.array_equal(matrix, 120.0 * (1 - np.eye(n)))
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("transport", "expected"),
    [
        ({}, None),
        ({"default": "0 s", "times": [{"from": "x", "to": "y", "takes": "0 s"}]}, None),
        ({"times": [{"from": "x", "to": "y", "takes": "1 min"}]}, [[0, 60, 0], [0, 0, 0], [0, 0, 0]]),
        (
            {"default": "10 s", "times": [{"from": "y", "to": "z", "takes": "0 s"}]},
            [[0, 10, 10], [10, 0, 0], [10, 10, 0]],
        ),
    ],
    ids=["none", "only 0", "a listed way", "a listed way of 0 beside a default"],
)
def test_fixed_times_of_ways_by_hand(transport: dict[str, Any], expected: Any) -> None:
    plant = shop([{"id": "x"}, {"id": "y"}, {"id": "z"}], [op("a", "x")], transport=transport)
    tables = lower(plant, k.LOG_NONE).tables
    first = int(tables.whole[0].move_first)
    if expected is None:
        assert first == -1
    else:
        assert tables.values[first : first + 9].reshape(3, 3).tolist() == expected
