"""Checks that span several parts of a plant; all faults are found in one run."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from zhizao.plant.changes import apply_unchecked, still_known
from zhizao.plant.checks.never import check_never
from zhizao.plant.checks.parts import CHECKS
from zhizao.plant.checks.past_lots import check_past_lots
from zhizao.plant.checks.transport import check_transport
from zhizao.plant.faults import Problem
from zhizao.plant.measures.effects import check_effects
from zhizao.plant.model import Plant
from zhizao.plant.query.measures import check_names
from zhizao.plant.uncertainty import check_uncertainty


def check_plant(plant: Plant) -> list[Problem]:
    """List everything that is wrong between the parts of a plant, its measures included."""
    own = check_parts(plant)
    return [*own, *_measures(plant, own)]


def check_parts(plant: Plant) -> list[Problem]:
    """List everything that is wrong between the parts of a plant, its measures aside."""
    checks = (*CHECKS, check_past_lots, check_transport, check_uncertainty, check_never)
    return list(chain.from_iterable(check(plant) for check in checks))


def _measures(plant: Plant, own: list[Problem]) -> Iterator[Problem]:
    """Take each measure once, so that a path that leads nowhere is found where it is written."""
    known = {(problem.path, problem.found) for problem in own}
    yield from check_names(plant)
    bare = plant.model_copy(update={"measures": ()})
    for number, measure in enumerate(plant.measures):
        after, unfit = apply_unchecked(bare, measure.set)
        after = still_known(bare, after, measure.set)
        for key, problem in unfit:
            where = "".join(f"{step}: " for step in problem.path[1:] if isinstance(step, str))
            path = ("measures", number, "set", key)
            yield Problem(path, where + problem.found, problem.right, problem.nearest)
        if not unfit:
            yield from check_effects(("measures", number, "uncertain"), after, measure)
        for problem in check_parts(after) if not unfit else ():
            if (problem.path, problem.found) not in known:
                place = ".".join(str(step) for step in problem.path)
                found = f"with this measure, {place}: {problem.found}"
                yield Problem(("measures", number, "set"), found, problem.right, problem.nearest)
