"""`zhizao schedule`: a plan of a plant's orders, or a schedule of a benchmark instance."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import (
    check_outputs,
    load_plan,
    load_plant,
    load_state,
    rules_beside,
    with_orders,
    written,
)
from zhizao.cli.options import Json, OrdersFile, ReportFile, Seed
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

_State = Annotated[
    Path | None,
    typer.Option(
        "--from", metavar="STATE.yaml", help="Plan from this state of the plant on.", show_default=False
    ),
]
_Actuals = Annotated[
    Path | None,
    typer.Option(
        metavar="LOG",
        help="Plan from the last moment of this log of what really happened to the orders.",
        show_default=False,
    ),
]
_Previous = Annotated[
    Path | None,
    typer.Option(
        metavar="PLAN.parquet|.csv", help="Earlier plan, of which little is changed.", show_default=False
    ),
]
_Freeze = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="For so long from now on, the operations of --previous keep their unit and their order.",
        show_default="0 h",
    ),
]
_PerMove = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        metavar="HOURS",
        help="Hours of the objective that a move of an operation of --previous must gain.",
        show_default="0.1",
    ),
]
_Aim = Annotated[
    Literal["makespan", "tardiness", "flow-time"] | None,
    typer.Option(
        help="Objective to minimise.",
        show_default="tardiness if orders have due dates, else makespan",
    ),
]

_Judged = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="Judge the plan on N replications with failures and spread, beside the best rule.",
        show_default=False,
    ),
]
_Replan = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help="Simulated time between two plans in --replications.", show_default="1 h"
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
    orders: OrdersFile = None,
    state: _State = None,
    actuals: _Actuals = None,
    previous: _Previous = None,
    freeze: _Freeze = None,
    per_move: _PerMove = None,
    objective: _Aim = None,
    replications: _Judged = 0,
    replan: _Replan = None,
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
      zhizao schedule plant.yaml --replications 50 --replan "2 h"
      zhizao schedule plant.yaml --from state.yaml
      zhizao schedule plant.yaml --actuals log.csv --previous plan.parquet --freeze "4 h"
      zhizao schedule ta21.jsp --seconds 60 --seed 1 --json
      zhizao schedule jobshop1.txt --instance abz5
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.quantities import InputError

    check_outputs({"--output": output, "--report": report}, (file, orders, state, actuals, previous))
    if _is_benchmark(file, {"--form": form, "--instance": instance}):
        of_plants = {"--orders": orders, "--from": state, "--actuals": actuals, "--previous": previous}
        for option, given in (of_plants | {"--output": output, "--report": report}).items():
            if given is not None:
                raise InputError(f"{option} needs a plant; {file.name} is a benchmark instance")
        problem = _read_shop(file, objective, form, instance)
        _benchmark(problem, (seconds, seed), as_json=as_json)
        return
    if output is not None and output.suffix.lower() not in (".parquet", ".csv"):
        raise InputError(f"--output {output}: a plan is written as .parquet or .csv")
    with rules_beside(file):
        plant = with_orders(load_plant(file), orders)
        begin = _begin(plant, state, actuals)
        plan = _plan(
            plant,
            begin,
            _changes(previous, freeze, per_move) | _judged(replications, replan),
            objective,
            (seconds, seed),
        )
    if output is not None:
        from zhizao.records.files import write_frame

        written("--output", output, lambda target: write_frame(plan.events, target))
        tell(f"plan: {output} ({plan.events.height} rows)")
    hand_over(plan, report, as_json, show_plan)


def _begin(plant: Plant, state: Path | None, actuals: Path | None) -> PlantState | None:
    """The state that the plan begins with: of a file, or by a log of what happened."""
    from zhizao.quantities import InputError

    if actuals is None:
        return load_state(state, plant)
    if state is not None:
        raise InputError("--from and --actuals: found both; a plan begins with one of them")
    from zhizao.cli.logs import import_log
    from zhizao.studies.schedule.actuals import state_of

    events = import_log(actuals, None).records.events
    found = state_of(plant, events) if events is not None else None
    if found is None:
        raise InputError(f"--actuals {actuals}: found no events")
    tell(f"actuals: {found}")
    return found.state


def _changes(previous: Path | None, freeze: str | None, per_move: float | None) -> dict[str, Any]:
    """Options of a plan that changes little of an earlier one."""
    from zhizao.quantities import InputError

    given = {"--freeze": freeze, "--per-move": per_move}
    for option, value in given.items():
        if previous is None and value is not None:
            raise InputError(f"{option} needs --previous")
    options = {"previous": load_plan(previous), "freeze": freeze, "per_move": per_move}
    return {name: value for name, value in options.items() if value is not None}


def _judged(replications: int, replan: str | None) -> dict[str, Any]:
    """Options of a plan that is judged under randomness."""
    from zhizao.quantities import InputError

    if replan is not None and not replications:
        raise InputError("--replan needs --replications")
    return {"replications": replications, "replan": "1 h" if replan is None else replan}


def _plan(
    plant: Plant,
    state: PlantState | None,
    changes: dict[str, Any],
    objective: str | None,
    limits: tuple[float, int],
) -> Plan:
    from zhizao.engine.run import needs_compile as twin_needs_compile
    from zhizao.solvers.shop import Objective
    from zhizao.solvers.shop.solve import needs_compile
    from zhizao.studies.schedule import schedule as study

    if needs_compile() or twin_needs_compile():
        tell(_COMPILING)
    line = _Line()
    return study(
        plant,
        state=state,
        objective=None if objective is None else Objective(objective),
        seconds=limits[0],
        seed=limits[1],
        on_improvement=line.incumbent if line.shown else None,
        progress=line.progress if line.shown else None,
        **changes,
    )


class _Line:
    """One line on a terminal: the share of the time that is over, and the incumbent of the search."""

    def __init__(self) -> None:
        self.shown = sys.stderr.isatty()
        self._percent, self._text = -1, ""

    def progress(self, share: float) -> None:
        """Show the share if it is another percent."""
        if int(100 * share) != self._percent:
            self._percent = int(100 * share)
            self._print()

    def incumbent(self, best: Incumbent) -> None:
        """Show a better schedule."""
        self._text = f"{best.seconds:6.1f} s  best {best.value}  bound {best.bound}  ({best.by})"
        self._print()

    def _print(self) -> None:
        share = f"{self._percent:3d} %  " if self._percent >= 0 else ""
        print(f"\r{share}{self._text:<70}", end="", file=sys.stderr, flush=True)


def _compile_once(problem: Problem) -> None:
    """Compile the search if needed, and say so."""
    from zhizao.solvers.shop.solve import compile_for, needs_compile

    if needs_compile(problem):
        tell(_COMPILING)
        compile_for(problem)


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
    line = _Line()
    shown = line.incumbent if line.shown else None
    found = solve(problem, seconds=limits[0], seed=limits[1], on_improvement=shown)
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
