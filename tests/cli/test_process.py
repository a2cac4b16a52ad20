"""What only a real process shows: Ctrl-C, a pipe that nobody reads on, a disk that is full."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.studies.plants import LINE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals, terminals and limits of Linux")

ZHIZAO = [sys.executable, "-c", "import sys; from zhizao.cli import main; sys.exit(main())"]
LONG = ("--days", "3000", "--replications", "4000")


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    path = tmp_path / "plant.yaml"
    path.write_text(LINE, encoding="utf-8")
    return path


def interrupted(arguments: tuple[object, ...], *, once: Callable[[str], bool]) -> tuple[int, str, str]:
    """Run a command on a terminal, press Ctrl-C once its stderr says so; give code, stdout and stderr."""
    terminal, its_end = os.openpty()
    running = subprocess.Popen(
        [*ZHIZAO, *(str(argument) for argument in arguments)],
        stdout=subprocess.PIPE,
        stderr=its_end,
        encoding="utf-8",
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(its_end)
    seen, sent = "", False
    try:
        while text := os.read(terminal, 4096):
            seen += text.decode("utf-8", "replace")
            if not sent and once(seen):
                running.send_signal(signal.SIGINT)
                sent = True
    except OSError:  # the process is done with its terminal
        pass
    finally:
        os.close(terminal)
    out, _ = running.communicate(timeout=120)
    assert sent, seen
    return running.returncode, out, seen


def has_begun(seen: str) -> bool:
    """Whether the bar shows that some of the work is done."""
    return any(f" {share} %" in seen for share in range(1, 100))


SOME = ("--json", "--seed", "2")


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("simulate", LONG),
        ("compare", ("--measure", "less-scrap", *LONG)),
        ("bottlenecks", ("--days", "2000", "--replications", "200")),
        ("sensitivity", ("--days", "1000", "--replications", "100")),
        (
            "select",
            ("--of", "throughput", "--indifference", "0.0001", "--measure", "less-scrap", "--days", "2000",
             "--at-most", "2000"),
        ),
        ("dispatching", ("--goal", "lead-time", "--seconds", "500", "--days", "200")),
    ],
)  # fmt: skip
def test_ctrl_c_gives_what_was_done_and_says_so(command: str, options: tuple[str, ...], plant: Path) -> None:
    code, out, err = interrupted((command, plant, *options, *SOME), once=has_begun)
    assert code == 130, err
    assert json.loads(out)["interrupted"] is True
    assert "Traceback" not in err


# ---------------------------------------------------------------- pipes
def test_a_reader_that_has_seen_enough_is_no_failure(plant: Path) -> None:
    arguments = ("simulate", str(plant), "--days", "2", "--replications", "2", "--json")
    with subprocess.Popen(
        [*ZHIZAO, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()  # as `head` does
        assert running.stderr.read() == ""
    assert running.returncode == 0


# ---------------------------------------------------------------- full disks
QUICK = ("--days", "2", "--replications", "2")


@pytest.mark.parametrize("arguments", [("--json",), (), ("--report", "/dev/full", "--json")])
def test_a_full_device_is_for_the_user_to_mend(plant: Path, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        where = subprocess.PIPE if "--report" in arguments else full.fileno()
        done = subprocess.run(
            [*ZHIZAO, "simulate", str(plant), *QUICK, *arguments],
            stdout=where, stderr=subprocess.PIPE, encoding="utf-8", check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert "cannot be written (No space left on device)" in done.stderr
    assert "Traceback" not in done.stderr
    assert Path("/dev/full").is_char_device()


def test_help_to_a_full_device_is_told_too() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [*ZHIZAO, "--help"], stdout=full, stderr=subprocess.PIPE, encoding="utf-8", check=False
        )
    assert (done.returncode, "No space left on device" in done.stderr) == (2, True)
