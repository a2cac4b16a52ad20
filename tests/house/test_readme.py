"""The README: its two commands do all the set-up, and CI runs what it says."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
TEST_COMMAND = ".venv/bin/pip install '.[all,test]' && .venv/bin/pytest"


@pytest.mark.parametrize(
    "command",
    ["python3 -m venv .venv && .venv/bin/pip install '.[all]' && .venv/bin/zhizao demo", TEST_COMMAND],
)
def test_a_command_of_the_readme_stands_there_to_be_copied(command: str) -> None:
    assert command in README


def test_the_first_line_that_ci_finds_in_the_readme_is_the_test_command() -> None:
    assert next(line for line in README if "pip install '.[all,test]'" in line) == TEST_COMMAND


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed; CI runs where it is")
def test_the_ci_script_is_sound_bash() -> None:
    done = subprocess.run(
        ["bash", "-n", ".ci/run"], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
