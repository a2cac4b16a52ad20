"""Messages of B2MML: material definitions and lots, schedules, performance, personnel."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from zhizao.connect.batchml.tree import Branch, read_tree
from zhizao.quantities.errors import InputError
from zhizao.records.recipes.messages import Amount, Item, MaterialUse, Message, MessageKind, Segment

_NAME = re.compile(r"(Get|Show|Process|Acknowledge|Change|Respond|Cancel|Sync)([A-Z]\w+)")
_KINDS = {
    "MaterialDefinition": MessageKind.MATERIAL,
    "MaterialInformation": MessageKind.LOT,
    "ProductionSchedule": MessageKind.SCHEDULE,
    "OperationsSchedule": MessageKind.SCHEDULE,
    "ProductionPerformance": MessageKind.PERFORMANCE,
    "OperationsPerformance": MessageKind.PERFORMANCE,
    "PersonnelInformation": MessageKind.PERSONNEL,
    "Person": MessageKind.PERSONNEL,
}
_ITEMS = ("MaterialDefinition", "MaterialInformation", "MaterialLot", "MaterialSubLot", "Person")
_ORDERS = ("ProductionRequest", "OperationsRequest", "ProductionResponse", "OperationsResponse")
_SEGMENTS = ("SegmentRequirement", "SegmentResponse")
_MATERIALS = ("MaterialRequirement", "MaterialActual")


def read_message(path: str | Path) -> Message:
    """Read a message of B2MML.

    Raises
    ------
    InputError
        With file and line: no B2MML, a message of another kind, a moment that cannot be read.
    """
    root = read_tree(path)
    match = _NAME.fullmatch(root.name)
    kind = None if match is None else _KINDS.get(match[2])
    if match is None or kind is None:
        right = f"right is a message such as Sync{next(iter(_KINDS))}, of {', '.join(_KINDS)}"
        raise InputError(f"{path}:{root.line}: found <{root.name}>; {right}")
    data = root.first("DataArea") or Branch("DataArea", root.line)
    tops = [one for one in data.inside if one.name == match[2]]
    return Message(
        kind=kind,
        verb=match[1],
        sender=root.say("ApplicationArea", "Sender", "LogicalID"),
        created=_moment(root, path),
        items=tuple(_item(one) for one in tops if one.name in _ITEMS),
        work=tuple(_segment(order) for one in tops for order in one.inside if order.name in _ORDERS),
    )


def _moment(root: Branch, path: str | Path) -> datetime | None:
    text = root.say("ApplicationArea", "CreationDateTime")
    try:  # a seventh digit of a second is more than a datetime holds
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text)) if text else None
    except ValueError:
        right = "right is a moment by ISO 8601"
        raise InputError(f"{path}:{root.line}: CreationDateTime: found {text!r}; {right}") from None


def _amounts(branch: Branch, name: str, text: str) -> tuple[Amount, ...]:
    return tuple(Amount(one.say(text), one.say("UnitOfMeasure")) for one in branch.all(name))


def _properties(branch: Branch) -> tuple[tuple[str, Amount], ...]:
    found = [one for one in branch.inside if one.name.endswith("Property")]
    return tuple((one.say("ID"), value) for one in found for value in _amounts(one, "Value", "ValueString"))


def _item(branch: Branch) -> Item:
    return Item(
        kind=branch.name,
        id=branch.say("ID"),
        description=branch.say("Description") or branch.say("PersonName"),
        status=branch.say("Status"),
        amounts=_amounts(branch, "Quantity", "QuantityString"),
        properties=_properties(branch),
        inside=tuple(_item(one) for one in branch.inside if one.name in _ITEMS),
    )


def _segment(branch: Branch) -> Segment:
    parameters = [
        (one.say("Parameter", "ID") or one.say("ID"), value)
        for one in branch.inside
        if one.name in ("ProductionParameter", "SegmentParameter", "ProductionData", "SegmentData")
        for value in _amounts(one.first("Parameter") or one, "Value", "ValueString")
    ]
    return Segment(
        id=branch.say("ID") or branch.say("ProcessSegmentID"),
        parameters=tuple(parameters),
        materials=tuple(_material(one) for one in branch.inside if one.name in _MATERIALS),
        inside=tuple(_segment(one) for one in branch.inside if one.name in _SEGMENTS),
    )


def _material(branch: Branch) -> MaterialUse:
    return MaterialUse(
        material=branch.say("MaterialDefinitionID"),
        use=branch.say("MaterialUse"),
        lot=branch.say("MaterialLotID"),
        sublot=branch.say("MaterialSubLotID"),
        place=branch.say("Location", "EquipmentID"),
        amounts=_amounts(branch, "Quantity", "QuantityString"),
        properties=_properties(branch),
    )
