"""The tools of `zhizao mcp`, called by the package's own client in a process of their own."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copy
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.studies.plants import CARRIED, LINE, TABLE
from tests.web.conftest import LIMIT_S, small_log
from tests.web.test_process_studies import ASKED, put_examples
from zhizao.web.studies import STUDIES

pytest.importorskip("mcp", reason="needs the extra mcp")

if TYPE_CHECKING:
    from mcp import Client
    from mcp.types import CallToolResult

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SHORT = {"days": 5, "replications": 2}
LONGER = {"days": 20, "replications": 8}
"""What a second machine gains is shown."""
CALLS: dict[str, dict[str, Any]] = {
    "list_files": {},
    "look_into_plant": {"plant": "line.yaml"},
    "read_file": {"name": "line.yaml"},
    "list_measures": {"plant": "line.yaml"},
    "learn": {"log": "may.csv"},
    "process_map": {"log": "may.csv"},
    "validate": {"plant": "line.yaml", "log": "may.csv", "replications": 2},
    "simulate": {"plant": "line.yaml", **SHORT},
    "bottlenecks": {"plant": "line.yaml", "tried": 2, **SHORT},
    "logistics": {"plant": "carried.yaml", **SHORT},
    "sensitivity": {"plant": "line.yaml", "fields": "routes.r.two.takes*", **SHORT},
    "compare": {"plant": "line.yaml", "changes": "work_centers.slow.units=2", **SHORT},
    "improve": {"plant": "line.yaml", "seconds": 5, "days": 5},
    "schedule": {"plant": "table.yaml", "seconds": 1},
    "rank": {"index": "cities.yaml", "table": "cities.csv", "runs": 50, "draws": 4},
    "compute": {"nodes": "nodes.csv", "jobs": "jobs.csv", "policies": ["best-fit"], "replications": 2},
    **{name: inputs | options for name, (inputs, options) in ASKED.items()},
}
"""Arguments of every tool but `result`, which takes the key of another's."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "factory"
    place.mkdir()
    (place / "line.yaml").write_text(LINE, encoding="utf-8")
    (place / "table.yaml").write_text(TABLE, encoding="utf-8")
    (place / "carried.yaml").write_text(CARRIED, encoding="utf-8")
    (place / "may.csv").write_bytes(small_log())
    for name in ("index/cities.yaml", "index/cities.csv", "cluster/nodes.csv", "cluster/jobs.csv"):
        copy(EXAMPLES / name, place)
    put_examples(place)
    (tmp_path / "outside.yaml").write_text(LINE, encoding="utf-8")
    return place


@asynccontextmanager
async def assistant(folder: Path, *options: str) -> AsyncIterator[Client]:
    """A client of a server in a process of its own."""
    from mcp import Client
    from mcp.client.stdio import StdioServerParameters

    program = "import sys; from zhizao.cli import main; sys.exit(main())"
    path = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    server = StdioServerParameters(
        command=sys.executable, args=["-c", program, "mcp", str(folder), *options], env=path
    )
    async with Client(server, read_timeout_seconds=LIMIT_S) as client:
        yield client


def talk(folder: Path, said: Callable[[Client], Awaitable[None]], *options: str) -> None:
    async def run() -> None:
        async with assistant(folder, *options) as client:
            await said(client)

    anyio.run(run)


def text_of(result: CallToolResult) -> str:
    (content,) = result.content
    assert content.type == "text"
    return content.text


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".zhizao"}


def test_every_tool_is_listed_and_answers_and_nothing_in_the_folder_changes(folder: Path) -> None:
    async def said(client: Client) -> None:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(listed) == {*CALLS, "result"}
        assert {name for name, study in STUDIES.items() if study.in_words} <= set(listed)
        for name, arguments in CALLS.items():
            found = await client.call_tool(name, arguments)
            assert not found.is_error, (name, text_of(found))
            answer = found.structured_content
            if name not in STUDIES:
                continue
            assert len(answer["summary"]) == 3, name
            assert all(line in text_of(found) for line in answer["summary"]), name
            whole = await client.call_tool("result", {"key": answer["result"], "part": "study"})
            assert whole.structured_content == {"part": "study", "value": name}

    before = names(folder)
    talk(folder, said)
    assert names(folder) == before


