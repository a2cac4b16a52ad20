"""`zhizao connect`: follow a live plant, play one, and see what is connected."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import re
import signal
import sys
from collections import Counter
from collections.abc import Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import load_plant
from zhizao.cli.output import emit_json, to_stdout
from zhizao.cli.progress import compile_once, tell
from zhizao.quantities.errors import InputError

if TYPE_CHECKING:
    from zhizao.workflows.shadow import Beside
    from zhizao.workflows.shadow.emulate import Emulator, Pace
    from zhizao.workflows.shadow.service import Service

app = typer.Typer(
    no_args_is_help=True,
    help="Connect to a live plant: follow it, see what is connected, or play one.",
    rich_markup_mode=None,
)
SOMETHING_WRONG = 1
"""Exit code of `doctor`."""
_LIBRARIES = ("asyncua", "aiomqtt", "duckdb", "psycopg", "pymodbus")
SiteFile = Annotated[Path, typer.Argument(metavar="SITE", help="Site file (YAML).", show_default=False)]


@app.command(short_help="Follow a live plant.")
@guarded
def run(
    site: SiteFile,
    every: Annotated[float, typer.Option(min=0.1, help="Time between two lines, in s.")] = 10.0,
    until: Annotated[
        datetime | None, typer.Option(help="End at this time of the plant.", show_default="Ctrl-C")
    ] = None,
    states: Annotated[
        Path | None, typer.Option(help="Write the state after each reading, one a line.", show_default=False)
    ] = None,
    look: Annotated[
        float, typer.Option(min=0, help="Plant time between two looks ahead, in min; 0: never.")
    ] = 15.0,
    days: Annotated[float, typer.Option(min=0.01, help="How far to look ahead, in days.")] = 3.0,
    plans: Annotated[
        Path | None,
        typer.Option(help="Write a new schedule here when the plan no longer holds.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")] = False,
) -> None:
    """Follow a live plant: keep every value, show what it does, and let its twin look ahead.

    The twin says when the lots in the plant will be done, when the plan no longer holds, and when the plant
    no longer does what the twin expects (drift).

    A source that is down is named, and tried again. The service may be killed at any time: at its next
    start it goes on with what the store and the spools have. Ctrl-C ends it.

    \b
    Examples:
      zhizao connect run site.yaml
      zhizao connect run site.yaml --look 5 --plans plan.parquet
    """  # noqa: D301  \b keeps the lines below it apart
    _need_libraries()
    from zhizao.workflows.shadow.emulate import states_to
    from zhizao.workflows.shadow.now import now
    from zhizao.workflows.shadow.service import Service
    from zhizao.workflows.shadow.site import read_site

    _log_to_stderr()
    with states_to(states) as write:
        service = Service(read_site(site))
        if write is not None:
            service.on_read.append(lambda reader, at: write(now(service.plant, reader, at).state))
        looking = _looking(service, look, days, (plans, as_json)) if look else None
        try:
            asyncio.run(_followed(service, every, until, as_json=as_json))
        finally:
            if looking is not None:
                looking.close()


def _looking(service: Service, look: float, days: float, how: tuple[Path | None, bool]) -> Beside:
    """Let the twin look ahead every so many minutes of plant time, and say what it sees."""
    from zhizao.workflows.shadow import Beside, Look, Shadow

    plans, as_json = how
    compile_once()
    shadow = Shadow(service.plant, every=timedelta(minutes=look), days=days)

    def on_look(found: Look) -> None:
        for text in found.said:
            tell(text)
        if as_json:
            emit_json(json.dumps(found.as_json(), ensure_ascii=False))
        else:
            with to_stdout():
                print(found)
        if found.late and plans is not None:
            shadow.offer().events.write_parquet(plans)
            tell(f"a new schedule: {plans}")

    beside = Beside(shadow, on_look, lambda fault: tell(f"the look ahead failed: {fault}"))
    service.on_read.append(beside.on_read)
    return beside


async def _followed(service: Service, every: float, until: datetime | None, *, as_json: bool) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, service.stop)
    running = asyncio.create_task(service.run(until))
    show = _json_line if as_json else _line
    while not running.done():
        await asyncio.wait([running], timeout=every)
        if not running.done():
            show(service)
    await running
    tell("ended; what came is in the store, or waits in the spools")


def _summary(service: Service) -> dict[str, Any]:
    status, reader = service.status(), service.reader
    units = Counter("unknown" if s is None else s.value for s in reader.states().values())
    lots = reader.lots()
    inside = lots["completed"].null_count()
    return {
        "moment": None if status.moment is None else status.moment.isoformat(),
        "lots": inside,
        "completed": lots.height - inside,
        "units": dict(sorted(units.items())),
        "kept": status.kept,
        "store": status.store_error,
        "last": None if status.last is None else status.last.isoformat(),
        "sources": [s.model_dump(mode="json", exclude_defaults=True) for s in status.sources],
        "faults": status.faults,
    }


def _json_line(service: Service) -> None:
    emit_json(json.dumps(_summary(service), ensure_ascii=False))


def _line(service: Service) -> None:
    said = _summary(service)
    units = ", ".join(f"{count} {state}" for state, count in said["units"].items())
    moment = "nothing read yet" if said["moment"] is None else said["moment"].replace("T", " ")[:19]
    with to_stdout():
        print(f"{moment}  lots: {said['lots']} in the plant, {said['completed']} left; units: {units}")
    if said["store"]:
        tell(f"the store takes nothing: {said['store']}; trying again")
    for source in service.status().sources:
        if not source.connected:
            tell(f"not connected: {source.source}: {source.error}; trying again")


@app.command(name="log", short_help="Write the event log of a live plant.")
@guarded
def log_of(
    site: SiteFile,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="LOG", help="Event log to write (.parquet or .csv).", show_default=False
        ),
    ],
    since: Annotated[
        datetime | None,
        typer.Option(help="From this time of the plant on.", show_default="`replay` of the site"),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(help="Up to this time of the plant.", show_default="the newest value")
    ] = None,
) -> None:
    """Write what a live plant did as an event log, from the samples that are kept, archived ones too.

    A store in a file (DuckDB) can be read while no service runs.

    \b
    Examples:
      zhizao connect log site.yaml -o log.parquet --since 2026-11-01
      zhizao learn log.parquet -o plant.yaml
    """  # noqa: D301  \b keeps the lines below it apart
    _need_libraries()
    from zhizao.workflows.shadow.history import event_log
    from zhizao.workflows.shadow.site import read_site

    if out.suffix not in (".parquet", ".csv"):
        raise InputError(f"--out: found {out.name!r}; right is FILE.parquet or FILE.csv")
    found = event_log(read_site(site), since, until)
    found.write_parquet(out) if out.suffix == ".parquet" else found.write_csv(out)
    with to_stdout():
        print(f"{out}: {found.height:,} rows")


@app.command(short_help="Play a plant, live.")
@guarded
def emulate(
    plant: Annotated[Path, typer.Argument(metavar="PLANT", help="Plant file.", show_default=False)],
    opcua: Annotated[
        str | None, typer.Option(help="Be an OPC UA server here.", metavar="URL", show_default=False)
    ] = None,
    sparkplug: Annotated[
        str | None,
        typer.Option(help="Be an edge node at this broker.", metavar="URL", show_default=False),
    ] = None,
    speed: Annotated[float, typer.Option(min=0, help="Plant time per real time; 0: as fast as it can.")] = 60,
    step: Annotated[float, typer.Option(min=0.001, help="Plant time between two looks, in s.")] = 60.0,
    days: Annotated[
        float | None, typer.Option(min=0, help="Plant time to play, in days.", show_default="no end")
    ] = None,
    start: Annotated[
        datetime | None, typer.Option(help="Local time at which the plant begins.", show_default="now")
    ] = None,
    zone: Annotated[str, typer.Option(help="Time zone of the plant.")] = "UTC",
    seed: Annotated[int, typer.Option(help="Which run is played.")] = 1,
    folder: Annotated[Path, typer.Option(help="Folder of spool and certificates.")] = Path("emulate"),
    plain: Annotated[
        bool, typer.Option("--plain", help="Without encryption, for a trial on one machine.")
    ] = False,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="OPC UA: do not wait for the first client.")
    ] = False,
    states: Annotated[
        Path | None, typer.Option(help="Write the state after each step, one a line.", show_default=False)
    ] = None,
) -> None:
    """Play a plant as an OPC UA server or as a Sparkplug edge node, at any speed.

    The times of values are those of the plant. It begins at --start, so at speed 1 they are those of the
    clock on the wall; at higher speeds they run ahead of it.

    \b
    Examples:
      zhizao connect emulate plant.yaml --opcua opc.tcp://127.0.0.1:4840 --plain
      zhizao connect emulate plant.yaml --sparkplug mqtt://127.0.0.1:1883 --days 1
    """  # noqa: D301  \b keeps the lines below it apart
    _need_libraries()
    if (opcua is None) == (sparkplug is None):
        raise InputError("emulate: give either --opcua URL or --sparkplug URL")
    from zhizao.workflows.shadow.emulate import Emulator, Pace, states_to
    from zhizao.workflows.shadow.site import zone_named

    found = load_plant(plant)
    compile_once()
    _log_to_stderr()
    where = zone_named(zone)
    begin = start or datetime.now(where).replace(second=0, microsecond=0, tzinfo=None)
    length = None if days is None else timedelta(days=days)
    emulator = Emulator(found, seed, start=begin, zone=where)
    pace = Pace(speed or None, step, length)
    folder.mkdir(parents=True, exist_ok=True)
    with states_to(states) as write:
        if opcua is not None:
            _interruptible(_as_server(emulator, pace, opcua, folder, (plain, at_once), write))
        elif sparkplug is not None:
            _interruptible(_as_edge(emulator, pace, sparkplug, folder, write))


@app.command(short_help="Say what is connected, and what is wrong.")
@guarded
def doctor(
    site: SiteFile,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what is connected, what lags and what is missing; exit code 1 if something is wrong.

    \b
    Examples:
      zhizao connect doctor site.yaml
    """  # noqa: D301  \b keeps the lines below it apart
    _need_libraries()
    from zhizao.workflows.shadow.doctor import examine
    from zhizao.workflows.shadow.site import read_site

    found = examine(read_site(site))
    if as_json:
        emit_json(json.dumps([one.model_dump() for one in found], ensure_ascii=False, indent=2))
    else:
        with to_stdout():
            for one in found:
                print(f"{'ok   ' if one.fine else 'WRONG'}  {one.what}: {one.words}")
    if not all(one.fine for one in found):
        raise typer.Exit(SOMETHING_WRONG)


