"""What only a real process shows: Ctrl-C, a pipe that nobody reads on, a disk that is full."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from tests.studies.plants import LINE
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import parse_plant
from zhizao.records.files import write_frame

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals, terminals and limits of Linux")

ZHIZAO = [sys.executable, "-c", "import sys; from zhizao.cli import main; sys.exit(main())"]
SOON_S = 20.0
"""A user waits no longer for a command to end; a command takes minutes here that is not interrupted."""
LONG = ("--days", "3000", "--replications", "4000")


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    path = tmp_path / "plant.yaml"
    path.write_text(LINE, encoding="utf-8")
    return path


def interrupted(arguments: tuple[object, ...], *, once: Callable[[str], bool]) -> tuple[int, str, str]:
    """Run a command on a terminal, press Ctrl-C once its stderr says so; give code, stdout and stderr."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as stdout:  # a pipe fills up when nobody reads it
        code, seen = on_terminal(arguments, stdout, once)
        stdout.seek(0)
        return code, stdout.read(), seen


def on_terminal(
    arguments: tuple[object, ...], stdout: IO[str], once: Callable[[str], bool]
) -> tuple[int, str]:
    terminal, its_end = os.openpty()
    running = subprocess.Popen(
        [*ZHIZAO, *(str(argument) for argument in arguments)],
        stdout=stdout,
        stderr=its_end,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(its_end)
    seen, sent, at = "", False, 0.0
    try:
        while text := os.read(terminal, 4096):
            seen += text.decode("utf-8", "replace")
            if not sent and once(seen):
                running.send_signal(signal.SIGINT)
                sent, at = True, time.perf_counter()
    except OSError:  # the process is done with its terminal
        pass
    finally:
        os.close(terminal)
    running.wait(timeout=120)
    assert sent, seen
    assert time.perf_counter() - at < SOON_S
    return running.returncode, seen


def has_begun(seen: str) -> bool:
    """Whether the bar shows that some of the work is done."""
    return any(f" {share} %" in seen for share in range(1, 100))


def has_a_value(seen: str) -> bool:
    """Whether the line of a search shows a second schedule: the first one is that of a rule."""
    return len(re.findall(r"  best \d", seen)) > 1


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
        ("improve", ("--seconds", "500", "--days", "700")),
    ],
)  # fmt: skip
def test_ctrl_c_gives_what_was_done_and_says_so(command: str, options: tuple[str, ...], plant: Path) -> None:
    code, out, err = interrupted((command, plant, *options, *SOME), once=has_begun)
    assert code == 130, err
    assert json.loads(out)["interrupted"] is True
    assert "Traceback" not in err


