"""`zhizao lays`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Zhizao
from tests.cli.test_marker import VEST

pytest.importorskip("ezdxf")
pytest.importorskip("shapely")
pytest.importorskip("spyrrow")

from zhizao.connect.dxf import read_with_faults

GIVEN = ("--order", "S=2,M=3", "--width", "150cm", "--most", "2", "--seconds", "0.5")


def test_lays_are_shown_and_each_is_written(zhizao: Zhizao, tmp_path: Path) -> None:
    out = tmp_path / "lays"
    said = zhizao("lays", VEST, *GIVEN, "-o", out, "--json")
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert found["sizes"] == [{"size": "S", "ordered": 2, "cut": 2}, {"size": "M", "ordered": 3, "cut": 3}]
    for number, lay in enumerate(found["lays"], start=1):
        assert len(read_with_faults(out / f"lay-{number}.dxf").pattern.pieces) == len(lay["placements"])
    assert len(list(out.glob("*.svg"))) == len(found["lays"])


def test_the_answer_and_the_tables_are_shown(zhizao: Zhizao) -> None:
    said = zhizao("lays", VEST, *GIVEN, "--over", "50%", "--lay-cost", "0m")
    assert said.code == 0, said.err
    assert "markers of one size would take" in said.out
    assert "Garments by size" in said.out


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--table", "12"), "--table: found '12'"),
        (("--over", "x%"), "found 'x%'"),
        (("--most", "0"), "most: found 0"),
        (("-o", VEST), "is a file; give the name of a folder"),
        (("-o", "gone/lays"), "no folder gone"),
    ],
)
def test_bad_input_is_refused(zhizao: Zhizao, wrong: tuple[object, ...], said: str) -> None:
    done = zhizao("lays", VEST, *GIVEN, *wrong)
    assert done.code == 2
    assert said in done.err
