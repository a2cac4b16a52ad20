"""Drafts of all styles: seams fit, allowances are as wide as stated, files keep all, lengths scale."""

from __future__ import annotations

import itertools
from dataclasses import astuple
from math import dist
from pathlib import Path

import pytest

pytest.importorskip("shapely", reason="takes the extra [garment]")
pytest.importorskip("ezdxf", reason="takes the extra [garment]")

from shapely import LineString, Point, Polygon

from zhizao.connect.dxf import read_with_faults, write_pattern
from zhizao.quantities import InputError
from zhizao.quantities.errors import PatternError
from zhizao.records.patterns import (
    Draft,
    LineKind,
    Piece,
    SeamKind,
    area_mm2,
    length_mm,
    outline,
    sewn_length_mm,
)
from zhizao.studies.draft import SIZES, STYLES, Body, Drafts, body_of_size, draft
from zhizao.studies.draft.bodice import BACK_CAP, FRONT_CAP, cap, cap_half
from zhizao.studies.draft.checks import largest_chord_mm, smallest_radius_mm
from zhizao.studies.draft.curves import bezier

ALL = sorted(STYLES)


@pytest.fixture(scope="module")
def graded() -> dict[str, Drafts]:
    return {style: draft(style, sizes=SIZES) for style in ALL}


def polygon(piece: Piece) -> Polygon:
    return Polygon([point for edge in piece.edges for point in edge[:-1]])


def of(one: Draft, name: str) -> Piece:
    return next(piece for piece in one.sewing if piece.name == name)


def edge(one: Draft, piece: str, name: str) -> tuple[tuple[float, float], ...]:
    return of(one, piece).edges[one.edge_names[piece].index(name)]


# ---------------------------------------------------------------- seams
@pytest.mark.parametrize("style", ALL)
def test_both_sides_of_every_seam_have_the_same_length_but_for_the_ease(
    graded: dict[str, Drafts], style: str
) -> None:
    for one in graded[style].sizes:
        lines = {piece.name: piece.edges for piece in one.sewing}
        darts = {(dart.piece, dart.edge): dart.to_mm - dart.from_mm for dart in one.darts}
        for seam in one.seams:
            first, second = (
                sum(
                    LineString(lines[e.piece][e.index]).length - darts.get((e.piece, e.index), 0)
                    for e in chain
                )
                for chain in (seam.first, seam.second)
            )
            assert second - first == pytest.approx(seam.ease_mm, abs=1e-3), seam.name


def test_the_sleeve_cap_is_longer_than_the_armhole_by_its_ease(graded: dict[str, Drafts]) -> None:
    for one in graded["down-jacket"].sizes:
        hole = sum(length_mm(edge(one, name, "armhole")) for name in ("BACK", "FRONT"))
        top = sum(length_mm(edge(one, "SLEEVE", name)) for name in ("back cap", "front cap"))
        assert top - hole == pytest.approx(10.0, abs=1e-3)
        body = body_of_size(one.size)
        wide = dist(edge(one, "SLEEVE", "back cap")[0], edge(one, "SLEEVE", "front cap")[-1])
        assert wide == pytest.approx(body.upper_arm + 140, abs=1e-3)


def test_a_cap_has_the_lengths_and_the_width_that_it_was_solved_for() -> None:
    height, back, front = cap(400.0, (300.0, 310.0))
    assert back + front == pytest.approx(400.0)
    assert length_mm(cap_half(height, back, BACK_CAP, 1.0)) == pytest.approx(300.0)
    assert length_mm(cap_half(height, front, FRONT_CAP, 1.0)) == pytest.approx(310.0)
    higher, *_ = cap(380.0, (300.0, 310.0))
    assert higher > height  # a narrower sleeve has a higher cap


def test_girths_are_those_of_the_body_with_ease(graded: dict[str, Drafts]) -> None:
    for one in graded["vest"].sizes:
        body = body_of_size(one.size)
        wide = [edge(one, name, "armhole")[-1][0] for name in ("BACK", "FRONT")]
        assert 2 * sum(wide) == pytest.approx(body.bust + 120)
    for one in graded["trousers"].sizes:
        body = body_of_size(one.size)
        pieces = {piece.name: piece for piece in one.sewing}
        (seam,) = (seam for seam in one.seams if seam.name == "waistband, back")
        (other,) = (seam for seam in one.seams if seam.name == "waistband, front")
        waist = sum(sewn_length_mm(s.second, pieces, one.darts) for s in (seam, other))
        assert 2 * waist == pytest.approx(body.waist + 20, abs=1e-3)
        hems = [dist(*edge(one, name, "hem")) for name in ("FRONT", "BACK")]
        assert sum(hems) == pytest.approx(420)
        assert -edge(one, "FRONT", "hem")[0][1] == pytest.approx(body.inside_leg - 10)


