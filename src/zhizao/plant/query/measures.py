"""Which measures go together: needs, and what excludes what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count

from zhizao.plant.faults import Path, Problem
from zhizao.plant.model import Measure, Plant
from zhizao.quantities.errors import Fault, nearest_name


def with_needed(measures: Sequence[Measure], ids: Iterable[str]) -> tuple[str, ...]:
    """Ids with those of all measures that they need, directly or not, in the order of `measures`."""
    known = {measure.id: measure for measure in measures}
    wanted, todo = set[str](), list(ids)
    while todo:
        name = todo.pop()
        if name not in wanted:
            wanted.add(name)
            todo += known[name].needs if name in known else ()
    rest = sorted(wanted - known.keys())
    return (*(name for name in known if name in wanted), *rest)


def excluded_pairs(measures: Sequence[Measure]) -> dict[frozenset[str], str]:
    """Pairs of ids that cannot both be taken, and why: a measure says so, or both set one number."""
    found: dict[frozenset[str], str] = {}
    for number, one in enumerate(measures):
        for other in measures[number + 1 :]:
            shared = _same_place(one, other)
            if other.id in one.excludes or one.id in other.excludes:
                found[frozenset((one.id, other.id))] = "one excludes the other"
            elif shared:
                found[frozenset((one.id, other.id))] = f"both set {shared}"
    return found


def _same_place(one: Measure, other: Measure) -> str:
    """A path that both set, one of them perhaps with a part above it; empty if there is none."""
    for path in one.set:
        for second in other.set:
            if path == second or path.startswith(f"{second}.") or second.startswith(f"{path}."):
                return max(path, second, key=len)
    return ""


def not_together(measures: Sequence[Measure], ids: Sequence[str]) -> Iterator[Fault]:
    """What is wrong with taking just these measures: unknown ids, missing needs, exclusions."""
    known = {measure.id: measure for measure in measures}
    for name in ids:
        if name not in known:
            right = f"the measures are {', '.join(known) or 'none'}"
            yield Fault(
                "plant", 0, "measures", f"found no measure {name!r}", right, nearest_name(name, known)
            )
    taken = [known[name] for name in dict.fromkeys(ids) if name in known]
    there = {measure.id for measure in taken}
    for measure in taken:
        for need in measure.needs:
            if need not in there:
                found = f"found {measure.id!r} without {need!r}, which it needs"
                yield Fault("plant", 0, "measures", found, f"take {need!r} too", None)
        for other in measure.excludes:
            if other in there:
                found = f"found {measure.id!r} together with {other!r}, which it excludes"
                yield Fault("plant", 0, "measures", found, "take one of them", None)


def check_names(plant: Plant) -> Iterator[Problem]:
    """Find needs and exclusions that name nothing, a measure itself, or each other."""
    known = [measure.id for measure in plant.measures]
    for number, measure in enumerate(plant.measures):
        for field in ("needs", "excludes"):
            for place, name in enumerate(getattr(measure, field)):
                path: Path = ("measures", number, field, place)
                if name not in known:
                    right = f"the measures are {', '.join(known)}"
                    yield Problem(path, f"found no measure {name!r}", right, nearest_name(name, known))
                elif name == measure.id:
                    yield Problem(path, f"found {name!r} itself", "leave it out")
        together = with_needed(plant.measures, (measure.id,))
        for fault in not_together(plant.measures, together):
            if "excludes" in fault.found:
                yield Problem(("measures", number, "needs"), fault.found, "it could never be taken")


def known_by(measure: Measure) -> str:
    """How the numbers of a measure are known, in a few words."""
    evidence = measure.evidence
    if evidence is None:
        return "assumed"
    if evidence.study is not None:
        return f"{evidence.study} {evidence.run}" if evidence.run else evidence.study
    return evidence.source or "assumed"


def free_id(measures: Iterable[Measure], wanted: str) -> str:
    """The id for a further measure: as wanted, or with a number behind it where that is taken."""
    taken = {measure.id for measure in measures}
    numbered = (f"{wanted}-{number}" for number in count(2))
    return next(name for name in chain((wanted,), numbered) if name not in taken)
