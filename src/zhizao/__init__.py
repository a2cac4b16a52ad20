"""zhizao (智造): where AI pays in a factory, proved on a digital twin learned from the factory's own records.

The names here are the front door; each is loaded from its room when it is first asked for (PEP 562), so that
`import zhizao` stays quick and loads no heavy library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhizao.connect import read_log
    from zhizao.plant import Measure, Plant, read_plant, rule, warnings_of, write_plant
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
        UnitError,
        ZhizaoError,
    )
    from zhizao.records import Records
    from zhizao.studies.bottlenecks import bottlenecks
    from zhizao.studies.compare import compare
    from zhizao.studies.dispatching import dispatching
    from zhizao.studies.learn import learn
    from zhizao.studies.schedule import schedule
    from zhizao.studies.select import select
    from zhizao.studies.sensitivity import sensitivity
    from zhizao.studies.simulate import simulate
    from zhizao.studies.validate import validate

    __version__: str

__all__ = [
    "Calendar",
    "CalendarError",
    "Distribution",
    "DistributionError",
    "EngineError",
    "Fault",
    "InputError",
    "LogError",
    "Measure",
    "Plant",
    "PlantError",
    "QuantityError",
    "Records",
    "RuleError",
    "UnitError",
    "ZhizaoError",
    "__version__",
    "bottlenecks",
    "compare",
    "dispatching",
    "learn",
    "read_log",
    "read_plant",
    "rule",
    "schedule",
    "select",
    "sensitivity",
    "simulate",
    "validate",
    "warnings_of",
    "write_plant",
]

_PLANT = ("Measure", "Plant", "read_plant", "rule", "warnings_of", "write_plant")
_STUDIES = (
    "bottlenecks",
    "compare",
    "dispatching",
    "learn",
    "schedule",
    "select",
    "sensitivity",
    "simulate",
    "validate",
)


def _room_of(name: str) -> str:
    """Module that a public name comes from."""
    if name in _STUDIES:
        return f"zhizao.studies.{name}"
    if name in _PLANT:
        return "zhizao.plant"
    if name == "read_log":
        return "zhizao.connect"
    return "zhizao.records" if name == "Records" else "zhizao.quantities"


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
