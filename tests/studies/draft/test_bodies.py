"""Body measures: the table is possible, files are read, faults are listed together with their lines."""

from __future__ import annotations

import itertools
import re
from dataclasses import asdict, astuple
from pathlib import Path

import pytest

from zhizao.quantities import InputError
from zhizao.studies.draft import NAMES, SIZES, BodyError, body_of, body_of_size, read_body


def text(**changes: object) -> str:
    cm = {name: value / 10 for name, value in asdict(body_of_size("M")).items()} | changes
    return "".join(f"{name}: {value}\n" for name, value in cm.items() if value is not None)


def test_every_size_of_the_table_is_a_possible_body_and_larger_than_the_one_before() -> None:
    bodies = [body_of_size(size) for size in SIZES]
    for body in bodies:
        assert body_of({name: value / 10 for name, value in asdict(body).items()}) == body
    for small, large in itertools.pairwise(bodies):
        assert all(a < b for a, b in zip(astuple(small), astuple(large), strict=True))
        assert large.bust - small.bust == 40


@pytest.mark.parametrize(("unit", "factor"), [("cm", 1.0), ("mm", 10.0), ("inch", 1 / 2.54)])
def test_a_file_is_read_in_its_unit(tmp_path: Path, unit: str, factor: float) -> None:
    path = tmp_path / "body.yaml"
    values = {name: value / 10 * factor for name, value in asdict(body_of_size("L")).items()}
    path.write_text(f"unit: {unit}\n" + "".join(f"{n}: {v!r}\n" for n, v in values.items()), encoding="utf-8")
    assert astuple(read_body(path)) == pytest.approx(astuple(body_of_size("L")))


def test_all_faults_are_listed_together_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "body.yaml"
    path.write_text(text(bust="wide", waist=880, hip=None, wrists=16), encoding="utf-8")
    with pytest.raises(BodyError) as raised:
        read_body(path)
    listed = {fault.where: fault for fault in raised.value.faults}
    assert set(listed) == {"bust", "waist", "hip", "wrists"}
    assert listed["bust"].line == 1 + NAMES.index("bust")
    assert "is the unit cm?" in listed["waist"].right
    assert listed["hip"].found == "missing"
    assert listed["wrists"].nearest == "wrist"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"waist": 130}, "waist"),
        ({"wrist": 27, "upper_arm": 26}, "wrist"),
        ({"knee": 60, "thigh": 56}, "knee"),
        ({"height": 140}, "height"),
    ],
)
def test_measures_that_no_body_has_together_are_refused(changes: dict[str, object], where: str) -> None:
    values = {name: value / 10 for name, value in asdict(body_of_size("M")).items()} | changes
    with pytest.raises(BodyError) as raised:
        body_of(values)
    assert where in {fault.where for fault in raised.value.faults}


@pytest.mark.parametrize(
    ("content", "said"),
    [("- 1\n", "found no measures"), ("a: [", "cannot be read"), (None, "cannot be read")],
)
def test_what_is_no_table_of_measures_is_refused(tmp_path: Path, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / "body.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(said)):
        read_body(tmp_path / "body.yaml")


def test_an_unknown_unit_or_size_names_the_nearest() -> None:
    with pytest.raises(BodyError, match="did you mean 'inch'"):
        body_of({"unit": "inches"})
    with pytest.raises(InputError, match="there are S, M, L, XL"):
        body_of_size("XXL")
