"""From the design to the cut piece: virtual samples, parametric patterns, automatic markers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zhizao.plant.measures.kind import Changes, Finder, Kind, Parameter, Values, because
from zhizao.plant.measures.load import flow_of
from zhizao.plant.measures.quality import durations, steps
from zhizao.plant.model import MeasureKind, Operation, Plant
from zhizao.plant.query import END, followers, routes_of
from zhizao.quantities import units

_SAMPLE = re.compile(r"(^|[^a-z])(proto)?(samples?|prototypes?)($|[^a-z])", re.IGNORECASE)
_CHECKS = re.compile(r"inspect|test|check|measure|qc", re.IGNORECASE)
"""A sample that is taken for an inspection is another thing."""
_PATTERNS = re.compile(r"(^|[^a-z])(patterns?|grad(e|es|ing))($|[^a-z])", re.IGNORECASE)
_MARKERS = re.compile(
    r"(^|[^a-z])(mark|markers?|marking|nest|nesting|lay[- ]?plan(s|ning)?)($|[^a-z])", re.IGNORECASE
)


def _samples(plant: Plant, values: Values) -> Iterator[tuple[str, str, Changes, float | None]]:
    flow, of_samples = flow_of(plant), _sample_routes(plant)
    rounds, inside = _rounds(plant, of_samples)
    found = []
    for (route, ways), (back, away) in rounds.items():
        changes = Changes()
        for name in back:
            left, least, most = (
                _weight_left(back, away, name, share)
                for share in (values["replaced"], values.high("replaced"), values.low("replaced"))
            )
            changes.number(f"routes.{route}.{ways}.next.{name}", left, least, most, units.NUMBER)
        title = f"Virtual samples in place of rounds back from {ways}"
        found.append((flow.lots[route, ways], ways, title, changes))
    for name, alike in steps(plant).items():
        real = [(route, step) for route, step in alike if route in of_samples or _is_sample(step)]
        real = [(route, step) for route, step in real if (route, step.id) not in inside]
        changes = Changes()
        for route, step in real:
            left, least, most = (
                step.sample * (1 - share)
                for share in (values["replaced"], values.high("replaced"), values.low("replaced"))
            )
            changes.number(f"routes.{route}.{step.id}.sample", left, least, most)
        if real:
            lots = sum(flow.lots[route, step.id] for route, step in real)
            found.append((lots, name, f"Virtual samples in place of real ones at {name}", changes))
    for _, name, title, changes in sorted(found, key=lambda one: -one[0]):
        yield f"at-{name}", title, changes, None


_RARE = 1e-4
"""Rounds beyond the first where there should be one only: a plant has no weights of 0."""
_Ways = tuple[dict[str, float], float]
"""Weights of the ways back, by operation, and of all ways that do not lead back."""


def _rounds(plant: Plant, of_samples: set[str]) -> tuple[dict[tuple[str, str], _Ways], set[tuple[str, str]]]:
    """Branches from which a lot may come back to make its sample anew, and the operations between."""
    found: dict[tuple[str, str], _Ways] = {}
    inside: set[tuple[str, str]] = set()
    for route, operations in plant.routes.items():
        after = {step.id: _reached(operations, number) for number, step in enumerate(operations)}
        for step in operations:
            back = {n: w for n, w in step.next.items() if n != END and (n == step.id or step.id in after[n])}
            around = {step.id, *back} | {n for m in back for n in after[m] if step.id in after[n]}
            made = route in of_samples or any(_is_sample(one) for one in operations if one.id in around)
            if back and len(back) < len(step.next) and made:
                found[route, step.id] = back, sum(step.next.values()) - sum(back.values())
                inside |= {(route, name) for name in around}
    return found, inside


def _reached(operations: tuple[Operation, ...], number: int) -> set[str]:
    """Operations that a lot may come to after this one."""
    place = {step.id: row for row, step in enumerate(operations)}
    found: set[str] = set()
    todo = [number]
    while todo:
        for step in followers(operations, todo.pop()):
            if step.id not in found:
                found.add(step.id)
                todo.append(place[step.id])
    return found


def _weight_left(back: dict[str, float], away: float, name: str, replaced: float) -> float:
    """Weight of one way back so that the mean number of rounds is smaller by a share, and at least one."""
    total = sum(back.values())
    rounds = max(1 + _RARE, (total + away) / away * (1 - replaced))
    return back[name] / total * away * (rounds - 1)


def _is_sample(step: Operation) -> bool:
    return bool(_SAMPLE.search(step.id)) and not _CHECKS.search(step.id)


def _sample_routes(plant: Plant) -> set[str]:
    """Routes that only samples take: products whose name or attributes say so."""
    samples, others = set[str](), set[str]()
    for name, product in plant.products.items():
        words = (name, *product.attributes, *product.attributes.values())
        (samples if any(map(_SAMPLE.search, words)) else others).update(routes_of(product))
    named = {route for route in samples if any(map(_is_sample, plant.routes[route]))}
    return samples - others - named  # a step that says it is a sample is the one that makes it


VIRTUAL_SAMPLES = Kind(
    MeasureKind.VIRTUAL_SAMPLES,
    "Virtual samples",
    "A share of the samples is made and judged on a screen. Where a route leads back to make the sample "
    "anew, the mean number of rounds is smaller by that share, and at least one; else their lots pass the "
    "steps that make it. Steps whose name says sample or prototype; all steps of products that say so, "
    "where no step does. What the work on the screen takes is not counted.",
    because("no operation or product says that it is a sample or a prototype"),
    _samples,
    (
        Parameter(
            "replaced", "share of real samples that are no longer made", 0.4, 0.3, 0.5,
            source="30 to 50 % as brands report, ouispeakfashion.com/glossary/sampling (secondary source)",
        ),
    ),
)  # fmt: skip


# ---------------------------------------------------------------- steps that a program does
def _quicker_at(names: re.Pattern[str], title: str) -> Finder:
    """Steps with such a name take a smaller share of their time, wherever they are worked on."""

    def find(plant: Plant, values: Values) -> Iterator[tuple[str, str, Changes, float | None]]:
        flow = flow_of(plant)
        factors = (1 - values.high("reduction"), 1 - values["reduction"], 1 - values.low("reduction"))
        found = []
        for name, alike in steps(plant).items():
            if names.search(name) and not _CHECKS.search(name):
                changes = Changes()
                for route, step in alike:
                    _shorten(changes, f"routes.{route}.{step.id}", step, factors)
                found.append((sum(flow.lots[route, step.id] for route, step in alike), name, changes))
        for _, name, changes in sorted(found, key=lambda one: -one[0]):
            yield f"at-{name}", f"{title} at {name}", changes, None

    return find


def _shorten(changes: Changes, path: str, step: Operation, factors: tuple[float, float, float]) -> None:
    for where, takes in durations(path, step):
        for part in ("per_lot", "per_piece", "per_batch"):
            before = getattr(takes, part)
            if before is not None:
                changes.mean(f"{where}.{part}", before, factors)


PARAMETRIC_PATTERNS = Kind(
    MeasureKind.PARAMETRIC_PATTERNS,
    "Parametric patterns",
    "Patterns are drafted from body measurements and design parameters, and so is every size, in place of "
    "grading: steps whose name says pattern or grading take less time. What a person still does, such as "
    "judging and correcting, stays.",
    because("no operation says in its name that it makes patterns or grades them"),
    _quicker_at(_PATTERNS, "Parametric patterns"),
    (Parameter("reduction", "share of the time that is saved", 0.5, 0.25, 0.75),),
)  # fmt: skip

AUTOMATIC_MARKERS = Kind(
    MeasureKind.AUTOMATIC_MARKERS,
    "Automatic markers",
    "A program places the pieces on the cloth: steps whose name says marker or nesting take less time. What "
    "is saved in cloth depends on the styles; it is not counted.",
    because("no operation says in its name that it makes markers"),
    _quicker_at(_MARKERS, "Automatic markers"),
    (
        Parameter(
            "reduction", "share of the time that is saved", 0.8, 0.5, 0.95,
            source="assumed; a marker takes 2 to 3 h by hand, "
            "textilestudent.com/methods-discussion-of-marker-making",
        ),
    ),
)  # fmt: skip
