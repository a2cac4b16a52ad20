"""Visual inspection, and closed-loop process control."""

from __future__ import annotations

from collections.abc import Iterator

from zhizao.plant.measures.kind import Changes, Kind, Parameter, Values
from zhizao.plant.measures.load import Flow, expected_visits, flow_of
from zhizao.plant.model import MeasureKind, Operation, Plant, Takes
from zhizao.plant.uncertainty import base_name
from zhizao.quantities import units
from zhizao.quantities.distributions import mean
from zhizao.quantities.errors import InputError

Steps = list[tuple[str, Operation]]
"""Steps of one name, each with its route: one camera looks at all of them."""


def steps(plant: Plant) -> dict[str, Steps]:
    """Operations by their base name, over all routes."""
    found: dict[str, Steps] = {}
    for route, operations in plant.routes.items():
        for operation in operations:
            found.setdefault(base_name(operation.id), []).append((route, operation))
    return found


def durations(path: str, step: Operation) -> list[tuple[str, Takes]]:
    """Durations of a step wherever it is worked on, each with its path."""
    own = [] if step.takes is None else [(f"{path}.takes", step.takes)]
    return own + [(f"{path}.on.{a.work_center}.takes", a.takes) for a in step.on if a.takes is not None]


def defective(operations: tuple[Operation, ...]) -> dict[str, float]:
    """Expected share of defective pieces, made here or earlier and not found, before the inspection here."""
    share, found = 0.0, {}
    for operation, visits in zip(operations, expected_visits(operations), strict=True):
        defects = operation.defects
        if defects is not None:
            share += (1 - share) * defects.share * min(visits, 1.0)
        found[operation.id] = share
        if defects is not None:
            share *= 1 - defects.found
    return found


# ---------------------------------------------------------------- visual inspection
def _inspections(plant: Plant, values: Values) -> Iterator[tuple[str, str, Changes, float | None]]:
    flow, shares = flow_of(plant), {name: defective(route) for name, route in plant.routes.items()}
    reviewers = _inspectors(plant)
    if values["review"] > 0 and not reviewers:
        raise InputError(
            "visual-inspection.review: found no inspectors; right is a group of people whose name or skill "
            "says `inspect`"
        )
    ranked = []
    for name, alike in steps(plant).items():
        better = [
            (route, step)
            for route, step in alike
            if step.defects is not None
            and step.defects.found < values["detection"]
            and shares[route][step.id] > 0
        ]
        gain = sum(_found_more(flow, route, step, shares, values) for route, step in better)
        if better:
            ranked.append((gain, name, better))
    for _, name, better in sorted(ranked, key=lambda one: -one[0]):
        changes = Changes()
        for route, step in better:
            _inspect(changes, f"routes.{route}.{step.id}", step, values, reviewers)
        yield f"at-{name}", f"Visual inspection at {name}", changes, None


def _found_more(
    flow: Flow, route: str, step: Operation, shares: dict[str, dict[str, float]], values: Values
) -> float:
    """Defective pieces a second that are found in addition."""
    assert step.defects is not None
    more = values["detection"] - step.defects.found
    return flow.pieces[route, step.id] * shares[route][step.id] * more


def _inspect(changes: Changes, path: str, step: Operation, values: Values, reviewers: str) -> None:
    assert step.defects is not None
    low = max(values.low("detection"), step.defects.found)
    changes.number(f"{path}.defects.found", values["detection"], low, values.high("detection"))
    if values["review"] > 0:
        changes.set[f"{path}.defects.false_alarms"] = 0
        if reviewers not in step.needs:
            changes.set[f"{path}.needs.{reviewers}"] = {"count": 1, "during": "process"}
    else:
        alarms = values["false_alarms"]
        ends = values.low("false_alarms"), values.high("false_alarms")
        changes.number(f"{path}.defects.false_alarms", alarms, *ends)
    if values["inspection_time"] > 0:
        _take_longer(changes, path, step, values["inspection_time"])


def _take_longer(changes: Changes, path: str, step: Operation, seconds: float) -> None:
    """Each piece takes so much longer, wherever it is worked on; the shape of its distribution stays."""
    for where, takes in durations(path, step):
        before = takes.per_piece
        if before is None or mean(before) == 0:
            changes.set[f"{where}.per_piece"] = units.format_quantity(seconds, units.TIME)
        else:
            factor = 1 + seconds / mean(before)
            changes.mean(f"{where}.per_piece", before, (factor, factor, factor))


def _inspectors(plant: Plant) -> str:
    """What an operation needs so that an inspector is there; empty if the plant has none."""
    for group in plant.personnel:
        for name in (*group.skills, group.id):
            if "inspect" in name.lower():
                return name
    return ""


def _no_inspection(plant: Plant) -> str:
    kinds = [step.defects for _, step in _all(plant) if step.defects is not None]
    if not any(defects.share > 0 for defects in kinds):
        return "no operation has a share of defects above 0"
    return "every step that inspects finds as much already"


def _all(plant: Plant) -> Iterator[tuple[str, Operation]]:
    for alike in steps(plant).values():
        yield from alike


INSPECTION = Kind(
    MeasureKind.VISUAL_INSPECTION,
    "Visual inspection",
    "A camera at a step finds more of the defective pieces. False alarms go the way of the pieces found "
    "(scrap or rework), unless an inspector of the plant stands by and looks at them (review = 1).",
    _no_inspection,
    _inspections,
    (
        Parameter(
            "detection", "share of defective pieces that it finds", 0.95, 0.85, 0.99,
            source="0.95 to 0.99 in studies, as summed up at thecounterbrief.com/quality-control-cameras "
            "(secondary source); low end assumed",
        ),
        Parameter("false_alarms", "share of sound pieces that it rejects", 0.01, 0.0, 0.03),
        Parameter(
            "inspection_time", "time added to each piece", 0.0, dimension=units.TIME,
            source="assumed: within the machine's cycle",
        ),
        Parameter("review", "1: an inspector of the plant is there while it processes", 0.0),
    ),
    ("defects.share",),
)  # fmt: skip


# ---------------------------------------------------------------- process control
def _controls(plant: Plant, values: Values) -> Iterator[tuple[str, str, Changes, float | None]]:
    flow = flow_of(plant)
    ranked = []
    for name, alike in steps(plant).items():
        makers = [
            (r, step, step.defects.share) for r, step in alike if step.defects and step.defects.share > 0
        ]
        made = sum(flow.pieces[route, step.id] * share for route, step, share in makers)
        if makers:
            ranked.append((made, name, makers))
    left, least, most = (1 - one for one in _reductions(values))
    for _, name, makers in sorted(ranked, key=lambda one: -one[0]):
        changes = Changes()
        for route, step, share in makers:
            changes.number(
                f"routes.{route}.{step.id}.defects.share", share * left, share * least, share * most
            )
        yield f"at-{name}", f"Closed-loop process control at {name}", changes, None


def _reductions(values: Values) -> tuple[float, float, float]:
    return values["reduction"], values.high("reduction"), values.low("reduction")


CONTROL = Kind(
    MeasureKind.PROCESS_CONTROL,
    "Closed-loop process control",
    "Settings follow what is measured (run-to-run control), so that a step makes fewer defective pieces.",
    lambda plant: "no operation has a share of defects above 0",  # noqa: ARG005
    _controls,
    (Parameter("reduction", "share of its defective pieces that are no longer made", 0.3, 0.1, 0.5),),
    ("defects.share",),
)
