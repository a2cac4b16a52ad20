"""zhizao (智造): where AI pays in a factory, proved on a digital twin learned from the factory's own records.

The names here are the front door; each is loaded from its room when it is first asked for (PEP 562), so that
`import zhizao` stays quick and loads no heavy library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhizao.connect import read_log
    from zhizao.engine import Session
    from zhizao.engine.session import LotChanged, LotScrapped, OrderReleased, UnitDown, UnitUp
    from zhizao.experiments import Effort, Target
    from zhizao.plant import (
        Measure,
        Plant,
        PlantState,
        read_plant,
        read_state,
        rule,
        warnings_of,
        write_plant,
        write_state,
    )
    from zhizao.quantities import (
        Calendar,
        CalendarError,
        Distribution,
        DistributionError,
        EngineError,
        Fault,
        InputError,
        LogError,
        PlantError,
        QuantityError,
        RuleError,
        StateError,
        UnitError,
        ZhizaoError,
    )
    from zhizao.records import Records
    from zhizao.studies.balance import LineGoal, balance
    from zhizao.studies.bottlenecks import bottlenecks
    from zhizao.studies.compare import Appraisal, compare, compare_measures
    from zhizao.studies.compute import QueueTrial, Trial, compute, queue_jobs, shift_load
    from zhizao.studies.dispatching import dispatching
    from zhizao.studies.inspect import Inspector, Pictures, train_inspector
    from zhizao.studies.learn import learn
    from zhizao.studies.logistics import logistics
    from zhizao.studies.maintain import (
        FailureAim,
        LifeAim,
        RulesAim,
        failure_models,
        failure_rules,
        remaining_life,
    )
    from zhizao.studies.marker import Cloth, LayRules, marker, plan_lays
    from zhizao.studies.molecule import molecule
    from zhizao.studies.monitor import (
        EnergyOptions,
        MonitorOptions,
        Shifting,
        batch_quality,
        energy_baseline,
        monitor,
    )
    from zhizao.studies.phase import fit_phase, phase
    from zhizao.studies.process_map import process_map
    from zhizao.studies.rank import Aim, rank
    from zhizao.studies.recipe import run_recipe
    from zhizao.studies.schedule import Objective, schedule
    from zhizao.studies.select import Goal, Method, candidates, select
    from zhizao.studies.sensitivity import sensitivity
    from zhizao.studies.simulate import simulate
    from zhizao.studies.validate import validate
    from zhizao.workflows import validate_rolling
    from zhizao.workflows.improve import improve
    from zhizao.workflows.portfolio import portfolio

    __version__: str

__all__ = [
    "Aim",
    "Appraisal",
    "Calendar",
    "CalendarError",
    "Cloth",
    "Distribution",
    "DistributionError",
    "Effort",
    "EnergyOptions",
    "EngineError",
    "FailureAim",
    "Fault",
    "Goal",
    "InputError",
    "Inspector",
    "LayRules",
    "LifeAim",
    "LineGoal",
    "LogError",
    "LotChanged",
    "LotScrapped",
    "Measure",
    "Method",
    "MonitorOptions",
    "Objective",
    "OrderReleased",
    "Pictures",
    "Plant",
    "PlantError",
    "PlantState",
    "QuantityError",
    "QueueTrial",
    "Records",
    "RuleError",
    "RulesAim",
    "Session",
    "Shifting",
    "StateError",
    "Target",
    "Trial",
    "UnitDown",
    "UnitError",
    "UnitUp",
    "ZhizaoError",
    "__version__",
    "balance",
    "batch_quality",
    "bottlenecks",
    "candidates",
    "compare",
    "compare_measures",
    "compute",
    "dispatching",
    "energy_baseline",
    "failure_models",
    "failure_rules",
    "fit_phase",
    "improve",
    "learn",
    "logistics",
    "marker",
    "molecule",
    "monitor",
    "phase",
    "plan_lays",
    "portfolio",
    "process_map",
    "queue_jobs",
    "rank",
    "read_log",
    "read_plant",
    "read_state",
    "remaining_life",
    "rule",
    "run_recipe",
    "schedule",
    "select",
    "sensitivity",
    "shift_load",
    "simulate",
    "train_inspector",
    "validate",
    "validate_rolling",
    "warnings_of",
    "write_plant",
    "write_state",
]

_ROOMS = {
    "connect": ("read_log",),
    "experiments": ("Effort", "Target"),
    "engine": ("Session",),
    "engine.session": ("LotChanged", "LotScrapped", "OrderReleased", "UnitDown", "UnitUp"),
    "plant": (
        "Measure",
        "Plant",
        "PlantState",
        "read_plant",
        "read_state",
        "rule",
        "warnings_of",
        "write_plant",
        "write_state",
    ),
    "records": ("Records",),
    "studies.balance": ("LineGoal", "balance"),
    "studies.bottlenecks": ("bottlenecks",),
    "studies.compare": ("Appraisal", "compare", "compare_measures"),
    "studies.compute": ("QueueTrial", "Trial", "compute", "queue_jobs", "shift_load"),
    "studies.dispatching": ("dispatching",),
    "studies.maintain": (
        "FailureAim",
        "LifeAim",
        "RulesAim",
        "failure_models",
        "failure_rules",
        "remaining_life",
    ),
    "studies.marker": ("Cloth", "LayRules", "marker", "plan_lays"),
    "studies.molecule": ("molecule",),
    "studies.inspect": ("Inspector", "Pictures", "train_inspector"),
    "studies.learn": ("learn",),
    "studies.logistics": ("logistics",),
    "studies.monitor": (
        "EnergyOptions",
        "MonitorOptions",
        "Shifting",
        "batch_quality",
        "energy_baseline",
        "monitor",
    ),
    "studies.phase": ("fit_phase", "phase"),
    "studies.process_map": ("process_map",),
    "studies.rank": ("Aim", "rank"),
    "studies.recipe": ("run_recipe",),
    "studies.schedule": ("Objective", "schedule"),
    "studies.select": ("Goal", "Method", "candidates", "select"),
    "studies.sensitivity": ("sensitivity",),
    "studies.simulate": ("simulate",),
    "studies.validate": ("validate",),
    "workflows": ("validate_rolling",),
    "workflows.improve": ("improve",),
    "workflows.portfolio": ("portfolio",),
}
"""Where a public name comes from; what is not here comes from `quantities`."""


def _room_of(name: str) -> str:
    """Module that a public name comes from."""
    found = (room for room, names in _ROOMS.items() if name in names)
    return f"zhizao.{next(found, 'quantities')}"


def _installed_version() -> str:
    """Version of the installed package; a checkout that is used without being installed has none."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("zhizao")
    except PackageNotFoundError:
        return "0+checkout"


def _load(name: str) -> object:
    """Fetch a public name from its room."""
    if name == "__version__":
        return _installed_version()
    from importlib import import_module

    return getattr(import_module(_room_of(name)), name)


if not TYPE_CHECKING:  # a type checker sees the names above, and no others

    def __getattr__(name: str) -> object:
        """Load a public name when it is first used, and keep it."""
        if name not in __all__:
            raise AttributeError(f"module 'zhizao' has no attribute {name!r}")
        value = globals()[name] = _load(name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
