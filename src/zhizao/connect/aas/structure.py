"""Plant, work centers and units as a hierarchy (IDTA 02011, Hierarchical Structures enabling BoM).

The plant lists all of them (archetype Full), a work center its units (OneDown), a unit its work center
(OneUp).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhizao.connect.aas import concepts
from zhizao.connect.aas.elements import meaning, name_of, template, value_of
from zhizao.connect.aas.names import Asset, short_id

if TYPE_CHECKING:
    from basyx.aas import model

_NAME = "HierarchicalStructures"
_ENTRY = "EntryNode"


@dataclass(frozen=True, slots=True)
class Tree:
    """An asset and what it is made of."""

    asset: Asset
    parts: tuple[Tree, ...] = ()


def full(tree: Tree) -> model.Submodel:
    """Everything below an asset, at all levels."""
    entry = _entity(tree.asset, (_ENTRY,), concepts.ENTRY_NODE, tree.parts, tree.asset.submodel(_NAME))
    return _submodel(tree.asset, "Full", entry)


def one_down(tree: Tree) -> model.Submodel:
    """The parts of an asset, without theirs."""
    parts = [Tree(one.asset) for one in tree.parts]
    entry = _entity(tree.asset, (_ENTRY,), concepts.ENTRY_NODE, parts, tree.asset.submodel(_NAME))
    return _submodel(tree.asset, "OneDown", entry)


def one_up(asset: Asset, whole: Asset) -> model.Submodel:
    """What an asset is a part of."""
    inside = asset.submodel(_NAME)
    name = short_id(whole.name)
    above = _self_managed(whole, name, concepts.NODE, ())
    relation = _relation("IsPartOf01", concepts.IS_PART_OF, inside, (_ENTRY,), (_ENTRY, name))
    return _submodel(asset, "OneUp", _self_managed(asset, _ENTRY, concepts.ENTRY_NODE, [above, relation]))


def _submodel(asset: Asset, archetype: str, entry: model.Entity) -> model.Submodel:
    from basyx.aas import model

    return model.Submodel(
        asset.submodel(_NAME),
        [entry, value_of("ArcheType", archetype, concepts.ARCHETYPE)],
        _NAME,
        semantic_id=template(concepts.STRUCTURE),
    )


def _entity(
    asset: Asset, path: tuple[str, ...], term: str, parts: Sequence[Tree], submodel: str
) -> model.Entity:
    """An entity with its parts, and the relation to each; `path` leads to it from its submodel."""
    statements: list[model.SubmodelElement] = []
    for number, part in enumerate(parts, 1):
        name = short_id(part.asset.name)
        statements.append(_entity(part.asset, (*path, name), concepts.NODE, part.parts, submodel))
        relation = f"HasPart{number:02}"
        statements.append(_relation(relation, concepts.HAS_PART, submodel, path, (*path, name)))
    return _self_managed(asset, path[-1], term, statements)


def _self_managed(
    asset: Asset, name: str, term: str, statements: Iterable[model.SubmodelElement]
) -> model.Entity:
    from basyx.aas import model

    return model.Entity(
        name,
        model.EntityType.SELF_MANAGED_ENTITY,
        statements,
        asset.id,
        display_name=name_of(asset.name),
        semantic_id=meaning(term),
    )


def _relation(
    name: str, term: str, submodel: str, first: tuple[str, ...], second: tuple[str, ...]
) -> model.RelationshipElement:
    from basyx.aas import model

    def entity(path: tuple[str, ...]) -> model.ModelReference[Any]:
        keys = (model.Key(model.KeyTypes.ENTITY, name) for name in path)
        return model.ModelReference((model.Key(model.KeyTypes.SUBMODEL, submodel), *keys), model.Entity)

    return model.RelationshipElement(name, entity(first), entity(second), semantic_id=meaning(term))
