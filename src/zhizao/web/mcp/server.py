"""The MCP server: lists the tools, calls them, reports progress, and cancels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anyio
from anyio.to_thread import run_sync
from mcp.server.lowlevel.server import Server
from mcp.server.stdio import stdio_server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)
from pydantic import ValidationError

from zhizao.quantities import InputError
from zhizao.quantities.errors import nearest_name
from zhizao.web.jobs.job import ENDED, Job, Status
from zhizao.web.mcp.answers import answer, in_words
from zhizao.web.mcp.desk import Desk
from zhizao.web.mcp.lookups import LOOKUPS, Lookup
from zhizao.web.studies import STUDIES, Study

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

    Context = ServerRequestContext[dict[str, Any], Any]

_LOOK_S = 0.1
_INSTRUCTIONS = """\
zhizao studies a factory by its digital twin. Begin with list_files. A log becomes a plant by `learn`;
check it with `validate`. "What limits us?" is `bottlenecks`; "what would a second furnace gain?" is
`compare` with changes such as work_centers.furnace.units=2, or with ids of list_measures; "what pays?" is
`improve`. Records of machines are for `remaining_life`, `failure_models` and `failure_rules`; sensors for
`monitor`; meters for `energy_baseline`.
Figures come with 95 % intervals: give them with the number. What is called assumed is not known: say so.
Unknown stays unknown. Equal arguments give the stored result at once."""


async def serve_stdio(desk: Desk) -> None:
    """Serve until the client closes the line."""
    server = make_server(desk)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def make_server(desk: Desk) -> Server[dict[str, Any]]:
    """The server of a desk."""
    from zhizao.experiments.facts import version

    async def list_tools(_: Context, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=tools(desk))

    async def call_tool(context: Context, asked: CallToolRequestParams) -> CallToolResult:
        try:
            return await _called(desk, context, asked.name, asked.arguments or {})
        except InputError as error:
            return _error(desk.folder.without_path(str(error)))

    return Server(
        "zhizao",
        version=version(),
        instructions=_INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


# ---------------------------------------------------------------- the list
OFFERED = {name: study for name, study in STUDIES.items() if study.in_words}
"""Studies that an assistant can read the result of."""


def tools(desk: Desk) -> list[Tool]:
    """All tools: those that look things up, and every study of the page."""
    return [_lookup_tool(one) for one in LOOKUPS.values()] + [
        _study_tool(desk, one) for one in OFFERED.values()
    ]


def _lookup_tool(lookup: Lookup) -> Tool:
    return Tool(
        name=lookup.name,
        description=lookup.summary,
        input_schema=lookup.arguments.model_json_schema(),
        annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
    )


def _study_tool(desk: Desk, study: Study) -> Tool:
    schema = study.options.model_json_schema()
    roles = {
        role: {"type": "string", "description": f"File of the folder ({one.kind.value}): {one.summary}."}
        for role, one in study.inputs.items()
    }
    required = [role for role, one in study.inputs.items() if one.required]
    schema |= {
        "title": study.name,
        "properties": roles | schema["properties"],
        "required": required + schema.get("required", []),
    }
    writes = study.writes and desk.write
    hints = ToolAnnotations(
        read_only_hint=not writes, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    return Tool(name=study.name, description=_about(study, writes), input_schema=schema, annotations=hints)


def _about(study: Study, writes: bool) -> str:
    left = " What it makes is written into the folder." if writes else " What it makes is given as text."
    return study.summary + (left if study.writes else "")


# ---------------------------------------------------------------- a call
async def _called(desk: Desk, context: Context, name: str, arguments: dict[str, Any]) -> CallToolResult:
    if (lookup := LOOKUPS.get(name)) is not None:
        return await _looked_up(desk, lookup, arguments)
    if (study := OFFERED.get(name)) is not None:
        return await _studied(desk, context, study, arguments)
    known = [*LOOKUPS, *OFFERED]
    near = nearest_name(name, known)
    hint = f"; did you mean {near!r}?" if near else ""
    raise InputError(f"found no tool {name[:80]!r}; right is one of {', '.join(known)}{hint}")


async def _looked_up(desk: Desk, lookup: Lookup, arguments: dict[str, Any]) -> CallToolResult:
    try:
        wanted = lookup.arguments.model_validate(arguments)
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InputError(f"{lookup.name}: {said}") from None
    found = await run_sync(lookup.run, desk, wanted)
    return _result(found, json.dumps(found, ensure_ascii=False))


async def _studied(desk: Desk, context: Context, study: Study, arguments: dict[str, Any]) -> CallToolResult:
    job = await run_sync(desk.ask, study, arguments)
    try:
        job = await _ended(desk, context, job)
    finally:  # a client that cancels ends the wait
        with anyio.CancelScope(shield=True):
            await run_sync(desk.leave, job)
    found = await run_sync(answer, desk, job)
    return _result(found, in_words(found))


async def _ended(desk: Desk, context: Context, job: Job) -> Job:
    """The job once it has ended; the client hears of its progress."""
    sent, said = -1.0, ""
    while job.status not in ENDED:
        words = _status(job)
        if job.progress > sent or words != said:
            sent, said = max(job.progress, sent + 1e-6), words  # a client expects it to grow
            await context.session.report_progress(sent, 1.0, words)
        await anyio.sleep(_LOOK_S)
        job = desk.pool.job(job.id)
    return job


def _status(job: Job) -> str:
    if job.status is Status.QUEUED:
        return f"{job.study}: waiting for other studies"
    return f"{job.study}: {job.message or 'running'}"


def _result(found: dict[str, Any], text: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=text)], structured_content=found)


def _error(said: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=said)], is_error=True)