@pytest.mark.slow
def test_what_limits_us_and_what_would_a_second_machine_gain(folder: Path) -> None:
    async def said(client: Client) -> None:
        limit = await client.call_tool("bottlenecks", {"plant": "line.yaml", "tried": 1, **LONGER})
        assert "lots wait longest before slow" in text_of(limit)
        listed = (await client.call_tool("list_measures", {"plant": "line.yaml"})).structured_content
        assert {one["from"] for one in listed["measures"]} == {"plant file", "library"}
        (more,) = [one for one in listed["measures"] if one["id"] == "extra-unit-at-last"]
        assert more["assumed"]
        assert {one["source"] for one in more["parameters"]} > {"a choice", "not known unless given"}
        for arguments in ({"measures": [more["id"]]}, {"changes": "work_centers.slow.units=2"}):
            gain = await client.call_tool("compare", {"plant": "line.yaml", **LONGER, **arguments})
            assert not gain.is_error, text_of(gain)
            rows = {row["name"]: row for row in gain.structured_content["headline"]}
            change = rows["Lead time, mean"]["change"]
            assert change["low"] <= change["value"] <= change["high"] < 0, rows
            assert "assumed" in text_of(gain)

    talk(folder, said)


def test_with_write_what_was_learned_is_a_file_that_the_next_study_takes(folder: Path) -> None:
    async def said(client: Client) -> None:
        learned = (await client.call_tool("learn", {"log": "may.csv"})).structured_content
        assert learned["files"][0] | {"bytes": 0} == {
            "name": "may-plant.yaml",
            "bytes": 0,
            "written_to_folder": True,
        }
        found = await client.call_tool("simulate", {"plant": "may-plant.yaml", **SHORT})
        assert not found.is_error, text_of(found)

    talk(folder, said, "--write")
    assert "may-plant.yaml" in names(folder)


WRONG: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("simulat", {}, "did you mean 'simulate'"),
    ("simulate", {}, "found no plant"),
    ("simulate", {"plant": 3}, "right is the name of a file"),
    ("simulate", {"plant": "../outside.yaml"}, "found no file"),
    ("read_file", {"name": "../outside.yaml"}, "found no file"),
    ("read_file", {"name": ".zhizao/jobs"}, "found no file"),
    ("simulate", {"plant": "line.yaml", "days": -1}, "days"),
    ("simulate", {"plant": "line.yaml", "dais": 1}, "dais"),
    ("compare", {"plant": "line.yaml"}, "give one of measures, changes and another plant"),
    ("compare", {"plant": "line.yaml", "changes": "work_centers.slo.units=2"}, "did you mean 'slow'"),
    ("compare", {"plant": "line.yaml", "changes": "two"}, "expected PATH=VALUE"),
    ("compare", {"plant": "line.yaml", "measures": ["second"]}, "second"),
    ("result", {"key": "../../outside"}, "found no result"),
    ("list_files", {"all": True}, "all"),
)


def test_what_is_wrong_is_an_error_with_its_remedy(folder: Path) -> None:
    async def said(client: Client) -> None:
        for tool, arguments, expected in WRONG:
            found = await client.call_tool(tool, arguments)
            assert found.is_error, (tool, arguments)
            assert expected in text_of(found), (tool, arguments)
            assert str(folder) not in text_of(found)

    talk(folder, said)


def test_progress_is_reported_and_a_call_is_cancelled(folder: Path) -> None:
    async def said(client: Client) -> None:
        heard: list[float] = []

        async def on_progress(progress: float, total: float | None, message: str | None) -> None:
            heard.append(progress)

        with anyio.move_on_after(LIMIT_S) as limit:
            async with anyio.create_task_group() as group:
                arguments = {"plant": "line.yaml", "days": 30_000, "replications": 1000}
                group.start_soon(
                    lambda: client.call_tool("simulate", arguments, progress_callback=on_progress)
                )
                while not heard or heard[-1] < 1e-3:
                    await anyio.sleep(0.05)
                group.cancel_scope.cancel()
        assert not limit.cancelled_caught
        assert heard == sorted(set(heard))
        found = await client.call_tool("simulate", CALLS["simulate"])
        assert not found.is_error, "the worker goes on"

    talk(folder, said, "--workers", "1")
