"""Batch production records: of BatchML V0401 (executed control recipes) and of B2MML 0701 (events)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from zhizao.connect.batchml.tree import Branch, read_tree
from zhizao.connect.batchml.write import END, LEVELS, START
from zhizao.quantities.errors import Fault, FaultsError, InputError
from zhizao.records.recipes import BatchRecord, BatchStatus, Done, Level, ProductionRecord, Reading

_LEVEL_OF = {name: level for level, name in LEVELS.items()} | {"UnitRecipe": Level.UNIT_PROCEDURE}
_PARTS = ("RuntimeRecipeElement", "RecipeElement")


class RecordError(FaultsError):
    """A batch production record cannot be used; all faults that were found are in `faults`."""

    _of = "batch production record"


def read_record(path: str | Path) -> ProductionRecord:
    """Read a batch production record: what was done when and on what, who did it, and who signed.

    Its comments, changes, samples and data sets are not read. A V0401 record has ends of elements, and no
    starts: these stay None.

    Raises
    ------
    InputError
        With file and line: no BatchML, no batch production record.
    RecordError
        Elements of unknown levels, moments that cannot be read: all of them.
    """
    root = read_tree(path)
    if root.name != "BatchProductionRecord":
        right = "right is a BatchProductionRecord"
        raise InputError(f"{path}:{root.line}: found <{root.name}>; {right}")
    reader = _Reader(str(path), root)
    record = reader.record()
    if reader.faults:
        raise RecordError(tuple(reader.faults))
    return record


class _Reader:
    """Reads one record, and collects what is wrong."""

    def __init__(self, file: str, root: Branch) -> None:
        self.file, self.root = file, root
        self.faults: list[Fault] = []
        self.starts: dict[str, datetime] = {}
        self.ends: dict[str, datetime] = {}
        self.people: dict[str, tuple[str, ...]] = {}

    def record(self) -> ProductionRecord:
        self.events()
        recipes = self.root.first("ExecutedControlRecipes") or self.root.first("ControlRecipes")
        found = []
        for one in () if recipes is None else recipes.inside:
            own = one.first("ControlRecipe") if one.name == "ControlRecipeRecord" else one
            if own is not None:
                found.append(self.batch(own))
        header = self.root.first("Header")
        created = self.moment(self.root, "TimeStamp") or (header and self.moment(header, "CreationDate"))
        signed = self.root.first("PersonnelIdentifications")
        return ProductionRecord(
            id=self.root.say("ID"),
            created=created or None,
            batches=tuple(found),
            signatures=() if signed is None else tuple(_signature(one) for one in signed.inside),
            note=self.root.say("Description"),
        )

    def events(self) -> None:
        events = self.root.first("Events")
        for event in () if events is None else events.all("Event"):
            place, state = event.say("ProceduralElementReference"), event.say("Value", "ValueString")
            moment = self.moment(event, "TimeStamp")
            if moment is not None and state in (START, END):
                (self.starts if state == START else self.ends)[place] = moment
            people = tuple(one.text for one in event.all("PersonID"))
            if people:
                self.people[place] = people

    def moment(self, branch: Branch, name: str) -> datetime | None:
        text = branch.say(name)
        try:
            return datetime.fromisoformat(text) if text else None
        except ValueError:
            right = "write a moment by ISO 8601, such as 2026-01-05T06:00:00"
            self.faults.append(Fault(self.file, branch.line, name, f"found {text!r}", right))
            return None

    def batch(self, recipe: Branch) -> BatchRecord:
        batch = recipe.say("BatchID")
        parts = [self.done(one, batch) for one in recipe.inside if one.name in _PARTS]
        header = recipe.first("Header") or Branch("Header", recipe.line)
        size = f"{header.say('BatchSize', 'Nominal')} {header.say('BatchSize', 'UnitOfMeasure')}".strip()
        status = header.say("Status")
        known = {one.value: one for one in BatchStatus}
        whole = Done(batch, recipe.say("ID"), Level.PROCEDURE, None, None, inside=tuple(parts))
        return BatchRecord(
            batch=batch,
            recipe=recipe.say("ID"),
            product=header.say("ProductName") or header.say("ProductID"),
            done=parts[0] if len(parts) == 1 and parts[0].level is Level.PROCEDURE else whole,
            status=known.get(status, BatchStatus.UNKNOWN),
            size=size,
        )

    def done(self, branch: Branch, above: str) -> Done:
        place, kind = branch.say("ID"), branch.say("RecipeElementType")
        if kind not in _LEVEL_OF:
            right = f"write one of {', '.join(_LEVEL_OF)}"
            where = f"recipe element {place!r}"
            self.faults.append(Fault(self.file, branch.line, where, f"found the type {kind!r}", right))
        name = place.removeprefix(f"{above}|")
        performers = tuple(one.text for one in branch.all("Performer"))
        return Done(
            id=name,
            name=branch.say("Description") or name,
            level=_LEVEL_OF.get(kind, Level.PHASE),
            start=self.starts.get(place) or self.moment(branch, "StartTime"),
            end=self.ends.get(place) or self.moment(branch, "CompletionTime"),
            equipment=tuple(one.text for one in branch.all("ActualEquipmentID")),
            performers=performers or self.people.get(place, ()),
            readings=tuple(_reading(one) for one in branch.all("OtherInformation")),
            inside=tuple(self.done(one, place) for one in branch.inside if one.name in _PARTS),
        )


def _reading(branch: Branch) -> Reading:
    return Reading(branch.say("ID"), branch.say("Value", "ValueString"), branch.say("Value", "UnitOfMeasure"))


def _signature(branch: Branch) -> str:
    parts = (
        branch.say("TimeStamp"),
        branch.say("PersonName"),
        branch.say("Reason"),
        branch.say("Description"),
    )
    return ", ".join(part for part in parts if part)
