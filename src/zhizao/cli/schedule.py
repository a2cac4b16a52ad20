"""`zhizao schedule`: a plan of a plant's orders, or a schedule of a benchmark instance."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, load_plant, load_state, rules_beside, tell_warnings, written
from zhizao.cli.options import Json, ReportFile, Seed
from zhizao.cli.output import emit_json, hand_over, say, show_frame, stop_if_interrupted
from zhizao.cli.progress import tell

if TYPE_CHECKING:
    from zhizao.plant import Plant, PlantState
    from zhizao.solvers.shop import Problem, Solution
    from zhizao.solvers.shop.search.context import Incumbent
    from zhizao.studies.schedule import Plan

_COMPILING = "Compiling the search kernels (once after an install, up to a minute) ..."
_SHOWN = 40  # orders on the terminal
_FORMS = (  # names of formats.FORMS, which help shows without loading the solvers
    "jsp, pfsp, fjsp, fajsp, fjsw, fjspt, jobshoplab, hfsp, nw-pfsp, sdst-pfsp, tt-pfsp, table, "
    "lines, sdst-jsp or tt-jsp"
)
_Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE.parquet|.csv",
        help="Write the plan as an event log.",
        show_default=False,
    ),
]
_Form = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help=f"Form of a benchmark instance: {_FORMS}.",
        show_default="by content, ending and folder",
    ),
]
_Instance = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Instance of a benchmark file of several: its name, or its number from 1 (also FILE#3).",
        show_default="the only one",
    ),
]


@guarded
def schedule(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Plant file (YAML), or a benchmark instance: JSPLIB, OR-Library, Taillard, FJSPLIB, …",
            show_default=False,
        ),
    ],
    orders: Annotated[
        Path | None,
        typer.Option(
            metavar="ORDERS.csv",
            help="Orders to plan: order, product, pieces, release, due, priority.",
            show_default="those of the plant file",
        ),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="STATE.yaml", help="Plan from this state of the plant on.", show_default=False
        ),
    ] = None,
    objective: Annotated[
        Literal["makespan", "tardiness", "flow-time"] | None,
        typer.Option(
            help="Objective to minimise.",
            show_default="tardiness if orders have due dates, else makespan",
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.01, help="Time limit in seconds.")] = 20.0,
    seed: Seed = 1,
    form: _Form = None,
    instance: _Instance = None,
    output: _Output = None,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Schedule the orders of a plant, and explain why some are late.

    FILE may also be a benchmark instance of a job shop or flow shop. Ctrl-C keeps the best plan found so far.

    \b
    Examples:
      zhizao schedule plant.yaml --orders orders.csv --seconds 30 -o plan.parquet
      zhizao schedule plant.yaml --objective makespan --report plan.html
      zhizao schedule plant.yaml --from state.yaml
      zhizao schedule ta21.jsp --seconds 60 --seed 1 --json
      zhizao schedule jobshop1.txt --instance abz5
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.quantities import InputError

    check_outputs({"--output": output, "--report": report}, (file, orders, state))
    if _is_benchmark(file, {"--form": form, "--instance": instance}):
        outputs = (("--output", output), ("--report", report))
        for option, given in (("--orders", orders), ("--from", state), *outputs):
            if given is not None:
                raise InputError(f"{option} needs a plant; {file.name} is a benchmark instance")
        problem = _read_shop(file, objective, form, instance)
        _benchmark(problem, (seconds, seed), as_json=as_json)
        return
    if output is not None and output.suffix.lower() not in (".parquet", ".csv"):
        raise InputError(f"--output {output}: a plan is written as .parquet or .csv")
    with rules_beside(file):
        plant = _with_orders(load_plant(file), orders)
        plan = _plan(plant, load_state(state, plant), objective, (seconds, seed))
    if output is not None:
        from zhizao.records.files import write_frame

        written("--output", output, lambda target: write_frame(plan.events, target))
        tell(f"plan: {output} ({plan.events.height} rows)")
    hand_over(plan, report, as_json, show_plan)


def _with_orders(plant: Plant, orders: Path | None) -> Plant:
    """The plant with the orders of a table, if given; show its warnings."""
    from zhizao.plant import orders_with_warnings

    if orders is None:
        return plant
    plant, warnings = orders_with_warnings(plant, orders)
    tell_warnings(warnings)
    return plant


def _plan(plant: Plant, state: PlantState | None, objective: str | None, limits: tuple[float, int]) -> Plan:
    from zhizao.engine.run import needs_compile as twin_needs_compile
    from zhizao.solvers.shop import Objective
    from zhizao.solvers.shop.solve import needs_compile
    from zhizao.studies.schedule import schedule as study

    if needs_compile() or twin_needs_compile():
        tell(_COMPILING)
    return study(
        plant,
        state=state,
        objective=None if objective is None else Objective(objective),
        seconds=limits[0],
        seed=limits[1],
        on_improvement=_show_incumbent(),
    )


def _compile_once(problem: Problem) -> None:
    """Compile the search if needed, and say so."""
    from zhizao.solvers.shop.solve import compile_for, needs_compile

    if needs_compile(problem):
        tell(_COMPILING)
        compile_for(problem)


def _show_incumbent() -> Callable[[Incumbent], None] | None:
    """A callback that shows the incumbent on one line; None if stderr is no terminal."""
    if not sys.stderr.isatty():
        return None

    def show(best: Incumbent) -> None:
        text = f"{best.seconds:6.1f} s  best {best.value}  bound {best.bound}  ({best.by})"
        print(f"\r{text:<70}", end="", file=sys.stderr, flush=True)

    return show


def show_plan(plan: Plan) -> None:
    """Print notes and orders, late ones first."""
    say([plan.plant.name, *plan.notes])
    table = plan.table().sort("late_h", "completed", descending=[True, False], nulls_last=True)
    title = "Orders" if table.height <= _SHOWN else f"Orders ({_SHOWN} of {table.height}, latest first)"
    show_frame(title, table.head(_SHOWN), right=2)


# ---------------------------------------------------------------- benchmark shops
def _is_benchmark(file: Path, choices: dict[str, str | None]) -> bool:
    """Whether a file holds a shop; options that choose one are refused with a plant."""
    from zhizao.quantities import InputError
    from zhizao.solvers.shop.formats import holds_shop

    if holds_shop(file):
        return True
    for option, given in choices.items():
        if given is not None:
            raise InputError(f"{option} needs a benchmark instance; {file.name} is read as a plant")
    return False


def _read_shop(file: Path, objective: str | None, form: str | None, instance: str | None) -> Problem:
    from dataclasses import replace

    from zhizao.solvers.shop import Objective
    from zhizao.solvers.shop.formats import read_shop

    problem = read_shop(file, form=form, instance=instance)
    return problem if objective is None else replace(problem, objective=Objective(objective))


def _benchmark(problem: Problem, limits: tuple[float, int], *, as_json: bool) -> None:
    from zhizao.solvers.shop.solve import solve

    _compile_once(problem)
    found = solve(problem, seconds=limits[0], seed=limits[1], on_improvement=_show_incumbent())
    if as_json:
        emit_json(json.dumps(_summary(problem, found, limits[1]), indent=2))
        stop_if_interrupted(found)
        return
    aim = problem.objective.value
    say([f"{problem.name}: {problem.jobs} jobs, {problem.operations} operations, {problem.units} units"])
    gap = f"gap {found.gap:.2%}, {found.seconds:.1f} s"
    say([f"{aim} {found.value}, lower bound {found.bound} ({gap})"])
    stop_if_interrupted(found)


def _summary(problem: Problem, found: Solution, seed: int) -> dict[str, Any]:
    from zhizao.experiments.facts import version
    from zhizao.solvers.shop import completion

    s = found.schedule
    worker = problem.mode_worker
    place: dict[int, int] = {}
    rows = []
    for row, job in enumerate(problem.job.tolist()):
        mode = int(s.mode[row])
        known = {} if worker is None else {"worker": int(worker[mode])}
        rows.append(
            {
                "job": job,
                "operation": place.get(job, 0),
                "unit": int(problem.mode_unit[mode]),
                "start": int(s.start[row]),
                "end": int(s.end[row]),
                **known,
            }
        )
        place[job] = place.get(job, 0) + 1
    return {
        "study": "schedule",
        "shop": problem.name,
        "version": version(),
        "seed": seed,
        "objective": problem.objective.value,
        "value": found.value,
        "makespan": int(completion(problem, s).max(initial=0)),
        "lower_bound": found.bound,
        "seconds": round(found.seconds, 3),
        "interrupted": found.interrupted,
        "schedule": rows,
    }
