"""Plant files as text: faults at their line, writes that overwrite nobody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.studies.plants import LINE
from zhizao.quantities import InputError
from zhizao.web.folder import ChangedMeanwhileError, Folder
from zhizao.web.plant_text import check_text, read_text, write_text

if TYPE_CHECKING:
    import httpx


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "line.yaml").write_text(LINE, encoding="utf-8", newline="\n")
    return Folder(tmp_path)


def test_every_fault_is_at_its_line_and_nothing_is_written(folder: Folder) -> None:
    wrong = LINE.replace("on: slow", "on: slov").replace("exponential(4 min)", "exponentail(4 min)", 1)
    found = check_text(folder, "line.yaml", wrong, allow_code=False)
    lines = wrong.splitlines()
    at = {lines[one.line - 1].strip()[:13]: one for one in found.faults}
    assert set(at) == {"- {id: one, o", "- {id: two, o"}
    assert at["- {id: two, o"].nearest == "slow"
    assert {one.file for one in found.faults} == {"line.yaml"}
    assert read_text(folder, "line.yaml", allow_code=False).text == LINE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1", "expected"),
        ("", "empty"),
        (LINE + "x: ../secret.csv\n", "must be in the folder"),
        (LINE.replace("{id: slow,", "{id: slow, dispatch: mine:rule,"), "--allow-code"),
    ],
    ids=["no YAML", "empty", "outside", "code"],
)
def test_what_is_no_plant_is_said(folder: Folder, text: str, said: str) -> None:
    found = check_text(folder, "line.yaml", text, allow_code=False).faults
    assert said in " ".join(f"{one.found} {one.right}" for one in found)
    assert str(folder.root) not in str(found)


def test_two_tabs_do_not_overwrite_each_other(folder: Folder) -> None:
    first = read_text(folder, "line.yaml", allow_code=False)
    write_text(folder, "line.yaml", LINE.replace("EUR", "CNY"), was=first.hash)
    with pytest.raises(ChangedMeanwhileError, match="load it again"):
        write_text(folder, "line.yaml", LINE, was=first.hash)
    assert "CNY" in (folder.root / "line.yaml").read_text("utf-8")


def test_logs_are_no_plants(folder: Folder) -> None:
    (folder.root / "log.csv").write_text("a,b\n", encoding="utf-8")
    with pytest.raises(InputError, match="no plant file"):
        read_text(folder, "log.csv", allow_code=False)


def test_the_api_reads_checks_and_writes(client: httpx.Client) -> None:
    client.put("/api/files/line.yaml", content=LINE.encode())
    found = client.get("/api/files/line.yaml/text").json()
    assert (found["text"], found["faults"]) == (LINE, [])
    changed = LINE.replace("8 min", "6 min")
    assert client.post("/api/files/line.yaml/text", json={"text": changed}).json()["faults"] == []
    body = {"text": changed, "hash": found["hash"]}
    assert client.put("/api/files/line.yaml/text", json=body).json()["text"] == changed
    assert client.put("/api/files/line.yaml/text", json=body).status_code == 409
