"""`zhizao marker`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Zhizao

pytest.importorskip("ezdxf")
pytest.importorskip("shapely")
pytest.importorskip("spyrrow")

from zhizao.connect.dxf import read_with_faults

VEST = Path(__file__).resolve().parents[2] / "examples" / "garment" / "vest.dxf"
GIVEN = ("--order", "S=1", "--width", "150cm", "--gap", "1mm", "--seconds", "1")


def test_a_marker_and_a_plot_are_written(zhizao: Zhizao, tmp_path: Path) -> None:
    out, plot = tmp_path / "m.dxf", tmp_path / "m.svg"
    said = zhizao("marker", VEST, *GIVEN, "-o", out, "--plot", plot, "--json")
    assert said.code == 0, said.err
    found = json.loads(said.out)
    again = read_with_faults(out)
    assert not again.errors
    assert len(again.pattern.pieces) == len(found["placements"]) == 4
    right = max(x for one in again.pattern.pieces for edge in one.edges for x, _ in edge)
    assert right == pytest.approx(found["length_mm"])
    assert plot.read_text(encoding="utf-8").startswith("<svg")


def test_the_answer_and_the_table_are_shown(zhizao: Zhizao) -> None:
    said = zhizao("marker", VEST, *GIVEN)
    assert said.code == 0, said.err
    assert "The marker is " in said.out
    assert "which is proved in integers" in said.out
    assert "Cloth by size" in said.out


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--order", "S=1", "--width", "150"), "--width: found '150'"),
        (("--order", "S=1", "--width", "30cm"), "expected at most 300 mm"),
        (("--order", "gone.csv", "--width", "150cm"), "no such file"),
        (("--order", "S=1", "--width", "150cm", "--plot", "m.png"), "write a .svg or a .pdf"),
    ],
)
def test_bad_input_is_refused(zhizao: Zhizao, wrong: tuple[str, ...], said: str) -> None:
    done = zhizao("marker", VEST, *wrong)
    assert done.code == 2
    assert said in done.err
