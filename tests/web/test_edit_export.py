"""Tables of results as files: each form holds what the study found."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import polars as pl
from polars.testing import assert_frame_equal

from tests.studies.plants import LINE
from tests.web.conftest import asked, ended, small_log
from zhizao.plant import parse_plant
from zhizao.studies.simulate import simulate
from zhizao.web.api.export import TableForm, written

if TYPE_CHECKING:
    import httpx


def test_every_form_holds_the_table_of_the_study(client: httpx.Client) -> None:
    client.put("/api/files/line.yaml", content=LINE.encode())
    job = ended(client, asked(client, "simulate", {"plant": "line.yaml"}, days=5, replications=2)["id"])
    right = simulate(parse_plant(LINE), days=5, replications=2, seed=1).table()
    base = f"/api/results/{job['result']}/table"
    assert_frame_equal(pl.read_parquet(client.get(f"{base}.parquet").content), right)
    table = client.get(f"{base}.csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert_frame_equal(pl.read_csv(table.content, schema=right.schema), right)
    sheet = pl.read_excel(client.get(f"{base}.xlsx").content)
    assert sheet.columns == right.columns
    assert sheet.height == right.height
    assert client.get(f"{base}.docx").status_code == 422
    assert client.get(f"/api/results/{'0' * 64}/table.csv").status_code == 404


def test_results_of_a_log_have_tables_too(client: httpx.Client) -> None:
    client.put("/api/files/may.csv", content=small_log())
    for study in ("learn", "process_map"):
        job = ended(client, asked(client, study, {"log": "may.csv"})["id"])
        for form in TableForm:
            answer = client.get(f"/api/results/{job['result']}/table.{form.value}")
            assert answer.status_code == 200, (study, form, answer.text)


def test_a_name_is_no_formula_and_lists_are_text() -> None:
    frame = pl.DataFrame({"name": ["=1+1", "锯床"], "lots": [["a", "b"], None]})
    file = io.BytesIO()
    frame.write_parquet(file)
    sheet = written(file.getvalue(), TableForm.XLSX)
    parts = zipfile.ZipFile(io.BytesIO(sheet))
    assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
    assert pl.read_excel(sheet)["name"].to_list() == ["=1+1", "锯床"]
    assert pl.read_csv(written(file.getvalue(), TableForm.CSV))["lots"].to_list() == ['["a", "b"]', None]
