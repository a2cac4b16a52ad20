"""Measures that a study makes: the rule that `dispatching` finds, the plan that `schedule` makes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from zhizao.engine import Progress
from zhizao.experiments import Scenario, Window
from zhizao.plant import Evidence, Measure, MeasureKind, Plant
from zhizao.plant.query import job_orders
from zhizao.quantities import InputError
from zhizao.solvers.rules import FUNCTION
from zhizao.studies.dispatching import dispatching
from zhizao.studies.dispatching.result import DispatchingResult
from zhizao.studies.schedule import schedule
from zhizao.workflows.improve.goal import Goal

RULE_ID, PLAN_ID = "ai-dispatching", "ai-scheduling"


# ---------------------------------------------------------------- AI dispatching
def rule_goal(goal: Goal, *, keeps_up: bool) -> str | None:
    """The KPI that a rule is searched for; None where no rule can serve the goal."""
    if goal is Goal.PROFIT:
        return None if keeps_up else "throughput"
    return goal.kpi


def found_rule(  # noqa: PLR0913  what the search is to know
    plant: Plant, kpi: str, window: Window, path: Path, *, seconds: float, seed: int, progress: Progress
) -> Measure | None:
    """Search a dispatch rule for all work centers, write it as a Python file, and give it as a measure.

    None where no rule is shown to be better than the known ones.

    Raises
    ------
    InputError
        The file cannot be written, or its name is no module.
    KeyboardInterrupt
        Cancelled before a rule was found.
    """
    if not path.stem.isidentifier():
        raise InputError(f"rule: found {path.name!r}; the file is a Python module: letters, digits and _")
    result = dispatching(plant, kpi, seconds=seconds, days=window.days, seed=seed, progress=progress)
    if result.known_as is not None or not result.better:
        return None
    return rule_measure(plant, result, path, seed)


def rule_measure(plant: Plant, result: DispatchingResult, path: Path, seed: int) -> Measure:
    """A rule that was found as a measure at all work centers; its file is written and loaded.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    try:
        result.save_rule(path)
    except OSError as error:
        raise InputError(f"rule: {path} cannot be written ({error.strerror or error})") from None
    _imported(path)
    name = f"{path.stem}:{FUNCTION}"
    return Measure(
        id=RULE_ID,
        title="AI dispatching",
        kind=MeasureKind.DISPATCHING,
        set={f"work_centers.{center.id}.dispatch": name for center in plant.work_centers},
        evidence=Evidence(study="dispatching", run=f"seed {seed}", note=result.formula),
    )


def _imported(path: Path) -> None:
    """Load the rule's file under its own name, so that the twin finds it wherever it lies."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)


# ---------------------------------------------------------------- AI scheduling
def can_be_planned(plant: Plant) -> bool:
    """Whether a plan makes sense: there are orders by name, and no streams."""
    return bool(job_orders(plant)) and len(job_orders(plant)) == len(plant.orders)


def planned(plant: Plant, measure: Measure, *, seconds: float, seed: int) -> Scenario:
    """The plant following the plan of `schedule`, which it repairs where the day goes otherwise.

    Raises
    ------
    InputError
        The plant asks for something that no plan can do.
    KeyboardInterrupt
        Cancelled before one run was done.
    """
    plan = schedule(plant, seconds=seconds, seed=seed)
    return Scenario(measure.name, plant, plan.events, (measure,))


def plan_measure(plant: Plant, seed: int) -> Measure:
    """Following a plan, as a measure: the plant's own one, which says what it costs, or a new one."""
    made = Evidence(study="schedule", run=f"seed {seed}")
    own = next((m for m in plant.measures if m.kind is MeasureKind.SCHEDULING), None)
    if own is not None:
        return own if own.evidence else own.model_copy(update={"evidence": made})
    return Measure(id=PLAN_ID, title="AI scheduling", kind=MeasureKind.SCHEDULING, evidence=made)
