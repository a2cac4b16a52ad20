"""Write the production record of batches as BatchML (B2MML 0701, namespace of MESA).

B2MML is used courtesy of MESA International.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

from zhizao.quantities.errors import InputError
from zhizao.records.recipes import BatchRecord, Done, Level, ProductionRecord

NAMESPACE = "http://www.mesa.org/xml/B2MML"
LEVELS = {
    Level.PROCEDURE: "Procedure",
    Level.UNIT_PROCEDURE: "UnitProcedure",
    Level.OPERATION: "Operation",
    Level.PHASE: "Phase",
}
START, END = "Running", "Complete"
"""States that an element changes to, in the events of a record."""
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_record(record: ProductionRecord, path: str | Path) -> None:
    """Write a production record: a control recipe for each batch, and its starts and ends as events.

    Raises
    ------
    InputError
        A name has a character that XML cannot hold, or the file cannot be written.
    """
    root = record_tree(record)
    ElementTree.indent(root)
    try:
        Path(path).write_bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from None


def record_tree(record: ProductionRecord) -> ElementTree.Element:
    """Give a production record as an element tree."""
    root = ElementTree.Element("BatchProductionRecord", xmlns=NAMESPACE)
    _add(root, "ID", record.id)
    _entry(root, record.id, "Batch Production Record", record.created)
    if record.note:
        _add(root, "Description", record.note)
    recipes = _add(root, "ControlRecipes")
    for batch in record.batches:
        own = _add(recipes, "ControlRecipeRecord")
        _entry(own, f"{batch.batch}|Control Recipe", "Control Recipe", batch.done.start)
        _control_recipe(own, batch)
    events = _add(root, "Events")
    for batch in record.batches:
        for number, (moment, state, done, place) in enumerate(sorted(_changes(batch), key=_by_time), 1):
            _event(events, f"{batch.batch}|Event {number}", (moment, state), (done, place))
    return root


def _by_time(change: tuple[datetime, str, Done, str]) -> datetime:
    return change[0]


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    made = ElementTree.SubElement(parent, name)
    if text is not None:
        wrong = _NO_XML.search(text)
        if wrong:
            raise InputError(f"{name}: found {text!r}, whose character {wrong[0]!r} XML cannot hold")
        made.text = text
    return made


def _entry(parent: ElementTree.Element, name: str, kind: str, moment: datetime | None) -> None:
    _add(parent, "EntryID", name)
    _add(parent, "ObjectType", kind)
    if moment is not None:
        _add(parent, "TimeStamp", moment.isoformat())


def _control_recipe(parent: ElementTree.Element, batch: BatchRecord) -> None:
    recipe = _add(parent, "ControlRecipe")
    _add(recipe, "ID", batch.recipe)
    _add(recipe, "BatchID", batch.batch)
    header = _add(recipe, "Header")
    _add(header, "ProductName", batch.product)
    if batch.size:
        number, _, unit = batch.size.partition(" ")
        size = _add(header, "BatchSize")
        _add(size, "Nominal", number)
        _add(size, "UnitOfMeasure", unit)
    _add(header, "Status", batch.status.value)
    _element(recipe, batch.done, batch.batch)


def _element(parent: ElementTree.Element, done: Done, above: str) -> None:
    place = f"{above}|{done.id}"
    made = _add(parent, "RecipeElement")
    _add(made, "ID", place)
    _add(made, "Description", done.name)
    _add(made, "RecipeElementType", LEVELS[done.level])
    for unit in done.equipment:
        _add(made, "ActualEquipmentID", unit)
    for one in done.inside:
        _element(made, one, place)
    for reading in done.readings:
        other = _add(made, "OtherInformation")
        _add(other, "ID", reading.id)
        value = _add(other, "Value")
        _add(value, "ValueString", reading.value)
        _add(value, "DataInterpretation", "Constant")
        _add(value, "DataType", "string")
        _add(value, "UnitOfMeasure", reading.unit)


def _changes(batch: BatchRecord) -> Iterator[tuple[datetime, str, Done, str]]:
    ahead = [(batch.done, f"{batch.batch}|{batch.done.id}")]
    while ahead:
        done, place = ahead.pop(0)
        if done.start is not None:
            yield done.start, START, done, place
        if done.end is not None:
            yield done.end, END, done, place
        ahead += [(one, f"{place}|{one.id}") for one in done.inside]


def _event(
    parent: ElementTree.Element, name: str, change: tuple[datetime, str], of: tuple[Done, str]
) -> None:
    (moment, state), (done, place) = change, of
    event = _add(parent, "Event")
    _entry(event, name, "Event", moment)
    _add(event, "EventType", "Procedural Execution")
    _add(event, "EventSubType", "State Change")
    for unit in done.equipment:
        _add(event, "EquipmentID", unit)
    value = _add(event, "Value")
    _add(value, "ValueString", state)
    _add(value, "DataType", "string")
    for person in done.performers:
        _add(event, "PersonID", person)
    _add(event, "ProceduralElementReference", place)
