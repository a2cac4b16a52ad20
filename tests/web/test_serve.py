"""`zhizao serve` as a process: it opens, answers, and ends with Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.studies.plants import LINE
from tests.web.conftest import serving
from zhizao.cli import main

RUN = "import sys; from zhizao.cli import main; sys.exit(main())"


@pytest.mark.skipif(os.name == "nt", reason="a Ctrl-C for one process is of POSIX")
def test_the_page_opens_with_its_plant_and_ctrl_c_stops_it(tmp_path: Path) -> None:
    import httpx

    plant = tmp_path / "line.yaml"
    plant.write_text(LINE, encoding="utf-8")
    command = [sys.executable, "-c", RUN, "serve", str(plant), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as server:
        assert server.stderr is not None
        said = server.stderr.readline()
        try:
            address = re.search(r"http://127\.0\.0\.1:\d+", said)
            assert address is not None, said
            assert "#file=line.yaml" in said
            text = httpx.get(address.group(), trust_env=False).text
            assert text.startswith("<!doctype html>")
            server.send_signal(signal.SIGINT)
            assert server.wait(30) == 0
            assert "Traceback" not in server.stderr.read()
        finally:
            server.kill()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "no such file or folder"),
        ([".", "--host", "0.0.0.0"], "give --token"),
        ([".", "--token", "short"], "8 to 200 letters"),
    ],
)
def test_a_server_that_cannot_be_is_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_second_server_of_a_folder_is_refused_until_the_first_has_ended_even_if_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-c", RUN, "serve", str(tmp_path), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as first:
        assert first.stderr is not None
        try:
            assert "http" in first.stderr.readline()
            assert main(["serve", str(tmp_path), "--port", "0"]) == 2
            assert f"another `zhizao serve` (process {first.pid}) works on" in capsys.readouterr().err
        finally:
            first.kill()
    with serving(tmp_path) as client:
        assert client.get("/api/jobs").json() == []
