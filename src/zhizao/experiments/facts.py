"""How the numbers of a study came about: what every result says of its runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from zhizao.experiments.window import Window
from zhizao.quantities import Input, InputError

if TYPE_CHECKING:
    from zhizao.plant.model import Plant
    from zhizao.records import Records, Standstill


REPLICATIONS = 20
"""Default of every study: the fewest at which 95 % intervals of short, skewed runs cover 94 to 96 %
(docs/intervals.md)."""

NOTHING_TO_DO = 0.001
"""A load under this is shown as 0 %: such a resource is not called the busiest."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """How a study runs pairs: days of the window (default as in `simulate`), number of pairs, seed."""

    days: float | None = None
    replications: int = REPLICATIONS
    seed: int = 1

    def __post_init__(self) -> None:
        if self.replications < 2:
            raise InputError(
                f"replications: found {self.replications}; "
                "a difference with an interval takes at least 2 pairs"
            )
        check_days(self.days)


def check_days(days: float | None) -> None:
    """Refuse a window that cannot be (None: the study chooses)."""
    if days is not None and not 0 < days < 1e6:
        raise InputError(f"days: found {days:g}; right is more than 0 and less than a million")


def version() -> str:
    """The version that results name."""
    from zhizao import __version__

    return __version__


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RunFacts:
    """The plant, the window and the replications of a study; base of its result.

    `keeps_up`: the plant as it is can keep up with its orders; `interrupted`: it was cancelled, and holds
    what was done by then.
    """

    plant: Plant
    window: Window
    replications: int
    seed: int
    keeps_up: bool
    interrupted: bool
    version: str
    inputs: tuple[Input, ...] = field(kw_only=True)
    standstills: tuple[tuple[str, Standstill], ...] = field(default=(), kw_only=True)

    @property
    def title(self) -> str:
        """The name of the plant."""
        return self.plant.name

    @property
    def deadlocks(self) -> tuple[str, ...]:
        """What stood for good in runs, in whole sentences, each with what was run."""
        return tuple(f"{of}: {found}" for of, found in self.standstills)


def standstills_of(records: Iterable[Records], of: str = "") -> tuple[tuple[str, Standstill], ...]:
    """The first standstill among runs, with how many had one."""
    every = [one.standstill for one in records]
    found = [one for one in every if one is not None]
    if not found:
        return ()
    where = f" {of}" if of else ""
    return ((f"{len(found)} of {len(every)} runs{where} stand still, the first of them so", found[0]),)


def as_json(facts: RunFacts) -> dict[str, Any]:
    """The facts as they stand in the JSON of a result, beside its envelope."""
    return {
        "plant": facts.plant.name,
        "days": facts.window.days,
        "warm_up_days": facts.window.warm_up_days,
        "warm_up": facts.window.why,
        "replications": facts.replications,
        "confidence": 0.95,
        "keeps_up": facts.keeps_up,
        "standstills": [
            {"of": of} | asdict(found) | {"since": found.since.isoformat()} for of, found in facts.standstills
        ],
    }


def on_page(facts: RunFacts, runs: str = "pairs of runs") -> dict[str, object]:
    """The facts as they stand at the foot of a page."""
    return {
        "plant": facts.plant.name,
        "window, days": facts.window.days,
        "warm-up, days": facts.window.warm_up_days,
        runs: facts.replications,
        "confidence": "95 %",
        "seed": facts.seed,
        "zhizao": facts.version,
    }


def in_words(facts: RunFacts, runs: str = "pairs of runs") -> str:
    """The facts as the last of a result's notes."""
    return (
        f"{facts.replications} {runs} with common random numbers, {facts.window.warm_up}, "
        f"{facts.window.days:g} days each; intervals hold with 95 % confidence, each for itself."
    )
