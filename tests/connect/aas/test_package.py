"""Packages: read back by BaSyx, judged by aas-core, and equal for equal plants."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from math import nan
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("basyx", reason="takes the extra [aas]")

from tests.connect.aas.plants import EXAMPLES, PLANTS, SHOP, shop
from zhizao.connect.aas import Kpi, Kpis, Origin, environment, write_aas
from zhizao.plant import read_plant
from zhizao.quantities import InputError

OEE = Kpi("oee", "OEE index", "share", "Good pieces at plan speed.", "ISO 22400-2:2014", 0.6, 0.55, 0.64)
COST = Kpi("unit_cost", "Unit cost", "CNY/piece", "Money per good piece.", "zhizao", 3.5)
UNKNOWN = Kpi(
    "mttr", "Mean time to restoration", "h", "From failure to restoration.", "ISO 22400-2:2014", nan
)
SIMULATED = Kpis(
    Origin.SIMULATED, (OEE, COST, UNKNOWN), {"Replications": 20}, {"cut": (OEE,)}, {"P 1": (OEE,)}
)


def faults(content: Any) -> list[str]:
    """What aas-core finds, by metamodel V3.0 and by V3.1; it shares no code with BaSyx."""
    from aas_core3 import jsonization, verification
    from aas_core3_1 import jsonization as jsonization_1
    from aas_core3_1 import verification as verification_1

    old: Any = verification.verify(jsonization.environment_from_jsonable(content))
    new: Any = verification_1.verify(jsonization_1.environment_from_jsonable(content))
    return [f"{one.path}: {one.cause}" for one in (*old, *new)]


def written(tmp_path: Path, *, kpis: tuple[Kpis, ...] = (), text: str = SHOP) -> Any:
    path = tmp_path / "plant.json"
    write_aas(shop(text), path, kpis=kpis)
    return json.loads(path.read_text(encoding="utf-8"))


def submodel(content: Any, end: str) -> dict[str, Any]:
    (found,) = [one for one in content["submodels"] if one["id"].endswith(end)]
    return {one["idShort"]: one for one in found["submodelElements"]}


def origin(element: Any) -> dict[str, str]:
    return {one["type"]: one["value"] for one in element["qualifiers"]}


# ---------------------------------------------------------------- two independent judges
@pytest.mark.parametrize("path", PLANTS, ids=lambda path: path.relative_to(EXAMPLES).as_posix())
def test_every_example_passes_the_verification_of_metamodels_3_0_and_3_1(path: Path, tmp_path: Path) -> None:
    plant = read_plant(path)
    write_aas(plant, tmp_path / "plant.json")
    content = json.loads((tmp_path / "plant.json").read_text(encoding="utf-8"))
    assert faults(content) == []
    units = sum(len(center.units) for center in plant.work_centers)
    assert len(content["assetAdministrationShells"]) == 1 + len(plant.work_centers) + units


def test_names_that_are_not_allowed_and_kpis_pass_too(tmp_path: Path) -> None:
    assert faults(written(tmp_path, kpis=(SIMULATED,))) == []


def test_the_verification_sees_faults(tmp_path: Path) -> None:
    content = written(tmp_path)
    content["assetAdministrationShells"][0]["idShort"] = "冲压"
    assert len(faults(content)) == 2  # one for each metamodel
    content = written(tmp_path)
    del content["submodels"][0]["submodelElements"][0]["globalAssetId"]
    assert any("AASd-014" in one for one in faults(content))


@pytest.mark.parametrize("ending", [".json", ".aasx"])
def test_basyx_reads_back_what_was_written(tmp_path: Path, ending: str) -> None:
    from basyx.aas.adapter import aasx
    from basyx.aas.adapter.json import object_store_to_json, read_aas_json_file

    path = tmp_path / f"plant{ending}"
    write_aas(shop(), path, kpis=(SIMULATED,))
    store: Any = environment(shop(), kpis=(SIMULATED,))
    if ending == ".json":
        read: Any = read_aas_json_file(path, failsafe=False)
    else:
        from basyx.aas.model import DictIdentifiableStore

        read = DictIdentifiableStore()
        with aasx.AASXReader(path, failsafe=False) as reader:
            reader.read_into(read, aasx.DictSupplementaryFileContainer())

    def content(found: Any) -> Any:
        return in_order(json.loads(object_store_to_json(found)))

    assert len(read) == len(store) > 20
    assert content(read) == content(store)


def in_order(content: Any) -> Any:
    """The same content; submodels of a shell are a set."""
    for shell in content["assetAdministrationShells"]:
        shell["submodels"].sort(key=json.dumps)
    return content


# ---------------------------------------------------------------- what is in it
def test_the_hierarchy_is_that_of_the_plant(tmp_path: Path) -> None:
    content = written(tmp_path)
    assets = {
        one["displayName"][0]["text"]: one["assetInformation"]["globalAssetId"]
        for one in content["assetAdministrationShells"]
    }
    assert list(assets) == ["冲压车间 №1", "冲压", "P 1", "P-2", "cut", "cut-1"]
    entry = submodel(content, "%E2%84%961/submodel/HierarchicalStructures")["EntryNode"]
    centers = [one for one in entry["statements"] if one["modelType"] == "Entity"]
    assert [one["globalAssetId"] for one in centers] == [assets["冲压"], assets["cut"]]
    units = [one for one in centers[0]["statements"] if one["modelType"] == "Entity"]
    assert [one["globalAssetId"] for one in units] == [assets["P 1"], assets["P-2"]]
    unit = submodel(content, "unit/P-2/submodel/HierarchicalStructures")
    assert unit["ArcheType"]["value"] == "OneUp"
    assert unit["EntryNode"]["statements"][0]["globalAssetId"] == assets["冲压"]


def test_every_relation_leads_to_an_entity(tmp_path: Path) -> None:
    from basyx.aas import model

    store: Any = environment(shop())
    relations = 0
    for one in store:
        if isinstance(one, model.Submodel):
            for element in walk(one):
                if isinstance(element, model.RelationshipElement):
                    relations += 1
                    ends: Any = (element.first, element.second)
                    first, second = (end.resolve(store) for end in ends)
                    assert second in list(first.statement)
    assert relations == 2 + 3 + 3 + 3  # plant to centers, centers to units, and likewise from both sides


def walk(found: Any) -> list[Any]:
    from basyx.aas.util.traversal import walk_submodel

    return list(walk_submodel(found))


def test_a_value_says_whether_it_was_measured_or_only_stated(tmp_path: Path) -> None:
    data = submodel(written(tmp_path), "%E5%86%B2%E5%8E%8B/submodel/EquipmentData")
    assert data["CostRate"]["value"] == "90.0"
    assert origin(data["CostRate"]) == {"Origin": "stated"}
    failure = {one["idShort"]: one for one in data["Failure_1"]["value"]}
    assert failure["TimeBetweenFailuresMean"]["value"] == "144000.0"
    assert origin(failure["TimeBetweenFailuresMean"]) == {"Origin": "stated"}
    assert origin(failure["TimeToRepairMean"]) == {
        "Origin": "measured",
        "Observations": "40",
        "RelativeStandardError": "0.1",
    }
    (time,) = [one for name, one in data.items() if name.startswith("ProcessTime")]
    parts = {one["idShort"]: one for one in time["value"]}
    assert (parts["Operation"]["value"], parts["TimePerLotMean"]["value"]) == ("落料", "120.0")
    assert origin(parts["TimePerLotMean"])["Origin"] == "measured"


def test_a_count_between_failures_is_no_time(tmp_path: Path) -> None:
    data = submodel(written(tmp_path), "%E5%86%B2%E5%8E%8B/submodel/EquipmentData")
    counted = {one["idShort"]: one["value"] for one in data["Failure_2"]["value"]}
    assert counted["CyclesBetweenFailuresMean"] == "500.0"
    assert "TimeBetweenFailuresMean" not in counted


def test_what_is_not_known_is_left_out(tmp_path: Path) -> None:
    content = written(tmp_path, kpis=(SIMULATED,))
    plain = submodel(content, "work-center/cut/submodel/EquipmentData")
    assert {"CostRate", "PowerIdle", "PositionX", "SetupTimeMean", "DispatchRule"}.isdisjoint(plain)
    found = submodel(content, "%E2%84%961/submodel/SimulatedKPIs")
    assert list(found) == ["Origin", "Replications", "oee", "unit_cost"]
    assert [one["idShort"] for one in found["unit_cost"]["value"]] == ["Value", "Unit"]
    assert not any(one["id"].endswith("unit/P-2/submodel/SimulatedKPIs") for one in content["submodels"])


def test_a_kpi_has_its_unit_its_interval_and_the_standard_that_defines_it(tmp_path: Path) -> None:
    content = written(tmp_path, kpis=(SIMULATED,))
    value, unit, interval = submodel(content, "unit/P%201/submodel/SimulatedKPIs")["oee"]["value"]
    assert (value["value"], unit["value"]) == ("0.6", "share")
    assert (interval["min"], interval["max"]) == ("0.55", "0.64")
    assert origin(value) == {"Origin": "simulated"}
    terms = {one["id"]: one for one in content["conceptDescriptions"]}
    term = terms[value["semanticId"]["keys"][0]["value"]]["embeddedDataSpecifications"][0]
    assert term["dataSpecificationContent"]["sourceOfDefinition"] == "ISO 22400-2:2014"
    assert term["dataSpecificationContent"]["unit"] == "1"
    money = terms["urn:zhizao:aas:kpi:unit_cost:1:0"]["embeddedDataSpecifications"][0]
    assert "unit" not in money["dataSpecificationContent"]


def test_every_term_of_our_own_is_described_and_no_other(tmp_path: Path) -> None:
    content = written(tmp_path, kpis=(SIMULATED,))
    described = {one["id"] for one in content["conceptDescriptions"]}
    used = set(keys_in(content["submodels"]))
    assert described == {one for one in used if one.startswith("urn:zhizao:aas:")}


def keys_in(part: Any) -> list[str]:
    """Values of all semantic ids."""
    if isinstance(part, list):
        return [key for one in part for key in keys_in(one)]
    if not isinstance(part, dict):
        return []
    own = [key["value"] for key in part.get("semanticId", {}).get("keys", [])]
    return own + [key for name, one in part.items() if name != "semanticId" for key in keys_in(one)]


def test_operations_are_capabilities_that_are_offered(tmp_path: Path) -> None:
    offered = submodel(written(tmp_path), "%E5%86%B2%E5%8E%8B/submodel/CapabilityDescription")
    (container,) = offered["CapabilitySet"]["value"]
    (capability,) = container["value"]
    assert capability["displayName"][0]["text"] == "落料"
    assert origin(capability) == {"CapabilityRoleQualifier/Offered": "true"}


CLASHES = """
zhizao: 1
plant: ""
work_centers: [{id: HasPart01}, {id: HasPart02, units: [EntryNode, Name, IsPartOf01]}, {id: cut}, {id: Cut}]
routes:
  a_b: [{id: c, on: HasPart01, takes: 1 min}]
  a: [{id: b_c, on: [HasPart01, cut], takes: 1 min}, {id: "b_c #2", on: HasPart01, takes: 1 min}]
