"""Markers: the pieces of an order on cloth; real patterns where they are at hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("ezdxf")
pytest.importorskip("shapely")
pytest.importorskip("spyrrow")

from tests.connect.dxf.test_real_files import FOLDER, real
from zhizao import Cloth, InputError, marker
from zhizao.connect.dxf import read_pattern, read_with_faults
from zhizao.quantities.errors import PatternError
from zhizao.records.patterns import LineKind, Pattern, Piece, PieceLine, area_mm2, outline
from zhizao.solvers.nesting import faults
from zhizao.studies.marker import as_pattern, as_plot, read_order
from zhizao.studies.marker.pieces import cuts_of, nesting_of, quantity_of, unfolded

VEST = Path(__file__).resolve().parents[2] / "examples" / "garment" / "vest.dxf"
CLOTH = Cloth(1500.0, gap_mm=1.0, selvedge_mm=10.0)
SQUARE = ((0.0, 0.0), (0.0, 90.0), (30.0, 90.0), (30.0, 0.0), (0.0, 0.0))


def vest() -> Pattern:
    return read_pattern(VEST)


def piece(*, fold: tuple[tuple[float, float], ...] = (), **facts: str) -> Piece:
    lines = [PieceLine(LineKind.GRAIN, ((15.0, 10.0), (15.0, 80.0)))]
    lines += [PieceLine(LineKind.MIRROR, fold)] if fold else []
    return Piece("p", "M", (SQUARE,), tuple(lines), facts=tuple(facts.items()))


# ---------------------------------------------------------------- a marker
def test_a_marker_has_all_pieces_of_the_order_on_the_cloth_without_overlap() -> None:
    from shapely import Polygon
    from shapely.ops import unary_union

    result = marker(vest(), {"S": 1, "M": 2}, CLOTH, seconds=2)
    assert faults(result.found.layout) == ()
    placed = as_pattern(result).pieces
    assert len(placed) == 3 * (1 + 2 + 1)
    shapes = [Polygon(closed) for one in placed if (closed := outline(one)) is not None]
    left, bottom, right, top = unary_union(shapes).bounds
    assert (left, bottom) >= (0.0, 10.0 - 1e-6)
    assert top <= 1490.0 + 1e-6
    assert right == pytest.approx(result.length_mm)
    apart = [a.distance(b) for number, a in enumerate(shapes) for b in shapes[:number]]
    assert min(apart) >= 1.0 - 1e-3
    drawn = {(one.name, one.size): area_mm2(closed) for one in vest().pieces if (closed := outline(one))}
    sizes = {"S": 1, "M": 2}
    each = {"VEST FRONT": 2, "VEST BACK": 2, "VEST POCKET": 1}  # the back is two halves
    expected = sum(drawn[name, size] * times * sizes[size] for name, times in each.items() for size in sizes)
    assert sum(shape.area for shape in shapes) == pytest.approx(expected)
    assert result.utilisation == pytest.approx(expected / (1500 * result.length_mm))
    assert result.table()["garments"].to_list() == [1, 2]
    per_garment = result.table()["cloth_per_garment_m"] * result.table()["garments"]
    assert per_garment.sum() == pytest.approx(result.length_mm / 1000)


def test_on_one_way_cloth_no_piece_is_turned() -> None:
    result = marker(vest(), {"S": 2}, replace(CLOTH, one_way=True), seconds=1)
    assert {one.rotation_deg for one in result.found.layout.placements} == {0.0}
    grains = [one.lines_of(LineKind.GRAIN)[0].points for one in as_pattern(result).pieces]
    assert all(abs(a[1] - b[1]) < 1e-6 and b[0] > a[0] for a, b in grains)


def test_the_plot_draws_the_cloth_and_each_size() -> None:
    result = marker(vest(), {"S": 1, "M": 1}, CLOTH, seconds=1)
    drawn = as_plot(result)
    assert {one.size for one in drawn.pieces} == {"S", "M", "cloth"}
    (cloth,) = (one for one in drawn.pieces if one.size == "cloth")
    closed = outline(cloth)
    assert closed is not None
    assert area_mm2(closed) == pytest.approx(1500 * result.length_mm)


# ---------------------------------------------------------------- pieces
@pytest.mark.parametrize(
    ("facts", "expected"),
    [({}, (1, 0)), ({"QUANTITY": "2"}, (1, 1)), ({"QUANTITY": "1,1"}, (1, 1)), ({"QUANTITY": "2,0"}, (2, 0)),
     ({"QUANTITY": "0"}, (0, 0)), ({"QUANTITY": "3"}, (2, 1))],
)  # fmt: skip
def test_how_often_a_piece_is_cut(facts: dict[str, str], expected: tuple[int, int]) -> None:
    assert quantity_of(replace(piece(), facts=tuple(facts.items()))) == expected


def test_a_piece_lies_with_its_grain_along_the_cloth_and_mirrored_ones_as_its_mirror_image() -> None:
    slanted = replace(piece(QUANTITY="2"), edges=((*SQUARE[:2], (30.0, 60.0), *SQUARE[3:]),))
    cuts, notes = cuts_of(Pattern("s", (slanted,)), {"M": 3}, None)
    assert [(cut.mirrored, cut.demand) for cut in cuts] == [(False, 3), (True, 3)]
    assert "assumed" in notes[0]
    plain, mirrored = (part.rotated(0.0) for part in nesting_of(cuts, CLOTH).parts)
    assert (plain.max(axis=0) - plain.min(axis=0)).tolist() == pytest.approx([90.0, 30.0])
    flipped = {(round(x, 6), round(-y, 6)) for x, y in plain}
    assert flipped == {(round(x, 6), round(y, 6)) for x, y in mirrored}


@pytest.mark.parametrize("fold", [((0.0, 0.0), (0.0, 90.0)), ((30.0, 90.0), (30.0, 0.0))])
def test_a_piece_on_the_fold_is_drawn_whole(fold: tuple[tuple[float, float], ...]) -> None:
    whole = unfolded(piece(fold=fold), "f")
    closed = outline(whole)
    assert closed is not None
    assert area_mm2(closed) == pytest.approx(2 * 30 * 90)
    assert not whole.lines_of(LineKind.MIRROR)


def test_a_fold_that_is_no_edge_is_a_fault() -> None:
    with pytest.raises(PatternError, match=r"piece p, size M, layer 6 \(mirror\)"):
        unfolded(piece(fold=((0.0, 0.0), (30.0, 90.0))), "f")


def test_one_fabric_is_cut_and_several_must_be_named() -> None:
    rib = replace(piece(FABRIC="RIB"), name="rib")
    pattern = Pattern("s", (piece(FABRIC="SHELL"), rib))
    with pytest.raises(InputError, match="the pattern has SHELL, RIB"):
        cuts_of(pattern, {"M": 1}, None)
    cuts, _ = cuts_of(pattern, {"M": 1}, "RIB")
    assert [cut.piece.name for cut in cuts] == ["rib"]


def test_what_the_sample_size_alone_states_holds_for_all() -> None:
    pattern = Pattern("s", (replace(piece(), size="L"), piece(QUANTITY="1,1")), sample_size="M")
    cuts, _ = cuts_of(pattern, {"L": 1}, None)
    assert [(cut.piece.size, cut.mirrored) for cut in cuts] == [("L", False), ("L", True)]


# ---------------------------------------------------------------- refusals
def test_a_crossing_boundary_is_refused_with_piece_and_layer() -> None:
    bow = replace(piece(), edges=((*SQUARE[:2], SQUARE[3], SQUARE[2], SQUARE[0]),))
    with pytest.raises(PatternError, match=r"piece p, size M, layer 1 \(boundary\): the boundary crosses"):
        marker(Pattern("s", (bow,)), {"M": 1}, CLOTH, seconds=1)


@pytest.mark.parametrize(
    ("order", "cloth", "said"),
    [
        ({"XS": 1}, CLOTH, "found size 'XS'; the pattern has S, M, L; did you mean 'S'"),
        ({"S": 0}, CLOTH, "found no garment"),
        ({"S": 1}, Cloth(300.0), "piece VEST BACK, size S: found 455 mm across"),
    ],
)
def test_what_cannot_be_made_is_refused(order: dict[str, int], cloth: Cloth, said: str) -> None:
    with pytest.raises(InputError, match=said):
        marker(vest(), order, cloth, seconds=1)


def test_orders_are_read_from_files_and_texts(tmp_path: Path) -> None:
    file = tmp_path / "sizes.csv"
    file.write_text("size,quantity\nS,2\nM,4\n", encoding="utf-8")
    assert read_order(str(file)) == read_order("S=2, M=4") == {"S": 2, "M": 4}
    for wrong, said in (("S=2,S=3", "size S twice"), ("S=x", "found 'x'"), ("gone.csv", "no such file")):
        with pytest.raises(InputError, match=said):
            read_order(wrong)


# ---------------------------------------------------------------- real patterns
@pytest.mark.skipif(not FOLDER.is_dir(), reason="ZHIZAO_PATTERNS names no folder of real patterns")
@pytest.mark.parametrize(
    ("aama", "astm", "size"),
    [
        ("GMX1016S18_AAMA.DXF", "GMX1016S18_ASTM.DXF", "54"),
        ("GLX4802S19_AAMA.DXF", "GLX4802S19_ASTM.DXF", "38"),
    ],
)
def test_both_exports_of_a_style_give_the_same_parts(aama: str, astm: str, size: str, tmp_path: Path) -> None:
    first, second = (
        cuts_of(read_with_faults(real(name, tmp_path)).pattern, {size: 1}, "1")[0] for name in (aama, astm)
    )
    found = [
        [(cut.id, cut.demand, round(nesting_of((cut,), CLOTH).area)) for cut in cuts]
        for cuts in (first, second)
    ]
    assert found[0] == found[1]
    assert len(found[0]) >= 3
