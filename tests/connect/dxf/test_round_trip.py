"""Patterns of our own: written and read again, in both standards and every unit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.connect.dxf.naive import naive_blocks
from tests.connect.dxf.vest import panel, vest
from zhizao.connect.dxf import read_pattern, read_with_faults, write_pattern
from zhizao.records.patterns import LengthUnit, LineKind, Standard, UnitSource

pytest.importorskip("ezdxf")
pytest.importorskip("shapely")

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "garment" / "vest.dxf"


def near(a: object, b: object) -> bool:
    """Whether all numbers of two nested tuples are equal within 1 nm."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(near, a, b))
    return abs(float(str(a)) - float(str(b))) < 1e-6


@pytest.mark.parametrize("standard", Standard)
def test_a_pattern_in_mm_is_read_as_it_was_written(tmp_path: Path, standard: Standard) -> None:
    pattern = replace(vest(), standard=standard)
    write_pattern(pattern, tmp_path / "vest.dxf")
    assert read_pattern(tmp_path / "vest.dxf") == pattern


@pytest.mark.parametrize("unit", LengthUnit)
def test_a_file_in_any_unit_has_the_same_lengths_and_is_read_again_as_it_was(
    tmp_path: Path, unit: LengthUnit
) -> None:
    write_pattern(replace(vest(), unit=unit), tmp_path / "first.dxf")
    first = read_pattern(tmp_path / "first.dxf")
    assert (first.unit, first.unit_source) == (unit, UnitSource.STATED)
    for piece, drawn in zip(first.pieces, vest().pieces, strict=True):
        assert near(piece.edges, drawn.edges)
        assert near(piece.drill_holes, drawn.drill_holes)
        assert [notch.angle_deg for notch in piece.notches] == [notch.angle_deg for notch in drawn.notches]
    write_pattern(first, tmp_path / "second.dxf")
    assert read_pattern(tmp_path / "second.dxf") == first


def test_the_file_states_lengths_in_its_unit(tmp_path: Path) -> None:
    write_pattern(replace(vest(), unit=LengthUnit.INCH), tmp_path / "vest.dxf")
    first = naive_blocks(tmp_path / "vest.dxf")[0]
    assert first.polylines[0] == ("1", [(0.0, 0.0), (pytest.approx(600 / 25.4), 0.0)])


def test_names_in_chinese_are_kept(tmp_path: Path) -> None:
    pattern = replace(vest(), style="背心", pieces=(panel("前片", "中", 0, fold=False),))
    write_pattern(pattern, tmp_path / "vest.dxf")
    assert read_pattern(tmp_path / "vest.dxf") == pattern


@pytest.mark.parametrize("page", ["utf-8", "gbk"])
def test_names_in_chinese_are_read_from_a_file_that_states_no_code_page(tmp_path: Path, page: str) -> None:
    pattern = replace(vest(), style="背心", pieces=(panel("前片", "中", 0, fold=False),))
    write_pattern(pattern, tmp_path / "vest.dxf")
    text = (tmp_path / "vest.dxf").read_text(encoding="gbk").replace("$DWGCODEPAGE", "$NOTHING")
    (tmp_path / "vest.dxf").write_text(text, encoding=page)
    assert read_pattern(tmp_path / "vest.dxf") == pattern


def test_astm_repeats_boundary_and_internal_lines_and_aama_does_not(tmp_path: Path) -> None:
    layers = {}
    for standard in Standard:
        write_pattern(replace(vest(), standard=standard), tmp_path / "vest.dxf")
        (front, *_) = naive_blocks(tmp_path / "vest.dxf")
        layers[standard] = {layer for layer, _ in front.polylines}
    assert layers[Standard.ASTM] - layers[Standard.AAMA] == {"84", "85"}


def test_validation_curves_that_differ_are_kept_with_a_warning_of_their_distance(tmp_path: Path) -> None:
    front = vest().pieces[0]
    bulge = (*front.edges[:2], (front.edges[2][0], (530.0, 160.0), front.edges[2][-1]), *front.edges[3:])
    pattern = replace(vest(), pieces=(replace(front, curves=bulge), *vest().pieces[1:]))
    write_pattern(pattern, tmp_path / "vest.dxf")
    read = read_with_faults(tmp_path / "vest.dxf")
    assert read.pattern == pattern
    said = [str(fault) for fault in read.warnings if "layer 84" in fault.where]
    assert len(said) == 1
    assert "piece VEST FRONT, size S, layer 84 (validation curve): the boundary lies up to" in said[0]
    assert "in 1 pieces" in said[0]


def test_the_example_is_the_vest(tmp_path: Path) -> None:
    read = read_with_faults(EXAMPLE)
    assert read.pattern == vest()
    assert read.errors == ()
    assert [fault.where for fault in read.warnings] == ["piece VEST POCKET, layer 1 (boundary)"]
    fold = {piece.name for piece in read.pattern.pieces if piece.lines_of(LineKind.MIRROR)}
    assert fold == {"VEST BACK"}