# ---------------------------------------------------------------- allowances and marks
@pytest.mark.parametrize("style", ALL)
def test_cut_lines_lie_their_allowance_outside_of_the_sewing_lines(
    graded: dict[str, Drafts], style: str
) -> None:
    for one in graded[style].sizes:
        for sewing, cut in zip(one.sewing, one.cut, strict=True):
            inner, outer = polygon(sewing), polygon(cut)
            assert outer.is_valid
            assert outer.buffer(1e-3).covers(inner)
            names = one.edge_names[sewing.name]
            for name, line in zip(names, sewing.edges, strict=True):
                middle = LineString(line).interpolate(0.5, normalized=True)
                wide = outer.exterior.distance(middle)
                wanted = 0 if any(_same(line, fold.points) for fold in cut.lines_of(LineKind.MIRROR)) else 10
                wanted = 30 if name == "hem" or (sewing.name, name) == ("POCKET", "top") else wanted
                zipped = sewing.name == "FRONT" and name == "centre"
                assert wide == pytest.approx(15 if zipped else wanted, abs=0.05), (sewing.name, name)


def _same(line: tuple[tuple[float, float], ...], fold: tuple[tuple[float, float], ...]) -> bool:
    """Whether a sewing edge lies on the fold."""
    return all(LineString(fold).distance(Point(point)) < 1e-6 for point in line)


@pytest.mark.parametrize("style", ALL)
def test_areas_are_those_of_shapely(graded: dict[str, Drafts], style: str) -> None:
    for piece in (*graded[style].pattern.pieces, *graded[style].sewing_pattern.pieces):
        closed = outline(piece)
        assert closed is not None
        assert area_mm2(closed) == pytest.approx(polygon(piece).area, rel=1e-9)


@pytest.mark.parametrize("style", ALL)
def test_every_piece_says_how_often_it_is_cut_and_notches_lie_on_the_cut_line(
    graded: dict[str, Drafts], style: str
) -> None:
    for piece in graded[style].pattern.pieces:
        facts = dict(piece.facts)
        assert int(facts["QUANTITY"]) >= 1
        assert facts["MATERIAL"] in {"shell", "pocketing"}
        assert len(piece.lines_of(LineKind.GRAIN)) == 1
        folded = bool(piece.lines_of(LineKind.MIRROR))
        assert folded == (
            piece.name in {"COLLAR", "WAISTBAND"} or (piece.name == "BACK" and style != "trousers")
        )
        for notch in piece.notches:
            assert polygon(piece).exterior.distance(Point(notch.at)) < 0.01
            assert 0 < notch.depth_mm <= 5


def test_quilting_lines_meet_at_the_side_seams() -> None:
    (one,) = draft("down-jacket", design={"quilting": "6.5 cm"}).sizes
    ends = {}
    for piece in one.cut:
        lines = [line.points for line in piece.lines_of(LineKind.INTERNAL)]
        level = [line for line in lines if abs(line[0][1] - line[-1][1]) < 1e-6]
        ends[piece.name] = {round(line[0][1], 6): max(x for x, _ in line) for line in level}
    below = {y: x for y, x in ends["BACK"].items() if y < -270}
    assert len(below) >= 5
    assert below == {y: x for y, x in ends["FRONT"].items() if y < -270}
    assert all(b - a == pytest.approx(65) for a, b in itertools.pairwise(sorted(ends["BACK"])))
    assert len(ends["SLEEVE"]) >= 5


# ---------------------------------------------------------------- files
@pytest.mark.parametrize("style", ALL)
def test_a_file_is_read_back_as_it_was_drafted(graded: dict[str, Drafts], style: str, tmp_path: Path) -> None:
    pattern = graded[style].pattern
    write_pattern(pattern, tmp_path / "draft.dxf")
    read = read_with_faults(tmp_path / "draft.dxf")
    assert read.errors == ()
    assert read.pattern == pattern
    assert [fault.where for fault in read.warnings if "without grading" not in fault.found] == []


