"""A plant as a package of Asset Administration Shells: .aasx, or JSON."""

from __future__ import annotations

import importlib.util
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhizao.connect.aas import elements
from zhizao.connect.aas.concepts import Concept, kpi_concept, own_concepts
from zhizao.connect.aas.data import center_data, operations_at, plant_data, unit_data
from zhizao.connect.aas.kpis import Kpi, Kpis
from zhizao.connect.aas.names import BASE, Asset, plant_asset, short_id
from zhizao.connect.aas.structure import Tree, full, one_down, one_up
from zhizao.plant import Plant
from zhizao.quantities.errors import InputError, nearest_name

if TYPE_CHECKING:
    from basyx.aas import model
    from basyx.aas.model.concept import ConceptDescription

FORMATS = (".aasx", ".json")
_PART = "aasx/data.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # earliest time of a ZIP file; equal plants give equal bytes
_LONGEST_DEFINITION = 1023  # characters (AAS Part 3a, IEC 61360)


def write_aas(plant: Plant, path: str | Path, *, kpis: Sequence[Kpis] = (), base: str = BASE) -> None:
    """Write a plant as Asset Administration Shells (IEC 63278, metamodel V3), with KPIs where they are given.

    One shell for the plant, each work center and each unit. Equal plants give equal bytes.

    Parameters
    ----------
    path : file to write; .aasx or .json.
    kpis : KPIs of the plant, of work centers and of units; at most one set of each origin.
    base : absolute URI that all identifiers begin with.

    Raises
    ------
    InputError
        basyx-python-sdk is missing, the base is no URI, the file has another ending, two sets of KPIs have
        one origin, KPIs have a name that the plant has not, or a name has control characters.
    OSError
        The file cannot be written.
    """
    path = Path(path)
    form = path.suffix.lower()
    if form not in FORMATS:
        raise InputError(f"{path}: expected a file that ends with {' or '.join(FORMATS)}")
    store = environment(plant, kpis=kpis, base=base)
    path.write_bytes(_package(store) if form == ".aasx" else _json(store))


def check_library() -> None:
    """Refuse to go on without the extra.

    Raises
    ------
    InputError
        basyx-python-sdk is not installed.
    """
    if importlib.util.find_spec("basyx") is None:
        raise InputError("AAS needs basyx-python-sdk; install it: pip install 'zhizao[aas]'")


def environment(
    plant: Plant, *, kpis: Sequence[Kpis] = (), base: str = BASE
) -> model.DictIdentifiableStore[model.Identifiable]:
    """Give the shells, submodels and terms of a plant as objects of the BaSyx SDK (see `write_aas`)."""
    check_library()
    from basyx.aas import model

    _check(plant, kpis)
    root = plant_asset(base, plant.name)
    shells = list(_shells(plant, root, kpis))
    terms = _terms(kpis)
    used = set(_meanings([submodel for _, submodels in shells for submodel in submodels]))
    return model.DictIdentifiableStore(
        [
            *(shell for shell, _ in shells),
            *(submodel for _, submodels in shells for submodel in submodels),
            *(_description(term) for name, term in sorted(terms.items()) if name in used),
        ]
    )


def _check(plant: Plant, kpis: Sequence[Kpis]) -> None:
    """Refuse KPIs that would be lost: of a second set of an origin, or of a name that the plant has not."""
    origins = [one.origin for one in kpis]
    if len(set(origins)) < len(origins):
        raise InputError("kpis: found two sets of one origin; give one set of each")
    centers = {center.id for center in plant.work_centers}
    units = {unit.id for center in plant.work_centers for unit in center.units}
    for one in kpis:
        for kind, found, known in (("work center", one.centers, centers), ("unit", one.units, units)):
            for name in sorted(set(found) - known):
                near = nearest_name(name, known)
                meant = f"; did you mean {near!r}?" if near else ""
                raise InputError(
                    f"{one.origin.value} KPIs: found those of {kind} {name!r}, which the plant does not have"
                    f"{meant}"
                )


def _shells(
    plant: Plant, root: Asset, kpis: Sequence[Kpis]
) -> Iterator[tuple[model.AssetAdministrationShell, list[model.Submodel]]]:
    centers = [
        Tree(
            root.part("work-center", center.id),
            tuple(Tree(root.part("unit", unit.id)) for unit in center.units),
        )
        for center in plant.work_centers
    ]
    own = [full(Tree(root, tuple(centers))), elements.equipment(root, plant_data(plant))]
    yield _shell(root, [*own, *_indicators(root, [(one, one.plant) for one in kpis])])
    for center, tree in zip(plant.work_centers, centers, strict=True):
        asset = tree.asset
        own = [one_down(tree), elements.equipment(asset, center_data(plant, center))]
        operations = operations_at(plant, center)
        offered = [elements.capabilities(asset, operations)] if operations else []
        found = [(one, tuple(one.centers.get(center.id, ()))) for one in kpis]
        yield _shell(asset, [*own, *offered, *_indicators(asset, found)])
        for unit, part in zip(center.units, tree.parts, strict=True):
            own = [one_up(part.asset, asset), elements.equipment(part.asset, unit_data(center, unit))]
            found = [(one, tuple(one.units.get(unit.id, ()))) for one in kpis]
            yield _shell(part.asset, [*own, *_indicators(part.asset, found)])


