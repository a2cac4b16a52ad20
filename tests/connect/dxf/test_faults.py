"""Bad patterns: each error names file, piece, size and layer."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.connect.dxf.vest import pocket, vest
from zhizao.connect.dxf import MOST_BYTES, read_pattern, read_with_faults, write_pattern
from zhizao.quantities.errors import PatternError
from zhizao.records.patterns import LengthUnit, Pattern, Piece, UnitSource
from zhizao.records.patterns.model import Points

pytest.importorskip("ezdxf")
pytest.importorskip("shapely")


def file_of(folder: Path, *pieces: Piece) -> Path:
    write_pattern(Pattern("S", pieces), folder / "bad.dxf")
    return folder / "bad.dxf"


def message(path: Path) -> str:
    with pytest.raises(PatternError) as error:
        read_pattern(path)
    return str(error.value)


def edged(*edges: Points) -> Piece:
    return replace(pocket("M"), name="FRONT", edges=edges)


def edited(folder: Path, *swaps: tuple[str, str]) -> Path:
    write_pattern(vest(), folder / "vest.dxf")
    text = (folder / "vest.dxf").read_text(encoding="cp1252")
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    (folder / "vest.dxf").write_text(text, encoding="cp1252")
    return folder / "vest.dxf"


def test_an_open_outline_names_piece_layer_and_gap(tmp_path: Path) -> None:
    path = file_of(tmp_path, edged(((0, 0), (100, 0), (100, 100), (0, 100), (0, 3))))
    said = message(path)
    assert f"{path}: piece FRONT, size M, layer 1 (boundary): the boundary is open: 3.00 mm" in said


def test_edges_that_lie_apart_are_counted(tmp_path: Path) -> None:
    square: Points = ((0, 0), (100, 0), (100, 100), (0, 100), (0, 0))
    said = message(file_of(tmp_path, edged(square, ((300, 300), (400, 300)))))
    assert "1 of 2 edges lie apart from the boundary" in said


def test_a_boundary_that_crosses_itself_names_the_place(tmp_path: Path) -> None:
    said = message(file_of(tmp_path, edged(((0, 0), (100, 100), (100, 0), (0, 100), (0, 0)))))
    assert "piece FRONT, size M, layer 1 (boundary): the boundary crosses itself at (50.0, 50.0) mm" in said


def test_edges_in_any_order_and_direction_are_one_boundary(tmp_path: Path) -> None:
    a, b, c, d = (0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)
    read_pattern(file_of(tmp_path, edged((a, b), (d, c), (a, d), (b, c))))


def test_a_piece_without_boundary_and_one_drawn_twice_are_reported_together(tmp_path: Path) -> None:
    said = message(file_of(tmp_path, edged(), pocket("M"), pocket("M")))
    assert "the pattern has 2 faults" in said
    assert "piece FRONT, size M, layer 1 (boundary): no boundary" in said
    assert "piece VEST POCKET, size M: drawn 2 times" in said


def test_sizes_without_grading_and_missing_sizes_are_warnings(tmp_path: Path) -> None:
    path = file_of(tmp_path, pocket("S"), pocket("M"), edged(*pocket("M").edges))
    said = [str(fault) for fault in read_with_faults(path).warnings]
    assert any("VEST POCKET, layer 1 (boundary): sizes without grading: 2 sizes" in line for line in said)
    assert any("piece FRONT: not drawn in size S" in line for line in said)


def test_grade_rules_without_graded_sizes_are_a_warning(tmp_path: Path) -> None:
    (sample,) = (p for p in vest().pieces if (p.name, p.size) == ("VEST FRONT", "M"))
    (warning,) = read_with_faults(file_of(tmp_path, sample)).warnings
    assert "2 points name grade rules, but only size M is drawn" in str(warning)


def test_an_unknown_unit_is_refused_with_the_nearest_that_is_known(tmp_path: Path) -> None:
    said = message(edited(tmp_path, ("UNITS: METRIC", "UNITS: METRICK")))
    assert "units: unknown unit 'METRICK'" in said
    assert "did you mean 'METRIC'?" in said


def test_no_unit_is_assumed_to_be_mm_and_said_so(tmp_path: Path) -> None:
    read = read_with_faults(edited(tmp_path, ("UNITS: METRIC", "REMARK: NONE")))
    assert (read.pattern.unit, read.pattern.unit_source) == (LengthUnit.MILLIMETRE, UnitSource.ASSUMED)
    assert "no unit stated; mm assumed" in str(read.warnings[0])


def test_a_unit_that_is_given_counts_more_than_the_one_in_the_file(tmp_path: Path) -> None:
    path = edited(tmp_path, ("UNITS: METRIC", "UNITS: CUBITS"))
    pattern = read_pattern(path, unit=LengthUnit.CENTIMETRE)
    assert pattern.unit_source is UnitSource.GIVEN
    assert pattern.pieces[0].edges[0][1] == (6000.0, 0.0)
    assert any(
        "measures 6000 mm" in str(f) for f in read_with_faults(path, unit=LengthUnit.CENTIMETRE).warnings
    )


def test_what_is_on_layers_that_are_not_of_the_standard_is_named(tmp_path: Path) -> None:
    path = edited(tmp_path, ("\n  8\n6\n", "\n  8\n60\n"), ("\n  8\n13\n", "\n  8\nHOLES\n"))
    said = [str(fault) for fault in read_with_faults(path).warnings]
    assert any("block VEST BACK_S: drawings on layers 60 not read" in line for line in said)
    assert any("1 POINT on layer HOLES not read" in line for line in said)


def test_coordinates_that_are_no_numbers_are_errors(tmp_path: Path) -> None:
    said = message(edited(tmp_path, ("\n 10\n200.0\n", "\n 10\nnan\n")))
    assert "block VEST FRONT_S, layer 13: 1 entities without valid coordinates" in said


def test_a_file_of_200_mb_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "huge.dxf"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 200_000_000)  # a hole, so that the test takes no room
    began = time.perf_counter()
    said = message(path)
    assert time.perf_counter() - began < 1
    assert f"200 MB, more than the {MOST_BYTES / 1e6:.0f} MB that are read" in said


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x00" * 2000, b"  0\nSECTION\n  2\nBLOCKS\n  0\nBLOCK\n"]
)
def test_what_is_no_pattern_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.dxf"
    path.write_bytes(content)
    assert str(path) in message(path)


def test_a_file_that_is_not_there_is_an_input_error(tmp_path: Path) -> None:
    assert "cannot be read" in message(tmp_path / "none.dxf")
    assert "cannot be read" not in message(file_of(tmp_path))


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_file_that_ends_early_is_an_input_error_or_read_in_part(tmp_path: Path, share: float) -> None:
    write_pattern(vest(), tmp_path / "vest.dxf")
    whole = (tmp_path / "vest.dxf").read_bytes()
    (tmp_path / "cut.dxf").write_bytes(whole[: int(len(whole) * share)])
    read, said = None, ""
    try:
        read = read_with_faults(tmp_path / "cut.dxf")
    except PatternError as error:
        said = str(error)
    assert "cut.dxf" in said or (read is not None and len(read.pattern.pieces) <= len(vest().pieces))
