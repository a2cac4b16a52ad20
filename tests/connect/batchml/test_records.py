"""Production records and messages: written as valid BatchML, and read back as they were."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.connect.batchml.make import written
from tests.connect.batchml.shared import published, unpacked
from zhizao.connect.batchml import RecordError, read_message, read_recipes, read_record, write_record
from zhizao.quantities import InputError
from zhizao.records.recipes import BatchRecord, BatchStatus, Done, Level, ProductionRecord, Reading
from zhizao.records.recipes.messages import Amount, MessageKind
from zhizao.studies.recipe import run_recipe

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "recipes"


def made() -> ProductionRecord:
    """A record of two batches, one of which was lost, with everything that a record may have."""
    at = [datetime(2026, 1, 5, hour) for hour in range(5)]
    readings = (Reading("pH", "6.8", "1"),)
    heat = Done("h", "Heat", Level.PHASE, at[1], at[2], (), ("Li",), readings)
    whole = Done("up", "Make", Level.UNIT_PROCEDURE, at[0], at[3], ("kettle-1",), inside=(heat,))
    first = Done("p", "Syrup", Level.PROCEDURE, at[0], at[4], inside=(whole,))
    lost = Done("p", "Syrup", Level.PROCEDURE, at[0], None)
    return ProductionRecord(
        "R1",
        at[0],
        (
            BatchRecord("B1", "1", "Syrup", first, BatchStatus.COMPLETE, "5 m3"),
            BatchRecord("B2", "1", "Syrup", lost, BatchStatus.ABORTED),
        ),
        note="simulated",
    )


def test_a_record_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    write_record(made(), tmp_path / "r.xml")
    assert read_record(tmp_path / "r.xml") == made()


@pytest.fixture(scope="module")
def schema() -> "object":
    xmlschema = pytest.importorskip("xmlschema", reason="judges records by the schemas of BatchML")
    return xmlschema.XMLSchema(str(published("xsd") / "BatchML-BatchProductionRecord.xsd"))


def test_records_are_valid_by_the_schemas_of_mesa(schema: "object", tmp_path: Path) -> None:
    run = run_recipe(read_recipes(EXAMPLES / "ointment.xml"), EXAMPLES / "ointment-works.yaml")
    for number, record in enumerate((made(), run.record(3), run.record())):
        path = tmp_path / f"{number}.xml"
        write_record(record, path)
        assert list(schema.iter_errors(str(path))) == []  # type: ignore[attr-defined]
        assert read_record(path) == record
    path.write_text(path.read_text("utf-8").replace("State Change", "Change of State"), "utf-8")
    assert list(schema.iter_errors(str(path)))  # type: ignore[attr-defined]


def test_our_example_is_valid_by_the_schemas_of_mesa() -> None:
    xmlschema = pytest.importorskip("xmlschema", reason="judges recipes by the schemas of BatchML")
    recipes = xmlschema.XMLSchema(str(published("xsd") / "BatchML-BatchInformation.xsd"))
    assert list(recipes.iter_errors(str(EXAMPLES / "ointment.xml"))) == []


def test_what_xml_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Description: found"):
        write_record(replace(made(), note="a\x00b"), tmp_path / "r.xml")
    assert not (tmp_path / "r.xml").exists()


def test_a_moment_or_level_that_is_none_is_named_with_its_line(tmp_path: Path) -> None:
    write_record(made(), tmp_path / "r.xml")
    text = (tmp_path / "r.xml").read_text("utf-8")
    text = text.replace("2026-01-05T01:00:00", "yesterday").replace(">Phase<", ">Stage<")
    with pytest.raises(RecordError) as error:
        read_record(written(tmp_path, text))
    assert len(error.value.faults) == 2
    assert all(fault.line > 1 for fault in error.value.faults)
    with pytest.raises(InputError, match="found <MasterRecipe>"):
        read_record(written(tmp_path, '<MasterRecipe xmlns="http://www.mesa.org/xml/B2MML"/>'))


def test_a_published_record_is_read(tmp_path: Path) -> None:
    record = read_record(unpacked("ProductionBatchRecord_Example_v06.xml.xz", tmp_path))
    (batch,) = record.batches
    assert (record.id, batch.batch, batch.recipe) == ("mkWLoops01", "BX10", "15631837")
    assert (batch.product, batch.status) == ("000399 Finish Good 01", BatchStatus.UNKNOWN)
    first = batch.done.inside[0].inside[0].inside[0]
    assert (first.id, first.level, first.start) == ("LIB-PH-PAVStr-01", Level.PHASE, None)
    assert first.end == datetime.fromisoformat("2010-04-27T16:02:06.903+02:00")
    assert first.performers == ("mkuehne",)
    assert first.readings[0] == Reading("actualValue", "Starting processing", "")
    assert len(record.signatures) == 7  # PersonnelIdentification elements of the file


def test_published_messages_are_read() -> None:
    lot = read_message(published("courbon_LOT-20121210170718-0001L0001.xml"))
    assert (lot.kind, lot.verb, lot.sender) == (MessageKind.LOT, "Sync", "DEV130")
    assert (lot.items[0].inside[0].id, lot.items[0].inside[0].status) == ("CRBN0001_LOT01", "Valid")
    stock = read_message(published("courbon_INV-20121210175555-0001L0001_01.xml"))
    assert stock.items[0].inside[0].inside[0].amounts == (Amount("24.910", "KG"),)
    material = read_message(published("courbon_MAT-20121210170256-CRBN0001.xml"))
    assert [value.value for _, value in material.items[0].properties] == ["KG", "C", "XN"]
    done = read_message(published("courbon_PES-20121229115825-53107.xml"))
    weighed = done.work[0].inside[0]
    assert (weighed.id, weighed.materials[0].use, weighed.materials[0].amounts) == (
        "Weighing", "Consumed", (Amount("0.41", "KG"),),
    )  # fmt: skip
    wanted = read_message(published("courbon_PRO-20121210181416-27942.xml"))
    weighing = wanted.work[0].inside[0].inside[0]
    assert sum(float(one.amounts[0].value) for one in weighing.materials) == 5 + 50 + 811 + 100
    assert weighing.materials[0].place == "BOX3"
    assert weighing.inside[0].materials[1].sublot == "412345670021003212"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<SyncWeather/>", ":1: found <SyncWeather>"),
        (
            "<SyncPerson><ApplicationArea><CreationDateTime>noon</CreationDateTime></ApplicationArea></SyncPerson>",
            ":1: CreationDateTime: found 'noon'",
        ),
    ],
)
def test_other_messages_are_refused_with_their_line(tmp_path: Path, text: str, found: str) -> None:
    path = written(tmp_path, text.replace(">", ' xmlns="http://www.mesa.org/xml/B2MML">', 1).replace(
        '/ xmlns="http://www.mesa.org/xml/B2MML">', ' xmlns="http://www.mesa.org/xml/B2MML"/>'
    ))  # fmt: skip
    with pytest.raises(InputError) as error:
        read_message(path)
    assert found in str(error.value)
