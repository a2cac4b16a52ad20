"""Workbooks: the sheet with the log is found, and read as its text would be."""

from __future__ import annotations

import importlib.util
import json
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest

import zhizao
from zhizao.cli import main
from zhizao.connect.excel import read
from zhizao.quantities.errors import LogError
from zhizao.records.intake import ColumnMap

needs_excel = pytest.mark.skipif(
    importlib.util.find_spec("fastexcel") is None, reason="the extra [excel] is not here"
)
Cell = str | float | datetime | None
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = ("Lot", "Operation", "Machine", "Start", "End", "Good", "Scrap")
ROWS: tuple[tuple[Cell, ...], ...] = (
    (1001, "cut", "M1", datetime(2026, 3, 2, 8, 0, 1), datetime(2026, 3, 2, 9, 20, 33), 23, 1),
    (1002, "cut", "M1", datetime(2026, 3, 2, 10), None, None, None),
    ("A7", "cut", "M1", "2026-03-02 11:00", "NULL", "N/A", 2),
)


# ---------------------------------------------------------------- a workbook of our own
def cell(value: Cell, at: str) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        days = (value - datetime(1899, 12, 30)).total_seconds() / 86400
        return f'<c r="{at}" s="1"><v>{days!r}</v></c>'
    if isinstance(value, str):
        return f'<c r="{at}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{at}"><v>{value!r}</v></c>'


def sheet(rows: Sequence[Sequence[Cell]]) -> str:
    lines = [
        f'<row r="{r}">{"".join(cell(v, f"{chr(64 + c)}{r}") for c, v in enumerate(row, 1))}</row>'
        for r, row in enumerate(rows, 1)
    ]
    return f"<worksheet {MAIN}><sheetData>{''.join(lines)}</sheetData></worksheet>"


def relations(*targets: tuple[str, str]) -> str:
    own = [
        f'<Relationship Id="rId{n}" Type="{DOCUMENT}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    ]
    return f'<Relationships xmlns="{PACKAGE}/relationships">{"".join(own)}</Relationships>'


def workbook(path: Path, sheets: dict[str, Sequence[Sequence[Cell]]]) -> Path:
    names = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, 1)
    )
    own = [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)]
    part = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{part}"/></Types>',
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/_rels/workbook.xml.rels": relations(*own, ("styles", "styles.xml")),
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{DOCUMENT}"><sheets>{names}</sheets></workbook>',
        "xl/styles.xml": f'<styleSheet {MAIN}><fonts count="1"><font/></fonts>'
        '<fills count="1"><fill/></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs>'
        "</styleSheet>",
        **{f"xl/{target}": sheet(rows) for (_, target), rows in zip(own, sheets.values(), strict=True)},
    }
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return path


# ---------------------------------------------------------------- reading it
@needs_excel
def test_a_workbook_reads_as_its_text_would(tmp_path: Path) -> None:
    book = workbook(tmp_path / "log.xlsx", {"Log": [HEAD, *ROWS]})
    text = tmp_path / "log.csv"
    lines = [",".join("" if v is None else str(v) for v in row) for row in (HEAD, *ROWS)]
    text.write_text("\n".join(lines), encoding="utf-8")
    events, plain = zhizao.read_log(book).records.events, zhizao.read_log(text).records.events
    assert events is not None
    assert plain is not None
    assert events.equals(plain)
    assert events.select("lot", "start", "end", "pieces_in").row(0) == (
        "1001", datetime(2026, 3, 2, 8, 0, 1), datetime(2026, 3, 2, 9, 20, 33), 24,
    )  # fmt: skip


@needs_excel
def test_the_sheet_with_the_log_is_found_below_its_title(tmp_path: Path) -> None:
    pivot: list[tuple[Cell, ...]] = [("Machine", "Machine"), ("M1", 3)]
    sheets: dict[str, Sequence[Sequence[Cell]]] = {
        "Notes": [("printed on Monday",)], "Empty": [], "Pivot": pivot,
        "Log": [("Report of plant 3",), (), HEAD, *ROWS],
    }  # fmt: skip
    log = zhizao.read_log(workbook(tmp_path / "log.xlsx", sheets))
    assert (log.columns.sheet, log.quality.rows) == ("Log", 3)
    assert log.quality.of("other sheets") is None


@needs_excel
def test_other_sheets_with_a_log_are_reported_and_can_be_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = workbook(tmp_path / "log.xlsx", {"May": [HEAD, *ROWS], "June": [HEAD, *ROWS[:2]]})
    reported = zhizao.read_log(book).quality.of("other sheets")
    assert reported is not None
    assert reported.count == 2
    assert reported.share == pytest.approx(2 / 5)
    kept = tmp_path / "map.json"
    assert main(["check", str(book), "--save-columns", str(kept)]) == 0
    assert json.loads(kept.read_text(encoding="utf-8"))["sheet"] == "May"
    assert zhizao.read_log(book, columns=ColumnMap(sheet="June")).quality.rows == 2
    with pytest.raises(LogError, match="no sheet 'Jun'; did you mean 'June'"):
        zhizao.read_log(book, columns=ColumnMap(sheet="Jun"))
    capsys.readouterr()


@needs_excel
@pytest.mark.parametrize(
    ("sheets", "said"),
    [
        ({"Log": []}, "the log is empty"),
        ({"Log": [("a", "b"), (1, 2)]}, "sheet Log: row 1: found no column for lot"),
        ({"Log": [("Lot", "Lot"), (1, 2)]}, "sheet Log: several columns have one name"),
        ({"Log": [HEAD, (*ROWS[0][:3], "soon", "later")]}, "sheet Log: row 2: start is 'soon'"),
    ],
)
def test_a_workbook_without_a_log_is_refused_with_the_reason(
    tmp_path: Path, sheets: dict[str, Sequence[Sequence[Cell]]], said: str
) -> None:
    with pytest.raises(LogError, match=said):
        zhizao.read_log(workbook(tmp_path / "log.xlsx", sheets))


def test_without_the_extra_a_workbook_is_refused_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(read, "find_spec", lambda _: None)
    book = workbook(tmp_path / "log.xlsx", {"Log": [HEAD, *ROWS]})
    assert main(["check", str(book)]) == 2
    said = capsys.readouterr().err
    assert "pip install 'zhizao[excel]'" in said
    assert "as CSV" in said


def test_a_sheet_is_refused_for_what_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("lot,operation,end\nA,cut,2026-03-02 08:00\n", encoding="utf-8")
    with pytest.raises(LogError, match="names sheet 'May', and this is no workbook"):
        zhizao.read_log(path, columns=ColumnMap(sheet="May"))