def _indicators(asset: Asset, found: Sequence[tuple[Kpis, tuple[Kpi, ...]]]) -> list[model.Submodel]:
    return [elements.indicators(asset, kpis, some) for kpis, some in found if any(one.known for one in some)]


def _shell(
    asset: Asset, submodels: list[model.Submodel]
) -> tuple[model.AssetAdministrationShell, list[model.Submodel]]:
    from basyx.aas import model

    class InOrder(set[Any]):
        """References in the order of their submodels; a plain set has another in each process."""

        def __iter__(self) -> Iterator[Any]:
            return iter(sorted(super().__iter__(), key=lambda one: str(one.key[0].value)))

    shell = model.AssetAdministrationShell(
        model.AssetInformation(model.AssetKind.INSTANCE, asset.id),
        asset.shell,
        short_id(asset.name),
        elements.name_of(asset.name),
        submodel=InOrder(model.ModelReference.from_referable(one) for one in submodels),
    )
    return shell, submodels


def _terms(kpis: Sequence[Kpis]) -> dict[str, Concept]:
    """Our own terms, and those of the KPIs that are given."""
    groups = [some for one in kpis for some in (one.plant, *one.centers.values(), *one.units.values())]
    given = [kpi_concept(kpi) for some in groups for kpi in some]
    return {**own_concepts(), **{one.id: one for one in given}}


def _meanings(submodels: Sequence[model.Submodel]) -> Iterator[str]:
    """Identifiers of the terms that elements and their qualifiers refer to."""
    from basyx.aas import model
    from basyx.aas.util.traversal import walk_submodel

    for submodel in submodels:
        for element in (submodel, *walk_submodel(submodel)):
            own = element.qualifier if isinstance(element, model.Qualifiable) else ()
            for one in (element, *own):
                if isinstance(one, model.HasSemantics) and one.semantic_id is not None:
                    yield one.semantic_id.key[0].value


def _description(term: Concept) -> ConceptDescription:
    """Describe a term of our own by IEC 61360, which asks for a unit only where there is one."""
    from basyx.aas import model
    from basyx.aas.model.concept import ConceptDescription

    kinds = model.DataTypeIEC61360
    number = kinds.REAL_MEASURE if term.unit else None
    content = model.DataSpecificationIEC61360(
        model.PreferredNameTypeIEC61360({"en": term.name}),
        number if term.number else kinds.STRING,
        model.DefinitionTypeIEC61360({"en": term.definition[:_LONGEST_DEFINITION]}),
        unit=term.unit or None,
        source_of_definition=term.source or None,
    )
    where = elements.meaning(
        "https://admin-shell.io/DataSpecificationTemplates/DataSpecificationIec61360/3/0"
    )
    return ConceptDescription(
        term.id,
        id_short=short_id(term.name),
        embedded_data_specifications=[model.EmbeddedDataSpecification(where, content)],
    )


def _json(store: model.DictIdentifiableStore[model.Identifiable]) -> bytes:
    """Write the store as JSON, a shell, submodel or term a line, so that versions can be compared."""
    from basyx.aas.adapter.json import object_store_to_json

    found = json.loads(object_store_to_json(store), object_pairs_hook=_without_empty_lists)
    groups = []
    for name, members in found.items():
        lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in members)
        groups.append(f"{json.dumps(name)}: [\n{lines}\n]")
    return ("{" + ",\n".join(groups) + "}\n").encode()


def _without_empty_lists(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Leave out attributes without a value; BaSyx 2.2 writes `specificAssetIds: []`, against AASd-014."""
    return {name: value for name, value in pairs if value != []}


def _package(store: model.DictIdentifiableStore[model.Identifiable]) -> bytes:
    """Let BaSyx make an empty package, and fill it: our JSON, and one fixed time for all parts."""
    from basyx.aas import model
    from basyx.aas.adapter import aasx

    made, fixed = io.BytesIO(), io.BytesIO()
    with aasx.AASXWriter(made, failsafe=False) as writer:
        files = aasx.DictSupplementaryFileContainer()  # type: ignore[no-untyped-call]
        empty = model.DictIdentifiableStore[model.Identifiable]()
        writer.write_all_aas_objects(f"/{_PART}", empty, files, write_json=True)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(fixed, "w") as new:
        for name in old.namelist():
            content = _json(store) if name == _PART else old.read(name)
            new.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return fixed.getvalue()
