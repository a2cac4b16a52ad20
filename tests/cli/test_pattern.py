"""`zhizao pattern`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Zhizao

pytest.importorskip("ezdxf")
pytest.importorskip("shapely")
VEST = Path(__file__).resolve().parents[2] / "examples" / "garment" / "vest.dxf"


def test_pieces_sizes_units_and_warnings_are_shown(zhizao: Zhizao) -> None:
    said = zhizao("pattern", "show", VEST)
    assert said.code == 0
    assert "VEST (ASTM): 3 pieces, 3 sizes, sample size M" in said.out
    assert "unit: mm (stated in the file)" in said.out
    assert "VEST BACK (on fold)" in said.out
    assert "sizes without grading" in said.err


def test_json_is_alone_on_stdout_and_areas_are_those_of_a_rectangle(zhizao: Zhizao) -> None:
    said = zhizao("pattern", "show", VEST, "--size", "L", "--json")
    found = json.loads(said.out)
    assert (said.code, found["unit"]) == (0, {"unit": "mm", "source": "stated in the file"})
    assert [piece["size"] for piece in found["pieces"]] == ["L", "L", "L"]
    (pocket,) = (piece for piece in found["pieces"] if piece["piece"] == "VEST POCKET")
    assert (pocket["area_cm2"], pocket["perimeter_cm"], pocket["grain_deg"]) == (225.0, 60.0, 0.0)
    assert [warning["where"] for warning in found["warnings"]] == ["piece VEST POCKET, layer 1 (boundary)"]


@pytest.mark.parametrize("name", ["vest.svg", "vest.PDF"])
def test_a_plot_is_written(zhizao: Zhizao, tmp_path: Path, name: str) -> None:
    said = zhizao("pattern", "show", VEST, "--plot", tmp_path / name)
    assert said.code == 0
    start = (tmp_path / name).read_bytes()[:5]
    assert start == (b"<svg " if name.endswith("svg") else b"%PDF-")


def test_a_piece_that_cannot_be_cut_is_shown_and_exits_with_2(zhizao: Zhizao, tmp_path: Path) -> None:
    text = VEST.read_text(encoding="cp1252").replace("\n 10\n600.0\n", "\n 10\n601.0\n", 1)
    (tmp_path / "open.dxf").write_text(text, encoding="cp1252")
    said = zhizao("pattern", "show", tmp_path / "open.dxf", "--json")
    found = json.loads(said.out)
    assert said.code == 2
    assert found["errors"][0]["where"] == "piece VEST FRONT, size S, layer 1 (boundary)"
    assert "the boundary is open" in found["errors"][0]["found"]
    assert (found["pieces"][0]["area_cm2"], found["pieces"][0]["perimeter_cm"]) == (None, None)


def test_a_unit_that_is_given_is_said_to_be_given(zhizao: Zhizao) -> None:
    said = zhizao("pattern", "show", VEST, "--unit", "inch", "--json")
    found = json.loads(said.out)
    assert found["unit"] == {"unit": "inch", "source": "given by the user"}
    assert found["pieces"][-1]["area_cm2"] == pytest.approx(225.0 * 25.4**2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--size", "XM"), "--size XM: no such size; there are S, M, L; did you mean 'M'?"),
        (("--plot", "vest.png"), "--plot vest.png: found '.png'; write a .svg or a .pdf"),
    ],
)
def test_an_option_that_cannot_be_is_refused(zhizao: Zhizao, options: tuple[str, ...], message: str) -> None:
    said = zhizao("pattern", "show", VEST, *options)
    assert said.code == 2
    assert message in said.err


def test_no_pattern_is_an_input_error(zhizao: Zhizao, tmp_path: Path) -> None:
    (tmp_path / "no.dxf").write_bytes(b"hello")
    said = zhizao("pattern", "show", tmp_path / "no.dxf")
    assert said.code == 2
    assert "no.dxf: file: " in said.err