@app.command(short_help="List the variables of an OPC UA server.")
@guarded
def browse(
    url: Annotated[str, typer.Argument(metavar="URL", help="opc.tcp://HOST:PORT", show_default=False)],
    plain: Annotated[bool, typer.Option("--plain", help="Connect without encryption.")] = False,
    folder: Annotated[Path, typer.Option(help="Folder of certificates.")] = Path("opcua"),
    user: Annotated[str | None, typer.Option(help="User.", show_default="anonymous")] = None,
    password_env: Annotated[
        str | None, typer.Option(help="Environment variable with the password.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the variables of an OPC UA server: path, node, type and access.

    \b
    Examples:
      zhizao connect browse opc.tcp://127.0.0.1:4840 --plain
    """  # noqa: D301  \b keeps the lines below it apart
    _need_libraries()
    from zhizao.connect.opcua import Anonymous, Endpoint, Login, Plain, Security
    from zhizao.connect.opcua import browse as variables_of

    _log_to_stderr()
    login = Anonymous() if user is None else Login(user, password_env)
    found = variables_of(Endpoint(url, Plain() if plain else Security(folder), login))
    if as_json:
        emit_json(found.write_json())
        return
    with to_stdout():
        for path, node, kind, access in found.rows():
            print(f"{path}  {node}  {kind}  {access}")


def _interruptible(playing: Coroutine[Any, Any, None]) -> None:
    """Play until the end or until Ctrl-C, which is a good end too."""
    try:
        asyncio.run(playing)
    except KeyboardInterrupt:
        tell("stopped")


async def _as_server(
    emulator: Emulator, pace: Pace, url: str, folder: Path, how: tuple[bool, bool], write: Any
) -> None:
    from zhizao.connect.opcua import Plain, Security, Server
    from zhizao.workflows.shadow.emulate import play_opcua

    plain, at_once = how
    server = Server(emulator.plant, Plain() if plain else Security(folder), url=url)
    begins = "it begins at once" if at_once else "it begins when a client subscribes"
    tell(f"{emulator.plant.name} at {url}; {begins}. Ctrl-C stops.")
    await play_opcua(emulator, server, pace, at_once=at_once, on_state=write)


async def _as_edge(emulator: Emulator, pace: Pace, url: str, folder: Path, write: Any) -> None:
    from zhizao.connect.sparkplug import EdgeNode, EdgeSettings
    from zhizao.connect.store import Spool
    from zhizao.records.endpoint import Endpoint
    from zhizao.workflows.shadow.emulate import play_sparkplug

    parts = urlsplit(url)
    if parts.scheme != "mqtt" or not parts.hostname:
        raise InputError(f"--sparkplug: found {url!r}; right is mqtt://HOST:PORT")
    name = re.sub(r"[/+#]", "-", emulator.plant.name)
    settings = EdgeSettings(
        Endpoint(parts.hostname, parts.port or 1883), "zhizao", name, folder / "memory.json"
    )
    spool = Spool(folder / "emulate.spool", source=f"zhizao/{name}")
    tell(f"{emulator.plant.name} as edge node zhizao/{name} at {url}. Ctrl-C stops.")
    try:
        await play_sparkplug(emulator, EdgeNode(settings, spool), spool, pace, on_state=write)
    finally:
        spool.close()


def _need_libraries() -> None:
    missing = [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(f"connect needs {', '.join(missing)}; install them: pip install 'zhizao[connect]'")


def _log_to_stderr() -> None:
    """Show the warnings of connectors; those of the libraries below them only say the same again."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logging.getLogger("zhizao").addHandler(handler)
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)
