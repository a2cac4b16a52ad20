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


# ---------------------------------------------------------------- drafts
def test_a_draft_is_written_and_shows_pieces_and_seams(zhizao: Zhizao, tmp_path: Path) -> None:
    out = tmp_path / "jacket.dxf"
    said = zhizao("pattern", "draft", "down-jacket", "--size", "M", "-o", out, "--plot", tmp_path / "p.svg")
    assert said.code == 0, said.err
    assert "down-jacket: 5 pieces, sizes M; all checks passed" in said.out
    assert "armhole, back" in said.out
    assert (tmp_path / "p.svg").read_bytes().startswith(b"<svg")
    again = zhizao("pattern", "show", out, "--json")
    assert (again.code, json.loads(again.out)["warnings"]) == (0, [])


def test_a_graded_draft_as_json_has_seams_and_moves(zhizao: Zhizao, tmp_path: Path) -> None:
    out = tmp_path / "t.dxf"
    command = ("pattern", "draft", "trousers", "--sizes", "S,M,L,XL", "--set", "hem_width=60cm", "-o", out)
    found = json.loads(zhizao(*command, "--json").out)
    assert found["sizes"] == ["S", "M", "L", "XL"]
    assert found["design_mm"]["hem_width"] == 600
    assert len(found["pieces"]) == 4 * 4
    for seam in found["seams"]:
        assert seam["second_mm"] - seam["first_mm"] == pytest.approx(seam["ease_mm"], abs=0.002)
    assert {move["size"] for move in found["grading"]} == {"S", "L", "XL"}
    assert all(dart["tip"] for dart in found["darts"])


def test_the_measures_of_a_file_are_drafted(zhizao: Zhizao, tmp_path: Path) -> None:
    out = tmp_path / "vest.dxf"
    body = VEST.with_name("body.yaml")
    said = zhizao("pattern", "draft", "vest", "--measure", body, "-o", out, "--json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["sizes"] == ["OWN"]
    both = zhizao("pattern", "draft", "vest", "--measure", body, "--size", "M", "-o", out)
    assert (both.code, "give one of them" in both.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("vests",), "did you mean 'vest'"),
        (("vest", "--size", "XXL"), "no such size"),
        (("vest", "--set", "length"), "expected NAME=LENGTH"),
        (("vest", "--set", "length=60cm", "--set", "length=61cm"), "set twice"),
        (("trousers", "--set", "thigh_ease=4cm"), "no crotch extension"),
    ],
)
def test_a_draft_that_cannot_be_made_writes_nothing(
    zhizao: Zhizao, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    refused = zhizao("pattern", "draft", *arguments, "-o", tmp_path / "out.dxf")
    assert refused.code == 2
    assert said in refused.err
    assert not (tmp_path / "out.dxf").exists()


def test_styles_are_listed_with_their_parameters(zhizao: Zhizao) -> None:
    said = zhizao("pattern", "styles")
    assert said.code == 0
    assert all(word in said.out for word in ("down-jacket", "vest", "trousers", "hem_width", "quilting"))
    found = json.loads(zhizao("pattern", "styles", "--json").out)
    (hem,) = [p for p in found["trousers"]["parameters"] if p["parameter"] == "hem_width"]
    assert (hem["default_cm"], hem["lowest_cm"], hem["highest_cm"]) == (42, 25, 80)


def test_a_draft_is_shown_in_chinese_with_names_as_they_are(zhizao: Zhizao, tmp_path: Path) -> None:
    said = zhizao("--language", "zh", "pattern", "draft", "vest", "-o", tmp_path / "vest.dxf")
    assert said.code == 0, said.err
    assert "vest：4 个裁片，尺码 M；全部检查通过" in said.out
    assert "FRONT / centre" in said.out
    listed = zhizao("--language", "zh", "pattern", "styles").out
    from zhizao.studies.draft import STYLES

    assert not [p.meaning for style in STYLES.values() for p in style.parameters if p.meaning in listed]