# ---------------------------------------------------------------- sizes
@pytest.mark.parametrize("style", ALL)
def test_all_sizes_have_the_same_edges_and_points(graded: dict[str, Drafts], style: str) -> None:
    first, *others = graded[style].sizes
    for other in others:
        assert other.edge_names == first.edge_names
        for a, b in zip(first.sewing, other.sewing, strict=True):
            assert [len(line) for line in a.edges] == [len(line) for line in b.edges]
        rules = [[point.rule for piece in one.cut for point in piece.points] for one in (first, other)]
        assert rules[0] == rules[1]
        assert len(set(rules[0])) == len(rules[0])


def test_grading_gives_the_moves_of_corners_from_the_sample_size(graded: dict[str, Drafts]) -> None:
    moves = graded["vest"].grading()
    assert {move.size for move in moves} == {"S", "L", "XL"}
    (hem,) = [m for m in moves if (m.piece, m.rule, m.size) == ("BACK", "5", "L")]
    assert hem.dx_mm == pytest.approx(
        10.0, abs=0.5
    )  # a quarter of 4 cm; the mitre moves a little with the slope
    assert hem.dy_mm == 0


@pytest.mark.parametrize("style", ALL)
def test_larger_sizes_have_larger_pieces(graded: dict[str, Drafts], style: str) -> None:
    areas = [sum(polygon(piece).area for piece in one.sewing) for one in graded[style].sizes]
    assert areas == sorted(set(areas))


@pytest.mark.parametrize("style", ALL)
@pytest.mark.parametrize("k", [0.8, 1.25])
def test_pieces_scale_with_measures_and_design_lengths(style: str, k: float) -> None:
    body = body_of_size("M")
    design = {one.name: one.default_mm for one in STYLES[style].parameters}
    (one,) = draft(style, body=body, design=design).sizes
    drawn = STYLES[style].draw(
        Body(*(k * value for value in astuple(body))), {name: k * value for name, value in design.items()}
    )
    for piece, shape in zip(one.sewing, drawn.shapes, strict=True):
        assert piece.name == shape.name
        for line, side in zip(piece.edges, shape.sides, strict=True):
            for (x, y), (u, v) in zip(line, side.line, strict=True):
                assert (u, v) == pytest.approx((k * x, k * y), abs=1e-4)


# ---------------------------------------------------------------- curves
def test_radius_and_chord_of_a_circle() -> None:
    handle = 100 * 0.5522847498
    quarter = bezier((100.0, 0.0), (100.0, handle), (handle, 100.0), (0.0, 100.0))
    assert smallest_radius_mm(quarter) == pytest.approx(100, rel=0.02)
    step = max(dist(a, b) for a, b in itertools.pairwise(quarter))
    assert largest_chord_mm(quarter) == pytest.approx(step**2 / 800, rel=0.05)  # sagitta: s² / 8 r


# ---------------------------------------------------------------- what cannot be
@pytest.mark.parametrize(
    ("style", "design", "said"),
    [
        ("vest", {"lenght": "60 cm"}, "did you mean 'length'"),
        ("vest", {"length": "60"}, "length"),
        ("vest", {"length": "3 m"}, "give 45 to 130 cm"),
        ("vest", {"quilting": "8 cm"}, "vest has no such parameter"),
        ("coat", {}, "no such style; there are down-jacket, vest, trousers"),
    ],
)
def test_a_wrong_style_or_parameter_is_refused(style: str, design: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        draft(style, design=design)


@pytest.mark.parametrize(
    ("style", "design", "said"),
    [
        ("trousers", {"thigh_ease": "4 cm"}, "thigh_ease leaves no crotch extension; give at least"),
        ("trousers", {"waist_ease": "20 cm", "hip_ease": "1 cm"}, "wider than its hip line"),
        ("vest", {"bust_ease": "4 cm", "shoulder_ease": "8 cm"}, "bust_ease"),
        ("down-jacket", {"upper_arm_ease": "30 cm", "armhole_drop": "0 cm"}, "more armhole_drop"),
    ],
)
def test_what_has_no_solution_says_what_would_help(style: str, design: dict[str, str], said: str) -> None:
    with pytest.raises(PatternError, match=said):
        draft(style, design=design)


def test_closures_and_centre_seams_join_an_edge_with_its_mirror_image(graded: dict[str, Drafts]) -> None:
    for style in ALL:
        for seam in graded[style].sizes[0].seams:
            assert (seam.first == seam.second) == (seam.kind is not SeamKind.PLAIN)
