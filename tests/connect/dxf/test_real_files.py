"""Real exports (Gerber AccuMark, CLO), where they are at hand: never part of the repository."""

from __future__ import annotations

import gzip
import lzma
import os
from math import isclose
from pathlib import Path

import pytest

from tests.connect.dxf.naive import naive_blocks
from zhizao.connect.dxf import read_with_faults, write_pattern
from zhizao.records.patterns import LineKind, Pattern, area_mm2, length_mm, outline

pytest.importorskip("ezdxf")
pytest.importorskip("shapely")

FOLDER = Path(os.environ.get("ZHIZAO_PATTERNS", "no folder of patterns"))
"""Folder with the DXF files of the tests of ksons/astm-parser (commit 7991024), packed or not."""
NAMES = (
    "DEEP_ARMHOLE_RACER.DXF", "GLX4802S19_AAMA.DXF", "GLX4802S19_ASTM.DXF", "GMX1016S18_AAMA.DXF",
    "GMX1016S18_ASTM.DXF", "MEN_CLASSIC_TEE.DXF", "ORILEGWB_AAMA.DXF", "ORILEGWB_ASTM.DXF",
    "SS17_M_POLO_REG_ASTM.DXF", "WM_LOOSE_SHAPE_TANK.DXF", "WM_SLIM_TANK.DXF", "clo-box.dxf",
    "clo-pattern.dxf", "clo2-pattern.dxf", "drill-holes.DXF", "simple.DXF",
)  # fmt: skip
CROSSING = {"DEEP_ARMHOLE_RACER.DXF": 5, "WM_LOOSE_SHAPE_TANK.DXF": 3}
"""Pieces that cross themselves in the file: the largest sizes, where grading went too far."""
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="ZHIZAO_PATTERNS names no folder of real patterns"
)


def real(name: str, folder: Path) -> Path:
    """The file, unpacked."""
    for ending, unpack in ((".gz", gzip.decompress), (".xz", lzma.decompress), ("", bytes)):
        packed = FOLDER / (name + ending)
        if packed.exists():
            (folder / name).write_bytes(unpack(packed.read_bytes()))
            return folder / name
    pytest.skip(f"{name} is not at hand")


@pytest.mark.parametrize("name", NAMES)
def test_a_real_file_is_read_and_written_and_read_again_as_it_was(name: str, tmp_path: Path) -> None:
    path = real(name, tmp_path)
    read = read_with_faults(path)
    assert len(read.errors) == CROSSING.get(name, 0)
    write_pattern(read.pattern, tmp_path / "again.dxf")
    assert read_with_faults(tmp_path / "again.dxf").pattern == read.pattern
    against_naive(read.pattern, path)


def against_naive(pattern: Pattern, path: Path) -> None:
    """All that is drawn is read: counts and boundaries against the file, areas against shapely."""
    from shapely import Polygon

    blocks = naive_blocks(path)
    assert len(blocks) == len(pattern.pieces)
    for piece, block in zip(pattern.pieces, blocks, strict=True):
        edges = [line for layer, line in block.polylines if layer == "1"]
        assert [len(edge) for edge in edges] == [
            len(edge) - (edge[0] == edge[-1] and len(edges) == 1) for edge in piece.edges
        ]
        curves = [line for layer, line in block.polylines if layer == "84"]
        assert len(piece.curves) == (0 if curves == edges else len(curves))
        both = [layer for layer, _ in block.polylines] + block.lines
        assert len(piece.lines) == sum(layer in {str(int(kind)) for kind in LineKind} for layer in both)
        assert len(piece.notches) == block.points.count("4")
        assert len(piece.drill_holes) == block.points.count("13")
        assert len(piece.points) == block.points.count("2") + block.points.count("3")
        rules = sum(point.rule is not None for point in piece.points)
        assert rules == sum(text.startswith("#") for text in block.texts)
        corners = [(x * pattern.unit.mm, y * pattern.unit.mm) for edge in edges for x, y in edge]
        polygon, closed = Polygon(corners), outline(piece)
        assert closed is not None
        assert isclose(area_mm2(closed), abs(polygon.area), rel_tol=1e-9)
        assert isclose(length_mm(closed), polygon.length, rel_tol=1e-9)


def test_the_classic_tee_has_7_pieces_in_15_sizes(tmp_path: Path) -> None:
    pattern = read_with_faults(real("MEN_CLASSIC_TEE.DXF", tmp_path)).pattern
    assert (len(pattern.names), len(pattern.sizes), len(pattern.pieces)) == (7, 15, 105)
    assert sum(len(piece.edges) for piece in pattern.pieces) == 555


@pytest.mark.parametrize("style", ["GMX1016S18", "GLX4802S19", "ORILEGWB"])
def test_the_exports_of_one_style_in_both_standards_are_equal(style: str, tmp_path: Path) -> None:
    aama, astm = (
        read_with_faults(real(f"{style}_{kind}.DXF", tmp_path)).pattern for kind in ("AAMA", "ASTM")
    )
    assert (aama.standard, astm.standard) == ("AAMA", "ASTM")
    for one, other in zip(aama.pieces, astm.pieces, strict=True):
        assert (one.name, one.size, one.edges) == (other.name, other.size, other.edges)
        assert (one.lines, one.notches, one.points) == (other.lines, other.notches, other.points)
        assert one.drill_holes == other.drill_holes
