"""Elements of submodels from plain values, by the BaSyx SDK."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from zhizao.connect.aas import concepts
from zhizao.connect.aas.data import Data, Datum, Entry
from zhizao.connect.aas.kpis import Kpi, Kpis, Origin
from zhizao.connect.aas.names import LONGEST_NAME, Asset, checked, concept, short_id
from zhizao.plant.model import Uncertainty

if TYPE_CHECKING:
    from basyx.aas import model

_LANGUAGE = "und"
"""Of names in a plant file: nothing says in which language they are (ISO 639-2, undetermined)."""


def meaning(identifier: str) -> model.ExternalReference:
    """Refer to a term."""
    from basyx.aas import model

    return model.ExternalReference((model.Key(model.KeyTypes.GLOBAL_REFERENCE, identifier),))


def template(identifier: str) -> model.ModelReference[Any]:
    """Refer to a published template of submodels, as the templates of the IDTA refer to themselves."""
    from basyx.aas import model

    return model.ModelReference((model.Key(model.KeyTypes.SUBMODEL, identifier),), model.Submodel)


def name_of(text: str) -> model.MultiLanguageNameType | None:
    """Give a name to be shown, where it is short enough for one."""
    from basyx.aas import model

    return model.MultiLanguageNameType({_LANGUAGE: text}) if 0 < len(text) <= LONGEST_NAME else None


def value_of(
    name: str, value: str | float | int | datetime, term: str, qualifiers: Iterable[model.Qualifier] = ()
) -> model.Property:
    """Make a property: a text, number or moment with its meaning."""
    from basyx.aas import model

    kinds: dict[type, type] = {
        str: model.datatypes.String,
        int: model.datatypes.Integer,
        float: model.datatypes.Double,
        datetime: model.datatypes.DateTime,
    }
    shown = checked(value) if isinstance(value, str) else value
    return model.Property(
        name, kinds[type(value)], shown, semantic_id=meaning(term), qualifier=tuple(qualifiers)
    )


def qualified(origin: Origin, known: Uncertainty | None = None) -> tuple[model.Qualifier, ...]:
    """Say how a value is known; of a measured one also from how many observations, and how well."""
    from basyx.aas import model

    def one(name: str, kind: type, value: str | float | int, term: str) -> model.Qualifier:
        return model.Qualifier(
            name, kind, value, kind=model.QualifierKind.VALUE_QUALIFIER, semantic_id=meaning(term)
        )

    found = [one("Origin", model.datatypes.String, origin.value, concepts.ORIGIN)]
    if known is not None:
        count, error = int(known.observations), float(known.error)
        found.append(one("Observations", model.datatypes.Integer, count, concepts.OBSERVATIONS))
        found.append(one("RelativeStandardError", model.datatypes.Double, error, concepts.STANDARD_ERROR))
    return tuple(found)


def equipment(asset: Asset, data: Iterable[Data]) -> model.Submodel:
    """Make the submodel of what the plant file says."""
    from basyx.aas import model

    return model.Submodel(
        asset.submodel("EquipmentData"),
        [_entry(one) if isinstance(one, Entry) else _datum(one) for one in data],
        "EquipmentData",
        semantic_id=meaning(concepts.EQUIPMENT),
    )


def _datum(datum: Datum) -> model.Property:
    origin = Origin.STATED if datum.known is None else Origin.MEASURED
    return value_of(datum.name, datum.value, concept(datum.name), qualified(origin, datum.known))


def _entry(entry: Entry) -> model.SubmodelElementCollection:
    from basyx.aas import model

    return model.SubmodelElementCollection(
        short_id(f"{entry.name}_{entry.key}"),
        [_datum(one) for one in entry.data],
        semantic_id=meaning(concept(entry.name)),
    )


def indicators(asset: Asset, kpis: Kpis, found: Iterable[Kpi]) -> model.Submodel:
    """Make the submodel of KPIs; those that are not known are left out."""
    from basyx.aas import model

    name = f"{kpis.origin.value.capitalize()}KPIs"
    facts = [value_of(fact, value, concept(fact)) for fact, value in kpis.facts.items()]
    origin = value_of("Origin", kpis.origin.value, concepts.ORIGIN)
    return model.Submodel(
        asset.submodel(name),
        [origin, *facts, *(_indicator(one, kpis.origin) for one in found if one.known)],
        name,
        semantic_id=meaning(concepts.KPI_SUBMODEL),
    )


def _indicator(kpi: Kpi, origin: Origin) -> model.SubmodelElementCollection:
    from basyx.aas import model

    parts: list[model.SubmodelElement] = [
        value_of("Value", float(kpi.value), concepts.kpi_concept(kpi).id, qualified(origin)),
        value_of("Unit", kpi.unit, concepts.UNIT_OF_VALUE),
    ]
    if kpi.has_interval:
        kind = model.datatypes.Double
        parts.append(
            model.Range(
                "Interval", kind, float(kpi.low), float(kpi.high), semantic_id=meaning(concepts.INTERVAL)
            )
        )
    return model.SubmodelElementCollection(
        short_id(kpi.id), parts, name_of(kpi.name), semantic_id=meaning(concepts.KPI_ENTRY)
    )


def capabilities(asset: Asset, operations: Iterable[str]) -> model.Submodel:
    """Make the submodel of the operations that a work center offers (IDTA 02020)."""
    from basyx.aas import model

    return model.Submodel(
        asset.submodel("CapabilityDescription"),
        [
            model.SubmodelElementCollection(
                "CapabilitySet",
                [_capability(name) for name in operations],
                semantic_id=meaning(concepts.CAPABILITY_SET),
            )
        ],
        "CapabilityDescription",
        semantic_id=template(concepts.CAPABILITIES),
    )


def _capability(operation: str) -> model.SubmodelElementCollection:
    from basyx.aas import model

    offered = model.Qualifier(
        "CapabilityRoleQualifier/Offered",
        model.datatypes.Boolean,
        True,
        kind=model.QualifierKind.VALUE_QUALIFIER,
        semantic_id=meaning(concepts.CAPABILITY_OFFERED),
    )
    capability = model.Capability(
        short_id(checked(operation)),
        name_of(operation),
        semantic_id=meaning(concepts.CAPABILITY),
        qualifier=(offered,),
    )
    return model.SubmodelElementCollection(
        short_id(f"Capability_{operation}"),
        [capability],
        name_of(operation),
        semantic_id=meaning(concepts.CAPABILITY_CONTAINER),
    )
