"""Plots are measured: 1 mm of the pattern is 1 mm on paper, in SVG and in PDF."""

from __future__ import annotations

import re
import zlib
from base64 import a85decode
from dataclasses import replace
from math import dist
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.connect.dxf.vest import panel, vest
from zhizao.connect.plot import sheets, write_pdf, write_svg
from zhizao.quantities.errors import PatternError
from zhizao.records.patterns import Pattern, Piece, length_mm

Line = list[tuple[float, float]]
INCH_MM, POINTS_PER_INCH = 25.4, 72
NUMBER = r"(-?[\d.]+)"


def in_svg(path: Path) -> tuple[tuple[float, float], dict[str, list[Line]]]:
    """Size of the page and lines by class, in mm of paper, from the units that the SVG states."""
    root = ElementTree.parse(path).getroot()
    page = tuple(float(root.attrib[side].removesuffix("mm")) for side in ("width", "height"))
    view = [float(part) for part in root.attrib["viewBox"].split()]
    scale = (page[0] / view[2], page[1] / view[3])
    lines: dict[str, list[Line]] = {}
    for one in root.iter("{http://www.w3.org/2000/svg}polyline"):
        pairs = [pair.split(",") for pair in one.attrib["points"].split()]
        points = [(float(x) * scale[0], float(y) * scale[1]) for x, y in pairs]
        lines.setdefault(one.attrib["class"], []).append(points)
    return (page[0], page[1]), lines


def in_pdf(path: Path) -> list[tuple[tuple[float, float], list[Line]]]:
    """Size and lines of each page in mm of paper: 72 points are 1 inch."""
    content = path.read_bytes()
    mm = INCH_MM / POINTS_PER_INCH
    boxes = [
        (float(box[0]) * mm, float(box[1]) * mm)
        for box in re.findall(rf"/MediaBox \[ ?0 0 {NUMBER} {NUMBER} ?\]", content.decode("latin1"))
    ]
    streams = re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL)
    pages = [zlib.decompress(a85decode(b"<~" + stream.strip(), adobe=True)) for stream in streams]
    assert len(boxes) == len(pages)
    return [(box, lines_of(page.decode("latin1"), mm)) for box, page in zip(boxes, pages, strict=True)]


def lines_of(page: str, mm: float) -> list[Line]:
    lines: list[Line] = []
    for x, y, operator in re.findall(rf"{NUMBER} {NUMBER} ([ml])\b", page):
        if operator == "m":
            lines.append([])
        lines[-1].append((float(x) * mm, float(y) * mm))
    return lines


def lengths(lines: list[Line]) -> list[float]:
    return sorted(length_mm(tuple(line)) for line in lines)


def edges(pattern: Pattern) -> list[float]:
    return sorted(length_mm(edge) for piece in pattern.pieces for edge in piece.edges)


def test_lines_in_the_svg_are_as_long_as_in_the_pattern(tmp_path: Path) -> None:
    write_svg(vest(), tmp_path / "vest.svg")
    _, lines = in_svg(tmp_path / "vest.svg")
    assert lengths(lines["boundary"]) == pytest.approx(edges(vest()), abs=1e-3)
    assert lengths(lines["scale"]) == pytest.approx([100.0])


def test_lines_in_the_pdf_are_as_long_as_in_the_pattern(tmp_path: Path) -> None:
    pytest.importorskip("reportlab")
    write_pdf(vest(), tmp_path / "vest.pdf")
    ((_, lines),) = in_pdf(tmp_path / "vest.pdf")
    found = lengths(lines)
    assert any(length == pytest.approx(100.0, abs=1e-3) for length in found)
    for edge in edges(vest()):
        near = min(found, key=lambda length: abs(length - edge))
        assert near == pytest.approx(edge, abs=0.01)
        found.remove(near)


def test_svg_and_pdf_have_the_same_lines_at_the_same_places(tmp_path: Path) -> None:
    pytest.importorskip("reportlab")
    write_svg(vest(), tmp_path / "vest.svg")
    write_pdf(vest(), tmp_path / "vest.pdf")
    page, by_class = in_svg(tmp_path / "vest.svg")
    ((paper, lines),) = in_pdf(tmp_path / "vest.pdf")
    assert paper == pytest.approx(page, abs=0.01)
    drawn = [[(x, page[1] - y) for x, y in line] for group in by_class.values() for line in group]
    assert len(drawn) == len(lines)
    for one, other in zip(sorted(drawn), sorted(lines), strict=True):
        assert max(map(dist, one, other)) < 0.01


def test_everything_lies_on_the_sheet_and_pieces_do_not_overlap(tmp_path: Path) -> None:
    (sheet,) = sheets(vest())
    points = [point for stroke in sheet.strokes for point in stroke.points]
    assert all(0 < x < sheet.width_mm and 0 < y < sheet.height_mm for x, y in points)
    widths = {"VEST FRONT": 252.5, "VEST BACK": 252.5, "VEST POCKET": 150.0}
    assert sheet.height_mm > max(widths.values())
    assert len(sheet.captions) == 1 + len(widths)


def long_piece(name: str, length: float) -> Piece:
    box = ((0.0, 0.0), (100.0, 0.0), (100.0, length), (0.0, length), (0.0, 0.0))
    return Piece(name, "M", (box,))


def test_a_pdf_has_further_pages_before_one_is_longer_than_viewers_take(tmp_path: Path) -> None:
    pytest.importorskip("reportlab")
    pieces = tuple(replace(long_piece(f"P{n}", 3000.0), edges=(((0, 0), (1400, 3000)),)) for n in range(3))
    write_pdf(Pattern("LONG", pieces), tmp_path / "long.pdf")
    pages = in_pdf(tmp_path / "long.pdf")
    assert len(pages) == 3
    assert all(max(box) <= 5080 for box, _ in pages)


def test_a_piece_that_no_page_holds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PatternError, match="at most 5080 mm in a PDF"):
        write_pdf(Pattern("LONG", (long_piece("P", 6000.0),)), tmp_path / "long.pdf")
    write_svg(Pattern("LONG", (long_piece("P", 6000.0),)), tmp_path / "long.svg")


def test_a_name_in_chinese_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("reportlab")
    pattern = Pattern("背心", (panel("前片", "中", 0, fold=False),))
    write_pdf(pattern, tmp_path / "vest.pdf")
    assert b"STSong-Light" in (tmp_path / "vest.pdf").read_bytes()
    write_svg(pattern, tmp_path / "vest.svg")
    assert "前片: 中" in (tmp_path / "vest.svg").read_text(encoding="utf-8")
