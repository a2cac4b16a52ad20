"""Read an index file, and hold it against its table; all faults are reported together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from zhizao.plant.faults import Path as Place
from zhizao.plant.faults import Problem, located
from zhizao.plant.files.forms import read_form
from zhizao.plant.files.yaml_tree import YamlTree
from zhizao.quantities import Fault, PlantError, nearest_name
from zhizao.studies.rank.spec import IndexFile, Indicator, Normalisation, Scale


class IndexFileError(PlantError):
    """An index file, or its table, has faults; all that were found are in `faults` and in the message."""

    _of = "index"


def read_index(path: Path) -> tuple[IndexFile, YamlTree]:
    """Read an index file and check what can be checked without its table.

    Raises
    ------
    InputError
        The file cannot be read, or has faults; all that were found are listed with file and line.
    """
    index, tree = read_form(path, IndexFile, IndexFileError, "an index file")
    fail_for(located(_problems(index), tree.locate))
    return index, tree


def fail_for(faults: tuple[Fault, ...]) -> None:
    """Raise all faults together, if there are any."""
    if faults:
        raise IndexFileError(faults)


def _problems(index: IndexFile) -> Iterator[Problem]:
    yield from _names(index)
    yield from _hierarchy(index)
    used = {index.steps.normalise, *(index.uncertainty.normalise if index.uncertainty else ())}
    for name, indicator in index.indicators.items():
        yield from _posts(name, indicator, used)
    if index.steps.range[0] >= index.steps.range[1]:
        low, high = index.steps.range
        yield Problem(("steps", "range"), f"found {low:g} to {high:g}", "write the lower end first")
    by_group = index.steps.impute.startswith("group")
    if by_group and index.steps.impute_by is None:
        found = f"found {index.steps.impute} without a group"
        yield Problem(("steps", "impute"), found, "name the column of the group in impute_by")
    if index.steps.impute_by is not None and not by_group:
        yield Problem(
            ("steps", "impute_by"),
            "found a group that no step uses",
            "write impute: group-mean, or remove it",
        )
    yield from _alternatives(index)
    needs_one = index.steps.normalise is Normalisation.DISTANCE_TO_REFERENCE
    if needs_one != (index.steps.reference is not None):
        found = "found no reference" if needs_one else "found a reference that no step uses"
        right = "name the unit" if needs_one else "write normalise: distance-to-reference, or remove it"
        yield Problem(("steps", "reference"), found, right)


def _alternatives(index: IndexFile) -> Iterator[Problem]:
    """Choices that the file lists but that lack what they need."""
    said = index.uncertainty
    if said is None:
        return
    by_group = next((number for number, how in enumerate(said.impute) if how.startswith("group")), None)
    if by_group is not None and index.steps.impute_by is None:
        found = f"found {said.impute[by_group]} without a group"
        right = "leave it out, or write impute: group-mean and impute_by among the steps"
        yield Problem(("uncertainty", "impute", by_group), found, right)
    for number, how in enumerate(said.normalise):
        if how is Normalisation.DISTANCE_TO_REFERENCE and index.steps.reference is None:
            place: Place = ("uncertainty", "normalise", number)
            yield Problem(place, f"found {how} without a reference", "leave it out")


def _names(index: IndexFile) -> Iterator[Problem]:
    known = [*index.indicators, *index.groups]
    for name in set(index.indicators) & set(index.groups):
        yield Problem(("groups", name), f"found {name!r} as an indicator too", "give each its own name")
    owner: dict[str, str] = {}
    for group, body in index.groups.items():
        for number, part in enumerate(body.of):
            place: Place = ("groups", group, "of", number)
            if part not in known:
                near = nearest_name(part, known)
                yield Problem(place, f"found no indicator or group {part!r}", "name one of this file", near)
            elif part in owner:
                found = f"found {part!r} in {group!r} and in {owner[part]!r}"
                yield Problem(place, found, "put each into one group")
            owner.setdefault(part, group)
    for name in index.indicators:
        if name not in owner:
            yield Problem(("indicators", name), "found it in no group", "add it to one, or remove it")


def _hierarchy(index: IndexFile) -> Iterator[Problem]:
    inside = {part for body in index.groups.values() for part in body.of}
    tops = [name for name in index.groups if name not in inside]
    if len(tops) > 1:
        found = f"found several groups at the top: {', '.join(tops)}"
        yield Problem(("groups", tops[1]), found, "put all but one into a group above them")
    for cycle in _cycles(index):
        found = f"found a cycle: {' > '.join(cycle)}"
        yield Problem(("groups", cycle[0]), found, "let no group contain itself, directly or through others")


def _cycles(index: IndexFile) -> Iterator[tuple[str, ...]]:
    """Every cycle once, from the group in it that the file names first."""
    reported: set[str] = set()
    for start in index.groups:
        reached = {start}
        stack: list[tuple[str, ...]] = [(start,)]
        while stack and start not in reported:
            path = stack.pop()
            for part in index.groups[path[-1]].of if path[-1] in index.groups else ():
                if part == start:
                    reported.update(path)
                    yield (*path, start)
                elif part not in reached:
                    reached.add(part)
                    stack.append((*path, part))


def _posts(name: str, indicator: Indicator, how: set[Normalisation]) -> Iterator[Problem]:
    place: Place = ("indicators", name)
    ends = indicator.goalposts
    if ends is not None and ends[0] >= ends[1]:
        found = f"found {ends[0]:g} to {ends[1]:g}"
        yield Problem((*place, "goalposts"), found, "write the lower end first; direction says which is good")
    if ends is not None and ends[0] <= 0 and indicator.scale is Scale.LOG:
        yield Problem((*place, "goalposts"), f"found {ends[0]:g} on a log scale", "write a number above 0")
    if Normalisation.GOALPOSTS in how and ends is None:
        yield Problem(place, "found no goalposts", "write goalposts: [lower, upper], or choose min-max")
    if Normalisation.DISTANCE_TO_TARGET in how and indicator.target is None:
        yield Problem(place, "found no target", "write target: VALUE, or choose another normalisation")
    if ends is not None and not how & {Normalisation.GOALPOSTS, Normalisation.SCALED}:
        yield Problem(
            (*place, "goalposts"), "found goalposts that no step uses", "write normalise: goalposts"
        )
