"""The program `zhizao`: its commands, and what is true of all of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from io import TextIOWrapper
from typing import Annotated, Any, Literal

import typer
from typer.main import get_command

from zhizao.cli.balance import balance
from zhizao.cli.batches import batches
from zhizao.cli.bottlenecks import bottlenecks
from zhizao.cli.check import check
from zhizao.cli.compare import compare
from zhizao.cli.compute import compute
from zhizao.cli.connect import app as connect
from zhizao.cli.demo import demo
from zhizao.cli.dispatching import dispatching
from zhizao.cli.energy import energy
from zhizao.cli.export import export
from zhizao.cli.faults import CANCELLED, DEBUG, INPUT, OK, cancelled, discard_rest
from zhizao.cli.import_ import import_
from zhizao.cli.improve import improve
from zhizao.cli.inspect import app as inspect
from zhizao.cli.interrupts import no_interrupt_is_lost
from zhizao.cli.lays import lays
from zhizao.cli.learn import learn
from zhizao.cli.logistics import logistics
from zhizao.cli.maintain import app as maintain
from zhizao.cli.map_ import map_
from zhizao.cli.marker import marker
from zhizao.cli.mcp import mcp
from zhizao.cli.measures import measures
from zhizao.cli.molecule import molecule
from zhizao.cli.monitor import monitor
from zhizao.cli.output import LANGUAGE
from zhizao.cli.pattern import app as pattern
from zhizao.cli.phase import phase
from zhizao.cli.portfolio import portfolio
from zhizao.cli.rank import rank
from zhizao.cli.recipe import app as recipe
from zhizao.cli.schedule import schedule
from zhizao.cli.select import select
from zhizao.cli.sensitivity import sensitivity
from zhizao.cli.serve import serve
from zhizao.cli.simulate import simulate
from zhizao.cli.validate import validate

app = typer.Typer(
    name="zhizao",
    help="Digital twins of factories: learn one from an event log, validate it, compare changes.",
    epilog="Exit codes: 0 success, 1 internal error, 2 invalid input, 130 cancelled.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command, summary in (
    (demo, "Run the whole loop on a bundled example."),
    (check, "Check a plant file, or the data quality of a log."),
    (learn, "Learn a plant from an event log."),
    (validate, "Validate a plant against an event log."),
    (simulate, "Simulate a plant: KPIs with confidence intervals."),
    (compare, "Compare a plant with its alternatives."),
    (measures, "List measures that apply to a plant, and what they assume."),
    (bottlenecks, "Find the bottleneck of throughput and lead time."),
    (sensitivity, "Estimate the effect of each parameter on a KPI."),
    (select, "Select the best of several changes."),
    (improve, "Find the measures that pay, ranked and proved."),
    (dispatching, "Search for a dispatch rule."),
    (schedule, "Schedule orders, and explain why some are late."),
    (logistics, "Find how many vehicles are enough, and what traffic costs."),
    (balance, "Balance a line: stations, workers, cycle time, and what is proved."),
    (compute, "Compare scheduling policies on a cluster of GPUs."),
    (phase, "Run a process for lots that differ: time, yield, energy."),
    (monitor, "Monitor a process with many sensors, at a measured false-alarm rate."),
    (batches, "Predict the quality of batches from their trajectories."),
    (energy, "Forecast consumption a day ahead, and estimate what a change saved."),
    (marker, "Place the pieces of an order on least cloth."),
    (lays, "Plan markers and plies that cut an order."),
    (molecule, "Judge antibodies by their sequences: surface, charge, recipe risk."),
    (portfolio, "Plan which plants get which measures in which year."),
    (rank, "Rank units by a composite index, with intervals."),
    (export, "Write a plant and its KPIs for other tools (AAS)."),
    (serve, "Open the page: from a log to a decision in a browser."),
    (mcp, "Offer the studies as tools to an assistant (MCP)."),
):
    app.command(short_help=summary)(command)
app.add_typer(connect, name="connect", short_help="Follow a live plant, or play one (OPC UA, MQTT, Modbus).")
app.add_typer(inspect, name="inspect", short_help="Inspect pictures, with a promised false-alarm rate.")
app.add_typer(maintain, name="maintain", short_help="Predict failures from sensor and maintenance records.")
app.add_typer(pattern, name="pattern", short_help="Draft, show, check and plot garment patterns (DXF).")
app.add_typer(recipe, name="recipe", short_help="Show, plan and record batches of a recipe (ISA-88).")
app.command("map", short_help="Map the process: which place follows which, and when.")(map_)
app.command("import", short_help="Convert the tables of another simulator.")(import_)


def _show_version(wanted: bool) -> None:
    if wanted:
        import zhizao

        print(f"zhizao {zhizao.__version__}")
        raise typer.Exit


@app.callback()
def _settings(
    version: Annotated[  # noqa: ARG001  its own callback shows it
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks on errors (or set ZHIZAO_DEBUG=1).")
    ] = False,
    language: Annotated[
        Literal["en", "zh"],
        typer.Option(
            "--language",
            envvar="ZHIZAO_LANGUAGE",
            help="Language of reports and results: English or Chinese.",
        ),
    ] = "en",
) -> None:
    DEBUG.set(debug)
    LANGUAGE.set(language)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit code."""
    _speak_utf8()
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # nobody reads on: they have what they want
        discard_rest(sys.stdout)
        return OK
    except OSError as error:  # of --help and --version; a command handles its own
        discard_rest(sys.stdout)
        print(f"error: stdout: cannot be written ({error.strerror or error})", file=sys.stderr)
        return INPUT
    return code


@cache
def _program() -> Any:
    """All commands with their options; Typer reads them from the signatures, once for a process."""
    return get_command(app)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        with no_interrupt_is_lost():
            _program()(args=None if arguments is None else list(arguments), prog_name="zhizao")
    except SystemExit as end:
        if isinstance(end.__context__, typer.Abort):  # Click's word for Ctrl-C outside the command proper
            return CANCELLED
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except KeyboardInterrupt:
        print(cancelled(), file=sys.stderr)
        return CANCELLED
    return 0


def _speak_utf8() -> None:
    """Pipes and files get UTF-8 everywhere; a terminal that lacks a sign shows a `?` in its place."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="replace")