# ---------------------------------------------------------------- Ctrl-C: commands without a bar
@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of the line over four weeks."""
    path = tmp_path / "log.csv"
    settings = RunSettings(days=28, log=LogLevel.EVENTS)
    events = run(parse_plant(LINE), settings).records[0].events
    assert events is not None
    write_frame(events, path)
    return path


def shop(jobs: int, machines: int) -> list[list[tuple[int, int]]]:
    """A job shop that no search proves in a moment: machine and minutes of each operation, by job."""
    rng = np.random.default_rng(3)
    return [
        list(zip(rng.permutation(machines).tolist(), rng.integers(1, 99, machines).tolist(), strict=True))
        for _ in range(jobs)
    ]


def test_ctrl_c_while_a_plan_is_searched_for_gives_the_best_one_and_says_so(tmp_path: Path) -> None:
    path, plan = tmp_path / "plant.yaml", tmp_path / "plan.csv"
    centers = ", ".join(f"{{id: m{i}}}" for i in range(8))
    lines = ["zhizao: 1", "plant: a job shop", f"work_centers: [{centers}]", "routes:"]
    for job, route in enumerate(shop(16, 8)):
        steps = ", ".join(f"{{id: o{m}, on: m{m}, takes: {minutes} min}}" for m, minutes in route)
        lines.append(f"  j{job}: [{steps}]")
    lines.append("products: {" + ", ".join(f"j{job}: {{route: j{job}}}" for job in range(16)) + "}")
    lines.append("orders:")
    lines += [f"  - {{id: O{job}, product: j{job}, pieces: 1, due: 8 h}}" for job in range(16)]
    path.write_text("\n".join(lines), encoding="utf-8")
    code, out, err = interrupted(("schedule", path, "--seconds", "500", "-o", plan, *SOME), once=has_a_value)
    assert code == 130, err
    assert json.loads(out)["interrupted"] is True
    assert plan.read_text(encoding="utf-8").count("\n") == 1 + 16 * 8
    assert "Traceback" not in err


def test_ctrl_c_while_a_shop_is_scheduled_gives_the_best_schedule_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "shop.jsp"
    rows = (" ".join(f"{machine} {minutes}" for machine, minutes in job) for job in shop(20, 20))
    path.write_text("20 20\n" + "\n".join(rows) + "\n", encoding="utf-8")
    code, out, err = interrupted(("schedule", path, "--seconds", "500", *SOME), once=has_a_value)
    assert code == 130, err
    found = json.loads(out)
    assert found["interrupted"] is True
    assert len(found["schedule"]) == 400
    assert "Traceback" not in err


def test_ctrl_c_while_a_plant_is_learned_writes_none_and_says_so(log: Path) -> None:
    out_file = log.with_name("learned.yaml")
    code, out, err = interrupted(
        ("learn", log, "-o", out_file, *SOME), once=lambda seen: "learning from" in seen
    )
    assert code == 130, err
    assert json.loads(out) == {"study": "learn", "interrupted": True}
    assert "cancelled; no result was written" in err
    assert set(log.parent.iterdir()) == {log}
    assert "Traceback" not in err


def test_ctrl_c_while_a_plant_is_validated_gives_nothing_and_says_so(plant: Path, log: Path) -> None:
    code, out, err = interrupted(
        ("validate", plant, log, "--replications", "500", *SOME), once=lambda seen: "simulating" in seen
    )
    assert code == 130, err
    assert json.loads(out) == {"study": "validate", "interrupted": True}
    assert "Traceback" not in err


def test_ctrl_c_between_moments_of_a_rolling_validation_keeps_those_that_are_done(log: Path) -> None:
    code, out, err = interrupted(
        ("validate", "--rolling", log, *SOME), once=lambda seen: seen.count("learning from") == 2
    )
    assert code == 130, err
    found = json.loads(out)
    assert found["interrupted"] is True
    assert len(found["origins"]) == 1
    assert "Traceback" not in err


def test_ctrl_c_in_the_demo_names_the_files_that_it_has_written(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    code, out, err = interrupted(("demo", "--out", folder, *SOME), once=lambda seen: "3/7" in seen)
    assert code == 130, err
    assert json.loads(out) == {"study": "demo", "interrupted": True}
    assert f"cancelled; files already written: {folder / 'log.csv'}, {folder / 'learned.yaml'}" in err
    assert {path.name for path in folder.iterdir()} == {"log.csv", "learned.yaml"}
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


def full_after(most_bytes: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command whose files cannot grow beyond so many bytes; to a program that is a full disk.

    Python ignores SIGXFSZ, so that a write fails (EFBIG).
    """
    import resource  # not on Windows

    return subprocess.run(
        [*ZHIZAO, *(str(argument) for argument in arguments)],
        capture_output=True, encoding="utf-8", check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes)),
    )  # fmt: skip


def test_a_checkpoint_on_a_full_disk_is_named_and_leaves_no_half_file(plant: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    done = full_after(1024, "simulate", plant, *QUICK, "--checkpoint", folder, "--json")
    assert done.returncode == 2, done.stderr
    assert f"error: {folder}: a replication cannot be kept here (File too large); make room" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["map.json", "map.yaml"])
def test_a_column_map_on_a_full_disk_is_named_and_the_old_one_stays(log: Path, name: str) -> None:
    columns = log.with_name(name)
    columns.write_text("old", encoding="utf-8")
    done = full_after(64, "check", log, "--save-columns", columns)
    assert done.returncode == 2, done.stderr
    assert f"error: --save-columns {columns}: cannot be written (File too large); make room" in done.stderr
    assert "Traceback" not in done.stderr
    assert columns.read_text(encoding="utf-8") == "old"
    assert set(log.parent.iterdir()) == {log, columns}


def test_a_learned_plant_on_a_full_disk_is_named_and_the_old_one_stays(log: Path) -> None:
    learned = log.with_name("learned.yaml")
    learned.write_text("old", encoding="utf-8")
    done = full_after(1024, "learn", log, "-o", learned)
    assert done.returncode == 2, done.stderr
    assert f"error: {learned}: the plant cannot be written here ([Errno 27] File too large)" in done.stderr
    assert "Traceback" not in done.stderr
    assert learned.read_text(encoding="utf-8") == "old"
    assert set(log.parent.iterdir()) == {log, learned}


def test_help_to_a_full_device_is_reported_too() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [*ZHIZAO, "--help"], stdout=full, stderr=subprocess.PIPE, encoding="utf-8", check=False
        )
    assert (done.returncode, "No space left on device" in done.stderr) == (2, True)