products: {p: {route: a_b}, q: {route: a}}
orders: [{product: p, every: 1 h, pieces: 1}, {product: q, every: 1 h, pieces: 1}]
"""


def test_names_that_look_like_parts_of_a_package_do_not_meet_them(tmp_path: Path) -> None:
    content = written(tmp_path, text=CLASHES)
    assert faults(content) == []
    entry = submodel(content, "plant//submodel/HierarchicalStructures")["EntryNode"]
    assert sum(one["modelType"] == "Entity" for one in entry["statements"]) == 4
    data = submodel(content, "work-center/HasPart01/submodel/EquipmentData")
    assert sum(name.startswith("ProcessTime") for name in data) == 3


def test_the_parts_of_the_package_are_found_by_their_relationships(tmp_path: Path) -> None:
    from xml.etree import ElementTree

    write_aas(shop(), tmp_path / "plant.aasx")
    with zipfile.ZipFile(tmp_path / "plant.aasx") as package:

        def target(source: str, kind: str) -> str:
            rows = ElementTree.fromstring(package.read(source))
            (found,) = [one.get("Target") for one in rows if str(one.get("Type")).endswith(f"/{kind}")]
            return str(found).lstrip("/")

        origin_part = target("_rels/.rels", "aasx-origin")
        folder, _, name = origin_part.rpartition("/")
        spec = target(f"{folder}/_rels/{name}.rels", "aas-spec")
        types = ElementTree.fromstring(package.read("[Content_Types].xml"))
        declared = {one.get("PartName"): one.get("ContentType") for one in types}
        assert declared[f"/{spec}"] == "application/json"
        assert faults(json.loads(package.read(spec))) == []


# ---------------------------------------------------------------- equal bytes
CODE = """
import sys; from zhizao.plant import read_plant; from zhizao.connect.aas import write_aas
write_aas(read_plant(sys.argv[1]), sys.argv[2])
"""


def test_equal_plants_give_equal_bytes_in_every_process(tmp_path: Path) -> None:
    source = tmp_path / "plant.yaml"
    source.write_text(SHOP, encoding="utf-8")
    made = []
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.aasx"
        subprocess.run(
            [sys.executable, "-c", CODE, str(source), str(out)],
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        made.append(out.read_bytes())
    assert made[0] == made[1]
    inside = zipfile.ZipFile(io.BytesIO(made[0]))
    write_aas(shop(), tmp_path / "plant.json")
    assert inside.read("aasx/data.json") == (tmp_path / "plant.json").read_bytes()


# ---------------------------------------------------------------- bad input
def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends with \.aasx or \.json"):
        write_aas(shop(), tmp_path / "plant.xml")


def test_two_sets_of_one_origin_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two sets of one origin"):
        write_aas(shop(), tmp_path / "plant.json", kpis=(SIMULATED, SIMULATED))


def test_kpis_of_a_unit_that_the_plant_has_not_are_refused(tmp_path: Path) -> None:
    lost = Kpis(Origin.MEASURED, (), units={"P 11": (OEE,)})
    with pytest.raises(InputError, match="unit 'P 11', which the plant does not have; did you mean 'P 1'"):
        write_aas(shop(), tmp_path / "plant.json", kpis=(lost,))


def test_a_control_character_in_an_operation_is_refused(tmp_path: Path) -> None:
    text = SHOP.replace("落料, on", '"落\\a料", on').replace("  - {what: operations.落料", "#")
    with pytest.raises(InputError, match="rename it"):
        write_aas(shop(text), tmp_path / "plant.json")
    assert not (tmp_path / "plant.json").exists()
