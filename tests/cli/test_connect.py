"""`zhizao connect`: what it refuses, and what its doctor says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.connect.sparkplug.broker import free_port, wait_until
from zhizao.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples"
PLANT = EXAMPLES / "plants" / "bracket-shop.yaml"


def test_the_doctor_of_the_example_says_that_nothing_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connect", "doctor", str(EXAMPLES / "sites" / "bracket-shop.yaml"), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found[0] == {
        "what": "service",
        "fine": False,
        "words": "does not run; `zhizao connect run` starts it",
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["emulate", str(PLANT)], "give either --opcua URL or --sparkplug URL"),
        (["emulate", str(PLANT), "--sparkplug", "tcp://x"], "right is mqtt://HOST:PORT"),
        (["emulate", str(PLANT), "--sparkplug", "mqtt://x", "--zone", "Asia/Shanghay"], "'Asia/Shanghai'"),
        (["emulate", str(PLANT), "--opcua", "opc.tcp://0.0.0.0:4840", "--plain"], "reached from other hosts"),
        (["run", "nowhere.yaml"], "nowhere.yaml: found no such file"),
        (["browse", "opc.tcp://127.0.0.1:1", "--plain"], "is the server running?"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    extra = ["--folder", str(tmp_path)] if arguments[0] == "emulate" else []
    assert main(["connect", *arguments, *extra]) == 2
    assert words in capsys.readouterr().err


def test_ctrl_c_ends_a_service_well_and_keeps_what_came(tmp_path: Path) -> None:
    url = f"opc.tcp://127.0.0.1:{free_port()}"
    file = tmp_path / "site.yaml"
    source = f"{{opcua: '{url}', plain: true, anonymous: true}}"
    file.write_text(f"zhizao-site: 1\nplant: {PLANT}\nsources: [{source}]\n", encoding="utf-8")
    code = "import sys; from zhizao.cli import main; sys.exit(main())"
    log = tmp_path / "log"
    with log.open("wb") as to:
        run = subprocess.Popen(
            [sys.executable, "-c", code, "connect", "run", str(file), "--every", "0.2"], stdout=to, stderr=to
        )
    try:
        wait_until(
            lambda: "Connect call failed" in log.read_text(encoding="utf-8"), 30, "the failure is said"
        )
        run.send_signal(2)
        assert run.wait(10) == 0
    finally:
        run.kill()
    assert "waits in the spools" in log.read_text(encoding="utf-8")
    assert not (tmp_path / "data" / "status.json").exists()
