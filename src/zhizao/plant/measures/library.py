"""The library of measures: all kinds, what of them a plant has places for, and what a log says of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from zhizao.plant.changes import changed
from zhizao.plant.measures import capacity, design, downtime, energy, flow, quality, setups
from zhizao.plant.measures.kind import Kind
from zhizao.plant.model import Measure, MeasureKind, Plant
from zhizao.plant.uncertainty import base_name
from zhizao.quantities.errors import InputError, PlantError, nearest_name

_ALL = (
    quality.INSPECTION, quality.CONTROL, downtime.PREDICTION, flow.DISPATCHING, flow.SCHEDULING,
    setups.QUICK_CHANGE, energy.STANDBY, energy.SHIFTING, capacity.EXTRA_UNIT, capacity.EXTRA_WORKER,
    capacity.CROSS_TRAINING, flow.RELEASE, flow.LOT_SIZE, flow.TRANSFER, flow.BUFFER, capacity.EXTRA_VEHICLE,
    capacity.STORE, design.VIRTUAL_SAMPLES, design.PARAMETRIC_PATTERNS, design.AUTOMATIC_MARKERS,
)  # fmt: skip
_ORDER = list(MeasureKind)
KINDS: tuple[Kind, ...] = tuple(sorted(_ALL, key=lambda kind: _ORDER.index(kind.kind)))
"""Every kind, in the order of `MeasureKind`."""

MOST_PLACES = 3
"""Measures listed of a kind, the most important first; a search over all pairs of more takes too long."""

Given = Mapping[str, object]
"""Parameters by `kind.parameter`, for example `visual-inspection.detection`."""


@dataclass(frozen=True, slots=True)
class Places:
    """What a plant has of one kind: measures, how many more places there are, and else why there is none."""

    kind: Kind
    measures: tuple[Measure, ...]
    more: int
    why: str


def kinds_named(names: Iterable[str] | None = None) -> tuple[Kind, ...]:
    """Kinds by their names; all without names.

    Raises
    ------
    InputError
        There is no such kind.
    """
    if names is None:
        return KINDS
    known = {kind.kind.value: kind for kind in KINDS}
    wanted = list(names)
    for name in wanted:
        if name not in known:
            raise InputError(f"found no kind of measure {name!r}; {_kinds_text(name, known)}")
    return tuple(kind for kind in KINDS if kind.kind.value in wanted)


def _kinds_text(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = nearest_name(name, names)
    return f"the kinds are {', '.join(names)}" + (f"; did you mean {near!r}?" if near else "")


def survey(
    plant: Plant, kinds: Iterable[str] | None = None, values: Given | None = None, *, most: int = MOST_PLACES
) -> tuple[Places, ...]:
    """Look for places of each kind in a plant.

    A measure that the plant has already (it sets the same) is not listed again. Each one is valid alone.

    Raises
    ------
    InputError
        A kind or parameter has another name, or a value is impossible.
    """
    given, wanted = _by_kind(values or {}), kinds_named(kinds)
    taken = {measure.id for measure in plant.measures}
    found = []
    for kind in wanted:
        own = given.get(kind.kind.value, {})
        new = [one for one in kind.places(plant, own) if all(one.set != old.set for old in plant.measures)]
        kept = tuple(islice(_named(_valid(plant, new), taken), most))
        why = "" if kept else _why(plant, kind, own)
        found.append(Places(kind, kept, max(0, len(new) - most) if kept else 0, why))
    return tuple(found)


def _why(plant: Plant, kind: Kind, own: Given) -> str:
    if next(kind.places(plant, own), None) is None:
        return kind.without(plant)
    return "what it would set is in the measures of the plant already, or does not fit together with the rest"


def _by_kind(values: Given) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    known = [kind.kind.value for kind in KINDS]
    for name, value in values.items():
        of, _, parameter = name.partition(".")
        if of not in known:
            raise InputError(f"found no kind of measure {of!r} in {name!r}; {_kinds_text(of, known)}")
        found.setdefault(of, {})[parameter] = value
    for kind in KINDS:  # faults of a kind that is not asked for are said too
        kind.values(found.get(kind.kind.value, {}))
    return found


def _valid(plant: Plant, measures: Sequence[Measure]) -> Iterator[Measure]:
    """Those that fit the plant, each by itself."""
    bare = plant.model_copy(update={"measures": ()})
    for measure in measures:
        try:
            changed(bare, {"measures": [measure]})
        except PlantError:
            continue
        yield measure


def _named(measures: Iterable[Measure], taken: set[str]) -> Iterator[Measure]:
    """The same with ids that nothing else has."""
    for measure in measures:
        name, number = measure.id, 1
        while name in taken:
            number += 1
            name = f"{measure.id}-{number}"
        taken.add(name)
        yield measure if name == measure.id else measure.model_copy(update={"id": name})


def applicable(
    plant: Plant, kinds: Iterable[str] | None = None, values: Given | None = None
) -> tuple[Measure, ...]:
    """Measures of the library that a plant has places for, at most `MOST_PLACES` of a kind.

    Parameters
    ----------
    kinds
        Names of kinds (default: all).
    values
        Parameters by `kind.parameter`, in base units or as texts with units (default: those of the library).

    Raises
    ------
    InputError
        A kind or parameter has another name, or a value is impossible.
    """
    return tuple(measure for places in survey(plant, kinds, values) for measure in places.measures)


def absent(plant: Plant) -> tuple[tuple[MeasureKind, str], ...]:
    """Kinds that a plant has no place for, and why."""
    return tuple((one.kind.kind, one.why) for one in survey(plant) if not one.measures)


# ---------------------------------------------------------------- evidence
@dataclass(frozen=True, slots=True)
class KindEvidence:
    """What a learned plant knows of a kind: places, observations behind their numbers (None: of none)."""

    kind: MeasureKind
    places: int
    observations: int | None
    said: str


def evidence_in(plant: Plant) -> tuple[KindEvidence, ...]:
    """Say for each kind what the log behind a plant knows: `plant.uncertainty` has its observations."""
    steps = {f"routes.{route}.{step.id}": step.id for route, all_ in plant.routes.items() for step in all_}
    return tuple(_evidence(plant, kind, steps) for kind in KINDS)


def _evidence(plant: Plant, kind: Kind, steps: Mapping[str, str]) -> KindEvidence:
    found = list(kind.places(plant))
    if not found:
        return KindEvidence(kind.kind, 0, None, kind.without(plant))
    known = {one.what: one.observations for one in plant.uncertainty}
    paths = {path for one in found for path in one.set} if kind.known_by else set[str]()
    behind = {address for path in paths for address in _addresses(plant, path, kind, steps)}
    counted = [known[address] for address in behind if address in known]
    if not counted:
        return KindEvidence(kind.kind, len(found), None, "the log does not measure what it changes")
    return KindEvidence(kind.kind, len(found), sum(counted), "the log measures what it changes")


def _addresses(plant: Plant, path: str, kind: Kind, steps: Mapping[str, str]) -> Iterator[str]:
    """Addresses of uncertainties that a change of a kind starts from."""
    step = steps.get(path.rpartition(".defects.")[0])
    centers = [c.id for c in plant.work_centers if path.startswith(f"work_centers.{c.id}.")]
    for end in kind.known_by:
        if step is not None:
            yield f"operations.{base_name(step)}.{end}"
        yield from (f"work_centers.{center}.{end}" for center in centers)
